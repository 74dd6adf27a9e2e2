"""DVC's files before a commit: broken pointers, and outputs that git has or would take."""

import pytest
from tests.conftest import GitRepo
from tests.hooks.judging import refused

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import staged
from gitmlops.hooks.dvc_files import check
from gitmlops.report import Report

MD5 = "0" * 32
POINTER = f"outs:\n- md5: {MD5}\n  size: 1\n  hash: md5\n  path: rows.csv\n"
SOUND = {"data/rows.csv.dvc": POINTER, "data/.gitignore": "/rows.csv\n"}
STAGES = """\
stages:
  fit:
    cmd: python fit.py
    outs: [model.bin]
    metrics: [{metrics.json: {cache: false}}]
  many:
    foreach: [a, b]
    do: {cmd: "echo ${item}", outs: ["${item}.txt": {cache: false}]}
"""
LOCK = f"""\
schema: '2.0'
stages:
  fit:
    cmd: python fit.py
    outs:
    - {{path: metrics.json, hash: md5, md5: {MD5}, size: 1}}
    - {{path: model.bin, hash: md5, md5: {MD5}, size: 1}}
  many@a:
    cmd: echo a
    outs:
    - {{path: a.txt, hash: md5, md5: {MD5}, size: 1}}
"""


def judge(repo: GitRepo, files: dict[str, str | bytes]) -> Report:
    repo.write(files)
    repo.git("add", "--all", "--force")
    return check(staged(Repository(repo.root)))


def test_sound_pointers_and_locks_pass(repo: GitRepo) -> None:
    files = {**SOUND, "dvc.yaml": STAGES, "dvc.lock": LOCK, ".gitignore": "/model.bin\n"}
    report = judge(repo, {**files, "metrics.json": "{}", "a.txt": "a"})
    assert report.passed, report.findings
    assert report.summary == ("2 files, 0 findings",)


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        (POINTER.replace(MD5, "12"), "data/rows.csv: '12' is not an MD5 digest"),
        (POINTER.replace("rows.csv", "../../etc/passwd"), "the output path '../../etc/passwd' leaves the repository"),
        ("outs: []\n", "there are no `outs`: it tracks nothing"),
        ("outs:\n- path: rows.csv\n", "rows.csv has no digest"),
        ("<<<<<<< HEAD\nouts:\n", "a merge conflict"),
        ("outs: [\n", "not YAML: "),
        (b"\xff\xfe", "not UTF-8 text"),
    ],
)
def test_broken_pointer_is_refused(repo: GitRepo, pointer: str | bytes, message: str) -> None:
    report = judge(repo, {**SOUND, "data/rows.csv.dvc": pointer})
    assert refused(report) == ["data/rows.csv.dvc"]
    assert report.findings[0].message.startswith(message)


def test_imports_without_a_digest_of_their_own_pass(repo: GitRepo) -> None:
    imported = "frozen: true\ndeps:\n- path: s3://bucket/rows.csv\nouts:\n- path: rows.csv\n"
    assert judge(repo, {**SOUND, "data/rows.csv.dvc": imported}).passed


def test_output_that_git_has_is_refused_with_the_way_out(repo: GitRepo) -> None:
    report = judge(repo, {**SOUND, "data/rows.csv": "1"})
    assert report.findings[0].message == "data/rows.csv is in git, too: DVC tracks it"
    assert report.findings[0].mend == "run `git rm -r --cached data/rows.csv`"


def test_file_in_a_folder_that_dvc_tracks_is_refused(repo: GitRepo) -> None:
    folder = POINTER.replace(MD5, MD5 + ".dir").replace("rows.csv", "größe 1")
    report = judge(repo, {"data.dvc": folder, ".gitignore": "/größe 1\n", "größe 1/deep/a.csv": "1"})
    assert report.findings[0].message == "größe 1 is in git, too: DVC tracks it"


def test_output_that_nobody_ignores_is_refused(repo: GitRepo) -> None:
    report = judge(repo, {"data/rows.csv.dvc": POINTER})
    assert report.findings[0].message == "data/rows.csv is not ignored by git: `git add --all` would take it"


def test_rule_that_the_commit_leaves_out_ignores_nothing_elsewhere(repo: GitRepo) -> None:
    repo.write(SOUND)
    repo.git("add", "data/rows.csv.dvc")
    report = check(staged(Repository(repo.root)))
    assert report.findings[0].mend == "run `git add data/.gitignore`"
    repo.git("add", "--all")
    assert check(staged(Repository(repo.root))).passed


def test_what_is_staged_counts(repo: GitRepo) -> None:
    judge(repo, SOUND)
    repo.write({"data/rows.csv.dvc": "outs: []\n"})
    assert check(staged(Repository(repo.root))).passed


def test_command_ends_with_1(repo: GitRepo) -> None:
    judge(repo, {"data/rows.csv.dvc": POINTER})
    result = repo.run("hook", "dvc-files")
    assert result.exit_code == 1
    assert "data/rows.csv is not ignored by git" in result.output
