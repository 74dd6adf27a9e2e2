"""gitmlops monitor profile; gitmlops monitor run --baseline FILE --data FILE: no repository is needed"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from gitmlops.cli.options import DATA
from gitmlops.cli.progress import progress
from gitmlops.cli.show import finish, say, show
from gitmlops.specs.engine import EngineName

if TYPE_CHECKING:
    from gitmlops.monitor.files.report import Against, Measure
    from gitmlops.monitor.files.scan import Scan
    from gitmlops.monitor.files.tables import Table
    from gitmlops.records.profile import Profile

PERIODS = ("day", "week", "month")
JSON = click.Path(exists=True, dir_okay=False, path_type=Path)

engine_option = click.option(
    "--engine",
    type=click.Choice(get_args(EngineName)),
    help="What counts Parquet files: Spark, or this process (duckdb).  [default: of a model gitmlops.yaml's `engine`]",
)


@click.command()
@click.option(
    "--data",
    "-d",
    multiple=True,
    type=DATA,
    help="Parquet, CSV or JSON Lines files, or folders of them; several add up.",
)
@engine_option
@click.option(
    "--merge", multiple=True, type=DATA, help="A profile on the same bins, or a folder of them: add up to the whole."
)
@click.option("--bins-of", type=JSON, help="Count on the bins of this profile, so that parts can be merged.")
@click.option("--time", default="", help="Column with a row's time.")
@click.option("--period", type=click.Choice(PERIODS), default="day", show_default=True,
              help="How long the data is that will be compared; needs --time.")  # fmt: skip
@click.option("--slice", "slices", multiple=True, help="Column within whose levels drift is looked for, too.")
@click.option("--prediction", default="", help="Column of what a model predicted.")
@click.option("--target", default="", help="Column of what came true.")
@click.option("--personal", multiple=True, help="Column of people's values: edges are rounded, no extremes.")
@click.option("--leave-out", multiple=True, help="Column that is not watched, such as an id.")
@click.option(
    "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the profile goes."
)
def profile(
    data: Sequence[Path], engine: EngineName | None, merge: Sequence[Path], bins_of: Path | None, output: Path,
    **wanted: Any,
) -> None:  # fmt: skip
    """Write the profile of data files: what `monitor run --baseline` compares with, without the data."""
    from gitmlops.adapters.files import write_atomic
    from gitmlops.errors import UsageError
    from gitmlops.records.canonical import encode

    if bool(data) == bool(merge) or (merge and (bins_of or engine)):
        raise UsageError("what to profile?", mend="give --data (with --bins-of for a part), or --merge")
    if bins_of and any(value for name, value in wanted.items() if name != "period"):
        raise UsageError("--bins-of says what a part has", mend="leave out the other options about columns")
    unwatched: Mapping[str, Sequence[str]] = {}
    with progress("profiling"):
        if merge:
            found = _merged(merge)
        else:
            with table(data, engine) as rows:
                found = _profiled(rows, bins_of, **wanted)
                unwatched = {} if bins_of else _unwatched(rows, found, wanted["leave_out"])
    content = encode(found)
    write_atomic(output, content)
    say(f"{output}: {found.rows:,} rows, {len(found.columns)} columns, {len(content) / 1_000:.0f} KB")
    for why, names in unwatched.items():
        if names:
            say(f"not watched, {why}: {', '.join(names)}")


def _unwatched(table: "Table", found: "Profile", left_out: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The columns that nobody asked to leave out and that the profile does not have, by why."""
    from gitmlops.monitor.files.profiling import is_countable

    known = {found.time, *left_out, *(column.name for column in found.columns)}
    types = {name: type_ for name, type_ in table.types.items() if name not in known}
    return {
        "neither numbers nor text": [name for name, type_ in types.items() if not is_countable(type_)],
        "as identifiers or free texts": [name for name, type_ in types.items() if is_countable(type_)],
    }


def _profiled(
    rows: "Table", bins_of: Path | None, *, slices: Sequence[str], leave_out: Sequence[str], period: str, time: str,
    **names: Any,
) -> "Profile":  # fmt: skip
    from gitmlops.monitor.files import profiling
    from gitmlops.records.profile import read_profile

    if bins_of:
        return profiling.part(rows, read_profile(bins_of.read_bytes(), str(bins_of)))
    wanted = profiling.Wanted(
        time=time, period=period if time else "", slices=tuple(slices), left_out=leave_out, **names  # type: ignore[arg-type]
    )  # fmt: skip
    return profiling.profile(rows, wanted)


@contextmanager
def table(data: Sequence[Path], engine: EngineName | None) -> Iterator["Table"]:
    """The rows of the files, as this process or Spark reads them. Raises InputError for what Spark cannot read."""
    from gitmlops.adapters.data.data_files import files
    from gitmlops.adapters.data.line_pieces import as_parquet
    from gitmlops.errors import InputError
    from gitmlops.monitor.files.tables import Files

    paths = files(data)
    if engine != "spark":
        with as_parquet(paths) as pieces:
            for words in pieces.left_out:
                say(f"left out: {words}")
            yield Files(pieces.paths, pieces.left_out, pieces.bad)
        return
    from gitmlops.adapters.engines.spark import opened
    from gitmlops.adapters.engines.spark_parts import frame_of
    from gitmlops.monitor.files.in_spark import InSpark

    if others := [path for path in paths if path.suffix not in (".parquet", ".pq")]:
        raise InputError("Spark counts Parquet files here", where=str(others[0]), mend="write it as Parquet")
    with opened(paths) as spark, spark.blaming(str(data[0]), "write the file again"):
        yield InSpark(frame_of(spark, paths), paths[0])


