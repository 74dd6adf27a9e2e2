"""Taken out of a stage, deregistered: what GTO makes of it, and what is refused so that production has a version."""

from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import done, gto_show, listed, merge, released, tags, tags_at_origin, team

WHY = ("--reason", "trained on leaked rows", "--yes")


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.1.0 has replaced v1.0.0 in staging and prod."""
    repo = team(tmp_path)
    released(repo, "one", "two")
    return repo


def refused(repo: GitRepo, *arguments: str, code: int = 1) -> str:
    before = tags(repo), tags_at_origin(repo)
    result = repo.run("model", *arguments)
    assert result.exit_code == code, result.output
    assert (tags(repo), tags_at_origin(repo)) == before
    return " ".join(result.output.split())


def test_a_stage_is_emptied_of_all_that_was_in_it_and_gto_says_so(work: GitRepo) -> None:
    before = {*tags(work)}
    done(work, "remove", "churn#staging", *WHY)
    assert {*tags_at_origin(work)} - before == {"churn#staging!#5", "churn#staging!#6"}
    assert listed(work) == gto_show(work) == {"churn": {"latest": "v1.1.0", "prod": "v1.1.0"}}
    assert "trained on leaked rows" in done(work, "history", "churn", "--format", "json")
    assert "no version of churn is in 'staging'; did you mean" not in refused(work, "show", "churn#staging", code=3)
    assert "no version of churn is in 'staging'" in refused(work, "remove", "churn#staging", *WHY, code=3)
    done(work, "promote", "churn@v1.0.0", "--to", "staging")
    assert listed(work)["churn"]["staging"] == gto_show(work)["churn"]["staging"] == "v1.0.0"


def test_production_is_left_empty_only_where_that_is_said(work: GitRepo) -> None:
    said = refused(work, "remove", "churn#prod", *WHY)
    assert "prod is production, and would have no version of churn" in said
    assert (
        "go back: `gitmlops model rollback churn --stage prod`, or say that it shall be empty with --leave-empty"
        in said
    )
    asked = work.run("model", "remove", "churn#prod", "--reason", "x", "--leave-empty", input="n\n")
    assert asked.exit_code == 130
    assert "In prod now: v1.1.0; then: nothing. DVC knows no removal" in asked.output
    done(work, "remove", "churn#prod", *WHY, "--leave-empty")
    assert listed(work) == gto_show(work) == {"churn": {"latest": "v1.1.0", "staging": "v1.1.0"}}
    assert work.run("model", "parse-ref", "churn#prod").exit_code == 3


def test_which_stage_is_production_says_main_and_not_the_work_tree(work: GitRepo) -> None:
    work.commit({"gitmlops.yaml": "project: test\nstages: [{name: prod}]\n"}, branch="mine")
    assert "prod is production" in refused(work, "remove", "churn#prod", *WHY)


def test_a_version_in_a_stage_is_not_deregistered_and_the_way_out_is_named(work: GitRepo) -> None:
    said = refused(work, "deregister", "churn@v1.1.0", *WHY)
    assert "churn v1.1.0 is in prod, staging; go back: `gitmlops model rollback churn --stage prod`" in said
    assert "`gitmlops model remove 'churn#prod'`" in said


def test_a_deregistered_version_is_named_promoted_and_gone_back_to_no_more_and_its_number_stays_taken(
    work: GitRepo,
) -> None:
    done(work, "deregister", "churn@v1.0.0", *WHY)
    assert "churn@v1.0.0!" in tags_at_origin(work)
    assert listed(work) == gto_show(work) == {"churn": {"latest": "v1.1.0", "prod": "v1.1.0", "staging": "v1.1.0"}}
    assert "v1.0.0 of churn was deregistered" in refused(work, "deregister", "churn@v1.0.0", *WHY, code=3)
    assert "v1.0.0 of churn was deregistered" in refused(work, "promote", "churn@v1.0.0", "--to", "staging", code=3)
    back = ("rollback", "churn", "--reason", "worse", "--yes")
    assert "no version was in prod before v1.1.0" in refused(work, *back)
    assert "v1.0.0 of churn was deregistered" in refused(work, *back, "--to", "v1.0.0", code=3)
    merge(work, "three")
    assert "v1.0.0 exists already" in refused(work, "register", "churn", "--version", "v1.0.0")
    done(work, "register", "churn")
    assert gto_show(work)["churn"]["latest"] == "v1.2.0"


def test_two_lines_of_a_reason_write_nothing(work: GitRepo) -> None:
    for command in (("deregister", "churn@v1.0.0"), ("remove", "churn#staging")):
        assert "Reason: the character" in refused(work, *command, "--reason", "a\nModel: b", "--yes", code=3)


@pytest.mark.parametrize("command", [("deregister", "churn"), ("deregister", "churn#prod"), ("remove", "churn@v1.0.0")])
def test_what_is_meant_must_be_named(work: GitRepo, command: tuple[str, ...]) -> None:
    assert "write" in refused(work, *command, *WHY, code=2)
