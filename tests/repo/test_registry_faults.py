"""What fails on the way to the remote, or is killed, leaves tags as they were, or all of them there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import done, gto_show, listed, merge, released, team

VERBS = (
    ("register", "churn", "--bump", "minor"),
    ("promote", "churn@v1.0.0", "--to", "staging"),
    ("rollback", "churn", "--reason", "worse", "--yes"),
    ("deprecate", "churn", "--reason", "old", "--yes"),
)


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """Two versions released, a third one merged."""
    made = team(tmp_path)
    released(made, "one", "two")
    merge(made, "three")
    return made


def origin(work: GitRepo) -> Path:
    return work.root.parent / "origin.git"


def script(file: Path, text: str) -> str:
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def refuse_by_a_hook(work: GitRepo, _: pytest.MonkeyPatch) -> str:
    # One of several refs is refused, the last one of them.
    script(
        origin(work) / "hooks/update",
        'case "$1" in refs/gitmlops/serial/*) echo "no releases on Fridays" >&2; exit 1;; esac',
    )
    return "no releases on Fridays"


def refuse_all_by_a_hook(work: GitRepo, _: pytest.MonkeyPatch) -> str:
    script(origin(work) / "hooks/pre-receive", 'echo "frozen" >&2; exit 1')
    return "frozen"


def lack_atomic_pushes(work: GitRepo, _: pytest.MonkeyPatch) -> str:
    GitRepo(origin(work)).git("config", "receive.advertiseAtomic", "false")
    return "does not support --atomic push"


def permit_reading_alone(work: GitRepo, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account at a host of repositories that may read and not write."""
    command = 'case "$*" in *git-receive-pack*) echo "ERROR: Permission to models denied to ann." >&2; exit 1;; esac'
    monkeypatch.setenv("GIT_SSH_COMMAND", script(work.root.parent / "ssh", f'{command}\nshift; eval "$@"'))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    work.git("config", f"url.host:{origin(work)}.pushInsteadOf", str(origin(work)))
    return "Permission to models denied to ann"


def go_away(work: GitRepo, _: pytest.MonkeyPatch) -> str:
    origin(work).rename(origin(work).with_name("elsewhere.git"))
    return "origin"


def mended(work: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    if not origin(work).exists():
        origin(work).with_name("elsewhere.git").rename(origin(work))
    for hook in ("update", "pre-receive"):
        (origin(work) / "hooks" / hook).unlink(missing_ok=True)
    GitRepo(origin(work)).git("config", "receive.advertiseAtomic", "true")
    subprocess.run(["git", "config", "--remove-section", f"url.host:{origin(work)}"], cwd=work.root, check=False)
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)


def refs(folder: Path) -> str:
    return GitRepo(folder).git("for-each-ref", "refs/tags", "refs/gitmlops/serial", "refs/heads")


FAULTS = (refuse_by_a_hook, refuse_all_by_a_hook, lack_atomic_pushes, permit_reading_alone, go_away)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_push_that_fails_leaves_both_sides_as_they_were_and_can_be_done_again(
    work: GitRepo, monkeypatch: pytest.MonkeyPatch, fault: Callable[[GitRepo, pytest.MonkeyPatch], str]
) -> None:
    before = (refs(work.root), refs(origin(work)))
    words = fault(work, monkeypatch)
    for verb in VERBS:
        result = work.run("model", *verb)
        assert result.exit_code == 4, result.output
        assert words in result.stderr
        assert "; " in result.stderr, "what to do comes behind what is wrong"
    mended(work, monkeypatch)
    assert (refs(work.root), refs(origin(work))) == before
    for verb in VERBS:
        done(work, *verb)
    assert listed(work) == gto_show(work) == {}
    assert refs(work.root).count("refs/tags") == refs(origin(work)).count("refs/tags")


def waiting(work: GitRepo, hook: str) -> tuple[Path, Path]:
    """The remote stops in a hook: the file that it makes when it gets there, and the one that lets it go on."""
    reached, go_on = work.root.parent / "reached", work.root.parent / "go-on"
    script(origin(work) / "hooks" / hook, f"touch '{reached}'; until [ -e '{go_on}' ]; do sleep 0.05; done")
    return reached, go_on


@pytest.mark.parametrize("hook", ["pre-receive", "post-receive"])
@pytest.mark.parametrize("whom", ["the command", "all that it started"])
def test_a_rollback_that_is_killed_has_written_both_tags_or_none(work: GitRepo, hook: str, whom: str) -> None:
    before = refs(work.root)
    reached, go_on = waiting(work, hook)
    command = [sys.executable, "-m", "gitmlops", "model", "rollback", "churn", "--reason", "worse", "--yes"]
    running = subprocess.Popen(
        command, cwd=work.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    wait_for(reached.exists)
    (os.kill if whom == "the command" else os.killpg)(running.pid, signal.SIGKILL)
    running.wait()
    go_on.touch()
    if whom == "the command":
        wait_for(lambda: not still_receiving(work))
    (origin(work) / "hooks" / hook).unlink()
    assert refs(work.root) == before
    there = [name for name in ("churn#prod!#5", "churn#prod#6") if f"refs/tags/{name}" in refs(origin(work))]
    assert there in ([], ["churn#prod!#5", "churn#prod#6"])
    if there:
        result = work.run("model", "rollback", "churn", "--reason", "worse", "--yes")
        assert result.exit_code == 1
        assert "origin has tags that are not here: churn#prod!#5, churn#prod#6; run `git fetch --tags origin`" in (
            result.stderr
        )
        work.git("fetch", "-q", "--tags", "origin")
    else:
        done(work, "rollback", "churn", "--reason", "worse", "--yes")
    assert listed(work)["churn"]["prod"] == gto_show(work)["churn"]["prod"] == "v1.0.0"


def still_receiving(work: GitRepo) -> bool:
    """Whether a process of the remote works still; it keeps what came in a folder until it has ended."""
    return any(path.name.startswith("tmp_objdir") for path in (origin(work) / "objects").iterdir()) or any(
        path.suffix == ".lock" for path in (origin(work) / "refs").rglob("*")
    )


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
