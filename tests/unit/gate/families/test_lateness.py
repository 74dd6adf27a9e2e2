"""Whether a model is evaluated on what came after its training, by the times of both."""

from pathlib import Path

import pandas
import pytest
from tests.gate_lab import TOY, rows
from tests.unit.gate.candidates import candidate, outcome, side
from tests.unit.gate.families.test_overlap import Locked

from gitmlops.gate.families.candidate import Candidate

LATER = "metric: early_rows, op: '<=', threshold: 0"
SPLIT = TOY.replace("id: row_id", "id: row_id, time_split: {time: at, horizon: 7d}")
EMBARGO = SPLIT.replace("horizon: 7d", "horizon: 7d, embargo: 2d")


def at(first: str, table: pandas.DataFrame | None = None) -> pandas.DataFrame:
    """Rows an hour apart from this time on."""
    known = rows() if table is None else table
    return known.assign(at=pandas.date_range(first, periods=len(known), freq="h"))


def evaluated(locked: Locked, trained: pandas.DataFrame, judged: pandas.DataFrame, model: str = SPLIT) -> Candidate:
    head = locked.trained_on(trained, models__toy=model).head
    return candidate(head=head, cache=locked.folder, table=judged)


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path / "cache")


def test_rows_that_are_later_than_every_training_row_pass(locked: Locked) -> None:
    found, reason = outcome(LATER, evaluated(locked, at("2026-01-01"), at("2026-02-20")))
    assert (found, "training ends 2026-02-19 23:00:00, evaluation begins 2026-02-20 00:00:00" in reason) == (
        "passed",
        True,
    ), reason


def test_rows_before_the_last_training_row_or_at_its_time_are_early(locked: Locked) -> None:
    found, reason = outcome(LATER, evaluated(locked, at("2026-01-01"), at("2026-02-19 20:00")))
    assert (found, reason.startswith("early_rows is 4 ")) == ("failed", True), reason


def test_the_embargo_counts_back_from_each_row(locked: Locked) -> None:
    found, reason = outcome(LATER, evaluated(locked, at("2026-01-01"), at("2026-02-20"), EMBARGO))
    assert (found, reason.startswith("early_rows is 48 ")) == ("failed", True), reason
    assert outcome(LATER, evaluated(locked, at("2026-01-01"), at("2026-02-22"), EMBARGO))[0] == "passed"


def test_a_branch_cannot_shorten_its_own_embargo(locked: Locked) -> None:
    strict = evaluated(locked, at("2026-01-01"), at("2026-02-20"), EMBARGO)
    loose = evaluated(locked, at("2026-01-01"), at("2026-02-20"), SPLIT)
    branch = candidate(base=strict.head, head=loose.head, cache=locked.folder, table=at("2026-02-20"))
    assert outcome(LATER, branch)[0] == "failed"
    removed = side({"dvc.lock": loose.head.tree.read("dvc.lock").decode()})
    branch = candidate(base=strict.head, head=removed, cache=locked.folder, table=at("2026-02-20"))
    assert outcome(LATER, branch)[0] == "failed"


@pytest.mark.parametrize(
    ("trained", "judged", "said"),
    [
        (rows(), at("2026-01-01"), "the training rows have no column 'at'"),
        (at("2026-01-01"), rows(), "the evaluation rows have no column 'at'"),
        (at("2026-01-01").assign(at="2026-01-01"), at("2026-02-20"), "'at' of the training rows is"),
        (at("2026-01-01").assign(at=pandas.NaT), at("2026-02-20"), "1200 of 1200 training rows have no 'at'"),
    ],
)
def test_rows_of_which_nobody_knows_the_time_are_no_evidence(
    trained: pandas.DataFrame, judged: pandas.DataFrame, said: str, locked: Locked
) -> None:
    found, reason = outcome(LATER, evaluated(locked, trained, judged))
    assert (found, said in reason) == ("insufficient_evidence", True), reason


def test_a_model_that_names_no_split_is_no_evidence(locked: Locked) -> None:
    found, reason = outcome(LATER, evaluated(locked, at("2026-01-01"), at("2026-02-20"), TOY))
    assert (found, "names no `time_split`" in reason) == ("insufficient_evidence", True)


def test_times_of_several_zones_are_compared_in_utc(locked: Locked) -> None:
    trained = at("2026-01-01").assign(at=lambda table: table["at"].dt.tz_localize("America/New_York"))
    judged = at("2026-02-20").assign(at=lambda table: table["at"].dt.tz_localize("UTC"))
    assert outcome(LATER, evaluated(locked, trained, judged))[1].startswith("early_rows is 5 ")
