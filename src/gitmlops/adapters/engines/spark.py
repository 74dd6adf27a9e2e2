"""Spark, as this machine is set up for it: the project says that it is used, never where it is or what it loads.

A master, a jar or a Java option of a stranger's pull request would be a stranger's code. They come from
`spark-defaults.conf`, `SPARK_REMOTE`, or a session that runs already; without any, Spark runs on this machine alone.
"""

import logging
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from pathlib import Path
from urllib.parse import unquote

import pyarrow
import pyarrow.parquet
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, LongType
from pyspark.sql.utils import is_remote

from gitmlops.adapters.engines import duckdb
from gitmlops.adapters.engines.numbered import ROW, Numbered
from gitmlops.adapters.engines.spark_meaning import in_words_of_both
from gitmlops.adapters.engines.spark_sql import Rename, translated, written
from gitmlops.errors import InputError, ToolError
from gitmlops.specs.engine import EngineName

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.ansi.enabled": "true",  # an error where there is no answer, as in DuckDB; not a null
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.variable.substitute": "false",  # `${env:TOKEN}` in a stranger's text is text
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
}
# What went wrong is raised, and told once.
_QUIET: Mapping[str, bool | float | int | str | None] = {
    "spark.log.level": "FATAL",
    "spark.ui.showConsoleProgress": "false",
}
_TYPES = {
    "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT", "float": "FLOAT",
    "double": "DOUBLE", "string": "VARCHAR", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP", "void": '"NULL"',
}  # fmt: skip
# Of SQLSTATE: no such name, wrong syntax, values that do not fit. Everything else is not in anybody's SQL or data.
_WRITTEN = re.compile(r"SQLSTATE: (?:0A|21|22|42|P0001)")
_SLASHES = re.compile("^file:/+")
_UNREADABLE = re.compile(
    r"\[FAILED_READ_FILE\.(?!FILE_NOT_EXIST)\w+\] Encountered error while reading file (file:\S+?)\. "
)
_CAUSES = re.compile(r"^Caused by: [\w.$]+: (.+)$", re.MULTILINE)
FAILED = (PySparkException, Py4JJavaError)
"""What Spark raises; the second where rows were on their way to this process."""
_CONDITION = re.compile(r"\[([A-Z_0-9]+(?:\.[A-Z_0-9]+)*)\] (.+)")


