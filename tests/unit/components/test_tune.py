"""Tuning on a month of flights: what it finds, and that a kill at any moment changes nothing of it."""

import json
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas
import pytest
from tests.conftest import GitRepo
from tests.unit.components.definition_files import FILES

from gitmlops.adapters.data import tables
from gitmlops.components.tune.journal import FOLDER, Journal, Trial
from gitmlops.components.tune.tune import run
from gitmlops.errors import InputError

TREE = "sklearn.tree.DecisionTreeClassifier"
SPACE = {
    "max_depth": {"low": 1, "high": 12},
    "min_samples_leaf": {"low": 1, "high": 500, "log": True},
    "criterion": {"choices": ["gini", "entropy"]},
    "min_impurity_decrease": {"low": 0.0, "high": 0.001},
}
PARAMS: dict[str, Any] = {
    "feature_set": "words", "label": "late", "estimator": TREE, "estimator_params": {}, "preprocess": {},
    "space": SPACE, "trials": 14, "scoring": "roc_auc", "folds": 3, "fold_by": "stratified", "seed": 7,
    "backend": "loky", "jobs": 1,
}  # fmt: skip
ALONE = """
import json, sys
from pathlib import Path
from gitmlops.components.tune.tune import run
outputs = {name: Path(sys.argv[2]) / name for name in ("best", "trials", "plot")}
run({"frame": Path("frame.parquet")}, json.loads(sys.argv[1]), outputs)
"""


