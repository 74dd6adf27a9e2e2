"""The rows that features are wanted for: whether they are fit to be asked about, and as tables in an engine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow

from gitmlops.adapters.engines.duckdb import Engine as DuckDB
from gitmlops.adapters.engines.duckdb import blaming
from gitmlops.adapters.engines.engine import Engine
from gitmlops.adapters.engines.numbered import ROW, Numbered
from gitmlops.errors import InputError
from gitmlops.features.join import csv_header, history, sql, sql_rows
from gitmlops.features.wiring import dtypes
from gitmlops.specs.feature import Dtype, Key
from gitmlops.specs.hints import nearest

if TYPE_CHECKING:
    import pandas

# No source, view or column can have these names, so that they clash with none.
ASKED = '"entity rows"'
_GIVEN = '"given rows"'


@dataclass(frozen=True)
class Wanted:
    """What entity rows must have: keys, fields of the request, a time; and what they must not: columns of features."""

    keys: tuple[Key, ...]
    request: Mapping[str, Dtype]
    time: str
    taken: tuple[str, ...]

    @property
    def types(self) -> Mapping[str, Dtype]:
        """The columns that are read, with the type that each must have."""
        return {**{key.name: key.dtype for key in self.keys}, **self.request, self.time: "timestamp"}


@dataclass(frozen=True)
class Given:
    """Entity rows as they were given, and their columns."""

    rows: Numbered
    columns: tuple[str, ...]


def requested(name: str) -> str:
    """What a field of the request is called in ASKED, whatever its own name."""
    return sql.identifier(f"request {name}")


def attach_frame(engine: Engine, entities: "pandas.DataFrame", wanted: Wanted) -> None:
    """Make the rows of a data frame readable as ASKED: row (0, 1, ...), moment, keys, fields of the request.

    The frame's columns are those that `require` wants. Raises InputError if one is not of its type, or lacks a time.
    """
    columns = {name: _array(entities[name]) for name in wanted.types}
    columns[ROW.strip('"')] = pyarrow.array(range(len(entities)), pyarrow.int64())
    with engine.reader() as reader:
        reader.register(_GIVEN.strip('"'), pyarrow.table(columns))
        asked = _asked(reader, Given(Numbered(_GIVEN, ROW), (*columns,)), wanted, "")
        engine.keep(ASKED, sql.everything(engine.take(reader, asked)))


def attach_file(engine: Engine, path: Path, wanted: Wanted) -> Given:
    """Make the rows of a file readable as ASKED: Parquet (a folder of it, too), or CSV where an empty field is a null.

    The engine must be allowed to read `files(path)`. Raises InputError like `require` and `attach_frame`, at the file.
    """
    read = _csv if path.suffix.lower() == ".csv" and not path.is_dir() else _parquet
    given = read(engine, path, wanted)
    with engine.blaming(str(path), "mend the entity rows"):
        engine.keep(ASKED, _asked(engine, given, wanted, str(path)))
    return given


def files(path: Path) -> tuple[Path, ...]:
    """The files of entity rows: one, or every Parquet file of a folder by name. Raises InputError if there is none."""
    found = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not found or not found[0].exists():
        raise InputError("no such table", where=str(path), mend="mend the path, or run `dvc pull`")
    return tuple(file.resolve() for file in found)


def _parquet(engine: Engine, path: Path, wanted: Wanted) -> Given:
    with engine.blaming(str(path), "write it again as Parquet"):
        rows = engine.numbered_parquet(files(path))
        columns = _without_number(engine.columns(rows.relation))
    require(wanted, columns, str(path))
    return Given(rows, columns)


def _csv(engine: Engine, path: Path, wanted: Wanted) -> Given:
    """What a column looks like must not decide: a key `007` or `NA` is text where the entity says so."""
    (file,) = files(path)
    text = sql.csv(str(file))
    mend = "write it again as CSV in UTF-8, with a header line and commas"
    with engine.reader([file]) as reader, blaming(str(path), mend):
        csv_header.require_distinct(reader, file, str(path))
        columns = tuple(reader.columns(text))
        require(wanted, columns, str(path))
        unreadable = reader.table(sql.unreadable(wanted.types, text)).to_pylist()[0]
        for name, value in unreadable.items():
            if value is not None:
                message = f"{value!r} in the column {name!r} is no {wanted.types[name]}"
                raise InputError(message, where=str(path), mend="mend it")
        engine.keep(_GIVEN, sql.everything(engine.take(reader, sql_rows.guessed_csv(str(file), wanted.types))))
    return Given(Numbered(_GIVEN, ROW), columns)


def _without_number(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in columns if name != ROW.strip('"'))


def require(wanted: Wanted, names: Sequence[str], where: str = "") -> None:
    """Raises InputError if a wanted column is not there, or one is there twice or called like a feature."""
    # Case does not tell columns apart, because it does not in SQL.
    lower = [name.lower() for name in names]
    if twice := sorted({name for name in names if lower.count(name.lower()) > 1}):
        message = f"the entity rows have the column {twice[0]!r} twice (case does not count)"
        raise InputError(message, where=where, mend="keep one, or rename it")
    for name in wanted.types:
        if name not in names:
            mend = nearest(name, names) if names else "give them one"
            raise InputError(f"the entity rows have no column {name!r}", where=where, mend=mend)
    if clash := [name for name in wanted.taken if name.lower() in lower]:
        message = f"the entity rows have the column {clash[0]!r}, and the set has a feature of that name"
        raise InputError(message, where=where, mend="rename or drop the column of the entity rows")


def _asked(engine: Engine | DuckDB, given: Given, wanted: Wanted, where: str) -> str:
    """SELECT what is asked, by rows that are fit for it."""
    with engine.blaming(where, "mend the entity rows"):
        found = engine.columns(given.rows.relation)
        for name, dtype in wanted.types.items():
            _require_type(name, found[name], dtype, wanted, where)
        _require_values(engine, given.rows.relation, found, wanted, where)
    columns = {history.key(key.name): key.name for key in wanted.keys}
    columns |= {requested(name): name for name in wanted.request}
    return sql_rows.asked(given.rows, wanted.time, columns, wanted.types, found)


def _require_type(name: str, type_: str, dtype: Dtype, wanted: Wanted, where: str) -> None:
    """Raises InputError for a type that the column cannot have; one of nothing but nulls can have any."""
    found = dtypes.of_sql(type_)
    if type_ == '"NULL"' or dtypes.fits(found, dtype):
        return
    if name == wanted.time:
        message = f"the column {name!r} holds {found or type_}, not times"
        raise InputError(message, where=where, mend="make it a timestamp column")
    if not (dtype == "int64" and found == "float64"):  # pandas makes floats of whole numbers as soon as one is missing
        raise _wrong_type(name, found or type_, dtype, wanted, where)


def _require_values(
    engine: Engine | DuckDB, relation: str, found: Mapping[str, str], wanted: Wanted, where: str
) -> None:
    whole = [name for name, dtype in wanted.types.items() if dtype == "int64"]
    floats = {name: found[name] for name in whole if dtypes.of_sql(found[name]) == "float64"}
    (counts,) = engine.table(sql_rows.mistakes(wanted.time, floats, relation)).to_pylist()
    if timeless := counts["timeless"]:
        message = f"{timeless} entity rows have no {wanted.time!r}"
        raise InputError(message, where=where, mend="drop them, or give them a time")
    for i, name in enumerate(floats):
        if counts[f"fractions{i}"]:
            raise _wrong_type(name, "float64 with fractions", "int64", wanted, where)
        if counts[f"large{i}"]:
            message = f"the column {name!r} has floats that are too large to tell whole numbers apart"
            raise InputError(message, where=where, mend="keep it whole from the start: int64, in pandas Int64")


def _wrong_type(name: str, type_: str, dtype: Dtype, wanted: Wanted, where: str) -> InputError:
    if name in wanted.request:
        message = f"the field {name!r} of the entity rows is {type_}, the on-demand feature says {dtype}"
    else:
        message = f"the key {name!r} of the entity rows is {type_}, its entity says {dtype}"
    return InputError(message, where=where, mend=f"convert the column to {dtype}")


def _array(values: "pandas.Series") -> pyarrow.Array:
    if values.empty:
        return pyarrow.nulls(0)
    try:
        return pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        raise InputError(f"the column {values.name!r} mixes types: {error}", mend="give it one type") from error
    except (pyarrow.ArrowNotImplementedError, OverflowError, UnicodeEncodeError) as error:
        message = f"the column {values.name!r} has values that no table can hold: {error}"
        raise InputError(message, mend="convert or drop them") from error
