"""Retraining on a real project: git with a bare origin, DVC with a folder as storage."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest
from tests import serving, tiny_project
from tests.conftest import GitRepo

from gitmlops.adapters.git.repository import Repository
from gitmlops.cli.pipeline.run import run_pipeline

pytestmark = pytest.mark.slow

BRANCH = "retrain/tiny/2020-06"
HANGS = """\
import pathlib
import time


def run(inputs, params, outputs):
    pathlib.Path({!r}).touch()
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitRepo]:
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        yield tiny_project.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny(released: GitRepo, tmp_path: Path) -> GitRepo:
    return tiny_project.copy(released, tmp_path)


def test_a_baseline_under_dvc_is_what_monitoring_compares_with(tiny: GitRepo) -> None:
    model = str(tiny_project.DEFINITIONS["models/tiny.yaml"])
    tiny.git("rm", "-q", "--cached", "models/tiny.baseline.json")
    tiny.write({"models/tiny.yaml": f"{model}baseline: {{store: dvc}}\n"})
    assert tiny.run("pipeline", "compile", "--check").exit_code == 1
    assert tiny.run("pipeline", "compile").exit_code == 0
    assert "- models/tiny.baseline.json\n" in (tiny.root / "dvc.yaml").read_text()
    result = tiny.run("pipeline", "run", "tiny")
    assert result.exit_code == 0, result.output
    tiny.commit()
    assert "models/tiny.baseline.json" not in tiny.git("ls-files")
    tiny.git("tag", "-a", "tiny@v2.0.0", "-m", "kept under DVC")
    log = tiny.root / serving.LOG
    for file in log.iterdir():
        pandas.read_parquet(file).assign(version="v2.0.0").to_parquet(file, index=False)
    (tiny.root / "models/tiny.baseline.json").unlink()
    judged = tiny.run("monitor", "run", "tiny")
    assert judged.exit_code == 0, judged.output
    assert "2020-06  v2.0.0   1500      1500  0.6056" in judged.stdout


