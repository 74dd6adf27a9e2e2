"""What each feature is, by hash: its interface, which users see, and its definition, which makes its values.

interface: name, dtype, nullability, unit, keys (of an on-demand feature the fields of the request, too).
definition: the interface; the part of the transform that the feature rests on; aggregation, window, ttl, known_at;
of the source path, snapshot query, timestamp, created timestamp, timezone and the columns that are read; upstream
definitions' hashes.
Owners, descriptions, tags, tests, status and freshness are in neither: they change no value.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial

import msgspec

from gitmlops.definitions import Definitions, Placed, Tree
from gitmlops.errors import InputError, InputErrors
from gitmlops.features.versions import canonical_python
from gitmlops.features.versions.canonical_sql import VERSION, Statements
from gitmlops.features.wiring import upstream
from gitmlops.features.wiring.selection import pinned
from gitmlops.report import Location
from gitmlops.specs.feature import Aggregation, Feature, FeatureView, Key, OnDemand, Source
from gitmlops.specs.fields import seconds

CANONICALISER = f"gitmlops-1 {VERSION}"
"""What made the hashes; under another one the same definition may have other hashes."""

_UNITS = {"d": 86400, "h": 3600, "m": 60}
_Facets = dict[str, str]


@dataclass(frozen=True)
class Hash:
    """SHA-256 of the interface, and of the interface with the definition; hex."""

    interface: str
    definition: str


@dataclass(frozen=True)
class Described:
    """One feature, `view@vN:feature` or `name@vN`.

    interface, definition: what is hashed, by name; upstream: the features that its values are computed from.
    feature: the entry of the view; None for an on-demand feature.
    """

    pin: str
    placed: Placed[FeatureView] | Placed[OnDemand]
    feature: Feature | None
    keys: tuple[Key, ...]
    interface: Mapping[str, str]
    definition: Mapping[str, str]
    upstream: tuple[str, ...]

    @property
    def place(self) -> Location:
        """Where it is defined."""
        if self.feature is None or isinstance(self.placed.spec, OnDemand):
            return self.placed.at("name")
        return self.placed.at("features", self.placed.spec.features.index(self.feature))

    @cached_property
    def hash(self) -> Hash:
        """The hashes of the feature."""
        return Hash(_digest(self.interface), _digest({**self.interface, **self.definition}))


def of(definitions: Definitions, tree: Tree, statements: Statements | None = None) -> Mapping[str, Hash]:
    """The hashes of every feature by `view@vN:feature` or `name@vN`, sorted. Raises InputErrors where one has none."""
    described, errors = describe(definitions, tree, statements)
    if errors:
        raise InputErrors(errors)
    return {pin: one.hash for pin, one in described.items()}


def describe(
    definitions: Definitions, tree: Tree, statements: Statements | None = None
) -> tuple[Mapping[str, Described], tuple[InputError, ...]]:
    """Every feature by its pin, sorted, and why some are missing: they draw on what is not there, or on no Python.

    statements: SQL that was parsed before; is given what is parsed now.
    """
    describing = _Describing(definitions, tree, statements or Statements())
    errors: dict[str, InputError] = {}
    tasks: list[Callable[[], None]] = [
        *(partial(describing.view, placed) for placed in definitions.all(FeatureView).values()),
        *(partial(describing.on_demand, placed) for placed in definitions.all(OnDemand).values()),
    ]
    for task in tasks:
        try:
            task()
        except InputError as error:
            errors[str(error)] = error
    return dict(sorted(describing.known.items())), tuple(errors.values())


class _Describing:
    """One pass over all definitions: the features that are known so far."""

    def __init__(self, definitions: Definitions, tree: Tree, statements: Statements) -> None:
        self.definitions, self.tree, self.statements = definitions, tree, statements
        self.known: dict[str, Described] = {}
        self._rows: dict[str, str] = {}

    def view(self, view: Placed[FeatureView]) -> None:
        """Have a view's features among the known ones. Raises InputError."""
        id_ = view.spec.id
        if id_ in self._rows:
            return
        with _blaming(view, "source"):
            line = upstream.lineage(self.definitions, view)
            source = self.definitions.get(Source, line[-1].spec.source).spec
            for above in line[1:2]:
                self.view(above)
        with _blaming(view, "entities"):
            keys = upstream.keys_of(self.definitions, view.spec)
        base = frozenset({source.timestamp, source.created_timestamp or source.timestamp, *(key.name for key in keys)})
        drawing = _Drawing(view, self._python(view), line[1] if len(line) > 1 else None, source)
        rows = _digest(self._drawn(drawing, base)[0])
        aggregations = {aggregation.name: aggregation for aggregation in view.spec.aggregations}
        for feature in view.spec.features:
            column, made = _made(aggregations.get(feature.name), feature)
            facets, pins = self._drawn(drawing, base | column)
            definition = {**made, **facets, **_view_facets(view.spec)}
            pin = f"{id_}:{feature.name}"
            self.known[pin] = Described(pin, view, feature, keys, _interface(feature, keys), definition, pins)
        self._rows[id_] = rows

    def on_demand(self, placed: Placed[OnDemand]) -> None:
        """Have an on-demand feature among the known ones. Raises InputError."""
        spec, found = placed.spec, set[str]()
        for index, pin in enumerate(spec.inputs):
            with _blaming(placed, "inputs", index):
                chosen = pinned(self.definitions, pin)
                self.view(chosen.view)
                found.add(chosen.pin)
        pins = tuple(sorted(found))
        keys = tuple({key.name: key for pin in pins for key in self.known[pin].keys}.values())
        request = _listed(f"{name} {dtype}" for name, dtype in spec.request.items())
        definition = {"sql": self.statements.expression(spec.sql), **self._hashes(pins)}
        interface = {**_interface(spec, keys), "request": request}
        self.known[spec.id] = Described(spec.id, placed, None, keys, interface, definition, pins)

    def _python(self, view: Placed[FeatureView]) -> str | None:
        if view.spec.transform is None or view.spec.transform.python is None:
            return None
        with _blaming(view, "transform", "python"):
            return canonical_python.canonical(view.spec.transform.python, self.tree)

    def _drawn(self, drawing: "_Drawing", wanted: frozenset[str]) -> tuple[_Facets, tuple[str, ...]]:
        """What these columns of a view rest on, and the upstream features among that."""
        transform, facets = drawing.view.spec.transform, _Facets()
        names: frozenset[str] | None = frozenset(name.lower() for name in wanted)
        if drawing.python is not None:
            facets["python"], names = drawing.python, None  # a function is given every column, and may look at each
        elif transform and transform.sql is not None:
            read = self.statements.part(transform.sql, wanted)
            facets["sql"], names = read.canonical, read.names
        if drawing.above is None:
            return {**facets, **self._source(drawing.source, names)}, ()
        above = drawing.above.spec
        features = (feature.name for feature in above.features)
        pins = tuple(f"{above.id}:{name}" for name in features if names is None or name.lower() in names)
        return {**facets, f"rows of {above.id}": self._rows[above.id], **self._hashes(pins)}, pins

    def _source(self, source: Source, names: frozenset[str] | None) -> _Facets:
        read = (name for name in source.columns if names is None or name.lower() in names)
        taken = {"sql of the snapshot": self.statements.words(source.snapshot.query)} if source.snapshot else {}
        return {
            **taken,
            "source": source.path,
            "timestamp": source.timestamp,
            "created timestamp": source.created_timestamp or "none",
            "timezone": source.timezone,
            "source columns": _listed(f"{name} {source.columns[name]}" for name in read),
        }

    def _hashes(self, pins: Iterable[str]) -> _Facets:
        return {f"upstream {pin}": self.known[pin].hash.definition for pin in pins}


