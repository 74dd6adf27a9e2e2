"""Register, promote, roll back: real repositories with a real remote, and what GTO makes of the tags."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import clone, done, gto_show, judge, listed, merge, released, tags, tags_at_origin, team, train

from gitmlops.adapters.git.repository import Repository
from gitmlops.registry.tags import history


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    return team(tmp_path)


def message(repo: GitRepo, tag: str) -> str:
    return repo.git("for-each-ref", "--format=%(contents)", f"refs/tags/{tag}").strip()


def test_a_judged_and_merged_commit_becomes_the_first_version_with_its_evidence_in_the_tag(work: GitRepo) -> None:
    commit = merge(work, "one")
    done(work, "register", "churn")
    assert tags(work) == tags_at_origin(work) == ["churn@v1.0.0"]
    assert work.git("rev-parse", "churn@v1.0.0^{commit}").strip() == commit
    headline, trailers = message(work, "churn@v1.0.0").split("\n\n")
    assert headline == "Register churn v1.0.0"
    assert trailers.splitlines()[0] == "Gate: quality/auc=0.71 >= 0.68 passed"
    keys = [line.partition(": ")[0] for line in trailers.splitlines()]
    assert keys == ["Gate", "Receipt", "Data", "Model", "Baseline", "Tested-Tree"]


def test_each_version_counts_up_what_is_asked_for_and_names_the_one_before(work: GitRepo) -> None:
    for content, arguments in (("a", ()), ("b", ()), ("c", ("--bump", "patch")), ("d", ("--bump", "major"))):
        merge(work, content)
        done(work, "register", "churn", *arguments)
    merge(work, "e")
    done(work, "register", "churn", "--version", "v3.0.0-rc.1")
    assert tags(work) == [f"churn@{v}" for v in ("v1.0.0", "v1.1.0", "v1.1.1", "v2.0.0", "v3.0.0-rc.1")]
    assert "Previous-Version: v1.1.1" in message(work, "churn@v2.0.0")


def test_a_squash_merge_and_a_merge_commit_keep_the_receipt_of_the_tested_tree(work: GitRepo) -> None:
    work.git("switch", "-q", "-c", "first")
    train(work, "one")
    judge(work)
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "first")
    work.git("commit", "-q", "-m", "squashed")
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    work.git("switch", "-q", "-c", "second")
    train(work, "two")
    judge(work)
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--no-ff", "--no-edit", "second")
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    assert tags(work) == ["churn@v1.0.0", "churn@v1.1.0"]


def test_a_detached_head_can_be_registered_once_it_is_merged(work: GitRepo) -> None:
    merge(work, "one")
    work.git("switch", "-q", "--detach")
    done(work, "register", "churn")
    train(work, "two")
    judge(work)
    result = work.run("model", "register", "churn")
    assert result.exit_code == 1
    assert "is not merged into origin/main" in result.output


def refused(repo: GitRepo, *arguments: str) -> str:
    """The refusal that a command ends with; no tag is written."""
    before = tags(repo)
    result = repo.run("model", *arguments)
    assert result.exit_code == 1, result.output
    assert tags(repo) == before
    return result.output


def test_without_a_receipt_registration_is_refused_and_the_gate_is_named(work: GitRepo) -> None:
    train(work, "one")
    work.git("push", "-q", "origin", "main")
    said = refused(work, "register", "churn")
    assert "no gate has judged commit" in said
    assert "run `gitmlops gate --base " in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "refused"}, "says refused"),
        ({"model": "other"}, "does not judge churn"),
        ({"content": b"other bytes"}, "is for other bytes of models/churn.skops"),
        ({"tree": "f" * 40}, "is for another tree"),
    ],
)
def test_a_receipt_for_something_else_is_no_receipt(work: GitRepo, changes: dict[str, object], words: str) -> None:
    train(work, "one")
    judge(work, **changes)  # type: ignore[arg-type]
    work.git("push", "-q", "origin", "main")
    assert words in refused(work, "register", "churn")


def test_a_receipt_by_the_rules_of_the_branch_itself_is_no_receipt(work: GitRepo) -> None:
    commit = train(work, "one")
    judge(work, base=commit)
    work.git("push", "-q", "origin", "main")
    result = work.run("model", "register", "churn")
    assert result.exit_code == 1
    assert "was judged by rules that main did not have before it (main at " in result.stderr


def test_an_unchanged_model_file_is_no_new_version(work: GitRepo) -> None:
    merge(work, "one")
    done(work, "register", "churn")
    work.commit({"README.md": "more words"})
    judge(work)
    work.git("push", "-q", "origin", "main")
    assert "models/churn.skops is the same as in v1.0.0" in refused(work, "register", "churn")


def test_an_unchanged_model_file_is_recognised_after_a_version_that_gto_registered(work: GitRepo) -> None:
    merge(work, "one")
    work.git("tag", "-a", "-m", "by gto", "churn@v0.1.0")
    work.git("push", "-q", "origin", "--tags")
    work.commit({"README.md": "more words"})
    judge(work)
    work.git("push", "-q", "origin", "main")
    assert "is the same as in v0.1.0" in refused(work, "register", "churn")


def test_a_commit_is_one_version_and_a_version_is_one_commit(work: GitRepo) -> None:
    merge(work, "one")
    done(work, "register", "churn")
    assert "is v1.0.0 already" in refused(work, "register", "churn", "--version", "v2.0.0")
    merge(work, "two")
    assert "v1.0.0 exists already" in refused(work, "register", "churn", "--version", "v1.0.0")


def test_a_version_must_be_well_written(work: GitRepo) -> None:
    merge(work, "one")
    result = work.run("model", "register", "churn", "--version", "1.0")
    assert result.exit_code == 3
    assert "'1.0' is no version; write vX.Y.Z" in result.output


def test_an_unmerged_commit_is_refused(work: GitRepo) -> None:
    train(work, "one")
    judge(work)
    assert "is not merged into origin/main" in refused(work, "register", "churn")


def test_a_commit_that_origin_does_not_have_any_more_is_refused(work: GitRepo) -> None:
    merge(work, "one")
    work.git("-C", str(work.root.parent / "origin.git"), "update-ref", "refs/heads/main", "main~1")
    assert "is not merged into origin/main" in refused(work, "register", "churn")


def test_a_clone_that_takes_another_branch_for_the_default_one_is_told_and_mends_it(work: GitRepo) -> None:
    merge(work, "one")
    origin = str(work.root.parent / "origin.git")
    work.git("-C", origin, "branch", "-m", "main", "trunk")
    result = work.run("model", "register", "churn")
    assert result.exit_code == 4
    assert "the default branch of origin is trunk, this clone takes main for it" in result.stderr
    assert "`git fetch --prune origin` and `git remote set-head origin --auto`" in result.stderr
    work.git("fetch", "--prune", "origin")
    work.git("remote", "set-head", "origin", "--auto")
    done(work, "register", "churn")
    work.git("-C", origin, "update-ref", "-d", "refs/heads/trunk")
    result = work.run("model", "promote", "churn@v1.0.0", "--to", "staging")
    assert (result.exit_code, tags(work)) == (4, ["churn@v1.0.0"])
    assert "origin has no branch trunk any more" in result.stderr


def test_a_changed_definition_is_refused_unless_a_commit_is_named(work: GitRepo) -> None:
    merge(work, "one")
    work.write({"gitmlops.yaml": "project: changed\n", "notes.txt": "not a definition"})
    assert "changed since the commit: gitmlops.yaml" in refused(work, "register", "churn")
    done(work, "register", "churn", "--ref", "main")


def test_an_unknown_model_is_answered_with_the_nearest_name(work: GitRepo) -> None:
    merge(work, "one")
    result = work.run("model", "register", "chrun")
    assert result.exit_code == 3
    assert "there is no model 'chrun'; did you mean 'churn'?" in result.output


def test_a_dry_run_shows_the_tags_and_writes_none(work: GitRepo) -> None:
    merge(work, "one")
    assert "churn@v1.0.0" in done(work, "register", "churn", "--dry-run")
    assert tags(work) == tags_at_origin(work) == []


def test_without_a_remote_the_tags_are_kept_here_only_if_that_is_wanted(tmp_path: Path) -> None:
    work = team(tmp_path, origin=False)
    train(work, "one")
    judge(work)
    result = work.run("model", "register", "churn")
    assert result.exit_code == 4
    assert "run `git remote add origin URL`, or keep the tags in this clone with --local" in result.output
    done(work, "register", "churn", "--local")
    done(work, "promote", "churn@v1.0.0", "--to", "staging", "--local")
    assert tags(work) == ["churn#staging#1", "churn@v1.0.0"]


def test_a_version_goes_through_the_stages_in_their_order(work: GitRepo) -> None:
    merge(work, "one")
    done(work, "register", "churn")
    said = refused(work, "promote", "churn@v1.0.0", "--to", "prod")
    assert "churn v1.0.0 was never in staging, which comes before prod" in said
    assert "run `gitmlops model promote churn@v1.0.0 --to staging` first" in said
    done(work, "promote", "churn@v1.0.0", "--to", "staging")
    done(work, "promote", "churn@v1.0.0", "--to", "prod")
    assert tags_at_origin(work) == ["churn#prod#2", "churn#staging#1", "churn@v1.0.0"]


def test_promoting_what_is_there_already_says_so_and_writes_nothing(work: GitRepo) -> None:
    released(work, "one")
    before = tags(work)
    assert "churn v1.0.0 is in prod already" in done(work, "promote", "churn@v1.0.0", "--to", "prod")
    assert tags(work) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("churn@v1.0.1", "--to", "prod"), "there is no version 'v1.0.1' of churn; did you mean 'v1.0.0'?"),
        (("churn@1.0.0", "--to", "prod"), "there is no version '1.0.0' of churn; did you mean 'v1.0.0'?"),
        (("churn@v1.0.0", "--to", "prd"), "there is no deployment stage 'prd'; did you mean 'prod'?"),
        (("chrun@v1.0.0", "--to", "prod"), "was ever registered; did you mean 'churn'?"),
        (("churn v1", "--to", "prod"), "'churn v1' names no model"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(work: GitRepo, arguments: tuple[str, ...], words: str) -> None:
    released(work, "one")
    result = work.run("model", "promote", *arguments)
    assert result.exit_code in (2, 3)
    assert words in result.output


def test_stages_are_those_of_main_whatever_the_work_tree_says(work: GitRepo) -> None:
    merge(work, "one")
    done(work, "register", "churn")
    work.commit({"gitmlops.yaml": "project: test\nstages: [{name: prod}]\n"}, branch="shortcut")
    assert "was never in staging" in refused(work, "promote", "churn@v1.0.0", "--to", "prod")


def test_a_rollback_is_a_removal_and_a_promotion_a_second_later_in_one_push(work: GitRepo) -> None:
    released(work, "one", "two")
    done(work, "rollback", "churn", "--reason", "too many warnings", "--yes")
    assert tags_at_origin(work)[:2] == ["churn#prod!#5", "churn#prod#2"]
    assert {"churn#prod!#5", "churn#prod#6"} <= set(tags_at_origin(work))
    commits = [work.git("rev-parse", f"{tag}^{{commit}}") for tag in ("churn#prod!#5", "churn#prod#6")]
    assert commits == [work.git("rev-parse", f"churn@{v}^{{commit}}") for v in ("v1.1.0", "v1.0.0")]
    times = [
        int(work.git("for-each-ref", "--format=%(taggerdate:unix)", f"refs/tags/churn#prod{n}")) for n in ("!#5", "#6")
    ]
    assert times[1] == times[0] + 1
    for tag in ("churn#prod!#5", "churn#prod#6"):
        assert message(work, tag).startswith("Roll back churn in prod from v1.1.0 to v1.0.0\n\n")
        assert "Rollback-From: v1.1.0\nReason: too many warnings" in message(work, tag)
    assert listed(work) == gto_show(work) == {"churn": {"latest": "v1.1.0", "prod": "v1.0.0", "staging": "v1.1.0"}}


def test_rolling_back_twice_goes_back_two_versions(work: GitRepo) -> None:
    released(work, "one", "two", "three")
    for expected in ("v1.1.0", "v1.0.0"):
        done(work, "rollback", "churn", "--reason", "worse", "--yes")
        assert listed(work)["churn"]["prod"] == gto_show(work)["churn"]["prod"] == expected
    assert "no version was in prod before v1.0.0" in refused(work, "rollback", "churn", "--reason", "x", "--yes")


def test_a_rollback_can_name_the_version_but_only_one_that_served_and_was_not_taken_out(work: GitRepo) -> None:
    released(work, "one", "two", "three")
    merge(work, "four")
    done(work, "register", "churn")
    assert "v1.3.0 was never in prod" in refused(work, "rollback", "churn", "--to", "v1.3.0", "--reason", "x", "--yes")
    done(work, "rollback", "churn", "--to", "v1.0.0", "--reason", "worse", "--yes")
    assert listed(work)["churn"]["prod"] == gto_show(work)["churn"]["prod"] == "v1.0.0"
    said = refused(work, "rollback", "churn", "--to", "v1.2.0", "--reason", "x", "--yes")
    assert "v1.2.0 was never in prod, or was taken out of it; choose from: v1.1.0" in said
    assert "v1.0.0 is what is in prod" in refused(work, "rollback", "churn", "--to", "v1.0.0", "--reason", "x", "--yes")


def test_a_rollback_shows_its_plan_and_asks(work: GitRepo) -> None:
    released(work, "one", "two")
    before = tags(work)
    result = work.run("model", "rollback", "churn", "--reason", "worse", input="n\n")
    assert result.exit_code == 130
    assert "In prod now: v1.1.0; then: v1.0.0." in result.output
    assert "churn#prod!#5 on " in result.output
    assert tags(work) == before
    assert work.run("model", "rollback", "churn", "--reason", "worse", input="y\n").exit_code == 0
    assert len(tags(work)) == len(before) + 2


def test_an_empty_stage_cannot_be_rolled_back(work: GitRepo) -> None:
    merge(work, "one")
    done(work, "register", "churn")
    assert "nothing is in prod" in refused(work, "rollback", "churn", "--reason", "x", "--yes")


def test_a_reason_cannot_smuggle_in_a_trailer(work: GitRepo) -> None:
    released(work, "one", "two")
    before = tags(work)
    for reason in ("worse\nApproved-by: @boss", "worse\u2028Approved-by: @boss", "worse\x1b[2K", "\u202eesrow"):
        result = work.run("model", "rollback", "churn", "--reason", reason, "--yes")
        assert result.exit_code == 3
        assert "Reason: the character " in result.output
    assert tags(work) == before


def test_a_rolled_back_version_can_be_promoted_again(work: GitRepo) -> None:
    released(work, "one", "two")
    done(work, "rollback", "churn", "--reason", "a false alarm", "--yes")
    done(work, "promote", "churn@v1.1.0", "--to", "prod")
    assert listed(work)["churn"]["prod"] == gto_show(work)["churn"]["prod"] == "v1.1.0"


def test_of_two_clones_with_the_same_state_one_wins_and_the_other_is_told(work: GitRepo) -> None:
    released(work, "one")
    merge(work, "two")
    done(work, "register", "churn")
    other = clone(work, "other")
    before = tags(other)
    done(work, "promote", "churn@v1.1.0", "--to", "staging")
    said = refused(other, "promote", "churn@v1.1.0", "--to", "staging")
    assert "origin has tags that are not here: churn#staging#3; run `git fetch --tags origin`" in said
    assert tags(other) == before
    other.git("fetch", "-q", "--tags", "origin")
    assert "is in staging already" in done(other, "promote", "churn@v1.1.0", "--to", "staging")


def test_of_two_that_run_at_once_one_wins(work: GitRepo) -> None:
    merge(work, "one")
    clones = [clone(work, name) for name in ("ann", "bob")]
    command = [sys.executable, "-m", "gitmlops", "model", "register", "churn", "--version"]
    running = [
        subprocess.Popen([*command, version], cwd=one.root, stderr=subprocess.PIPE, text=True)
        for one, version in zip(clones, ("v1.0.0", "v1.0.1"), strict=True)
    ]
    said = [process.communicate()[1] for process in running]
    codes = [process.returncode for process in running]
    assert sorted(codes) == [0, 1], said
    winner, loser = clones[codes.index(0)], clones[codes.index(1)]
    assert tags(winner) == tags_at_origin(work)
    assert len(tags(winner)) == 1
    assert tags(loser) == []


def test_two_registrations_of_one_commit_under_other_names_cannot_both_succeed(work: GitRepo) -> None:
    merge(work, "one")
    other = clone(work, "other")
    done(work, "register", "churn")
    assert "origin has tags that are not here" in refused(other, "register", "churn", "--version", "v1.0.1")
    assert tags_at_origin(work) == ["churn@v1.0.0"]


def test_tags_that_are_only_here_stop_a_write_that_would_build_on_them(work: GitRepo) -> None:
    merge(work, "one")
    done(work, "register", "churn", "--local")
    said = refused(work, "promote", "churn@v1.0.0", "--to", "staging")
    assert "origin lacks tags that are here: churn@v1.0.0" in said


def test_a_tag_that_is_another_one_at_origin_is_told_with_the_command_that_mends_it(work: GitRepo) -> None:
    merge(work, "one")
    other = clone(work, "other")
    judge(other)
    done(other, "register", "churn", "--local")
    done(other, "promote", "churn@v1.0.0", "--to", "staging", "--local")
    merge(work, "two")
    done(work, "register", "churn")
    done(work, "promote", "churn@v1.0.0", "--to", "staging")
    said = refused(other, "promote", "churn@v1.0.0", "--to", "prod")
    assert "tags here are not those of the same name at origin: churn#staging#1, churn@v1.0.0; " in said
    command = said.split("`")[1]
    assert command.startswith("git fetch --force origin ")
    subprocess.run(command, shell=True, cwd=other.root, check=True, capture_output=True)
    done(other, "promote", "churn@v1.0.0", "--to", "prod")
    assert sorted(tags(other)) == sorted(tags_at_origin(work))


def hook(work: GitRepo, name: str, script: str) -> None:
    file = work.root.parent / "origin.git" / "hooks" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_whoever_is_beaten_between_look_and_push_changes_nothing(work: GitRepo) -> None:
    merge(work, "one")
    fence = "refs/gitmlops/serial/churn"
    hook(work, "pre-receive", f"unset GIT_QUARANTINE_PATH; git update-ref {fence} refs/heads/main")
    assert "somebody else wrote tags of this model at the same moment" in refused(work, "register", "churn")
    assert tags_at_origin(work) == []
    (work.root.parent / "origin.git" / "hooks" / "pre-receive").unlink()
    done(work, "register", "churn")


def test_a_remote_that_refuses_leaves_nothing_anywhere(work: GitRepo) -> None:
    released(work, "one", "two")
    hook(work, "update", 'case "$1" in *prod#6) echo "no releases on Fridays" >&2; exit 1;; esac')
    before = tags(work)
    result = work.run("model", "rollback", "churn", "--reason", "worse", "--yes")
    assert result.exit_code == 4
    assert "no releases on Fridays" in result.output
    assert "nothing was tagged" in result.output
    assert tags(work) == tags_at_origin(work) == before


def test_a_remote_that_is_gone_leaves_nothing(work: GitRepo) -> None:
    merge(work, "one")
    (work.root.parent / "origin.git").rename(work.root.parent / "elsewhere.git")
    result = work.run("model", "register", "churn")
    assert result.exit_code == 4
    assert "origin does not answer" in result.output
    assert tags(work) == []


def test_a_remote_that_never_got_main_is_named(work: GitRepo) -> None:
    merge(work, "one")
    work.git("update-ref", "-d", "refs/remotes/origin/main")
    work.git("-C", str(work.root.parent / "origin.git"), "update-ref", "-d", "refs/heads/main")
    assert "run `git push -u origin main`" in refused(work, "register", "churn")


def test_branches_called_like_tags_lead_nobody_astray(work: GitRepo) -> None:
    released(work, "one")
    train(work, "evil")
    for name in ("churn@v1.0.0", "churn#prod#2", "churn#prod#3"):
        work.git("branch", name)
    output = work.root / "out"
    done(work, "get", "churn@v1.0.0", "--output", str(output))
    assert (output / "churn.skops").read_text() == "one"
    work.git("switch", "-q", "main")
    work.git("reset", "-q", "--hard", "origin/main")
    merge(work, "two")
    done(work, "register", "churn")
    done(work, "promote", "churn@v1.1.0", "--to", "staging")
    assert "churn#staging#3" in tags_at_origin(work)


def test_hooks_of_the_clone_do_not_run(work: GitRepo) -> None:
    merge(work, "one")
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        file = work.root / ".git" / "hooks" / name
        file.write_text("#!/bin/sh\necho hook ran >&2; exit 1\n")
        file.chmod(0o755)
    assert "hook ran" not in done(work, "register", "churn")


def test_tags_of_other_models_do_not_matter(work: GitRepo) -> None:
    merge(work, "one")
    other = clone(work, "other")
    other.git("tag", "-a", "-m", "x", "churn-two@v1.0.0")
    other.git("push", "-q", "origin", "--tags")
    done(work, "register", "churn")


def forge(work: GitRepo, name: str, *, inside: str = "", ahead: int) -> str:
    """Somebody's tag on churn@v1.1.0, `ahead` seconds from now; inside: the name that the tag itself carries."""
    repository = Repository(work.root)
    commit = work.git("rev-parse", "churn@v1.1.0^{commit}").strip()
    header = f"object {commit}\ntype commit\ntag {inside or name}\ntagger a <a@b> {int(time.time()) + ahead} +0000"
    sha = repository.git("mktag", stdin=f"{header}\n\nx\n".encode()).strip()
    work.git("update-ref", f"refs/tags/{name}", sha)
    work.git("push", "-q", "origin", "--tags")
    return sha


