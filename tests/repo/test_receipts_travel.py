"""Receipts go to origin and come from there: a bare repository and the clones of a CI job and of people."""

import subprocess
import threading
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import clone, done, judge, tags, team, train

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    return team(tmp_path)


def receipts(repo: GitRepo, tree: str) -> tuple[bytes, ...]:
    return notes.read(Repository(repo.root), notes.RECEIPTS, tree)


def at_origin(repo: GitRepo) -> str:
    return repo.git("ls-remote", "origin", notes.RECEIPTS).partition("\t")[0]


def tree_of(repo: GitRepo, commit: str = "HEAD") -> str:
    return repo.git("rev-parse", f"{commit}^{{tree}}").strip()


def judged_here(repo: GitRepo) -> None:
    """A model is merged; its receipt is in this clone alone."""
    train(repo, "one")
    judge(repo)
    repo.git("push", "-q", "origin", "main")


def script(repo: GitRepo, name: str, text: str) -> None:
    """A hook of origin."""
    hook = repo.root.parent / "origin.git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n" + text)
    hook.chmod(0o755)


def test_a_receipt_that_a_workflow_pushed_is_found_by_register_in_another_clone(work: GitRepo) -> None:
    train(work, "one")
    work.git("push", "-q", "origin", "main")
    job, person = clone(work, "job"), clone(work, "person")
    judge(job)
    result = job.run("github", "push-receipts")
    assert result.exit_code == 0, result.output
    assert "receipts pushed to origin" in result.stderr
    done(person, "register", "churn")
    assert tags(person) == ["churn@v1.0.0"]


def test_a_receipt_that_is_only_here_goes_to_origin_before_the_tag_that_names_it(work: GitRepo) -> None:
    judged_here(work)
    assert at_origin(work) == ""
    script(
        work, "pre-receive", f'while read old new ref; do case "$ref" in {notes.RECEIPTS}) exit 0; esac; done; exit 1'
    )
    assert work.run("model", "register", "churn").exit_code == 4
    assert tags(work) == []
    other = clone(work, "other")
    notes.fetch(Repository(other.root), notes.RECEIPTS, "origin")
    assert receipts(other, tree_of(work)) == receipts(work, tree_of(work)) != ()


def test_a_dry_run_and_local_tags_push_no_receipt(work: GitRepo) -> None:
    judged_here(work)
    done(work, "register", "churn", "--dry-run")
    done(work, "register", "churn", "--local")
    assert at_origin(work) == ""


def test_pushing_again_says_that_there_is_nothing_to_push(work: GitRepo) -> None:
    judged_here(work)
    for said in ("receipts pushed to origin", "origin has every receipt that is here"):
        result = work.run("github", "push-receipts")
        assert result.exit_code == 0
        assert said in result.stderr


def test_without_any_receipt_nothing_is_pushed(work: GitRepo) -> None:
    result = work.run("github", "push-receipts")
    assert result.exit_code == 0, result.output
    assert at_origin(work) == ""


def test_of_receipts_that_two_clones_wrote_on_one_tree_both_are_kept(work: GitRepo) -> None:
    train(work, "one")
    work.git("push", "-q", "origin", "main")
    first, second = clone(work, "first"), clone(work, "second")
    judge(first, time="2026-03-03T09:00:00+00:00")
    judge(second, time="2026-03-03T10:00:00+00:00", verdict="refused")
    for repo in (first, second, first):
        assert repo.run("github", "push-receipts").exit_code == 0
    assert len(receipts(first, tree_of(work))) == 2
    assert receipts(first, tree_of(work)) == receipts(second, tree_of(work))


def test_the_last_receipt_counts_wherever_it_was_written(work: GitRepo) -> None:
    train(work, "one")
    work.git("push", "-q", "origin", "main")
    other = clone(work, "other")
    judge(work, time="2026-03-03T09:00:00+00:00")
    judge(other, time="2026-03-03T10:00:00+00:00", verdict="refused")
    assert other.run("github", "push-receipts").exit_code == 0
    result = work.run("model", "register", "churn")
    assert result.exit_code == 1
    assert "says refused" in result.stderr
    judge(other, time="2026-03-03T11:00:00+00:00")
    assert other.run("github", "push-receipts").exit_code == 0
    done(work, "register", "churn")