def test_an_alarm_becomes_a_branch_with_moved_parameters_a_new_model_and_a_verdict(
    tiny: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SERVER_URL", "https://github.com"), ("REPOSITORY", "acme/tiny"), ("RUN_ID", "7")):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    (tiny.root / "notes.txt").write_text("my own work, not committed")
    (tiny.root / "pipelines/tiny.yaml").open("a").write("# half an edit\n")
    head = tiny.git("rev-parse", "main")
    result = tiny.run("retrain", "tiny", "--body", str(tiny.root / "reports/body.md"))
    assert result.exit_code == 0, result.output
    pipeline = tiny.git("show", f"{BRANCH}:pipelines/tiny.yaml")
    assert 'train_until: "2020-05-31"  # moved by retraining' in pipeline
    assert 'evaluate_until: "2020-06-30"' in pipeline
    assert "half an edit" not in pipeline
    assert tiny.git("diff", "--name-only", "main", BRANCH).split() == [
        "dvc.lock",
        "models/tiny.baseline.json",
        "pipelines/tiny.yaml",
    ]
    assert tiny.git("ls-remote", "origin", f"refs/heads/{BRANCH}")[:40] == tiny.git("rev-parse", BRANCH).strip()
    subject, _, message = tiny.git("log", "-1", "--format=%B", BRANCH).partition("\n")
    assert subject == "Retrain tiny: performance alarm in 2020-06"
    assert "Moved: train_until 2020-05-31, evaluate_until 2020-06-30." in message
    assert "roc_auc: 0." in message
    run = "%(trailers:key=Run,valueonly=true)"
    assert tiny.git("log", "-1", f"--format={run}", BRANCH).strip() == "https://github.com/acme/tiny/actions/runs/7"
    body = (tiny.root / "reports/body.md").read_text()
    assert body.strip() == result.stdout.strip()
    for part in ("Retraining of tiny after 2020-06", ": alarm", "quality/auc", "gitmlops retrain tiny"):
        assert part in body
    # The user's checkout is as it was.
    assert tiny.git("rev-parse", "main") == head
    assert tiny.git("symbolic-ref", "--short", "HEAD").strip() == "main"
    assert tiny.git("status", "--porcelain").splitlines() == [" M pipelines/tiny.yaml", "?? notes.txt"]
    assert not (tiny.root / ".dvc/config.local").exists()
    assert len(tiny.git("worktree", "list").splitlines()) == 1
    _colleague_gets_the_data(tiny)
    _again_says_that_it_is_there(tiny)


def _colleague_gets_the_data(tiny: GitRepo) -> None:
    clone = tiny.root.parent / "clone"
    subprocess.run(["git", "clone", "-q", "-b", BRANCH, "../origin.git", str(clone)], check=True, cwd=tiny.root)
    tiny_project.command(GitRepo(clone), "dvc", "pull", "--quiet")
    assert (clone / "models/tiny.skops").exists()
    assert "up to date" in tiny_project.command(GitRepo(clone), "dvc", "status")


def _again_says_that_it_is_there(tiny: GitRepo) -> None:
    before = tiny_project.state(tiny)
    again = tiny.run("retrain", "tiny")
    assert again.exit_code == 0
    assert again.stdout == ""
    assert f"the branch {BRANCH} is here and at origin already, nothing was written" in again.stderr
    assert f"git push origin --delete {BRANCH}" in again.stderr
    assert tiny_project.state(tiny) == before


def test_a_refused_model_is_a_branch_all_the_same_and_exit_code_1(tiny: GitRepo) -> None:
    policy = str(tiny_project.DEFINITIONS["policies/quality.yaml"]).replace("0.6", "0.99")
    tiny.commit({"policies/quality.yaml": policy})
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 1
    assert "refused" in result.stdout
    assert "0.99" in result.stdout
    assert tiny.git("ls-remote", "origin", f"refs/heads/{BRANCH}")


def test_no_push_leaves_the_branch_here(tiny: GitRepo) -> None:
    tiny.git("remote", "remove", "origin")
    stored = sorted((tiny.root.parent / "storage").rglob("*"))
    assert tiny.run("retrain", "tiny", "--no-push").exit_code == 0
    assert tiny.git("rev-parse", "--verify", BRANCH)
    assert sorted((tiny.root.parent / "storage").rglob("*")) == stored


def test_dry_run_says_what_it_would_write_and_writes_nothing(tiny: GitRepo) -> None:
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny", "--dry-run")
    assert result.exit_code == 0
    assert f"would write the branch {BRANCH} (performance alarm in 2020-06)" in result.stdout
    assert "params.train_until = 2020-05-31" in result.stdout
    assert tiny_project.state(tiny) == before


def test_without_an_alarm_nothing_is_written(tiny: GitRepo) -> None:
    (tiny.root / "data/served/2020-06.parquet").unlink()
    (tiny.root / "data/served/2020-05.parquet").unlink()
    serving.serve_rows(tiny.root, {"may": serving.rows("2020-05")})
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "there is no alarm that asks for retraining, nothing was written" in result.stderr
    assert tiny_project.state(tiny) == before


def test_without_an_origin_nothing_is_written(tiny: GitRepo) -> None:
    tiny.git("remote", "rename", "origin", "upstream")
    refs = tiny.git("for-each-ref")
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 4
    assert "there is no remote origin to push to; nothing was written" in result.stderr
    assert "--no-push" in result.stderr
    assert tiny.git("for-each-ref") == refs


def test_without_a_storage_nothing_is_written(tiny: GitRepo) -> None:
    tiny_project.command(tiny, "dvc", "remote", "default", "--unset")
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 4
    assert "DVC has no default remote to push to" in result.stderr
    assert tiny_project.state(tiny) == before


def test_a_pipeline_that_fails_leaves_everything_as_it_was(tiny: GitRepo) -> None:
    tiny.commit({"components/fit/fit.py": "def run(inputs, params, outputs):\n    raise ValueError('no such rows')\n"})
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny")
    assert result.exit_code != 0
    assert f"the branch {BRANCH} is gone again" in result.stderr
    assert tiny_project.state(tiny) == before


def test_a_push_that_is_refused_leaves_the_training_on_a_branch_and_says_how_to_push_it(tiny: GitRepo) -> None:
    hook = _refuse_pushes(tiny)
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny", "--body", "reports/body.md")
    assert result.exit_code == 4
    assert "protected" in result.stderr
    push = f"git switch {BRANCH} && dvc push && git push --set-upstream origin {BRANCH} && git switch -"
    assert f"the training is done, it is on the branch {BRANCH} here; push it: `{push}`" in result.stderr
    for body in (result.stdout, (tiny.root / "reports/body.md").read_text()):
        assert "Retraining of tiny after 2020-06" in body
        assert "quality/auc" in body
    tiny.git("branch", "-q", "--move", BRANCH, "kept")
    assert tiny_project.state(tiny)[1:] == before[1:]
    tiny.git("branch", "-q", "--move", "kept", BRANCH)
    again = tiny.run("retrain", "tiny")
    assert again.exit_code == 1
    assert f"the branch {BRANCH} is here already, nothing was written; push it: `{push}`" in again.stderr
    hook.unlink()
    _push_as_told(tiny)
    _colleague_gets_the_data(tiny)


def _push_as_told(tiny: GitRepo) -> None:
    tiny.git("switch", "--quiet", BRANCH)
    tiny_project.command(tiny, "dvc", "push", "--quiet")
    tiny.git("push", "--quiet", "--set-upstream", "origin", BRANCH)
    tiny.git("switch", "--quiet", "-")


def _refuse_pushes(tiny: GitRepo) -> Path:
    hook = tiny.root.parent / "origin.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected\nexit 1\n")
    hook.chmod(0o755)
    return hook