@pytest.fixture
def defined(project: GitRepo, landed: pandas.DataFrame, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A project in whose folder the test stands, with 2,000 flights in frame.parquet."""
    project.write(dict(FILES))
    monkeypatch.chdir(project.root)
    tables.write(landed.iloc[::13].reset_index(drop=True), Path("frame.parquet"))
    return project


def tune(name: str = "out", **params: Any) -> tuple[dict[str, Any], pandas.DataFrame, bytes]:
    outputs = {output: Path(name, output) for output in ("best", "trials", "plot")}
    run({"frame": Path("frame.parquet")}, {**PARAMS, **params}, outputs)
    content = b"".join(path.read_bytes() for path in outputs.values())
    return json.loads(outputs["best"].read_text()), tables.read(outputs["trials"]), content


def test_the_best_trial_is_the_one_with_the_highest_score(defined: GitRepo) -> None:
    best, trials, _ = tune()
    assert len(trials) == 14
    assert best["score"] == trials["score"].max() > 0.5
    row = trials.loc[best["trial"]]
    assert best["params"]["max_depth"] == row["param_max_depth"]
    assert best["estimator"] == TREE
    plot = json.loads(Path("out/plot").read_text())
    assert plot[-1]["best"] == best["score"]
    assert not list(FOLDER.iterdir())


def test_the_same_search_gives_the_same_bytes_wherever_it_runs(defined: GitRepo) -> None:
    _, _, alone = tune("a")
    assert tune("b")[2] == alone
    assert tune("c", backend="loky", jobs=2)[2] == alone
    assert tune("d", seed=8)[2] != alone


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_to_the_same_result(defined: GitRepo) -> None:
    _, _, undisturbed = tune("undisturbed")
    moments = random.Random(5)
    command = [sys.executable, "-c", ALONE, json.dumps(PARAMS), "killed"]
    for trials in (0, 3, 8):
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
            for line in running.stderr:
                if line.startswith(f"trial {trials + 1} of") or (trials == 0 and "trial 1 of" in line):
                    break
            try:  # in the midst of a trial, at a moment that nobody chose
                running.wait(timeout=moments.uniform(0, 0.03))
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
            running.stderr.close()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search("going on after (9|1[0-3]) of 14 trials", done.stderr)
    killed = b"".join(Path("killed", name).read_bytes() for name in ("best", "trials", "plot"))
    assert killed == undisturbed


def test_a_line_that_was_being_written_is_a_trial_that_is_not_done(defined: GitRepo) -> None:
    journal = Journal({"a": 1})
    for number in range(3):
        journal.add(Trial({"x": number}, 0.5, 0.1))
    (path,) = FOLDER.iterdir()
    path.write_bytes(path.read_bytes()[:-4])
    assert [trial.params["x"] for trial in journal.trials()] == [0, 1]
    journal.add(Trial({"x": 7}, None, None, "no"))
    assert [trial.params["x"] for trial in journal.trials()] == [0, 1, 7]


def test_another_seed_or_other_data_do_not_go_on_where_these_stopped(defined: GitRepo) -> None:
    assert not Journal({"seed": 1}).trials()
    Journal({"seed": 1}).add(Trial({}, 1.0, 0.0))
    assert not Journal({"seed": 2}).trials()


def test_more_trials_begin_with_the_same_ones(defined: GitRepo) -> None:
    _, few, _ = tune("few", trials=11)
    _, many, _ = tune("many", trials=13)
    pandas.testing.assert_frame_equal(few, many.head(11))


def test_rows_without_a_group_belong_to_no_fold(defined: GitRepo) -> None:
    frame = tables.read(Path("frame.parquet"))
    tables.write(frame.assign(tailnum=frame["tailnum"].where(frame.index > 0)), Path("frame.parquet"))
    with pytest.raises(InputError, match="1 rows have no 'tailnum'"):
        tune(fold_by="tailnum")


def test_a_combination_that_the_estimator_does_not_take_is_a_trial_without_a_score(defined: GitRepo) -> None:
    best, trials, _ = tune(space={"max_depth": {"choices": [-1, 3]}}, trials=6)
    assert set(trials["state"]) == {"failed", "scored"}
    assert trials.loc[trials["state"] == "failed", "error"].str.contains("max_depth").all()
    assert best["params"] == {"max_depth": 3}


def test_an_estimator_of_lightgbm_is_tuned(defined: GitRepo) -> None:
    best, _, _ = tune(estimator="lightgbm.LGBMClassifier", space={"n_estimators": {"low": 2, "high": 5}}, trials=3)
    assert 2 <= best["params"]["n_estimators"] <= 5


@pytest.mark.parametrize("fold_by", ["random", "scheduled_at", "tailnum"])
def test_folds_can_follow_a_time_or_keep_groups_together(fold_by: str, defined: GitRepo) -> None:
    frame = tables.read(Path("frame.parquet"))
    tables.write(frame.assign(tailnum=frame["tailnum"].fillna("none")), Path("frame.parquet"))
    best, _, _ = tune(fold_by=fold_by, trials=2)
    assert 0.4 < best["score"] < 0.8


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"space": {}}, "space: there is nothing to tune"),
        ({"space": {"max_dept": {"low": 1, "high": 2}}}, "DecisionTreeClassifier has no parameter 'max_dept'; did you"),
        (
            {"space": {"max_depth": {"low": 1, "hihg": 2}}},
            "space.max_depth: a range has no 'hihg'; did you mean 'high'",
        ),
        ({"space": {"max_depth": {"low": 1}}}, "space.max_depth: 'high' is missing"),
        ({"space": {"max_depth": {"low": 5, "high": 1}}}, "space.max_depth: "),
        ({"space": {"max_depth": {"low": "a", "high": 1}}}, "space.max_depth: 'a' is no number"),
        ({"space": {"max_depth": [1, 2]}}, "space.max_depth: [1, 2] is no range"),
        ({"space": {"max_depth": {"choices": 3}}}, "choices are a list"),
        ({"space": {"max_depth": {"low": 1, "high": 9, "log": "yes"}}}, "log is true or false, not 'yes'"),
        (
            {"space": {"max_depth": {"choices": [-1]}}, "trials": 2},
            "no trial could be scored: The 'max_depth' parameter",
        ),
        ({"trials": 0}, "0 trials find nothing"),
        ({"scoring": "roc_acu"}, "there is no scorer 'roc_acu'; did you mean 'roc_auc'?"),
        ({"folds": 1}, "1 folds by stratified: "),
        ({"fold_by": "tailnumm"}, "there is no column 'tailnumm'; did you mean 'tailnum'?"),
    ],
)
def test_a_search_that_makes_no_sense_is_an_error(params: dict[str, Any], words: str, defined: GitRepo) -> None:
    with pytest.raises(InputError) as wrong:
        tune(**params)
    assert words in str(wrong.value)
