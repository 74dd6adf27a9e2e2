from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from tests.conftest import GitRepo

from gitmlops.adapters import models, tables
from gitmlops.components.train.estimator import estimator
from gitmlops.components.train.train import run
from gitmlops.errors import InputError

FILES = {
    "features/entities/flight.yaml": "kind: entity\nname: flight\nkeys: [{name: flight_id, dtype: int64}]\n"
    "owner: us\ndescription: A flight\n",
    "features/sources/flights.yaml": "kind: source\nname: flights\npath: data/flights\ntimestamp: scheduled_at\n"
    "columns: {flight_id: int64, scheduled_at: timestamp, miles: int64, carrier: string}\n"
    "owner: us\ndescription: Flights\n",
    "features/views/plan.yaml": "kind: feature_view\nname: plan\nowner: us\ndescription: Plan\nentities: [flight]\n"
    "source: flights\nfeatures:\n  - {name: miles, dtype: int64, description: d}\n"
    "  - {name: carrier, dtype: string, description: c}\n",
    "features/sets/words.yaml": "kind: feature_set\nname: words\nowner: us\ndescription: A set\n"
    "features: [plan@v1:miles, plan@v1:carrier]\n",
    "features/sets/numbers.yaml": "kind: feature_set\nname: numbers\nowner: us\ndescription: A set\n"
    "features: [plan@v1:miles]\n",
}
TREES = "sklearn.ensemble.HistGradientBoostingClassifier"
PARAMS = {"feature_set": "words", "label": "late", "estimator": TREES, "estimator_params": {"max_iter": 5}, "seed": 7}


@pytest.fixture
def defined(project: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    project.write(dict(FILES))
    monkeypatch.chdir(project.root)
    return project


def train(frame: pandas.DataFrame, name: str = "model", **params: Any) -> bytes:
    tables.write(frame, Path("frame.parquet"))
    run({"frame": Path("frame.parquet")}, {**PARAMS, **params}, {"model": Path(f"{name}.skops")})
    return Path(f"{name}.skops").read_bytes()


def test_a_model_reads_the_columns_of_its_feature_set_in_their_order(
    defined: GitRepo, landed: pandas.DataFrame
) -> None:
    model = models.load(train(landed), name="model")
    assert list(model.feature_names_in_) == ["miles", "carrier"]
    scores = model.predict_proba(landed[["miles", "carrier"]])
    assert scores.shape == (len(landed), 2)
    assert model.steps[-1][1].random_state == 7


def test_words_never_seen_and_missing_ones_are_scored(defined: GitRepo, landed: pandas.DataFrame) -> None:
    model = models.load(train(landed), name="model")
    rows = pandas.DataFrame({"miles": [500, 500, 500], "carrier": ["UA", "ZZ", None]})
    assert numpy.isfinite(model.predict_proba(rows)).all()


def test_the_same_run_gives_the_same_bytes(defined: GitRepo, landed: pandas.DataFrame) -> None:
    forest = {"estimator": "sklearn.ensemble.RandomForestClassifier", "estimator_params": {"n_estimators": 3}}
    assert train(landed, "a") == train(landed, "b")
    assert train(landed, "a", **forest) == train(landed, "b", **forest)
    assert train(landed, "c", **forest, seed=8) != train(landed, "b", **forest)


def test_a_regressor_learns_numbers(defined: GitRepo, landed: pandas.DataFrame) -> None:
    content = train(landed, feature_set="numbers", estimator="sklearn.linear_model.Ridge", estimator_params={})
    assert models.load(content, name="ridge").predict(landed[["miles"]]).shape == (len(landed),)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"estimator_params": {"max_itr": 5}}, "has no parameter 'max_itr'; did you mean 'max_iter'?"),
        ({"estimator_params": {"max_iter": -5}}, "The 'max_iter' parameter of HistGradientBoostingClassifier must be"),
        ({"estimator_params": {"max_iter": "x"}}, "The 'max_iter' parameter of HistGradientBoostingClassifier must be"),
        ({"label": "lat"}, "there is no column 'lat'; did you mean 'late'?"),
        ({"label": "miles"}, "the label 'miles' is a feature, too"),
        ({"feature_set": "wrods"}, "there is no feature set 'wrods'; did you mean 'words'?"),
    ],
)
def test_what_cannot_be_trained_is_an_error(
    params: dict[str, Any], words: str, defined: GitRepo, landed: pandas.DataFrame
) -> None:
    with pytest.raises(InputError) as wrong:
        train(landed.head(500), **params)
    assert words in str(wrong.value)
    assert not Path("model.skops").exists()


def test_missing_values_that_the_estimator_does_not_take_are_explained(
    defined: GitRepo, landed: pandas.DataFrame
) -> None:
    frame = landed.head(500).assign(miles=lambda rows: rows["miles"].where(rows.index > 3))
    with pytest.raises(InputError, match="Input X contains NaN"):
        train(frame, estimator="sklearn.linear_model.LogisticRegression", estimator_params={})


def test_times_are_no_features(defined: GitRepo, landed: pandas.DataFrame) -> None:
    with pytest.raises(InputError, match="the feature 'carrier' is datetime64"):
        train(landed.assign(carrier=landed["scheduled_at"]))


@pytest.mark.parametrize(
    "name",
    [
        "os.system", "sklearn", "sklearn.ensemble", "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.utils.Bunch", "sklearn.nothing.Here", "sklearn.ensemble.NotThere", "evil.ensemble.BaggingClassifier",
        "sklearn.preprocessing.StandardScaler", "sklearn.ensemble.VotingClassifier", "", "subprocess.Popen",
        "sklearn.externals.os.System", "sklearn.experimental.enable_nothing.Here",
    ],
)  # fmt: skip
def test_only_estimators_of_scikit_learn_are_taken(name: str) -> None:
    with pytest.raises(InputError):
        estimator(name, {}, seed=1)


def test_a_misspelt_estimator_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'sklearn.ensemble.RandomForestClassifier'?"):
        estimator("sklearn.ensemble.RandomForestClasifier", {}, seed=1)


def test_a_seed_in_the_parameters_goes_before_the_steps_own() -> None:
    assert estimator(TREES, {"random_state": 1}, seed=7).random_state == 1
    assert "random_state" not in estimator("sklearn.neighbors.KNeighborsClassifier", {}, seed=7).get_params()