def test_data_that_cannot_be_pushed_is_pushed_later_by_the_command_that_was_named(tiny: GitRepo) -> None:
    storage = tiny.root.parent / "storage"
    storage.rename(tiny.root.parent / "elsewhere")
    storage.write_text("a file where the storage was")
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 4
    assert f"the training is done, it is on the branch {BRANCH} here" in result.stderr
    assert not tiny.git("ls-remote", "origin", f"refs/heads/{BRANCH}")
    storage.unlink()
    (tiny.root.parent / "elsewhere").rename(storage)
    _push_as_told(tiny)
    _colleague_gets_the_data(tiny)


def test_a_gate_that_cannot_decide_leaves_the_training_on_a_branch(tiny: GitRepo) -> None:
    policy = str(tiny_project.DEFINITIONS["policies/quality.yaml"]).replace(" threshold: 0.6,", "")
    tiny.commit({"policies/quality.yaml": policy})
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 3, result.output
    assert "compares with nothing" in result.stderr
    assert "Retraining of tiny after 2020-06" in result.stdout
    assert f"the training is done, it is on the branch {BRANCH} here; push it:" in result.stderr
    assert tiny.git("rev-parse", f"{BRANCH}^") == tiny.git("rev-parse", "main")
    assert not tiny.git("ls-remote", "origin", f"refs/heads/{BRANCH}")


def test_a_body_that_cannot_be_written_leaves_the_training_on_a_branch_and_the_body_on_the_screen(
    tiny: GitRepo,
) -> None:
    result = tiny.run("retrain", "tiny", "--no-push", "--body", "gitmlops.yaml/body.md")
    assert result.exit_code == 4
    assert "Retraining of tiny after 2020-06" in result.stdout
    assert f"the training is done, it is on the branch {BRANCH} here" in result.stderr
    assert tiny.git("rev-parse", "--verify", BRANCH)


