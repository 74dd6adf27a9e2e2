"""What the log is like in each window: rows, gaps, and values that the reference never had."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy
import pandas
import pytest
from tests import serving

from gitmlops.monitor.observing.log import read_predictions
from gitmlops.monitor.observing.observation import Observation, Unit, observe
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.quality import by_window, of_reference
from gitmlops.monitor.reporting.data_quality import findings
from gitmlops.specs.alarm import AlarmRules

MONDAY = date(2020, 6, 1)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    """Two good months; in July a tenth of `temp` is missing, of `colour` unknown, of `rain` a code, some rows twice."""
    root = tmp_path_factory.mktemp("odd")
    july = serving.rows("2020-07")
    tenth = numpy.arange(len(july)) % 10 == 0
    july = july.assign(
        temp=july["temp"].where(~tenth),
        colour=july["colour"].where(~tenth, "mauve"),
        rain=july["rain"].where(~tenth, -999.0),
    )
    served = serving.log(july)
    served.loc[served.index[:5], "score"] = numpy.nan
    frames = {"may": serving.rows("2020-05"), "june": serving.rows("2020-06")}
    logs = {name: serving.log(frame) for name, frame in frames.items()}
    outcomes = pandas.concat(frames.values())[["row_id", "late"]]
    serving.serve(root, {**logs, "july": served, "again": served[100:107]}, {"known": outcomes})
    predictions = read_predictions(root / serving.LOG, serving.MODEL)
    baselines = {"v1.0.0": serving.baseline()}
    return observe(root, serving.MONITORING, predictions, baselines, until=datetime(2020, 8, 5, tzinfo=UTC))


def test_each_window_says_what_is_missing_unknown_out_of_range_there_twice_and_incomplete(odd: Observation) -> None:
    june, july = by_window(odd)[1:]
    assert june.shares
    assert june.shares.most == ""
    assert (june.rows, june.outcomes, june.left_out.repeated, june.left_out.incomplete) == (3_000, 3_000, 0, 0)
    assert (july.rows, july.outcomes, july.left_out.repeated, july.left_out.incomplete) == (2_995, 0, 7, 5)
    assert july.shares
    assert july.shares.missing == pytest.approx(0.1 / 4, rel=0.02)  # one of four columns
    assert july.shares.unseen == pytest.approx(0.1, rel=0.02)  # of the only column of levels
    assert july.shares.outside == pytest.approx(0.1 / 2.9, rel=0.1)  # of three, one of which has fewer values
    assert july.shares.most.endswith(("temp 10.0% missing", "colour 10.0% unseen", "rain 10.0% outside"))


def test_the_reference_has_the_same_shares(odd: Observation) -> None:
    reference = of_reference(odd.baselines["v1.0.0"])
    assert (reference.missing, reference.unseen, reference.outside) == (0, 0, 0)


def days(rows: Sequence[int]) -> Observation:
    """So many rows on each day from a Monday on."""
    starts = [MONDAY + timedelta(days=place) for place in range(len(rows))]
    windows = [Window(str(day), day, day + timedelta(days=1)) for day in starts]
    nothing, baseline = numpy.zeros(0), serving.baseline()
    units = [
        Unit(window, "v1.0.0", count, place, 0.5, Tally(numpy.zeros(1, dtype=numpy.int64)), {}, nothing, nothing, True)
        for place, (window, count) in enumerate(zip(windows, rows, strict=True))
        if count
    ]
    return Observation(tuple(windows), tuple(units), {"v1.0.0": baseline}, {}, 0, 0, 0, 0)


WEEK = [1_000] * 5 + [60, 50]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*WEEK * 3, *WEEK], []),
        ([*WEEK * 3, *WEEK[:4], 90], ["90 rows in 2020-06-26, where 1,000 are usual"]),
        ([*WEEK * 3, *WEEK[:4], 0], ["0 rows in 2020-06-26, where 1,000 are usual"]),
        ([*WEEK * 3, *WEEK[:4], 10_000], ["10,000 rows in 2020-06-26, where 1,000 are usual"]),
        ([*WEEK * 3, *WEEK[:4], 110], []),
        ([*WEEK * 2, *WEEK[:4], 90], []),  # two Fridays are not what is usual
        ([*[15] * 27, 1], []),  # so few may be chance
        ([*WEEK * 3, 1, 1, *WEEK[2:5]], []),  # windows of long ago are in the table
    ],
)
def test_far_fewer_or_more_rows_than_windows_of_the_same_weekday_had_are_told(
    rows: Sequence[int], said: Sequence[str]
) -> None:
    assert [finding.message for finding in findings(by_window(days(rows)), AlarmRules())] == said


def test_how_many_times_fewer_can_be_chosen() -> None:
    observation = days([*WEEK * 3, *WEEK[:4], 400])
    assert len(list(findings(by_window(observation), AlarmRules(rows_factor=2)))) == 1