@dataclass(frozen=True)
class _Drawing:
    """A view and what it draws on: the view above or, at the end of the line, the source."""

    view: Placed[FeatureView]
    python: str | None
    above: Placed[FeatureView] | None
    source: Source


def _interface(feature: Feature | OnDemand, keys: Iterable[Key]) -> _Facets:
    return {
        "name": feature.name,
        "dtype": feature.dtype,
        "nullable": "true" if feature.nullable else "false",
        "unit": feature.unit,
        "keys": _listed(f"{key.name} {key.dtype}" for key in keys),
    }


def _made(aggregation: Aggregation | None, feature: Feature) -> tuple[frozenset[str], _Facets]:
    """The column that a feature is read from, if any, and how."""
    if aggregation is None:
        return frozenset({feature.name}), {}
    column = aggregation.column
    facets = {"fn": aggregation.fn, "column": column or "", "window": _duration(aggregation.window)}
    return frozenset({column} if column else ()), facets


def _view_facets(view: FeatureView) -> _Facets:
    return {"ttl": _duration(view.ttl) if view.ttl else "none", "known_at": view.known_at}


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _duration(duration: str) -> str:
    """24h as 1d: the same time, written in one way."""
    length = seconds(duration)
    unit = next((unit for unit, size in _UNITS.items() if length % size == 0), "s")
    return f"{length // _UNITS.get(unit, 1)}{unit}"


def _digest(facets: Mapping[str, str]) -> str:
    return hashlib.sha256(msgspec.json.encode(facets, order="deterministic")).hexdigest()


@contextmanager
def _blaming(placed: Placed[FeatureView] | Placed[OnDemand], *keys: str | int) -> Iterator[None]:
    """Give errors without a place that of the value under these keys."""
    try:
        yield
    except InputError as error:
        if error.where:
            raise
        raise InputError(error.what, where=str(placed.at(*keys)), mend=error.mend) from error
