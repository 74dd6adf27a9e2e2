"""A source's files: found, checked against the declared columns, opened as a relation with the source's name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.dvc import cache
from gitmlops.adapters.engines.duckdb import Engine as DuckDB
from gitmlops.adapters.engines.duckdb import blaming
from gitmlops.adapters.engines.engine import Engine
from gitmlops.adapters.git.repository import Repository
from gitmlops.definitions import Placed
from gitmlops.errors import InputError, InputErrors
from gitmlops.features.join import csv_header, sql
from gitmlops.features.wiring import dtypes
from gitmlops.features.wiring.upstream import TABLES, fixed_part
from gitmlops.records.canonical import decode
from gitmlops.records.feature_build import FILE, FeatureBuild
from gitmlops.specs.feature import Dtype, Source
from gitmlops.specs.hints import nearest


@dataclass(frozen=True)
class File:
    """A file of a source: its path in the repository, and where it really is (a link into DVC's cache, perhaps)."""

    path: str
    real: Path


def files(root: Path, source: Source) -> tuple[File, ...]:
    """The files of a source, by name: the file itself, those of a folder, or those that a pattern names.

    All are Parquet or all are CSV; of a folder only these are taken. Raises InputError if there is none, if both
    kinds are there, if a build of them did not end, or if one is a link to somewhere else than the repository or
    DVC's cache.
    """
    found = sorted(file for file in _named(root, source.path) if file.is_file())
    if not found:
        raise _nothing(root, source.path)
    if len({file.suffix.lower() == ".csv" for file in found}) > 1:
        raise InputError("both CSV and other files", where=source.path, mend="name one kind, e.g. `data/tx/*.parquet`")
    for folder in {file.parent for file in found}:
        _require_complete(root, folder)
    return tuple(File(str(file.relative_to(root)), _real(root, file)) for file in found)


def _nothing(root: Path, path: str) -> InputError:
    deeper = (file for end in TABLES for file in (root / path).glob(f"**/*{end}") if file.is_file())
    if (root / path).is_dir() and (first := next(deeper, None)):
        between = ["*" for _ in first.relative_to(root / path).parts[1:]]
        pattern = "/".join([path.rstrip("/"), *between, f"*{first.suffix}"])
        return InputError("no table, but folders that have some", where=path, mend=f"name their files: `{pattern}`")
    return InputError("no such table", where=path, mend="run `dvc pull`, or the pipeline that writes it")


def _require_complete(root: Path, folder: Path) -> None:
    """Raises InputError if `feature build` writes to the folder, and has not ended."""
    try:
        record: FeatureBuild = decode((folder / FILE).read_bytes(), FeatureBuild, path=str(folder / FILE))
    except (FileNotFoundError, InputError):  # somebody else's file
        return
    if not record.complete:
        mend = f"run `gitmlops feature build {record.view}`, or `dvc checkout`"
        raise InputError("a build that did not end", where=str(folder.relative_to(root)), mend=mend)


def _named(root: Path, path: str) -> Iterable[Path]:
    whole = root / path
    if whole.is_dir():
        return [file for file in whole.iterdir() if file.suffix.lower() in TABLES]
    return root.glob(path) if fixed_part(path) != path and not whole.exists() else [whole]


def attach(engine: Engine, placed: Placed[Source], found: Sequence[File], schema: str, name: str) -> None:
    """Make a source readable in the engine under a name in a schema, in its declared columns and types.

    Raises InputErrors that name file, column and the type found.
    """
    read = _csv if found[0].path.lower().endswith(".csv") else _parquet
    with engine.reader([file.real for file in found]) as reader:
        select = read(engine, reader, placed, found)
    with engine.blaming(placed.spec.path, f"mend the data, or {placed.path}"):
        engine.create_view(schema, name, select)


def _parquet(engine: Engine, reader: DuckDB, placed: Placed[Source], found: Sequence[File]) -> str:
    """The SELECT over Parquet files; files written with other widths or time units are cast apart from each other."""
    alike: dict[tuple[tuple[str, str], ...], list[File]] = {}
    for file in found:
        with blaming(file.path, "write it again as Parquet"):
            has = reader.columns(reader.parquet([file.real]))
        _require(placed, {name: dtypes.of_sql(type_) for name, type_ in has.items()}, has, file.path)
        alike.setdefault(tuple(has.items()), []).append(file)
    return " UNION ALL ".join(_same_columns(engine, placed, group) for group in alike.values())


def _same_columns(engine: Engine, placed: Placed[Source], found: Sequence[File]) -> str:
    relation = engine.parquet([file.real for file in found])
    has = engine.columns(relation)
    # Once more: what one engine reads as text may be bytes to another.
    _require(placed, {name: dtypes.of_sql(type_) for name, type_ in has.items()}, has, found[0].path)
    return sql.typed(placed.spec.columns, relation, has, placed.spec.timezone)


def _csv(engine: Engine, reader: DuckDB, placed: Placed[Source], found: Sequence[File]) -> str:
    """The SELECT over CSV files, whose every value was looked at: text says nothing of its type."""
    select = " UNION ALL ".join(_one_csv(reader, placed, file) for file in found)
    with blaming(placed.spec.path, f"mend the data, or {placed.path}"):
        return sql.everything(engine.take(reader, select))


def _one_csv(reader: DuckDB, placed: Placed[Source], file: File) -> str:
    source, relation = placed.spec, sql.csv(str(file.real))
    with blaming(file.path, "write it again as CSV in UTF-8, with a header line and commas"):
        csv_header.require_distinct(reader, file.real, file.path)
        has = reader.columns(relation)
        _require(placed, {name: source.columns.get(name) for name in has}, has, file.path)
        values = reader.table(sql.unreadable(source.columns, relation)).to_pylist()[0]
    _raise(
        InputError(f"{value!r} in the column {name!r} is no {source.columns[name]}", where=file.path, mend="mend it")
        for name, value in values.items()
        if value is not None
    )
    return sql.typed(source.columns, relation, has, source.timezone)


def _require(placed: Placed[Source], types: Mapping[str, Dtype | None], has: Mapping[str, str], where: str) -> None:
    _raise(
        InputError(
            f"the column {name!r} is {has[name]}, {placed.at('columns', name)} says {dtype}"
            if name in has
            else f"there is no column {name!r}, which {placed.at('columns', name)} declares",
            where=where,
            mend="write the data again, or mend the declaration" if name in has else _instead(name, has, where),
        )
        for name, dtype in placed.spec.columns.items()
        if name not in has or not dtypes.fits(types[name], dtype)
    )


def _instead(name: str, has: Mapping[str, str], file: str) -> str:
    if any(part.startswith(f"{name}=") for part in file.split("/")):
        return "a folder's name is no column: write it into the files, too, or declare it no more"
    return nearest(name, has)


def _raise(errors: Iterable[InputError]) -> None:
    if wrong := tuple(errors):
        raise InputErrors(wrong)


def _real(root: Path, file: Path) -> Path:
    real = file.resolve()
    if real.is_relative_to(root.resolve()):
        return real
    if (root / ".dvc").is_dir():
        # Not the cache's folder itself: a hostile .dvc/config may name any folder.
        content = cache.of(Repository(root)).folder / "files" / "md5"
        if real.is_relative_to(content.resolve()):
            return real
    where = str(file.relative_to(root))
    raise InputError("a link that leaves the repository", where=where, mend="put the data itself here and `dvc add` it")
