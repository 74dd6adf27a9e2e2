"""That a run finds nothing to do without asking DVC is true whenever it says so: `dvc repro --dry` is the judge."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import GitRepo
from tests.repo.stages import dvc, make

from gitmlops.adapters import stamps
from gitmlops.pipelines.running.certificate import Certificate

STAGES = """\
vars: [values.yaml]
stages:
  first:
    cmd: cat in.txt folder/* > a.txt; echo '{"x":1}' > metrics.json
    deps: [in.txt, folder]
    params: [one]
    outs: [a.txt]
    metrics: [metrics.json: {cache: false}]
  second:
    cmd: mkdir -p sub; cat a.txt > sub/one; echo ${word} > sub/two
    deps: [a.txt]
    outs: [sub]
"""
FILES: dict[str, str | bytes] = {
    "dvc.yaml": STAGES,
    "in.txt": "in\n",
    "folder/one": "1\n",
    "folder/deep/two": "2\n",
    "params.yaml": "one: 1\nother: 1\n",
    "values.yaml": "word: hello\n",
    "readme": "",
}


def rewrite(path: str, content: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / path
        file.unlink(missing_ok=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    return change


def behind_the_back(path: str, content: str) -> Callable[[Path], None]:
    """Another content of the same size, with the times that the file had."""

    def change(root: Path) -> None:
        file = root / path
        seen = file.stat()
        file.chmod(0o644)
        file.write_text(content)
        os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    return change


def remove(path: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / path
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)

    return change


def empty_the_cache(root: Path) -> None:
    shutil.rmtree(root / ".dvc/cache/files")


def link_elsewhere(root: Path) -> None:
    (root / "in.txt").rename(root / "other.txt")
    (root / "other.txt").write_text("other\n")
    (root / "in.txt").symlink_to("other.txt")


def drop_from_the_lock(root: Path) -> None:
    lock = root / "dvc.lock"
    lock.write_text(lock.read_text().replace("cmd: cat in.txt", "cmd: cat  in.txt"))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a dependency": rewrite("in.txt", "changed\n"),
    "a dependency, same size and time": behind_the_back("in.txt", "ni\n"),
    "a dependency, touched": lambda root: os.utime(root / "in.txt"),
    "a dependency, gone": remove("in.txt"),
    "a dependency, a link to another": link_elsewhere,
    "a file of a folder": rewrite("folder/deep/two", "changed\n"),
    "a new file of a folder": rewrite("folder/deep/three", "3\n"),
    "a folder, gone": remove("folder"),
    "an empty folder more": lambda root: (root / "folder/empty").mkdir(exist_ok=True),
    "a parameter": rewrite("params.yaml", "one: 2\nother: 1\n"),
    "a parameter of nobody": rewrite("params.yaml", "one: 1\nother: 2\n"),
    "a parameter, gone": rewrite("params.yaml", "other: 1\n"),
    "a variable": rewrite("values.yaml", "word: other\n"),
    "a command": rewrite("dvc.yaml", STAGES.replace("cat a.txt", "cat  a.txt")),
    "a stage more": rewrite("dvc.yaml", STAGES + "  third: {cmd: echo > t.txt, outs: [t.txt], deps: [in.txt]}\n"),
    "a stage more, elsewhere": rewrite(
        "sub2/dvc.yaml", "stages:\n  x: {cmd: echo > t, outs: [t], deps: [../in.txt]}\n"
    ),
    "a stage less": rewrite("dvc.yaml", STAGES.partition("  second")[0]),
    "a stage that always changes": rewrite(
        "dvc.yaml", STAGES.replace("  first:", "  first:\n    always_changed: true")
    ),
    "an output": rewrite("a.txt", "changed\n"),
    "an output, same size and time": behind_the_back("metrics.json", '{"x":2}\n'),
    "an output, gone": remove("a.txt"),
    "a file of an output": rewrite("sub/one", "changed\n"),
    "a file more of an output": rewrite("sub/three", "3\n"),
    "a file less of an output": remove("sub/two"),
    "the lock, gone": remove("dvc.lock"),
    "the lock, edited": drop_from_the_lock,
    "the cache, empty": empty_the_cache,
    "DVC's configuration": lambda root: dvc(root, "config", "cache.dir", "../elsewhere") and None,
    "what DVC ignores": rewrite(".dvcignore", "folder/deep\n"),
    "what nobody reads": rewrite("readme", "x"),
    "an output's execute bit": lambda root: (root / "a.txt").chmod(0o755) if (root / "a.txt").exists() else None,
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    made = make(tmp_path_factory.mktemp("clean") / "repo", FILES)
    assert made.run("pipeline", "run").exit_code == 0
    return made


def copy(of: GitRepo, to: Path) -> GitRepo:
    """A copy for which DVC has said that all is up to date."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(of.root, to, symlinks=True)
    made = GitRepo(to)
    assert made.run("pipeline", "run").exit_code == 0  # the copies have other times
    again = made.run("pipeline", "run")
    assert (again.exit_code, again.output) == (0, "everything is up to date\n")
    assert Certificate(to, [""]).holds()
    return made


def dvc_would_run(repo: GitRepo) -> bool:
    said = dvc(repo.root, "repro", "--dry", code=None)
    return said.count("didn't change, skipping") < 2 or "Running stage" in said or "ERROR" in said


def require_true(repo: GitRepo) -> None:
    if Certificate(repo.root, [""]).holds():
        assert not dvc_would_run(repo)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_whatever_changes_a_run_never_finds_nothing_to_do_where_dvc_does(
    clean: GitRepo, tmp_path: Path, kind: str
) -> None:
    repo = copy(clean, tmp_path / "repo")
    CHANGES[kind](repo.root)
    require_true(repo)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(kinds=st.lists(st.sampled_from(sorted(CHANGES)), min_size=2, max_size=4))
def test_neither_do_several_changes_in_any_order(clean: GitRepo, tmp_path: Path, kinds: list[str]) -> None:
    repo = copy(clean, tmp_path / "repo")
    for kind in kinds:
        try:
            CHANGES[kind](repo.root)
        except FileNotFoundError:  # another change took away what this one would change
            continue
        require_true(repo)


@pytest.mark.parametrize("prepare", ["", "echo changed > in.txt", "rm a.txt"], ids=["first", "changed", "restored"])
def test_after_a_run_the_next_one_asks_nobody(clean: GitRepo, tmp_path: Path, prepare: str) -> None:
    if prepare:
        repo = copy(clean, tmp_path / "repo")
        subprocess.run(prepare, shell=True, cwd=repo.root, check=True)
        assert not Certificate(repo.root, [""]).holds()
    else:
        repo = make(tmp_path / "repo", FILES)
    result = repo.run("pipeline", "run")
    assert "everything is up to date" not in result.output
    assert Certificate(repo.root, [""]).holds()
    assert not dvc_would_run(repo)


def test_neither_does_the_one_after_a_run_that_wrote_dvc_yaml_or_a_setting(project: GitRepo) -> None:
    steps = "steps:\n  one: {run: 'echo ${{ params.word }} > ${{ outputs.made }}', outputs: {made: made.txt}}\n"
    project.write({"pipelines/p.yaml": f"kind: pipeline\nname: p\nparams: {{word: hello}}\n{steps}"})
    dvc(project.root, "init", "-q")
    for arguments in ([], ["--set", "params.word=other"]):
        result = project.run("pipeline", "run", "p", *arguments)
        assert "dvc.yaml written" in result.output or arguments, result.output
        assert Certificate(project.root, ["p"]).holds()
    assert (project.root / "made.txt").read_text() == "other\n"
    project.write({"pipelines/p.yaml": f"kind: pipeline\nname: p\nparams: {{word: third}}\n{steps}"})
    assert not Certificate(project.root, ["p"]).holds()


def test_what_a_run_made_is_read_once_more_and_never_again(clean: GitRepo, tmp_path: Path) -> None:
    repo = make(tmp_path / "repo", FILES)
    repo.run("pipeline", "run")
    made = str(repo.root / "a.txt")
    (certificate,) = (repo.root / ".dvc/tmp/gitmlops/clean").iterdir()
    assert len(json.loads(certificate.read_bytes())["files"][made]) == 7
    later = Certificate(repo.root, [""])
    later._asked_ns += 10**10
    assert later.holds()
    assert len(json.loads(certificate.read_bytes())["files"][made]) == 6
    assert Certificate(repo.root, [""]).holds()


WAITS = """\
  waits:
    cmd: touch ../began; until [ -e ../go ]; do sleep .02; done; cat a.txt > waited.txt
    deps: [a.txt]
    outs: [waited.txt]
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_while_a_run_goes_on_is_never_taken_for_what_the_run_saw(
    clean: GitRepo, tmp_path: Path, kind: str
) -> None:
    shutil.copytree(clean.root, tmp_path / "repo", symlinks=True)
    repo = GitRepo(tmp_path / "repo")
    repo.write({"dvc.yaml": STAGES + WAITS, "in.txt": "other\n"})
    with subprocess.Popen(
        [sys.executable, "-m", "gitmlops", "pipeline", "run", "--jobs", "1"],
        cwd=repo.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ):
        deadline = time.monotonic() + 60
        while not (tmp_path / "began").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            CHANGES[kind](repo.root)
        finally:
            (tmp_path / "go").touch()
    require_true(repo)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["in.txt", "params.yaml", "values.yaml", "a.txt", "dvc.lock", "folder/one"])
def test_nor_are_changes_at_any_moment_around_its_end(tmp_path: Path, path: str) -> None:
    chance = random.Random(path)
    repo = make(tmp_path / "repo", FILES)
    held = 0
    for number in range(6):
        repo.write({"in.txt": f"{number}\n", "params.yaml": "one: 1\nother: 1\n", "values.yaml": "word: hello\n"})
        ended = threading.Event()
        changes = threading.Thread(target=_change_until, args=(ended, repo.root / path, chance))
        changes.start()
        repo.run("pipeline", "run")
        ended.set()
        changes.join()
        held += Certificate(repo.root, [""]).holds()
        require_true(repo)
    repo.run("pipeline", "run")
    repo.run("pipeline", "run")
    assert Certificate(repo.root, [""]).holds(), "the changes broke more than themselves"


def _change_until(ended: threading.Event, file: Path, chance: random.Random) -> None:
    """Now one content, now another one of the same size, in place, until some moment after the event."""
    last = chance.uniform(0, 0.02)
    while not ended.wait(chance.uniform(0.001, 0.1)):
        with contextlib.suppress(FileNotFoundError), file.open("r+b") as changed:  # DVC removes it at some moments
            content = changed.read()
            changed.seek(0)
            changed.write(content.replace(b"1", b"7") if b"1" in content else content.replace(b"7", b"1"))
    time.sleep(last)


def test_what_changes_nothing_keeps_a_run_short(clean: GitRepo, tmp_path: Path) -> None:
    repo = copy(clean, tmp_path / "repo")
    CHANGES["what nobody reads"](repo.root)
    repo.run("pipeline", "run")  # the folder changed, so DVC was asked
    assert Certificate(repo.root, [""]).holds()
    repo.git("add", "--all")
    repo.git("commit", "-qm", "all")
    assert Certificate(repo.root, [""]).holds()


def test_a_file_written_within_a_tick_of_the_clock_is_seen(clean: GitRepo, tmp_path: Path) -> None:
    repo = copy(clean, tmp_path / "repo")
    file = repo.root / "in.txt"
    certificate = Certificate(repo.root, [""])
    seen_then = stamps.stamp([str(file)], now_ns=time.time_ns())
    seen = file.stat()
    with file.open("r+") as open_file:
        open_file.write("ni")
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    seen_then[str(file)][1] = file.stat().st_ctime_ns  # as if the clock had not ticked
    certificate.write(seen_then, ())
    assert not certificate.holds()


@pytest.mark.parametrize(
    "stages",
    [
        "stages:\n  always: {cmd: echo, always_changed: true, deps: [in.txt]}\n",
        "stages:\n  callback: {cmd: echo}\n",
        "stages:\n  outside: {cmd: echo, deps: [/etc/hostname]}\n",
    ],
    ids=["always changed", "callback", "external"],
)
def test_stages_that_only_dvc_can_judge_get_no_certificate(tmp_path: Path, stages: str) -> None:
    repo = make(tmp_path / "repo", {"dvc.yaml": stages, "in.txt": ""})
    for _ in range(2):
        assert repo.run("pipeline", "run").exit_code == 0
    assert not Certificate(repo.root, [""]).holds()


def test_a_broken_certificate_is_none(clean: GitRepo, tmp_path: Path) -> None:
    repo = copy(clean, tmp_path / "repo")
    for file in (repo.root / ".dvc/tmp/gitmlops/clean").iterdir():
        for content in ("", "[]", '{"for": 1}', '{"for": {}, "files": {"x": 3}}'):
            file.write_text(content)
            assert not Certificate(repo.root, [""]).holds()
    assert repo.run("pipeline", "run").exit_code == 0


def test_status_says_that_all_is_up_to_date_without_loading_dvc(clean: GitRepo, tmp_path: Path) -> None:
    repo = copy(clean, tmp_path / "repo")
    for verb in ("status", "run"):
        code = (
            f"import sys\nfrom gitmlops.cli.main import main\ntry:\n    main(['pipeline', '{verb}'])\n"
            "except SystemExit:\n    pass\nprint('dvc' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=repo.root, check=True, capture_output=True, text=True)
        assert done.stdout.endswith("False\n")
        assert "verything is up to date" in done.stdout + done.stderr


def test_status_names_hand_written_stages_and_what_waits_for_them(clean: GitRepo, tmp_path: Path) -> None:
    repo = copy(clean, tmp_path / "repo")
    repo.write({"in.txt": "changed\n"})
    said = repo.run("pipeline", "status").stdout
    assert "2 of 2 stages would run" in said
    assert "in.txt is modified" in said
    assert "first would run" in said