def test_new_tags_are_younger_than_the_last_of_a_clock_that_is_ahead(work: GitRepo) -> None:
    released(work, "one", "two")
    forge(work, "churn#prod#7", ahead=200)
    later = history.read(Repository(work.root)).artifact("churn").events[-1].tag.time
    done(work, "rollback", "churn", "--reason", "worse", "--yes")
    told = history.read(Repository(work.root)).artifact("churn")
    assert [event.tag.time - later for event in told.events[-2:]] == [1, 2]
    assert [event.tag.name for event in told.events[-2:]] == ["churn#prod!#8", "churn#prod#9"]
    assert listed(work)["churn"]["prod"] == gto_show(work)["churn"]["prod"] == "v1.0.0"


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        ({"ahead": 9_000}, "its date lies in the future"),
        ({"ahead": -1, "inside": "churn#staging#7"}, "the tag carries another name inside"),
    ],
)
def test_a_tag_that_cannot_be_true_holds_no_stage_and_is_told(work: GitRepo, forged: dict, words: str) -> None:
    released(work, "one", "two")
    done(work, "rollback", "churn", "--reason", "worse", "--yes")
    forge(work, "churn#prod#7", **forged)
    assert listed(work)["churn"]["prod"] == "v1.0.0"
    assert f"churn#prod#7: unverified, counts for nothing: {words}" in " ".join(done(work, "list").split())
    assert "unverified: promoted" in done(work, "history", "churn", "--format", "json")
    assert "churn v1.0.0" in done(work, "show", "churn#prod")
    done(work, "promote", "churn@v1.1.0", "--to", "prod")
    assert "churn#prod#8" in tags_at_origin(work)
    assert listed(work)["churn"]["prod"] == "v1.1.0"