def _merged(parts: Sequence[Path]) -> "Profile":
    """The profile of all parts, which are read one after the other. Raises InputError for a folder without any."""
    from gitmlops.errors import InputError
    from gitmlops.monitor.files.merging import merge
    from gitmlops.records.profile import read_profile

    files: list[Path] = []
    for path in parts:
        inside = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not inside:
            raise InputError("no profiles", where=str(path), mend="name a folder of .json that `monitor profile` wrote")
        files += inside
    return merge((str(path), read_profile(path.read_bytes(), str(path))) for path in files)


@dataclass(frozen=True)
class Request:
    """What `monitor run` was asked about files."""

    baseline: Path
    data: tuple[Path, ...]
    engine: EngineName | None
    profiles: tuple[Path, ...]
    anchor: Path | None
    also: tuple["Measure", ...]
    fresh: str | None
    unique: str
    time: str
    until: datetime


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of `monitor run` that are about files."""
    added = (
        click.option(
            "--baseline", type=JSON, help="Judge files, without a repository: the profile or model's baseline."
        ),
        click.option(
            "--data",
            "-d",
            multiple=True,
            type=DATA,
            help="With --baseline: Parquet, CSV, JSON Lines files, or folders.",
        ),
        engine_option,
        click.option(
            "--profiles",
            multiple=True,
            type=DATA,
            help="With --baseline, in place of --data: profiles on its bins, or folders of them; they add up.",
        ),
        click.option("--anchor", type=JSON, help="With --baseline: the first profile of all, against slow drift."),
        click.option(
            "--also", multiple=True, type=click.Choice(("jensen-shannon", "hellinger")), help="Show this, too."
        ),
        click.option("--time", default="", help="With --baseline: column with a row's time.  [default: the profile's]"),
        click.option("--fresh", help="With --baseline: the newest row may be so old, e.g. 2d."),
        click.option("--unique", default="", help="With --baseline: column that has no value twice (in memory)."),
    )
    for option in reversed(added):
        command = option(command)
    return command


def judge_files(request: Request, format_: str, output: str | None) -> None:
    """Judge files by themselves; exit with 1 if there is an alarm, 3 if nothing could be decided."""
    from gitmlops.errors import InputError
    from gitmlops.monitor.files.quality import Asked
    from gitmlops.monitor.files.report import report

    with progress("counting"):
        latest, anchor = _judged_profiles(request) if request.profiles else _judged_rows(request)
    asked = Asked(now=request.until, fresh=_seconds(request.fresh), unique=request.unique, repeated=_repeated(request))
    named = (*request.data, *request.profiles)[0]
    title = f"{named} against {request.baseline}"
    result = report(title, latest, anchor, asked, request.also)
    show(result, format_, output)
    finish(result)
    if not latest.judged.decided:
        what = f"{latest.scan.rows:,} rows are too few to decide about any column"
        raise InputError(what, where=str(named), mend="bring more rows, or more files at once")


def _seconds(fresh: str | None) -> int | None:
    import re

    from gitmlops.errors import UsageError
    from gitmlops.specs.fields import seconds

    if fresh is not None and not re.fullmatch(r"[1-9][0-9]{0,5}[smhdw]", fresh):
        raise UsageError(f"--fresh {fresh} is no duration", mend="write a whole number and s, m, h, d or w, e.g. 2d")
    return seconds(fresh) if fresh else None


def _repeated(request: Request) -> int:
    from gitmlops.adapters.data.data_files import files
    from gitmlops.adapters.data.line_pieces import as_parquet
    from gitmlops.monitor.files.scan import repeated

    if not request.unique:
        return 0
    with as_parquet(files(request.data)) as pieces:
        return repeated(pieces.paths, request.unique)


def _judged_rows(request: Request) -> tuple["Against", "Against | None"]:
    """What is thought of the rows of the files, against the baseline and the anchor."""
    from gitmlops.monitor.files.judging import judge
    from gitmlops.monitor.files.reference import read_reference
    from gitmlops.monitor.files.report import Against

    def against(baseline: Path) -> Against:
        reference = read_reference(baseline.read_bytes(), str(baseline))
        found = rows.scan(reference.plan(time=request.time, until=request.until))
        _require_rows(found, rows.where)
        return Against(reference, found, judge(reference, found))

    with table(request.data, request.engine) as rows:
        return against(request.baseline), against(request.anchor) if request.anchor else None


def _judged_profiles(request: Request) -> tuple["Against", "Against | None"]:
    """What is thought of what the profiles of parts add up to."""
    from gitmlops.monitor.files.adding import as_scan
    from gitmlops.monitor.files.judging import judge
    from gitmlops.monitor.files.merging import require_alike
    from gitmlops.monitor.files.reference import read_reference
    from gitmlops.monitor.files.report import Against
    from gitmlops.records.profile import read_profile

    def against(baseline: Path) -> Against:
        content = baseline.read_bytes()
        require_alike(read_profile(content, str(baseline)), whole, str(request.profiles[0]), of=str(baseline))
        reference, found = read_reference(content, str(baseline)), as_scan(whole)
        _require_rows(found, request.profiles[0])
        return Against(reference, found, judge(reference, found))

    whole = _merged(request.profiles)
    return against(request.baseline), against(request.anchor) if request.anchor else None


def _require_rows(found: "Scan", path: Path) -> None:
    from gitmlops.errors import InputError

    if not found.rows:
        raise InputError("no rows", where=str(path), mend="see whether the window has any data")
