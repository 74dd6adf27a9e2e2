"""Columns looked at together: what moves between them, and in none of them."""

from pathlib import Path

import msgspec
import numpy
import pandas
import pytest
from sklearn.decomposition import PCA
from tests import serving

from gitmlops.errors import InputError
from gitmlops.monitor.alarm import Verdict, judge
from gitmlops.monitor.observing.log import read_predictions
from gitmlops.monitor.observing.observation import observe
from gitmlops.monitor.profiles.together import TOGETHER, normal_scores
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Baseline, NumericColumn
from gitmlops.records.baseline_file import read_baseline
from gitmlops.records.canonical import encode
from gitmlops.specs.model import Multivariate

NUMBERS = ["history", "temp", "rain"]


def rows(month: str, *, likeness: float = 0.9, seed: int = 0) -> pandas.DataFrame:
    """Rows whose `temp` goes with `history`; each by itself is as it always is, whatever the likeness."""
    found = serving.rows(month, seed=seed)
    noise = numpy.random.default_rng((9, seed, int(month.replace("-", "")))).normal(0, 1, len(found))
    return found.assign(temp=50 + 10 * (likeness * found["history"] + numpy.sqrt(1 - likeness**2) * noise))


def baseline(asked: Multivariate | None = None, *, training: pandas.DataFrame | None = None) -> Baseline:
    months = [rows(month) for month in ("2020-01", "2020-02", "2020-03")]
    learned = pandas.concat(months) if training is None else training
    return serving.baseline_of(learned, rows("2020-04"), Multivariate() if asked is None else asked)


def judged(root: Path, frames: dict[str, pandas.DataFrame], known: Baseline) -> Verdict:
    serving.serve_rows(root, frames)
    predictions = read_predictions(root / serving.LOG, serving.MODEL)
    return judge(observe(root, serving.MONITORING, predictions, {"v1.0.0": known}, until=serving.NOW), threshold=0.5)


def states(verdict: Verdict, column: str) -> list[State]:
    return [state for item in verdict.judged for effect, state in item.columns
            if (effect.column, effect.kind) == (column, "distribution")]  # fmt: skip


def test_what_changes_between_columns_alone_is_drift_of_the_columns_together(tmp_path: Path) -> None:
    frames = {
        f"2020-{month:02d}": rows(f"2020-{month:02d}", likeness=0.9 if month < 7 else 0.2) for month in range(5, 9)
    }
    verdict = judged(tmp_path, frames, baseline())
    assert [state.breach for state in states(verdict, TOGETHER)] == [False, False, True, True]
    assert states(verdict, TOGETHER)[-1] is State.ALARM
    assert not any(state.breach for name in NUMBERS for state in states(verdict, name))
    assert verdict.inputs is not None
    assert [effect.column for effect, _ in verdict.inputs.moved] == [TOGETHER]


def test_where_nothing_changes_nothing_moves_together_either(tmp_path: Path) -> None:
    frames = {f"2020-{month:02d}": rows(f"2020-{month:02d}", seed=3) for month in range(4, 13)}
    assert set(states(judged(tmp_path, frames, baseline()), TOGETHER)) == {State.OK}


def test_a_log_that_lacks_one_of_the_columns_says_nothing_of_them_together(tmp_path: Path) -> None:
    verdict = judged(tmp_path, {"2020-05": rows("2020-05").drop(columns="rain")}, baseline())
    assert states(verdict, TOGETHER) == []


def test_the_distance_is_what_principal_components_leave_of_the_normal_scores() -> None:
    training = rows("2020-01").reset_index(drop=True)
    known = baseline(training=training)
    assert known.together is not None
    scores = numpy.column_stack([_scores(known, training, name) for name in NUMBERS])
    fit = PCA(n_components=len(known.together.directions)).fit(scores)
    left = numpy.linalg.norm(scores - fit.inverse_transform(fit.transform(scores)), axis=1)
    assert known.together.distance.mean == pytest.approx(left.mean(), abs=1e-4)
    assert known.together.distance.sd == pytest.approx(left.std(), abs=1e-4)
    assert fit.explained_variance_ratio_.sum() >= 0.65 > fit.explained_variance_ratio_[:-1].sum()


def _scores(known: Baseline, frame: pandas.DataFrame, name: str) -> numpy.ndarray:
    column = next(one for one in known.columns if one.name == name)
    assert isinstance(column, NumericColumn)
    places = numpy.searchsorted(column.edges, frame[name].to_numpy(), side="left")
    return normal_scores(column)[places]


def test_normal_scores_have_mean_0_and_variance_1_and_no_value_is_0() -> None:
    for column in baseline().columns[:3]:
        assert isinstance(column, NumericColumn)
        found, counts = normal_scores(column), numpy.array(column.counts)
        assert (found[:-1] * counts).sum() == pytest.approx(0, abs=1e-6)
        assert (found[:-1] ** 2 * counts).sum() / counts.sum() == pytest.approx(1)
        assert found[-1] == 0
        assert (numpy.diff(found[:-1]) >= 0).all()


def test_columns_of_one_value_are_left_out_and_missing_values_count_as_the_mean() -> None:
    training = rows("2020-01").assign(rain=1.0)
    training.loc[training.index[:500], "temp"] = numpy.nan
    known = baseline(training=training)
    assert known.together is not None
    assert known.together.columns == ("history", "temp")
    assert known.together.distance.rows == len(training)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Multivariate(columns=["history", "tmp"]), "monitoring.multivariate.columns: 'tmp' is no numeric feature; did"),
        (Multivariate(columns=["history", "colour"]), "'colour' is no numeric feature"),
        (Multivariate(columns=["history"]), "1 numeric columns with several values cannot be looked at together"),
    ],
)
def test_columns_that_cannot_be_looked_at_together_are_an_error_at_its_place(asked: Multivariate, said: str) -> None:
    with pytest.raises(InputError, match=said):
        baseline(asked)


def test_nothing_is_kept_of_columns_together_unless_it_is_asked_for_and_a_forged_one_is_refused() -> None:
    assert serving.baseline().together is None
    known = baseline()
    assert read_baseline(encode(known), "x") == known
    assert known.together is not None
    for changes, said in (
        ({"columns": ("history", "colour", "rain")}, "colour is no numeric column"),
        ({"directions": ((1.0,),)}, "a direction is not of the 3 columns"),
        (
            {"distance": msgspec.structs.replace(known.together.distance, counts=(1,))},
            "the counts of columns together do not",
        ),
    ):
        together = msgspec.structs.replace(known.together, **changes)
        with pytest.raises(InputError, match=said):
            read_baseline(encode(msgspec.structs.replace(known, together=together)), "x")