def test_a_deprecated_model_is_listed_no_more_until_its_next_version_and_what_serves_goes_on(work: GitRepo) -> None:
    released(work, "one", "two")
    asked = work.run("model", "deprecate", "churn", "--reason", "nobody calls", input="n\n")
    assert asked.exit_code == 130
    assert "It stays where it is: v1.1.0 in prod, v1.1.0 in staging." in asked.output
    before = tags_at_origin(work)
    assert "@deprecated" not in " ".join(before)
    done(work, "deprecate", "churn", "--reason", "nobody calls", "--use", "churn-2", "--yes")
    assert set(tags_at_origin(work)) - set(before) == {"churn@deprecated#5"}
    assert listed(work) == gto_show(work) == {}
    assert "it is deprecated, and listed no more, but is in a stage still" in done(work, "list")
    shown = done(work, "show", "churn#prod")
    assert "nobody calls" in shown
    assert "churn-2" in shown
    assert work.run("model", "promote", "churn@v1.0.0", "--to", "staging").exit_code == 1
    assert work.run("model", "deprecate", "churn", "--reason", "again", "--yes").exit_code == 1
    assert "version=v1.1.0" in done(work, "parse-ref", "churn#prod")
    back = ("rollback", "churn", "--stage", "prod", "--reason", "slow", "--yes")
    assert "would be refused today: model: churn is deprecated: nobody calls" in refused(work, *back)
    done(work, *back, "--override", "nothing else answers")
    merge(work, "three")
    done(work, "register", "churn")
    assert listed(work)["churn"] == gto_show(work)["churn"] == {
        "latest": "v1.2.0", "prod": "v1.0.0", "staging": "v1.1.0",
    }  # fmt: skip


def test_a_reason_of_two_lines_deprecates_nothing(work: GitRepo) -> None:
    released(work, "one")
    result = work.run("model", "deprecate", "churn", "--reason", "old\nApproved-by: @eve", "--yes")
    assert result.exit_code == 3
    assert "@deprecated" not in " ".join(tags(work))