def test_who_commits_is_asked_before_the_training(tiny: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    tiny.git("config", "user.useConfigOnly", "true")
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 4
    assert "git does not know who commits; run `git config user.name NAME`" in result.stderr
    assert tiny_project.state(tiny) == before


def test_a_parameter_that_the_pipeline_does_not_have_is_named(tiny: GitRepo) -> None:
    model = str(tiny_project.DEFINITIONS["models/tiny.yaml"]).replace("{train_until:", "{train_untill:")
    tiny.commit({"models/tiny.yaml": model})
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 3
    assert "there is no params.train_untill; did you mean 'train_until'?" in result.stderr
    assert tiny_project.state(tiny) == before


def test_an_interrupt_while_the_branch_is_pushed_leaves_the_training_on_it(tiny: GitRepo, tmp_path: Path) -> None:
    pushing = tmp_path / "pushing"
    hook = _refuse_pushes(tiny)
    hook.write_text(f"#!/bin/sh\ntouch {pushing}\nsleep 5\nexit 1\n")
    code, stderr = _interrupted(tiny, pushing)
    assert code == 130
    assert f"the training is done, it is on the branch {BRANCH} here; push it:" in stderr
    assert tiny.git("rev-parse", f"{BRANCH}^") == tiny.git("rev-parse", "main")
    assert len(tiny.git("worktree", "list").splitlines()) == 1


def test_an_interrupt_leaves_everything_as_it_was(tiny: GitRepo, tmp_path: Path) -> None:
    running = tmp_path / "running"
    tiny.commit({"components/fit/fit.py": HANGS.format(str(running))})
    before = tiny_project.state(tiny)
    code, stderr = _interrupted(tiny, running)
    assert code == 130
    assert "interrupted" in stderr
    assert f"nothing was written: the branch {BRANCH} is gone again" in stderr
    assert tiny_project.state(tiny) == before


def _interrupted(tiny: GitRepo, when: Path) -> tuple[int, str]:
    """Exit code and talk of a retraining that is interrupted as soon as a file is there."""
    command = [sys.executable, "-m", "gitmlops", "retrain", "tiny"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tiny.root, start_new_session=True, text=True, **pipes) as process:
        deadline = time.monotonic() + 120
        while not when.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert when.exists()
        os.kill(process.pid, signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, stderr


def test_a_retraining_is_handed_over_with_its_evidence_and_without_a_push(tiny: GitRepo, tmp_path: Path) -> None:
    tiny.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05")
    origin = tiny.git("ls-remote", "origin")
    result = tiny.run("retrain", "tiny", "--handover", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    handed = _handed_over(tmp_path / "out")
    assert (handed["state"], handed["incident"], handed["branch"]) == ("trained", "2020-06", BRANCH)
    assert handed["head"] == tiny.git("rev-parse", BRANCH).strip()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "retraining.json", "evidence.json", "monitoring.json", "gate.json", "branch.bundle", "data"
    }  # fmt: skip
    assert tiny.git("ls-remote", "origin") == origin
    again = tiny.run("retrain", "tiny", "--handover", str(tmp_path / "again"))
    assert again.exit_code == 1
    assert f"the branch {BRANCH} is here already" in again.stderr


@pytest.mark.parametrize(
    "case", ["pipeline failed", "nothing new", "no labels", "broken feed", "broken schema", "no alarm"]
)
def test_a_retraining_that_makes_nothing_hands_over_why(tiny: GitRepo, tmp_path: Path, case: str) -> None:
    model = str(tiny_project.DEFINITIONS["models/tiny.yaml"])
    june = tiny_project.months()["2020-06"]
    state, code, words = "", 1, ""
    if case == "pipeline failed":
        state, code, words = "failed", 4, "step 'fit' failed"
        tiny.commit({"components/fit/fit.py": "def run(inputs, params, outputs):\n    raise ValueError('no')\n"})
    elif case == "nothing new":
        state, words = "nothing new", "made what is there already"
        tiny.commit({"models/tiny.yaml": model.split("    set:")[0] + "    set: {}\n"})
    elif case == "no labels":
        state, words = "no labels", "there is nothing to learn from; bring the outcomes to data/outcomes"
        tiny.commit({"models/tiny.yaml": model.replace("on: [performance]", "on: [performance, drift]")})
        for month in ("2020-05", "2020-06"):
            frame = serving.warmer(tiny_project.months()[month], 30)
            serving.serve(tiny.root, {month: serving.log(frame)}, {month: frame[["row_id", "late"]].head(0)})
    elif case == "broken feed":
        state, words = "broken feed", "retraining would learn that"
        serving.serve_rows(tiny.root, {"2020-06": june.assign(temp=None)})
    elif case == "broken schema":
        state, words = "broken feed", "columns of the log are of another type than they were"
        serving.serve_rows(tiny.root, {"2020-06": june.assign(temp="warm")})
    else:
        state, code, words = "no alarm", 0, "there is no alarm that asks for retraining"
        for month in ("2020-05", "2020-06"):
            serving.serve_rows(tiny.root, {month: serving.rows(month, n=1_500)})
    before = tiny_project.state(tiny)
    result = tiny.run("retrain", "tiny", "--handover", str(tmp_path / "out"))
    assert result.exit_code == code, result.output
    handed = _handed_over(tmp_path / "out")
    assert (handed["state"], result.exit_code) == (state, code), result.output
    assert words in str(handed["message"])
    assert tiny_project.state(tiny) == before


def _handed_over(folder: Path) -> dict[str, object]:
    handed: dict[str, object] = json.loads((folder / "retraining.json").read_text())
    return handed


def test_what_somebody_put_into_the_run_cache_is_not_taken_for_a_training(project: GitRepo) -> None:
    pipeline = "kind: pipeline\nname: p\nparams: {word: a}\nsteps:\n  say:\n"
    step = "    run: echo ${{ params.word }} > ${{ outputs.it }}\n    outputs: {it: build/it}\n"
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=project.root, check=True)
    project.write({"pipelines/p.yaml": pipeline + step})
    for word in ("good", "bad"):
        assert project.run("pipeline", "run", "--set", f"params.word={word}").exit_code == 0
    good, bad = (hashlib.md5(f"{word}\n".encode()).hexdigest() for word in ("good", "bad"))
    kept = [path for path in (project.root / ".dvc/cache/runs").rglob("*") if path.is_file()]
    poisoned = [path for path in kept if good in path.read_text()]
    assert poisoned
    for path in poisoned:
        path.write_text(path.read_text().replace(good, bad))
    project.write({"pipelines/p.yaml": (project.root / "pipelines/p.yaml").read_text().replace("bad", "good")})
    run_pipeline(Repository(project.root), "p")
    assert (project.root / "build/it").read_text() == "good\n"


def test_a_broken_feed_is_not_learned(tiny: GitRepo) -> None:
    june = tiny_project.months()["2020-06"].assign(temp=None)
    serving.serve_rows(tiny.root, {"2020-06": june})
    result = tiny.run("retrain", "tiny")
    assert result.exit_code == 1
    assert "values are missing that used to be there: retraining would learn that" in result.stderr


def test_the_branch_can_be_merged_and_is_then_what_the_gate_has_judged(tiny: GitRepo) -> None:
    assert tiny.run("retrain", "tiny").exit_code == 0
    tiny.git("merge", "--quiet", "--no-ff", "--no-edit", BRANCH)
    tree = tiny.git("rev-parse", "main^{tree}").strip()
    note = tiny.git("notes", "--ref", "refs/notes/gitmlops/receipts", "show", tree)
    assert '"verdict":"passed"' in note