@dataclass(frozen=True)
class Engine:
    """A Spark session of our own, in UTC, in which only what was named here can be read. Errors: see `blaming`."""

    session: SparkSession
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _schemas: set[str] = field(default_factory=set)
    _blamed: list[tuple[str, str]] = field(default_factory=list)
    _named_in: dict[str, tuple[DataFrame, str, str]] = field(default_factory=dict)

    @property
    def name(self) -> EngineName:
        """What `gitmlops.yaml` calls it."""
        return "spark"

    @property
    def version(self) -> str:
        """Its name and release."""
        return f"spark {self.session.version}"

    def columns(self, relation: str) -> Mapping[str, str]:
        """Name -> DuckDB's type of what can stand after FROM; reads no more than files' headers."""
        fields = self.frame(f"SELECT * FROM {relation}").schema.fields
        return {one.name: _duckdb_type(one.dataType.simpleString()) for one in fields}

    def frame(self, select: str) -> DataFrame:
        """The rows of a SELECT, which nothing has computed yet."""
        return self._frame("", select)

    def parquet(self, files: Sequence[Path]) -> str:
        """Parquet files, all with the same columns, as what can stand after FROM."""
        return self._named(self._read(files, row=False))

    def numbered_parquet(self, files: Sequence[Path]) -> Numbered:
        """Parquet files, one after the other, whose rows have numbers."""
        return Numbered(self._named(self._read(files, row=True)), ROW)

    @contextmanager
    def reader(self, files: Sequence[Path] = ()) -> Iterator[duckdb.Engine]:
        """DuckDB beside it, on the machine that asks: what it reads goes through that machine's memory."""
        with duckdb.opened(files) as engine:
            yield engine

    def take(self, reader: duckdb.Engine, select: str) -> str:
        """The rows of a SELECT that the reader runs, as what can stand after FROM here."""
        return self._named(self._given(reader.table(select)))

    def has_schema(self, name: str) -> bool:
        """Whether a schema of this name was made here."""
        return name in self._schemas

    def create_schema(self, name: str) -> None:
        """Make a place for views of the same names as elsewhere."""
        self._schemas.add(name)

    def create_view(self, schema: str, name: str, select: str) -> None:
        """Give a SELECT a name in a schema; what it reads without naming a schema is in this one, if it is there."""
        self._name(schema, name, self._frame(schema, select))

    def adopt(self, schema: str, name: str, select: str, given: Mapping[str, Mapping[str, str]]) -> None:
        """Like `create_view`, for a SELECT that anybody wrote. given: table -> column -> DuckDB's type, all it reads.

        Raises InputError unless it is known to give here what it gives on DuckDB, which binds it.
        """
        columns = duckdb.bound(select, given)
        frame = self.session.sql(written(in_words_of_both(select, given), self._renaming(schema))).toDF(*columns)
        for one, type_ in zip(frame.schema.fields, columns.values(), strict=True):
            if _family(_duckdb_type(one.dataType.simpleString())) != _family(type_):
                message = f"the column {one.name!r} is {type_} to DuckDB, {one.dataType.simpleString()} to Spark"
                raise InputError(message, mend="cast it")
        self._remember(f"{schema}.{name}", frame)
        self._name(schema, name, frame)

    def keep(self, name: str, select: str) -> None:
        """Give a SELECT a name. It is computed when it is read: to keep its rows would cost a copy of them."""
        frame = self.frame(select)
        self._remember(name, frame)
        self._name("", name, frame)

    def register(self, name: str, table: pyarrow.Table) -> None:
        """Make an Arrow table readable under a name."""
        self._name("", name, self._given(table))

    def rows(self, table: pyarrow.Table) -> DataFrame:
        """The rows of an Arrow table."""
        return self._given(table)

    def table(self, select: str) -> pyarrow.Table:
        """The rows of a SELECT."""
        return self.frame(select).toArrow()

    def write_parquet(self, select: str, path: Path) -> None:
        """Write the rows of a SELECT as a folder of files, whose names have the order of their rows."""
        self.frame(select).write.parquet(_uri(path))
        for beside in (*path.glob(".*.crc"), *path.glob("_SUCCESS")):
            beside.unlink()

    def write_file(self, select: str, path: Path) -> None:
        """Write the rows of a SELECT, in their order, as one Parquet file; one process of the cluster does."""
        with tempfile.TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
            self.frame(select).coalesce(1).write.parquet(_uri(Path(folder, "written")))
            (file,) = Path(folder, "written").glob("*.parquet")
            file.replace(path)

    @contextmanager
    def blaming(self, where: str, mend: str) -> Iterator[None]:
        """What goes wrong in here as an InputError at a place; ToolError where the cluster is at fault.

        Nothing is computed before it is asked for: what was named in an earlier block, and fails now, is blamed there.
        """
        self._blamed.append((where, mend))
        try:
            with blaming(where, mend):
                try:
                    yield
                except FAILED as error:
                    if _WRITTEN.search(str(error)):
                        self._try_again()
                    raise
        finally:
            self._blamed.pop()

    def _remember(self, name: str, frame: DataFrame) -> None:
        if self._blamed:
            self._named_in[name] = (frame, *self._blamed[-1])

    def _try_again(self) -> None:
        """Compute what was named, one after the other, to find whose values have no answer."""
        for frame, where, mend in self._named_in.values():
            with blaming(where, mend):
                frame.write.format("noop").mode("overwrite").save()

    def close(self) -> None:
        """Forget the names. The session's Spark runs on: it takes seconds to start, and may be somebody else's."""
        for name in self._names.values():
            self.session.catalog.dropTempView(name)

    def _frame(self, schema: str, select: str) -> DataFrame:
        return self.session.sql(translated(select, self._renaming(schema)))

    def _renaming(self, schema: str) -> Rename:
        def rename(place: str, name: str) -> str | None:
            found = (self._names.get((one.lower(), name.lower())) for one in ([place] if place else [schema, ""]))
            return next((one for one in found if one), None)

        return rename

    def _name(self, schema: str, name: str, frame: DataFrame) -> None:
        plain = name[1:-1].replace('""', '"') if name.startswith('"') else name
        view = self._names.setdefault((schema.lower(), plain.lower()), f"gitmlops_{len(self._names)}")
        frame.createOrReplaceTempView(view)

    def _given(self, table: pyarrow.Table) -> DataFrame:
        # In one piece: after an empty one, Spark 4.3 silently leaves out all that follow.
        return self.session.createDataFrame(table.combine_chunks())

    def _named(self, frame: DataFrame) -> str:
        name = f"rows {len(self._names)}"
        self._name("", name, frame)
        return f'"{name}"'

    def _read(self, files: Sequence[Path], *, row: bool) -> DataFrame:
        schema = _schema(files[0])
        # Names are taken as they are: `[1]` in one is no pattern.
        frame = self.session.read.option("__globPaths__", "false").parquet(*map(_uri, files))
        columns = [_as_duckdb_reads(one, read.dataType) for one, read in zip(schema, frame.schema, strict=True)]
        if row:
            columns.append((_first_rows(frame, files) + F.col("_metadata.row_index")).alias(ROW.strip('"')))
        return frame.select(*columns)


