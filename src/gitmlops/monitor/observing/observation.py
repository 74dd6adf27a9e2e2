"""What was observed: for each complete window and each version that served in it, rows, columns and outcomes."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.adapters.data.row_files import RowFiles
from gitmlops.errors import InputError
from gitmlops.monitor.observing.breaks import Break, breaks
from gitmlops.monitor.observing.left_out import LeftOut, by_window
from gitmlops.monitor.observing.log import Predictions, microseconds, moment
from gitmlops.monitor.observing.old_rows import OldRows, earliest, old_rows
from gitmlops.monitor.observing.outcomes import read_outcomes
from gitmlops.monitor.observing.unread import Unread
from gitmlops.monitor.observing.windows import Window, cut, midnight
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.profiles.faults import Fault
from gitmlops.monitor.profiles.scores import in_one
from gitmlops.monitor.profiles.subsets import Subsets
from gitmlops.monitor.profiles.tallies import Counted, Tallying, tally
from gitmlops.records.baseline import Baseline
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Labels, Monitoring
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array
from gitmlops.statistics.resampling import Whole


@dataclass(frozen=True)
class Unit:
    """One version in one window. labels, scores: of the rows whose outcome is known, shape (labelled,), scores of
    several classes (labelled, classes).

    last: time of its last prediction, in microseconds since 1970; mature: whether all outcomes should be in; slices:
    rows by the levels that the baseline knows, none of a unit that was put together of several windows; selected_by:
    how rows are chosen that get an outcome, empty if all may; entities: which of the labelled rows belong together,
    None if the log does not say; probabilities: of several classes of all rows; losses: by metric, the sum of what the
    baseline expects of the rows' losses.
    """

    window: Window
    version: str
    rows: int
    last: int
    mean_score: float
    score: Tally
    columns: Mapping[str, Tally]
    labels: Array
    scores: Array
    mature: bool
    slices: tuple[Subsets, ...] = ()
    selected_by: str = ""
    entities: Whole | None = None
    probabilities: Array | None = None
    losses: Mapping[str, float] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """The share of its rows whose outcome is known."""
        return len(self.labels) / self.rows


@dataclass(frozen=True)
class Anchor:
    """The first version of a model, and what its reference data looked like."""

    version: str
    baseline: Baseline


@dataclass(frozen=True)
class LoggedRows:
    """The rows of the log, in its order. units: places of units, below 0 for none; outcomes: NaN where not known."""

    log: RowFiles
    ids: pandas.Index
    units: NDArray[numpy.int64]
    scores: Array
    outcomes: Array


@dataclass(frozen=True)
class Observation:
    """Everything that monitoring looks at, and what it had to leave out.

    unregistered: version -> rows; of_other_tasks: the same of versions whose baseline predicts something else; later:
    rows after the last complete window; future: those of a time that has not come yet; anchor: None where it has no
    baseline; rows: None where units were not made of a log; entity: by what rows belong together, as the model says,
    empty if each is on its own; newest, newest_outcome: time of the newest prediction, and of the newest one whose
    outcome is known, in microseconds since 1970, 0 for none; left_out: rows of a window that are in no count; breaks:
    where columns are of another type than they should be; unnamed: faults of the columns that say whose a row is, and
    when; unread: what of the log was not read; logged: rows of the log; long_before: those of a time at which no
    version can have served; older: those before the windows.
    """

    windows: tuple[Window, ...]
    units: tuple[Unit, ...]
    baselines: Mapping[str, Baseline]
    unregistered: Mapping[str, int]
    later: int
    of_other_models: int
    incomplete: int
    duplicates: int
    anchor: Anchor | None = None
    rows: LoggedRows | None = None
    of_other_tasks: Mapping[str, int] = field(default_factory=dict)
    entity: str = ""
    future: int = 0
    newest: int = 0
    newest_outcome: int = 0
    left_out: Mapping[Window, LeftOut] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    unnamed: tuple[Fault, ...] = ()
    unread: Unread | None = None
    logged: int = 0
    long_before: OldRows | None = None
    older: OldRows | None = None


def observe(
    root: Path,
    monitoring: Monitoring,
    predictions: Predictions,
    baselines: Mapping[str, Baseline],
    *,
    until: datetime,
    predicted: Sequence[str] = ("score",),
    tallying: Tallying = tally,
) -> Observation:
    """What the log and the outcomes say up to `until`. baselines: by version; rows of other versions are left out.

    predicted: the columns of what is predicted today; a version with a baseline of another task is left out, too.
    tallying: what counts the log's columns.
    Raises InputError if no row is left, or where a table cannot be read.
    """
    of_other_tasks = {version for version, one in baselines.items() if one.predicted != tuple(predicted)}
    rows_of = _rows_by_version(predictions)
    unregistered = {version: rows for version, rows in rows_of.items() if version not in baselines}
    baselines = {version: one for version, one in baselines.items() if version not in of_other_tasks}
    of_ours, past = _has_baseline(predictions, baselines), predictions.times < microseconds(until)
    known, lacking = predictions.kept & of_ours, (predictions.broken >= 0) & of_ours
    if not ((known | lacking) & past).any():
        raise _no_rows(monitoring.log, until, known=bool(known.any()), of_other_tasks=of_other_tasks)
    possible = earliest(baselines.values())
    too_old = numpy.zeros_like(known) if possible is None else predictions.times < microseconds(midnight(possible))
    long_before = old_rows(predictions, predictions.served & too_old, possible)
    known, lacking = known & ~too_old, lacking & ~too_old
    if long_before and not ((known | lacking) & past).any():
        what = f"every prediction is of a time before {possible}, long before the model has learned"
        raise InputError(what, where=long_before.where, mend="mend the clock of what writes the log")
    first = moment(max(int(predictions.times[(known | lacking) & past].min()), 0))
    last = moment(int(predictions.times[(predictions.kept | lacking) & past].max()))
    cuts = monitoring.windows
    windows = cut(cuts.by, first=first, until=until, last=last, newest=cuts.newest)
    beginning = windows[0].start if windows else None
    older = known & (predictions.times < microseconds(midnight(beginning))) if beginning else numpy.zeros_like(known)
    units, keys = _assign(predictions, known & past, windows)
    broken = _assign(predictions, lacking & past, windows)
    outcomes = _outcomes(root, monitoring.labels, predictions, predicted)
    columns = tallying(predictions.log, units, {unit: baselines[version] for unit, (_, version) in enumerate(keys)})
    faults = {unit: counted.faults for unit, counted in columns.items()}
    return Observation(
        windows=windows,
        units=tuple(
            _unit(
                predictions, outcomes, units == unit, window, version, baselines[version], columns[unit],
                monitoring.labels, until,
            )
            for unit, (window, version) in enumerate(keys)
        ),
        baselines=baselines,
        unregistered=unregistered,
        of_other_tasks={version: rows for version, rows in rows_of.items() if version in of_other_tasks},
        later=int((known & ~older).sum() - (units >= 0).sum()),
        of_other_models=predictions.of_other_models,
        incomplete=predictions.incomplete,
        duplicates=predictions.duplicates,
        rows=LoggedRows(predictions.log, predictions.ids, units, predictions.scores, outcomes),
        newest=_newest(predictions.times, predictions.served & past),
        newest_outcome=_newest(predictions.times, predictions.kept & past & ~numpy.isnan(outcomes)),
        left_out=by_window(predictions, windows),
        breaks=breaks(predictions, broken, (units, keys), faults),
        unnamed=predictions.unnamed,
        unread=predictions.unread,
        long_before=long_before,
        older=old_rows(predictions, older, beginning),
        logged=len(predictions.times),
    )  # fmt: skip


def _newest(times: NDArray[numpy.int64], rows: NDArray[numpy.bool_]) -> int:
    return int(times[rows].max(initial=0))


def _no_rows(log: str, until: datetime, *, known: bool, of_other_tasks: Set[str]) -> InputError:
    if known:
        return InputError(f"no prediction before {until:%Y-%m-%d %H:%M}", where=log, mend="mend its times")
    if of_other_tasks:
        names = ", ".join(sorted(of_other_tasks))
        what = f"the baselines of {names} are of another task than the model, or of an old form"
        return InputError(what, where=log, mend="register a version that was packaged with today's task")
    what, mend = (
        "no prediction is of a registered version",
        "mend `version` in the log: it is a registered one, as in v1.0.0",
    )
    return InputError(what, where=log, mend=mend)


def _has_baseline(predictions: Predictions, baselines: Mapping[str, Baseline]) -> NDArray[numpy.bool_]:
    registered = numpy.array([name in baselines for name in predictions.version_names] + [False])
    found: NDArray[numpy.bool_] = registered[predictions.versions]
    return found


def _rows_by_version(predictions: Predictions) -> Mapping[str, int]:
    rows = numpy.bincount(predictions.versions[predictions.kept], minlength=len(predictions.version_names))
    named = zip(predictions.version_names, rows.tolist(), strict=True)
    return {name: count for name, count in sorted(named) if count}


def _assign(
    predictions: Predictions, chosen: NDArray[numpy.bool_], windows: tuple[Window, ...]
) -> tuple[NDArray[numpy.int64], list[tuple[Window, str]]]:
    """The unit of each row of the log, -1 for none, and what each unit is."""
    starts = numpy.array([microseconds(midnight(window.start)) for window in windows], dtype=numpy.int64)
    end = microseconds(midnight(windows[-1].end)) if windows else 0
    rows = chosen & (predictions.times < end) & (predictions.times >= (starts[0] if windows else 0))
    versions = len(predictions.version_names)
    codes = (numpy.searchsorted(starts, predictions.times[rows], side="right") - 1) * versions + predictions.versions[
        rows
    ]
    found, places = numpy.unique(codes, return_inverse=True)
    units = numpy.full(len(predictions.times), -1, dtype=numpy.int64)
    units[rows] = places
    return units, [(windows[code // versions], predictions.version_names[code % versions]) for code in found.tolist()]


def _outcomes(root: Path, labels: Labels | None, predictions: Predictions, predicted: Sequence[str]) -> Array:
    if labels is None:
        return numpy.full(len(predictions.times), numpy.nan)
    return read_outcomes(root / labels.source, labels, predictions.ids, predicted)


def _mature(window: Window, labels: Labels | None, until: datetime) -> bool:
    return labels is not None and midnight(window.end) + timedelta(seconds=seconds(labels.matures_after)) <= until


def _unit(
    predictions: Predictions,
    outcomes: Array,
    rows: NDArray[numpy.bool_],
    window: Window,
    version: str,
    baseline: Baseline,
    counted: Counted,
    labels: Labels | None,
    until: datetime,
) -> Unit:
    labelled = rows & ~numpy.isnan(outcomes)
    said = predictions.scores[rows]
    scores = in_one(said)
    return Unit(
        window=window,
        version=version,
        rows=len(scores),
        last=int(predictions.times[rows].max()),
        mean_score=float(scores.mean()),
        score=Tally(histogram.count(scores, numpy.asarray(baseline.score.edges))),
        columns=counted.columns,
        labels=outcomes[labelled],
        scores=predictions.scores[labelled],
        mature=_mature(window, labels, until),
        slices=counted.slices,
        selected_by=(labels.selected_by or "") if labels else "",
        entities=None if predictions.entities is None else predictions.entities[labelled],
        probabilities=said if said.ndim == 2 else None,
        losses=counted.losses,
    )
