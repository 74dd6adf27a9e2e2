"""A run that is killed, interrupted or that fails: what had finished stays finished, and the next run ends as any."""

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.conftest import GitRepo
from tests.repo.stages import dvc, dvc_lock_is_held, lock, make, require_clean, twin

TIMES = 20
# Each command writes down that it ran, outside of the repository, and is a child of its shell that goes on writing.
STAGE = """\
  {name}:
    cmd: (echo {name} >> ../ran; for i in 1 2 3; do echo $i >> {name}.txt; sleep .03; done); cat {deps} >> {name}.txt
    deps: [{comma}]
    outs: [{name}.txt]
"""
NEEDS = {"s1": ["in.txt"], "s2": ["in.txt"], "s3": ["s1.txt"], "s4": ["s1.txt", "s2.txt"], "s5": ["s3.txt", "s4.txt"]}
STAGES = "stages:\n" + "".join(
    STAGE.format(name=name, deps=" ".join(deps), comma=", ".join(deps)) for name, deps in NEEDS.items()
)


def start(repo: GitRepo, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "gitmlops", "pipeline", "run", "--jobs", "2", *arguments]
    return subprocess.Popen(
        command, cwd=repo.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


@pytest.mark.slow
def test_runs_killed_at_random_moments_end_as_an_undisturbed_one_and_nothing_finished_runs_twice(
    tmp_path: Path,
) -> None:
    began = time.monotonic()
    undisturbed = make(tmp_path / "undisturbed" / "repo", {"in.txt": "in\n", "dvc.yaml": STAGES})
    assert start(undisturbed).wait() == 0
    seconds = time.monotonic() - began
    chance = random.Random(7)
    for number in range(TIMES):
        repo = make(tmp_path / str(number) / "repo", {"in.txt": "in\n", "dvc.yaml": STAGES})
        with start(repo) as running:
            time.sleep(chance.uniform(0.1, 0.9) * seconds)  # the moment is what is random here
            running.kill()
        journal = repo.root / ".dvc/tmp/gitmlops/journal.jsonl"
        finished = [name for name in NEEDS if journal.exists() and f'"stage": "{name}"' in journal.read_text()]
        before = (repo.root.parent / "ran").read_text().split() if (repo.root.parent / "ran").exists() else []
        with start(repo) as again:
            said = again.communicate()[1].decode()
            assert again.returncode == 0, said
        ran = (repo.root.parent / "ran").read_text().split()[len(before) :]
        assert not set(finished) & set(ran)
        assert lock(repo) == lock(undisturbed)
        for name in NEEDS:
            assert (repo.root / f"{name}.txt").read_bytes() == (undisturbed.root / f"{name}.txt").read_bytes()
        assert not dvc_lock_is_held(repo.root)
        assert not journal.exists()
    require_clean(repo)


def test_a_run_killed_before_it_gives_up_its_locks_leaves_none_to_the_next(tmp_path: Path) -> None:
    stages = "stages:\n  s: {cmd: touch ../began; sleep 1; cat in.txt > o.txt, deps: [in.txt], outs: [o.txt]}\n"
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    with start(repo) as running:
        wait_for(tmp_path / "began")
        journal = repo.root / ".dvc/tmp/gitmlops/journal.jsonl"
        with (repo.root / ".dvc/tmp/rwlock.lock").open("a") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            wait_for_end_of_file(journal)
            running.kill()
    assert dvc_lock_is_held(repo.root)
    assert repo.run("pipeline", "run").exit_code == 0
    assert not dvc_lock_is_held(repo.root)
    require_clean(repo)


@pytest.mark.parametrize("whole_group", [True, False], ids=["the whole group", "the run alone"])
def test_no_command_of_a_killed_run_goes_on(tmp_path: Path, whole_group: bool) -> None:
    stages = "stages:\n  long: {cmd: (sleep .1; touch ../began; sleep 600; true), deps: [in.txt], outs: [out.txt]}\n"
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    with start(repo) as running:
        wait_for(tmp_path / "began")
        if whole_group:
            os.killpg(running.pid, signal.SIGKILL)
        else:
            running.kill()
    wait_for_end_of("sleep 600", repo.root)


def test_the_next_run_ends_what_a_killed_one_has_left_behind(tmp_path: Path) -> None:
    stages = "stages:\n  s: {cmd: setsid sleep 603 & touch ../began; sleep 602, deps: [in.txt], outs: [out.txt]}\n"
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    with start(repo) as running:
        wait_for(tmp_path / "began")
        running.kill()
    wait_for_end_of("sleep 602", repo.root)
    repo.write({"dvc.yaml": "stages:\n  s: {cmd: touch out.txt, deps: [in.txt], outs: [out.txt]}\n"})
    assert repo.run("pipeline", "run").exit_code == 0
    assert not still_runs("sleep 603", repo.root)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupt_ends_the_commands_and_keeps_what_had_finished(tmp_path: Path, number: signal.Signals) -> None:
    stages = (
        "stages:\n  quick: {cmd: cat in.txt > q.txt, deps: [in.txt], outs: [q.txt]}\n"
        "  long: {cmd: setsid sleep 601 & touch ../began; sleep 600, deps: [q.txt], outs: [out.txt]}\n"
    )
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    with start(repo) as running:
        wait_for(tmp_path / "began")
        running.send_signal(number)
        said = running.communicate(timeout=60)[1].decode()
    assert running.returncode == 130, said
    assert not still_runs("sleep 600", repo.root)
    assert not still_runs("sleep 601", repo.root), "in a session of its own"
    assert "quick:" in lock(repo)
    assert "long:" not in lock(repo)
    assert "quick" not in dvc(repo.root, "status")


@pytest.mark.slow
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_a_command_that_does_not_end_when_it_is_interrupted_is_killed(tmp_path: Path, twice: bool) -> None:
    command = "trap '' INT TERM; touch ../began; sleep 600; touch ../ended"
    repo = make(
        tmp_path / "repo",
        {"in.txt": "", "dvc.yaml": f'stages:\n  stubborn: {{cmd: "{command}", deps: [in.txt], outs: [out.txt]}}\n'},
    )
    with start(repo) as running:
        wait_for(tmp_path / "began")
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        if twice:
            time.sleep(0.5)
            running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    assert (time.monotonic() - began < 8) == twice
    assert not still_runs("sleep 600", repo.root)
    assert not (tmp_path / "ended").exists()
    assert not dvc_lock_is_held(repo.root)


def test_a_failing_stage_says_its_last_words_and_where_the_rest_is(tmp_path: Path) -> None:
    stages = (
        "stages:\n  fails: {cmd: echo first words; echo last words; exit 7, deps: [in.txt], outs: [f.txt]}\n"
        "  after: {cmd: cat f.txt > a.txt, deps: [f.txt], outs: [a.txt]}\n"
        "  other: {cmd: sleep .5; cat in.txt > o.txt, deps: [in.txt], outs: [o.txt]}\n"
        "  last: {cmd: cat o.txt > l.txt, deps: [o.txt], outs: [l.txt]}\n"
    )
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    result = repo.run("pipeline", "run", "--jobs", "2")
    assert result.exit_code == 4
    assert "stage 'fails' failed: its command ended with exit code 7; it said last:\nfirst words\nlast words" in (
        result.output
    )
    log = ".dvc/tmp/gitmlops/logs/fails.log"
    assert f"all that it said is in {log}" in result.output
    assert (repo.root / log).read_text() == "first words\nlast words\n"
    assert "other:" in lock(repo)  # it was running, and is let finish
    assert not (repo.root / "l.txt").exists()
    kept = repo.run("pipeline", "run", "--keep-going")
    assert kept.exit_code == 4
    assert (repo.root / "l.txt").exists()
    assert "1 up to date, 1 run, 1 failed, 1 not run, as one that it needs failed" in kept.output
    assert "last:" in lock(repo)
    assert not dvc_lock_is_held(repo.root)


def test_every_failure_is_named(tmp_path: Path) -> None:
    stages = (
        "stages:\n  one: {cmd: exit 1, deps: [in.txt], outs: [f.txt]}\n"
        "  two: {cmd: 'true', deps: [in.txt], outs: [a.txt]}\n  three: {cmd: cat x, deps: [gone.txt], outs: [b.txt]}\n"
    )
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    result = repo.run("pipeline", "run", "--keep-going")
    assert result.exit_code == 4
    assert "3 stages failed:" in result.output
    assert "output 'a.txt' does not exist" in result.output
    assert "stage 'three' failed: No such file or directory:" in result.output
    assert "its command ended with exit code 1; it said nothing; mend it and run again; all that" in result.output
    assert result.output.count("mend it and run again") == 3
    assert not (repo.root / "dvc.lock").exists()


@pytest.mark.slow
def test_two_runs_at_once_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    stages = "stages:\n  long: {cmd: touch ../began; sleep 5; cat in.txt > o.txt, deps: [in.txt], outs: [o.txt]}\n"
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    with start(repo) as running:
        wait_for(tmp_path / "began")
        second = repo.run("pipeline", "run")
        assert second.exit_code == 4
        assert "another process is running these pipelines" in second.output
        assert running.wait() == 0
    require_clean(repo)


def test_a_finished_stage_that_changed_since_the_kill_runs_again(tmp_path: Path) -> None:
    stages = (
        "stages:\n  quick: {cmd: cat in.txt > q.txt, deps: [in.txt], outs: [q.txt]}\n"
        "  long: {cmd: touch ../began; sleep 600, deps: [q.txt], outs: [out.txt]}\n"
    )
    repo = make(tmp_path / "repo", {"in.txt": "in\n", "dvc.yaml": stages})
    other = twin(repo)
    with start(repo) as running:
        wait_for(tmp_path / "began")
        running.kill()
    changed = {"in.txt": "changed\n", "dvc.yaml": stages.replace("touch ../began; sleep 600", "cat q.txt > out.txt")}
    repo.write(changed)
    other.write(changed)
    assert repo.run("pipeline", "run").exit_code == 0
    dvc(other.root, "repro")
    assert lock(repo) == lock(other)
    require_clean(repo)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def wait_for_end_of_file(path: Path) -> None:
    deadline = time.monotonic() + 60
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.02)


def wait_for_end_of(command: str, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while still_runs(command, folder):
        assert time.monotonic() < deadline, f"{command} still runs"
        time.sleep(0.05)


def still_runs(command: str, folder: Path) -> bool:
    return any(_is(process, command, folder) for process in psutil.process_iter())


def _is(process: psutil.Process, command: str, folder: Path) -> bool:
    try:
        return " ".join(process.cmdline()) == command and Path(process.cwd()) == folder
    except psutil.Error:
        return False
