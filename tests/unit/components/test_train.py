import json
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from tests.conftest import GitRepo
from tests.unit.components.definition_files import FILES

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.components.train.estimator import estimator
from gitmlops.components.train.train import run
from gitmlops.errors import InputError

TREES = "sklearn.ensemble.HistGradientBoostingClassifier"
PARAMS = {"feature_set": "words", "label": "late", "estimator": TREES, "estimator_params": {"max_iter": 5}, "seed": 7}


@pytest.fixture
def defined(project: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    project.write(dict(FILES))
    monkeypatch.chdir(project.root)
    return project


FOREST = {"estimator": "sklearn.ensemble.RandomForestClassifier", "estimator_params": {"n_estimators": 4}}
LIGHTGBM = {"estimator": "lightgbm.LGBMClassifier", "estimator_params": {"n_estimators": 5}}
LINEAR = {"estimator": "sklearn.linear_model.LogisticRegression", "estimator_params": {}}


def train(frame: pandas.DataFrame, name: str = "model", *, tuned: Path | None = None, **params: Any) -> bytes:
    tables.write(frame, Path("frame.parquet"))
    inputs = {"frame": Path("frame.parquet"), **({"tuned": tuned} if tuned else {})}
    run(inputs, {**PARAMS, **params}, {"model": Path(f"{name}.skops")})
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
    assert train(landed, "a") == train(landed, "b")
    for kind in (FOREST, LIGHTGBM):
        assert train(landed, "a", **kind) == train(landed, "b", **kind)
    assert train(landed, "c", **FOREST, seed=8) != train(landed, "b", **FOREST)


def test_a_model_of_lightgbm_reads_words_and_numbers_and_comes_back(defined: GitRepo, landed: pandas.DataFrame) -> None:
    model = models.load(train(landed, **LIGHTGBM), name="model")
    assert list(model.feature_names_in_) == ["miles", "carrier"]
    assert model.predict_proba(landed[["miles", "carrier"]]).std() > 0
    fitted = model.steps[-1][1]
    assert (fitted.random_state, fitted.n_jobs, fitted.get_params()["deterministic"]) == (7, 1, True)


@pytest.mark.parametrize("words", ["ordinal", "one_hot"])
def test_preprocessing_is_part_of_the_model(words: str, defined: GitRepo, landed: pandas.DataFrame) -> None:
    frame = landed.assign(miles=landed["miles"].where(landed.index % 5 > 0))
    preprocess = {"impute": "median", "scale": "standard", "words": words}
    model = models.load(train(frame, **LINEAR, preprocess=preprocess), name="model")
    numbers = model.steps[0][1].named_transformers_["numbers"]
    assert numbers[0].statistics_ == frame["miles"].median()
    rows = pandas.DataFrame({"miles": [500, None], "carrier": ["ZZ", None]})
    assert numpy.isfinite(model.predict_proba(rows)).all()


def test_what_was_tuned_goes_before_the_steps_own_parameters(defined: GitRepo, landed: pandas.DataFrame) -> None:
    best = Path("best.json")
    best.write_text(json.dumps({"estimator": TREES, "params": {"max_iter": 3}}))
    model = models.load(train(landed, tuned=best), name="model")
    assert model.steps[-1][1].get_params()["max_iter"] == 3
    best.write_text(json.dumps({"estimator": "lightgbm.LGBMClassifier", "params": {}}))
    with pytest.raises(InputError, match=r"best.json: tunes lightgbm.LGBMClassifier, not sklearn.ensemble.Hist"):
        train(landed, tuned=best)


@pytest.mark.parametrize("backend", ["loky", "threading", "dask"])
def test_the_backend_changes_no_byte_of_the_model(backend: str, defined: GitRepo, landed: pandas.DataFrame) -> None:
    frame = landed.head(5000)
    assert train(frame, "spread", **FOREST, backend=backend, jobs=2) == train(frame, "alone", **FOREST)


def test_an_estimator_whose_file_could_not_be_loaded_is_refused_where_it_is_trained(
    defined: GitRepo, landed: pandas.DataFrame
) -> None:
    words = "sklearn.neighbors.KNeighborsClassifier could be written, and not be loaded again: untrusted types"
    with pytest.raises(InputError, match=words):
        train(landed.head(500), estimator="sklearn.neighbors.KNeighborsClassifier", estimator_params={})


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
        (
            {**LIGHTGBM, "estimator_params": {"num_leafs": 5}},
            "LGBMClassifier has no parameter 'num_leafs'; did you mean",
        ),
        ({**LIGHTGBM, "estimator_params": {"num_leaves": 1}}, "lightgbm.LGBMClassifier: Check failed"),
        ({"preprocess": {"imput": "mean"}}, "there is no preprocessing 'imput'; did you mean 'impute'?"),
        ({"preprocess": {"scale": "standart"}}, "scale cannot be 'standart'; did you mean 'standard'?"),
        ({"backend": "daks"}, "there is no backend 'daks'; did you mean 'dask'?"),
        ({"backend": "ray"}, "the backend ray needs the package ray"),
        ({"backend": "spark"}, "the backend spark needs the package joblibspark"),
        ({"jobs": 0}, "0 jobs cannot run at once"),
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
        "lightgbm.basic.Booster", "lightgbm.LGBMRanker", "sklearn.externals.os.System",
        "sklearn.experimental.enable_nothing.Here",
    ],
)  # fmt: skip
def test_only_estimators_of_the_allowed_packages_are_taken(name: str) -> None:
    with pytest.raises(InputError):
        estimator(name, {}, seed=1)


def test_a_misspelt_estimator_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'sklearn.ensemble.RandomForestClassifier'?"):
        estimator("sklearn.ensemble.RandomForestClasifier", {}, seed=1)


def test_a_seed_in_the_parameters_goes_before_the_steps_own() -> None:
    assert estimator(TREES, {"random_state": 1}, seed=7).random_state == 1
    assert "random_state" not in estimator("sklearn.neighbors.KNeighborsClassifier", {}, seed=7).get_params()
