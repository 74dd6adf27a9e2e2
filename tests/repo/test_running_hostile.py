"""Runs of stages that are wrong, say too much, or destroy what a run stands on."""

import time
from pathlib import Path

import pytest
from tests.repo.stages import dvc_lock_is_held, make, require_clean


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ("  a: {cmd: touch x, outs: [x]}\n  b: {cmd: touch x, outs: [x]}\n", "dvc.yaml: output 'x' is specified in:"),
        (
            "  a: {cmd: touch x, deps: [y], outs: [x]}\n  b: {cmd: touch y, deps: [x], outs: [y]}\n",
            "dvc.yaml: Same item(s) are defined as both a dependency and an output in stages: ",
        ),
        ("  a: {cmd: touch x, outs: [x]}\n  b: {cmd: touch x/y, outs: [x/y]}\n", "dvc.yaml: "),
        ("  a: {cmd: 'echo ${nowhere}'}\n", "dvc.yaml: failed to parse 'stages.a.cmd'"),
        ("  a: {command: echo}\n", "dvc.yaml: DVC does not take it: "),
        ("  a: [\n", "dvc.yaml"),
    ],
)
def test_stages_that_dvc_cannot_read_are_the_users_to_mend(tmp_path: Path, stages: str, words: str) -> None:
    repo = make(tmp_path / "repo", {"dvc.yaml": f"stages:\n{stages}"})
    result = repo.run("pipeline", "run")
    assert result.exit_code == 3, result.output
    assert words in result.output
    assert not dvc_lock_is_held(repo.root)


@pytest.mark.parametrize(
    ("lock", "words"),
    [
        ("<<<<<<< a\nstages: 3\n=======\n>>>>>>> b\n", "dvc.lock: a merge conflict; mend it, or take one side"),
        ("schema: '2.0'\nstages: [\n", "dvc.lock: DVC cannot read it: "),
        ("schema: '2.0'\nstages: [1]\n", "dvc.lock: DVC does not take it: "),
    ],
)
def test_a_lock_that_dvc_cannot_read_is_the_users_to_mend(tmp_path: Path, lock: str, words: str) -> None:
    repo = make(tmp_path / "repo", {"dvc.yaml": "stages:\n  a: {cmd: touch x, outs: [x]}\n", "dvc.lock": lock})
    result = repo.run("pipeline", "run")
    assert result.exit_code == 3, result.output
    assert words in result.output
    assert (repo.root / "dvc.lock").read_text() == lock


def test_a_command_may_say_any_number_of_bytes_without_a_line(tmp_path: Path) -> None:
    stages = "stages:\n  a: {cmd: head -c 50000000 /dev/zero; printf '10%%\\r20%%\\r'; touch x, outs: [x]}\n"
    repo = make(tmp_path / "repo", {"dvc.yaml": stages})
    began = time.process_time()
    result = repo.run("pipeline", "run")
    assert result.exit_code == 0, result.output
    assert "a | 20%\n" in result.output
    assert time.process_time() - began < 5


def test_a_long_line_is_told_by_its_end(tmp_path: Path) -> None:
    stages = "stages:\n  a: {cmd: 'head -c 9999 /dev/zero | tr \"\\0\" x; echo the end', deps: [in.txt], outs: [x]}\n"
    repo = make(tmp_path / "repo", {"in.txt": "", "dvc.yaml": stages})
    result = repo.run("pipeline", "run")
    assert result.exit_code == 4
    said = next(line for line in result.output.splitlines() if line.startswith("a | "))
    assert said.startswith("a | ...xxx")
    assert said.endswith("xxthe end")
    assert len(said) < 2100


def test_a_command_that_removes_what_a_run_stands_on_ends_it_in_words(tmp_path: Path) -> None:
    stages = "stages:\n  a: {cmd: rm -rf .dvc/tmp/gitmlops; sleep 600, deps: [in.txt], outs: [x]}\n"
    repo = make(tmp_path / "repo", {"in.txt": "", "dvc.yaml": stages})
    result = repo.run("pipeline", "run")
    assert result.exit_code == 4
    assert "logs/a.log: the log is gone while its command runs; let no command remove what is in .dvc/tmp" in (
        result.output
    )
    assert not dvc_lock_is_held(repo.root)
    repo.write({"dvc.yaml": "stages:\n  a: {cmd: touch x, deps: [in.txt], outs: [x]}\n"})
    assert repo.run("pipeline", "run").exit_code == 0
    require_clean(repo)
