"""What a new version counts up, where nobody says it: by what changed since the last one."""

import hashlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, MODEL, done, judge, merge, tags, tags_at_origin, team
from tests.tiny_project import DEFINITIONS

VIEW, SET = "features/views/rows.yaml", "features/sets/churn.yaml"
FEATURES: dict[str, str | bytes] = {
    **{path: text for path, text in DEFINITIONS.items() if path.startswith("features/") and "/sets/" not in path},
    SET: "kind: feature_set\nname: churn\nowner: us\ndescription: Both\nfeatures: [rows@v1:history, rows@v1:temp]\n",
}
STAGE = "stages:\n  fit:\n    cmd: python fit.py\n    deps: [data/rows.csv, fit.py]\n    outs: [models/churn.skops]\n"


def md5(content: str) -> str:
    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()


def run_pipeline(repo: GitRepo, *, model: str, data: str = "rows", code: str = "fit()", depth: int = 3) -> None:
    """Commit what a run of the stage leaves, have it judged and push it."""
    lock = {
        "schema": "2.0",
        "stages": {
            "fit": {
                "cmd": "python fit.py",
                "deps": [{"path": "data/rows.csv", "md5": md5(data)}, {"path": "fit.py", "md5": md5(code)}],
                "params": {"params.yaml": {"depth": depth}},
                "outs": [{"path": ARTIFACT, "md5": md5(model), "size": len(model)}],
            }
        },
    }
    pointer = f"outs:\n- md5: {md5(data)}\n  path: rows.csv\n"
    repo.commit(
        {"dvc.yaml": STAGE, "dvc.lock": json.dumps(lock), "data/rows.csv.dvc": pointer, "fit.py": code,
         ".gitignore": f"/{ARTIFACT}\n", ".dvc/config": ""}
    )  # fmt: skip
    repo.write({ARTIFACT: model})
    judge(repo, content=model.encode())
    repo.git("push", "-q", "origin", "main")


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn@v1.0.0, made by a stage of DVC."""
    repo = team(tmp_path)
    repo.commit(FEATURES)
    run_pipeline(repo, model="one")
    assert "proposed" not in done(repo, "register", "churn")
    assert tags(repo) == ["churn@v1.0.0"]
    return repo


def registered(repo: GitRepo) -> tuple[str, str]:
    """The version that comes of it, and what is said."""
    before = {*tags(repo)}
    result = repo.run("model", "register", "churn")
    assert result.exit_code == 0, result.output
    [tag] = {*tags(repo)} - before
    return tag, " ".join(result.stderr.split())


def test_new_data_alone_are_a_patch(work: GitRepo) -> None:
    run_pipeline(work, model="two", data="more rows")
    tag, said = registered(work)
    assert tag == "churn@v1.0.1"
    assert "proposed: v1.0.1 (patch), as only data changed since v1.0.0: data/rows.csv; name another with" in said


def test_code_and_parameters_are_minor_whatever_else_changed(work: GitRepo) -> None:
    run_pipeline(work, model="two", data="more rows", code="fit(fast=True)")
    tag, said = registered(work)
    assert (tag, "(minor), as code or parameters changed since v1.0.0: fit.py;" in said) == ("churn@v1.1.0", True)
    run_pipeline(work, model="three", data="more rows", code="fit(fast=True)", depth=4)
    tag, said = registered(work)
    assert (tag, "code or parameters changed since v1.1.0: stage fit;" in said) == ("churn@v1.2.0", True)


def test_the_interface_of_features_is_major(work: GitRepo) -> None:
    work.write({SET: str(FEATURES[SET]).replace(", rows@v1:temp", "")})
    run_pipeline(work, model="two", code="fit(less=True)")
    tag, said = registered(work)
    assert tag == "churn@v2.0.0"
    assert "(major), as what it reads or answers changed since v1.0.0: rows@v1:temp is gone;" in said
    work.write({VIEW: str(FEATURES[VIEW]).replace("history, dtype: float64", "history, dtype: int64")})
    run_pipeline(work, model="three", code="fit(less=True)")
    tag, said = registered(work)
    assert (tag, "rows@v1:history has another interface" in said) == ("churn@v3.0.0", True)


def test_another_kind_of_answer_is_major(work: GitRepo) -> None:
    work.write({"models/churn.yaml": MODEL.replace("label: left", "label: returned")})
    run_pipeline(work, model="two")
    tag, said = registered(work)
    assert (tag, "binary of returned in place of binary of left" in said) == ("churn@v2.0.0", True)


def test_a_training_that_changed_nothing_else_is_a_patch(work: GitRepo) -> None:
    run_pipeline(work, model="two")
    assert registered(work)[0] == "churn@v1.0.1"


def test_where_no_stage_tells_what_it_was_made_from_it_is_minor_and_said_so(tmp_path: Path) -> None:
    repo = team(tmp_path)
    for content in ("one", "two"):
        merge(repo, content)
        tag, said = registered(repo)
    assert tag == "churn@v1.1.0"
    assert "nothing tells what it was made from since v1.0.0: no stage of DVC makes the model file" in said


def test_a_number_or_a_bump_that_is_named_counts_and_nothing_is_proposed(work: GitRepo) -> None:
    run_pipeline(work, model="two", data="more rows")
    result = work.run("model", "register", "churn", "--bump", "major")
    assert "proposed" not in result.output
    assert tags(work) == ["churn@v1.0.0", "churn@v2.0.0"]


@pytest.mark.parametrize(("answer", "options", "expected"), [("n\n", (), 1), ("y\n", (), 2), ("", ("--yes",), 2)])
def test_somebody_at_a_terminal_is_asked(work: GitRepo, answer: str, options: tuple[str, ...], expected: int) -> None:
    run_pipeline(work, model="two", data="more rows")
    leader, follower = pty.openpty()
    os.write(leader, answer.encode())
    command = [sys.executable, "-m", "gitmlops", "model", "register", "churn", *options]
    told = subprocess.run(command, cwd=work.root, stdin=follower, capture_output=True, text=True, check=False)
    os.close(leader)
    os.close(follower)
    assert ("Register churn v1.0.1?" in told.stderr) == (not options)
    assert len(tags_at_origin(work)) == expected
    assert told.returncode == (0 if expected == 2 else 130)
