"""gitmlops/gitmlops/setup and hooks.yml, executed."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.actions import generated
from tests.actions.conftest import ACTION, Gated, actions_of_a_runner
from tests.actions.runner import Run, Runner
from tests.conftest import GitRepo

PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
WORKFLOW = """\
jobs:
  one:
    steps:
      - uses: gitmlops/gitmlops/setup@v1
      - {uses: gitmlops/gitmlops@v1, with: {base-ref: main}}
      - run: command -v gitmlops dvc && gitmlops --version
      - run: with-github-token sh -c 'git config --get-all http.https://github.com/.extraheader' > header.txt
        env: {GITHUB_TOKEN: secret}
      - run: git config --get-all http.https://github.com/.extraheader > after.txt || true
"""


def test_gitmlops_is_on_path_for_later_steps_and_says_by_which_lock_it_was_installed(gated: Gated) -> None:
    gated.checkout("better")
    file = gated.folder / "workflow.yml"
    file.write_text(WORKFLOW)
    gated.actions.update(actions_of_a_runner(gated.folder))
    run = gated.runner().job(file, "one")
    assert run.passed, run.log
    assert str(gated.folder / "temporary/gitmlops/bin/dvc") in run.log
    assert (gated.folder / "temporary/gitmlops/locked.txt").read_bytes() == (
        ACTION / "requirements/action.txt"
    ).read_bytes()


@pytest.mark.parametrize("kind", ["s3", "gs", "azure", "ssh"])
def test_a_remotes_plug_in_is_installed_once_of_the_releases_that_all_else_is_locked_to(
    gated: Gated, kind: str
) -> None:
    gated.checkout("better")
    gated.actions.update(actions_of_a_runner(gated.folder))
    file = gated.folder / "workflow.yml"
    file.write_text(
        f"jobs: {{one: {{steps: [{{uses: gitmlops/gitmlops/setup@v1, with: {{dvc-remote: {kind}}}}},\n"
        "  {run: 'touch -d 2001-01-01 \"$RUNNER_TEMP/gitmlops/locked.txt\"'},\n"
        f"  {{uses: gitmlops/gitmlops@v1, with: {{dvc-remote: {kind}, base-ref: main}}}}]}}}}\n"
    )
    run = gated.runner().job(file, "one")
    assert run.passed, run.log
    locks = [ACTION / "requirements" / name for name in ("action.txt", f"remote-{kind}.txt")]
    locked = gated.folder / "temporary/gitmlops/locked.txt"
    assert locked.read_text() == "".join(lock.read_text() for lock in locks)
    assert datetime.fromtimestamp(locked.stat().st_mtime, UTC).year < 2002
    ours, plug_in = (dict(PINNED.findall(lock.read_text())) for lock in locks)
    assert f"dvc-{kind}" in plug_in
    assert {name: plug_in[name] for name in plug_in.keys() & ours.keys()}.items() <= ours.items()


def test_a_remote_that_nobody_knows_is_refused_before_anything_is_installed(gated: Gated) -> None:
    run = gated.judge("better", {"dvc-remote": "s3; touch pwned"})
    assert not run.passed
    assert "dvc-remote is s3; touch pwned; write s3, gs, azure or ssh" in run.log
    assert not (gated.folder / "temporary/gitmlops").exists()


def test_git_has_the_token_in_one_command_and_in_no_file_and_the_log_hides_it(gated: Gated) -> None:
    workspace = gated.checkout("better")
    file = gated.folder / "workflow.yml"
    file.write_text(WORKFLOW)
    gated.actions.update(actions_of_a_runner(gated.folder))
    run = gated.runner().job(file, "one")
    basic = "eC1hY2Nlc3MtdG9rZW46c2VjcmV0"  # x-access-token:secret
    assert (workspace.root / "header.txt").read_text() == f"\nAUTHORIZATION: basic {basic}\n"
    assert (workspace.root / "after.txt").read_text() == ""
    assert [one.value for one in run.commands if one.name == "add-mask"] == [basic]
    assert basic not in (workspace.root / ".git/config").read_text()


def hooks(tmp_path: Path, entry: str) -> Run:
    """hooks.yml in a repository whose one hook is a command of this machine."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "work")], check=True)
    repo = GitRepo(tmp_path / "work")
    hook = f"{{id: x, name: x, language: system, entry: '{entry}', pass_filenames: false}}"
    repo.commit({".pre-commit-config.yaml": f"repos: [{{repo: local, hooks: [{hook}]}}]\n"})
    (tmp_path / "temporary").mkdir()
    actions = actions_of_a_runner(tmp_path)
    actions["actions/setup-python"] = lambda inputs: {}
    return Runner(repo.root, tmp_path / "temporary", {}, actions).job(generated.workflow(tmp_path, "hooks"), "hooks")


@pytest.mark.parametrize(("entry", "passed"), [("true", True), ("false", False)])
def test_hooks_run_on_every_file_for_commits_that_skipped_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, passed: bool
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python").write_text("#!/bin/sh\nexit 0\n")  # pip: what it would install is there
    (programs / "python").chmod(0o755)
    (programs / "pre-commit").symlink_to(Path(sys.executable).parent / "pre-commit")
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    run = hooks(tmp_path, entry)
    assert run.passed == passed, run.log
    assert "Passed" in run.log if passed else "Failed" in run.log
