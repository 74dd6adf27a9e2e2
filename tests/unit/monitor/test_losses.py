"""The trees of a baseline that expect a loss: what they learn, what they say, and which are refused."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy
import pandas
import pytest
from msgspec.structs import replace
from tests import serving_tasks
from tests.serving_tasks import NUMBERS, SEVERAL

from gitmlops.errors import InputError
from gitmlops.monitor.profiles.counting import add, bins_of, empty
from gitmlops.monitor.profiles.frames import arrow
from gitmlops.monitor.profiles.loss_fitting import FEWEST_ROWS, with_losses
from gitmlops.monitor.profiles.losses import expected_losses
from gitmlops.monitor.profiles.tallies import SCORE
from gitmlops.records.baseline import BASELINE_VERSIONS, Baseline, Column, LossTree
from gitmlops.records.baseline_file import read_baseline
from gitmlops.records.canonical import decode, encode
from gitmlops.statistics.classification import Array

BASELINE = serving_tasks.baseline(NUMBERS, n=6_000)


def expected(baseline: Baseline, frame: pandas.DataFrame) -> dict[str, Array]:
    columns: dict[str, tuple[Column, Any]] = {SCORE: (baseline.score, frame["prediction"])}
    columns |= {f"feature.{one.name}": (one, frame[one.name]) for one in baseline.columns}
    bins = {name: bins_of(column) for name, (column, _) in columns.items()}
    places = {name: add(empty(bins[name]), arrow(values), bins[name]) for name, (_, values) in columns.items()}
    return {model.metric: model.of_rows(places) for model in expected_losses(baseline.losses)}


def test_what_is_expected_of_rows_is_how_uncertain_they_are() -> None:
    """|error| is sd * sqrt(2 / pi) on average, its square sd^2, where sd = exp(a / 2), twice as much of kind y."""
    frame = serving_tasks.rows(NUMBERS, "2020-06", n=6_000)
    sd = numpy.exp(frame["a"] / 2) * (1 + (frame["kind"] == "y"))
    found = expected(BASELINE, frame)
    assert numpy.corrcoef(found["mae"], sd)[0, 1] > 0.95
    assert found["mae"].mean() == pytest.approx(float(sd.mean()) * (2 / numpy.pi) ** 0.5, rel=0.05)
    assert found["rmse"].mean() == pytest.approx(float((sd**2).mean()), rel=0.1)
    assert sum(len(tree.columns) for model in BASELINE.losses for tree in model.trees) < 2_000


def test_values_that_are_missing_or_of_other_levels_have_a_place_in_the_trees() -> None:
    frame = serving_tasks.rows(NUMBERS, "2020-06", n=600)
    found = expected(BASELINE, frame.assign(a=numpy.nan, kind="never seen"))
    assert all(numpy.isfinite(losses).all() for losses in found.values())


def test_where_no_loss_can_be_foreseen_there_is_no_tree_and_the_estimate_is_the_reference() -> None:
    frame = serving_tasks.rows(NUMBERS, "2020-04", n=2_000)
    draw = numpy.random.default_rng(1)
    labels, said = draw.normal(size=2_000), numpy.zeros(2_000)
    found = with_losses(replace(BASELINE, losses=()), frame, labels, said, None)
    few = [len(model.trees) for model in found.losses]
    assert max(few) <= 2
    assert found.losses[0].base == pytest.approx(float(numpy.abs(labels).mean()), rel=0.02)
    assert with_losses(replace(BASELINE, losses=()), frame[: FEWEST_ROWS - 1], labels, said, None).losses == ()


def test_the_trees_are_plain_numbers_that_are_read_as_they_were_written() -> None:
    written = encode(BASELINE)
    assert decode(written, BASELINE_VERSIONS, path="x") == BASELINE
    assert encode(serving_tasks.baseline(NUMBERS, n=6_000)) == written
    assert {type(value) for value in msgspec.to_builtins(BASELINE)["losses"][0]["trees"][0]["losses"]} == {float}


def tree(columns: Sequence[int], left: Sequence[int], right: Sequence[int]) -> LossTree:
    nodes = len(columns)
    return LossTree(tuple(columns), (0,) * nodes, tuple(left), tuple(right), (0.0,) * nodes)


@pytest.mark.parametrize(
    "forged",
    [
        tree([0, 0], [1, 0], [1, 0]),  # the way goes back to the root
        tree([0], [0], [0]),
        tree([0, -1], [1, 0], [2, 0]),  # a node that is not there
        tree([9, -1, -1], [1, 0, 0], [2, 0, 0]),  # a column that is not there
        tree([-2], [0], [0]),
        tree([], [], []),
        LossTree((-1,), (0,), (0,), (0,), ()),
    ],
)
def test_a_forged_tree_is_refused_and_none_is_followed_for_ever(forged: LossTree) -> None:
    first, second = BASELINE.losses
    wrong = encode(replace(BASELINE, losses=(replace(first, trees=(forged,)), second)))
    with pytest.raises(InputError, match="the loss model of mae does not fit the columns of the baseline"):
        read_baseline(wrong, "x.json")


def test_a_loss_model_of_other_columns_or_levels_is_refused() -> None:
    first, second = BASELINE.losses
    for wrong in (replace(first, columns=("feature.z",)), replace(first, orders={"feature.kind": (0, 1)})):
        with pytest.raises(InputError, match="write the file again"):
            read_baseline(encode(replace(BASELINE, losses=(wrong, second))), "x.json")


def test_what_is_kept_of_labels_and_classes_fits_together() -> None:
    several = serving_tasks.baseline(SEVERAL, n=600)
    assert read_baseline(encode(several), "x.json") == several
    assert several.target and several.decisions
    forged = (
        replace(several, target=replace(several.target, rows=1)),
        replace(several, decisions=replace(several.decisions, missing=-1)),
        replace(several, class_calibration=several.class_calibration[1:]),
    )
    for wrong in forged:
        with pytest.raises(InputError, match="write the file again"):
            read_baseline(encode(wrong), "x.json")
