"""What was known at the moment of each entity row: tables in an engine, one line a row, in the rows' order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines import duckdb
from gitmlops.adapters.engines.engine import Engine
from gitmlops.adapters.engines.numbered import ROW
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.features.join import entity_rows, expressions, forms, relations, sql_rows, transforms
from gitmlops.features.join.entity_rows import Wanted
from gitmlops.features.wiring import check as wiring
from gitmlops.features.wiring import dtypes, selection
from gitmlops.features.wiring.selection import Choice, Computed
from gitmlops.report import raise_errors
from gitmlops.specs.feature import Dtype, FeatureView

_INPUTS, _RESULT = "inputs", "result"


@dataclass(frozen=True)
class Answers:
    """Tables that stand beside the entity rows, and where in them each feature is: pin -> table and column."""

    tables: tuple[str, ...]
    places: Mapping[str, str]

    def of(self, chosen: Iterable[Choice]) -> Mapping[str, str]:
        """Column -> where its values are."""
        return {one.column: self.places[one.pin] for one in chosen}


def wanted(definitions: Definitions, chosen: Sequence[Choice], time: str) -> Wanted:
    """What entity rows must have for these features.

    Raises InputErrors where the definitions do not fit, InputError where a column would have two types.
    """
    raise_errors(wiring.check_chosen(definitions, chosen))
    selection.require_no_key(definitions, chosen)
    keys = selection.keys_for(definitions, chosen)
    types: dict[str, Dtype] = {**{key.name: key.dtype for key in keys}, time: "timestamp"}
    request: dict[str, Dtype] = {}
    for placed in [one.definition for one in chosen if isinstance(one, Computed)]:
        for name, dtype in placed.spec.request.items():
            request[name] = dtype
            if types.setdefault(name, dtype) != dtype:
                message = f"the entity rows' {name!r} is {types[name]} elsewhere, and {dtype} here"
                raise InputError(message, where=str(placed.at("request", name)), mend="give it one type")
    return Wanted(keys, request, time, tuple(one.column for one in chosen))


def readable(root: Path, definitions: Definitions, chosen: Sequence[Choice]) -> list[Path]:
    """Every file that an engine must be allowed to read for these features, where it really is. Raises InputError."""
    views = [one.view for one in selection.stored(chosen)]
    return [file.real for file in relations.readable(root, definitions, views)]


def compute(engine: Engine, root: Path, definitions: Definitions, chosen: Sequence[Choice]) -> Answers:
    """Answers to the rows that `entity_rows` made readable in the engine.

    The engine must be allowed to read what is `readable`. Raises InputError or InputErrors: data or SQL that do not
    fit the definitions.
    """
    tables: list[str] = []
    places: dict[str, str] = {}
    stored = selection.stored(chosen)
    for view in {one.view.spec.id: one.view for one in stored}.values():
        features = [one.feature.name for one in stored if one.view.spec.id == view.spec.id]
        relation = relations.attach(engine, root, definitions, view)
        with engine.blaming(transforms.place(view), f"mend the view {view.spec.id}, or the data of {view.spec.source}"):
            for names, query in _queries(engine, view.spec, features, relation):
                table = f'"answers {len(tables)}"'
                engine.keep(table, query)
                tables.append(table)
                places |= {f"{view.spec.id}:{name}": f"{table}.v{i}" for i, name in enumerate(names)}
    by_views = Answers(tuple(tables), places)
    on_demand = {one.pin: one for one in chosen if isinstance(one, Computed)}.values()
    computed = {f'"computed {i}"': one for i, one in enumerate(on_demand)}
    for table, one in computed.items():
        _evaluate(engine, one, by_views, table)
    found = {one.pin: f"{table}.v0" for table, one in computed.items()}
    return Answers((*tables, *computed), {**places, **found})


def _queries(
    engine: Engine, view: FeatureView, features: Sequence[str], relation: relations.Relation
) -> Iterator[tuple[Sequence[str], str]]:
    """Names of features and the query whose columns are their values: one for newest values, one for aggregations."""
    form, events = forms.of(engine), relations.events(view, relation)
    columns, windows = relations.newest(view), relations.windows(view, relation.columns)
    newest = [name for name in features if name in columns]
    if newest:
        values = [columns[name] for name in newest]
        yield newest, form.latest(events, values, [*columns.values()], entity_rows.ASKED)
    windowed = [name for name in features if name in windows]
    if windowed:
        yield windowed, form.windows(events, [windows[name] for name in windowed], entity_rows.ASKED)


def _evaluate(engine: Engine, one: Computed, by_views: Answers, table: str) -> None:
    spec = one.definition.spec
    given = expressions.inputs(one.definition, [chosen.feature for chosen in one.inputs])
    with duckdb.opened() as empty:
        expressions.bind(empty, one.definition, given)
    places = {chosen.feature.name: by_views.places[chosen.pin] for chosen in one.inputs}
    # Not the other tables: Spark computes all that is named, each time that it is.
    tables = dict.fromkeys(place.rpartition(".")[0] for place in places.values())
    places |= {name: f"{entity_rows.ASKED}.{entity_rows.requested(name)}" for name in spec.request}
    row, schema = f"{entity_rows.ASKED}.row", f"computed_{table.encode().hex()}"
    rows = forms.of(engine).beside(entity_rows.ASKED, row, [*tables])
    mend = f"mend the SQL of {spec.id}, or the values that it is computed from"
    with engine.blaming(str(one.definition.at("sql")), mend):
        engine.create_schema(schema)
        engine.create_view(schema, _INPUTS, sql_rows.inputs(places, row, rows))
        types = {ROW.strip('"'): "BIGINT", **{name: dtypes.SQL[dtype] for name, dtype in given.items()}}
        engine.adopt(schema, _RESULT, sql_rows.computing(spec.sql, _INPUTS), {_INPUTS: types})
        engine.keep(table, sql_rows.computed(spec.dtype, f"{schema}.{_RESULT}"))