@contextmanager
def opened(
    readable: Sequence[Path] = (), *, writable: Sequence[Path] = (), threads: int | None = None
) -> Iterator[Engine]:
    """An engine on the Spark that this process has, else on the one that the machine's settings name.

    Strangers' SQL reaches no file at all, so that none needs to be listed. Raises ToolError where Spark cannot start.
    """
    session = _session().newSession()
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    engine = Engine(session)
    try:
        yield engine
    finally:
        engine.close()


def _session() -> SparkSession:
    running = SparkSession.getActiveSession()
    if running is None and "SPARK_REMOTE" not in os.environ and not _has_java():
        mend = "install it (Debian, Ubuntu: `apt install openjdk-17-jre-headless`), set JAVA_HOME, or SPARK_REMOTE"
        raise ToolError("Spark needs Java 17 or later, and there is none", mend=mend)
    return running or started(SparkSession.builder.appName("gitmlops").config(map={**_QUIET}))


@contextmanager
def without_pandas() -> Iterator[None]:
    """No warning of what pyspark cannot do with pandas 3: nothing is used of it, rows come and go as Arrow."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def quoted(name: str) -> str:
    """A column's name as Spark reads it, whatever its letters."""
    return "`" + name.replace("`", "``") + "`"


def started(builder: SparkSession.Builder) -> SparkSession:
    """The session of a builder. Raises ToolError where Spark cannot start."""
    try:
        with without_pandas():
            session = builder.getOrCreate()
        # It writes every error to stderr, with the whole stack of Java; we tell it once.
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    except (PySparkException, OSError) as error:
        mend = "look at what Java wrote above, and at spark-defaults.conf"
        raise ToolError(f"Spark did not start: {_first_line(error)}", mend=mend) from error
    here = not is_remote() and str(session.sparkContext.master).startswith("local")
    if here and "PYSPARK_PYTHON" not in os.environ:
        # Its workers on this machine run the Python that we run: `python3` may be one without our packages.
        session.sparkContext.pythonExec = sys.executable
    return session


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java", path=f"{home}/bin") if home else shutil.which("java"))


