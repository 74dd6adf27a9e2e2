"""Whether dvc.lock is of what is staged: held against what DVC itself wrote and says."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.hooks.judging import refused
from tests.sharing import locked, shared
from tests.tiny_project import command

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import staged
from gitmlops.hooks.dvc_locks import check
from gitmlops.report import Report, Severity

STAGES = """\
stages:
  clean:
    cmd: cp data/rows.csv clean.csv
    deps: [data/rows.csv]
    outs: [clean.csv]
  fit:
    cmd: python src/fit.py
    deps: [./clean.csv, src/fit.py, src/lib]
    params: [rate, deep.of.layers, deep.names, other.json: [seed]]
    outs: [model.bin]
    metrics: [metrics.json: {cache: false}]
  each:
    foreach: [a, b]
    do:
      cmd: cp src/fit.py ${item}.txt
      deps: [src/fit.py]
      outs: ["${item}.txt"]
"""
FIT = """\
import json, shutil
shutil.copy("clean.csv", "model.bin")
json.dump({"auc": 0.8}, open("metrics.json", "w"))
"""
FILES = {
    "dvc.yaml": STAGES,
    "src/fit.py": FIT,
    "src/lib/one.py": "ONE = 1\n",
    "params.yaml": "rate: 1e-3\ndeep: {of: {layers: 3}, names: [a, b]}\nother: 1\n",
    "other.json": json.dumps({"seed": 7, "more": None}),
    "data/rows.csv": "a\n1\n",
}


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> GitRepo:
    """A project that DVC ran; all is staged."""
    made = shared(tmp_path_factory, "dvc-locks")
    with locked(made):
        if not made.exists():
            _make(made)
    shutil.copytree(made, tmp_path / "run", symlinks=True)
    return GitRepo(tmp_path / "run")


def _make(folder: Path) -> None:
    folder.mkdir()
    repo = GitRepo(folder)
    repo.git("init", "-q", "-b", "main")
    repo.write(FILES)
    command(repo, "dvc", "init", "--quiet")
    command(repo, "dvc", "add", "--quiet", "data/rows.csv")
    command(repo, "dvc", "repro", "--quiet")
    repo.git("add", "--all")


def judge(repo: GitRepo, change: dict[str, str | bytes] | None = None) -> Report:
    repo.write(change or {})
    repo.git("add", "--all")
    return check(staged(Repository(repo.root)))


def test_what_dvc_wrote_passes(run: GitRepo) -> None:
    report = judge(run)
    assert report.findings == ()
    assert report.summary == ("1 dvc.lock, 0 findings",)


def replaced(path: str, old: str, new: str) -> dict[str, str | bytes]:
    assert old in FILES[path]
    return {path: FILES[path].replace(old, new)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced("src/fit.py", "0.8", "0.9"), "stage fit is recorded as it was before: src/fit.py changed"),
        (replaced("params.yaml", "1e-3", "1e-2"), "params.yaml:rate changed"),
        (replaced("params.yaml", "layers: 3", "layers: 4"), "params.yaml:deep.of.layers changed"),
        (replaced("params.yaml", "[a, b]", "[a, c]"), "params.yaml:deep.names changed"),
        (replaced("params.yaml", "rate: 1e-3\n", ""), "params.yaml:rate changed"),
        ({"other.json": '{"seed": 8}'}, "other.json:seed changed"),
        ({"metrics.json": '{"auc": 0.99}'}, "metrics.json changed"),
        (replaced("dvc.yaml", "python src/fit.py", "python -u src/fit.py"), "its command changed"),
        (replaced("dvc.yaml", "src/fit.py, src/lib", "src/fit.py, src/lib, new.py"), "new.py is a dependency"),
        (replaced("dvc.yaml", ", src/lib", ""), "src/lib is no longer a dependency"),
        (replaced("dvc.yaml", "outs: [model.bin]", "outs: [other.bin]"), "other.bin is an output that the lock lacks"),
    ],
)  # fmt: skip
def test_what_changed_since_the_run_is_named(run: GitRepo, change: dict[str, str | bytes], message: str) -> None:
    report = judge(run, change)
    assert set(refused(report)) == {"dvc.lock"}
    assert any(message in finding.message for finding in report.findings), report.findings


def test_new_data_without_a_run_are_named_in_the_stage_that_reads_them(run: GitRepo) -> None:
    run.write({"data/rows.csv": "a\n2\n"})
    command(run, "dvc", "add", "--quiet", "data/rows.csv")
    report = judge(run)
    assert [finding.message for finding in report.findings] == [
        "stage clean is recorded as it was before: data/rows.csv changed"
    ]


@pytest.mark.parametrize(
    "change",
    [
        replaced("params.yaml", "1e-3", "0.001 # the same"),
        replaced("params.yaml", "other: 1", "other: 2"),
        replaced("dvc.yaml", "  clean:\n", "  # a comment\n  clean:\n"),
        {"src/lib/two.py": "TWO = 2\n"},  # folders are DVC's to judge: caches of Python count for it, too
        {"notes.md": "text"},
    ],
)
def test_what_is_the_same_to_dvc_passes(run: GitRepo, change: dict[str, str | bytes]) -> None:
    assert judge(run, change).findings == ()


def test_stage_that_never_ran_is_told_and_passes(run: GitRepo) -> None:
    report = judge(run, {"dvc.yaml": STAGES + "  late:\n    cmd: echo\n    outs: [late.txt]\n"})
    assert [(finding.severity, finding.message) for finding in report.findings] == [
        (Severity.NOTE, "stage late never ran")
    ]


@pytest.mark.parametrize(
    "without", [lambda text: text.replace("  clean:\n", "  clean:\n    frozen: true\n"), lambda _: "stages: {}\n"]
)
def test_frozen_and_removed_stages_are_left_alone(run: GitRepo, without: Callable[[str], str]) -> None:
    (run.root / "data/rows.csv.dvc").write_text("outs:\n- md5: " + "1" * 32 + "\n  hash: md5\n  path: rows.csv\n")
    assert judge(run, {"dvc.yaml": without(STAGES)}).findings == ()


def test_staged_content_counts_whatever_lies_on_disk(run: GitRepo) -> None:
    run.write({"src/fit.py": "raise SystemExit\n"})
    assert check(staged(Repository(run.root))).passed
    run.git("add", "--all")
    run.write({"src/fit.py": FIT})
    assert not check(staged(Repository(run.root))).passed


def test_lock_that_is_broken_is_told_at_its_place(run: GitRepo) -> None:
    report = judge(run, {"dvc.lock": "stages: [\n"})
    assert str(report.findings[0].location) == "dvc.lock:2:1"


def test_command_tells_of_both_kinds_of_locks(project: GitRepo) -> None:
    view = "kind: entity\nname: plane\nkeys: [{name: id, dtype: int64}]\nowner: ds\ndescription: P\n"
    project.write({"features/entities/plane.yaml": view, "features/locks/gone@v1.lock": "x\n"})
    project.git("add", "--all")
    result = project.run("hook", "lock")
    assert result.exit_code == 1, result.output
    assert "features/locks/gone@v1.lock" in result.output
    project.git("rm", "-q", "--cached", "features/locks/gone@v1.lock")
    assert project.run("hook", "lock").exit_code == 0