def test_of_two_receipts_of_one_second_the_refusal_counts(work: GitRepo) -> None:
    train(work, "one")
    judge(work)
    judge(work, verdict="refused")
    work.git("push", "-q", "origin", "main")
    result = work.run("model", "register", "churn")
    assert result.exit_code == 1
    assert "says refused" in result.stderr


def test_a_later_receipt_by_the_rules_of_a_branch_does_not_take_the_place_of_one_by_those_of_main(
    work: GitRepo,
) -> None:
    commit = train(work, "one")
    work.git("push", "-q", "origin", "main")
    judge(work, time="2026-03-03T09:00:00+00:00")
    judge(work, time="2026-03-03T10:00:00+00:00", base=commit, verdict="refused")
    done(work, "register", "churn")


def test_of_receipts_that_many_push_at_once_none_is_lost(work: GitRepo) -> None:
    trees = []
    clones = [clone(work, f"job-{number}") for number in range(4)]
    for number, job in enumerate(clones):
        train(job, f"model {number}")
        judge(job)
        trees.append(tree_of(job))
    failures: list[ToolError] = []

    def push(job: GitRepo) -> None:
        try:
            notes.share(Repository(job.root), notes.RECEIPTS, "origin")
        except ToolError as error:
            failures.append(error)

    threads = [threading.Thread(target=push, args=(job,)) for job in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    work.git("fetch", "-q", "origin", f"{notes.RECEIPTS}:{notes.RECEIPTS}")
    judged = {line.split()[1] for line in work.git("notes", "--ref", notes.RECEIPTS, "list").splitlines()}
    assert judged == set(trees)


def test_whoever_is_overtaken_between_fetch_and_push_builds_on_what_overtook_it(work: GitRepo) -> None:
    quick, slow = clone(work, "quick"), clone(work, "slow")
    for repo in (quick, slow):
        train(repo, repo.root.name)
        judge(repo)
    # The first push that arrives finds that another one was there a moment before.
    there = work.root.parent / "origin.git"
    quick.git("push", "-q", "origin", f"{notes.RECEIPTS}:refs/waiting/receipts")
    script(
        work,
        "pre-receive",
        f"[ -e done ] && exit 0; touch done; unset GIT_QUARANTINE_PATH\n"
        f"git update-ref {notes.RECEIPTS} $(git rev-parse refs/waiting/receipts)\n",
    )
    assert slow.run("github", "push-receipts").exit_code == 0
    assert (there / "done").exists()
    assert receipts(slow, tree_of(slow)) != ()
    assert len(slow.git("notes", "--ref", notes.RECEIPTS, "list").splitlines()) == 2
    assert at_origin(slow) == slow.git("rev-parse", notes.RECEIPTS).strip()


def test_without_permission_the_push_fails_with_what_the_server_said_and_what_to_do(work: GitRepo) -> None:
    judged_here(work)
    script(work, "pre-receive", "echo 'no notes here' >&2; exit 1")
    for command in (("github", "push-receipts"), ("model", "register", "churn")):
        result = work.run(*command)
        assert result.exit_code == 4
        assert "no notes here" in result.stderr
        assert "see that you may push refs/notes/gitmlops/receipts (in a workflow: `contents: write`)" in result.stderr
    assert tags(work) == []


def test_an_origin_that_is_gone_is_named(work: GitRepo) -> None:
    judged_here(work)
    (work.root.parent / "origin.git").rename(work.root.parent / "elsewhere.git")
    for command in (("github", "push-receipts"), ("model", "register", "churn")):
        result = work.run(*command)
        assert result.exit_code == 4
        assert "origin does not answer" in result.stderr


def test_a_line_that_is_no_receipt_is_named(work: GitRepo) -> None:
    judged_here(work)
    notes.add(Repository(work.root), notes.RECEIPTS, tree_of(work), b"looks good to me\n")
    result = work.run("model", "register", "churn")
    assert result.exit_code == 3
    assert "receipt of " in result.stderr


def test_receipts_are_merged_where_git_knows_nobody(work: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    other = clone(work, "other")
    for repo in (work, other):
        train(repo, repo.root.name)
        judge(repo)
    assert work.run("github", "push-receipts").exit_code == 0
    other.git("config", "user.useConfigOnly", "true")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    assert other.run("github", "push-receipts").exit_code == 0
    subprocess.run(["git", "fsck", "--strict"], cwd=work.root.parent / "origin.git", check=True, capture_output=True)