@contextmanager
def blaming(where: str, mend: str) -> Iterator[None]:
    """What goes wrong in here as an InputError at a place; ToolError where the cluster is at fault."""
    try:
        yield
    except InputError as error:
        if error.where:
            raise
        raise InputError(error.what, where=where, mend=mend) from error
    except FAILED as error:
        if broken := _UNREADABLE.search(str(error)):
            raise _broken(error, _here(broken[1])) from error
        if _WRITTEN.search(str(error)):
            raise InputError(_sentence(error), where=where, mend=mend) from error
        message = f"Spark failed: {_sentence(error)}"
        raise ToolError(message, where=where, mend="look at its logs, and run it again") from error


def _unreadable(path: Path, why: str) -> InputError:
    """As everything that reads Parquet says it."""
    return InputError(f"not readable as Parquet: {why.rstrip('.')}", where=str(path), mend="write it again")


def _here(address: str) -> Path:
    """A file by the shortest name that it has in the folder where the command runs."""
    path, folder = Path(unquote(_SLASHES.sub("/", address))), Path.cwd().resolve()
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _broken(error: Exception, path: Path) -> InputError:
    """Of columns in Spark's words, which name them; else in those of what reads Parquet."""
    if told := _sentence(error).partition(". ")[2].strip():
        return InputError(told, where=str(path), mend="write it with the columns of the first file")
    return _unreadable(path, [_sentence(error), *_CAUSES.findall(str(error))][-1])


def _schema(path: Path) -> pyarrow.Schema:
    try:
        return pyarrow.parquet.read_schema(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise _unreadable(_here(str(path.resolve())), _first_line(error)) from error


def _sentence(error: Exception) -> str:
    """The sentence of Spark's message, without its class, its advice on settings and the plan."""
    found = _CONDITION.search(str(error))
    text = found[2] if found else _first_line(error)
    for advice in (" SQLSTATE:", " If necessary set ", " Use `"):
        text = text.partition(advice)[0]
    return text.rstrip(".")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _uri(path: Path) -> str:
    # Not Path.as_uri: Hadoop takes `%20` for three letters.
    return f"file://{path.resolve()}"


def _as_duckdb_reads(column: pyarrow.Field, read: DataType) -> Column:
    """A column of Parquet; read: the type that Spark gives it."""
    name = quoted(column.name)
    found = F.col(name)
    if pyarrow.types.is_timestamp(column.type):
        if isinstance(read, LongType):
            # Spark has no nanoseconds. What is finer than a microsecond is cut off, back in time.
            found = F.expr(f"timestamp_micros(({name} - pmod({name}, 1000)) div 1000)")
        # Without a zone they are no moments yet, which nanoseconds, and the times that Hive writes, are to Spark.
        return found.cast("timestamp" if column.type.tz else "timestamp_ntz").alias(column.name)
    if pyarrow.types.is_uint64(column.type):
        return found.cast("bigint").alias(column.name)
    return found


def _first_rows(frame: DataFrame, files: Sequence[Path]) -> Column:
    """How many rows stand before a row's file. Files of different folders may have the same name."""
    before = dict(zip((str(file.resolve()) for file in files), _rows_before(files), strict=True))
    first: list[Column] = []
    # Only Spark itself knows how it writes a path: with `%20` for a space, and one slash or three before it.
    for address in map(_SLASHES.sub, repeat("/"), frame.inputFiles()):
        first += [F.lit(address), F.lit(before[unquote(address)])]
    own = F.regexp_replace(F.col("_metadata.file_path"), _SLASHES.pattern, "/")
    return F.element_at(F.create_map(*first), own)


def _rows_before(files: Sequence[Path]) -> Iterator[int]:
    rows = [pyarrow.parquet.read_metadata(file).num_rows for file in files]
    return accumulate(rows[:-1], initial=0)


def _family(type_: str) -> str:
    """What types are alike in, however wide they are."""
    plain = type_.partition("(")[0]
    if plain.endswith("INT") or plain == "INTEGER":
        return "INTEGER"
    return "DOUBLE" if plain in ("FLOAT", "DECIMAL") else plain.removesuffix(" WITH TIME ZONE")


def _duckdb_type(type_: str) -> str:
    return _TYPES.get(type_, type_.upper())
