"""Merges of the test server: commits as git makes them, refusals as GitHub words them."""

import pytest
from tests.conftest import GitRepo
from tests.github.rest import Rest, refused
from tests.github.server.github import GitHub

SHOP = "/repos/acme/shop"
PULL = f"{SHOP}/pulls/1"
REVIEWED = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}


@pytest.fixture
def ada(github: GitHub, acme_shop) -> Rest:
    ada = Rest(github.url, github.token("ada"))
    ada.post(f"{SHOP}/pulls", {"head": "feature", "base": "main", "title": "Add b", "body": "why"})
    return ada


@pytest.fixture
def bob(github: GitHub, ada) -> Rest:
    return Rest(github.url, github.token("bob"))


def protect(github: GitHub, *rules: dict[str, object]) -> None:
    conditions = {"ref_name": {"include": ["refs/heads/main"], "exclude": []}}
    body = {"name": "main", "enforcement": "active", "conditions": conditions, "rules": list(rules)}
    Rest(github.url, github.token("acme")).post(f"{SHOP}/rulesets", body)


def checks(*names: str, app: int | None = None) -> dict[str, object]:
    named = [{"context": name} | ({"integration_id": app} if app else {}) for name in names]
    parameters = {"required_status_checks": named, "strict_required_status_checks_policy": False}
    return {"type": "required_status_checks", "parameters": parameters}


def message(repo: GitRepo, acme_shop, sha: str) -> str:
    return acme_shop.git.run("log", "-1", "--format=%an|%s|%b", sha).strip()


def test_a_merge_commit_has_both_parents_and_gits_own_tree(repo, acme_shop, ada):
    main = repo.commit({"c.txt": "three\n"})
    repo.git("push", "-q", str(acme_shop.git.path), "main")
    merged = ada.put(f"{PULL}/merge")
    assert acme_shop.git.line("log", "-1", "--format=%P", merged["sha"]) == f"{main} {acme_shop.branch('feature')}"
    repo.git("merge", "-q", "--no-ff", "feature", "-m", "by git")
    assert acme_shop.git.sha(f"{merged['sha']}^{{tree}}") == repo.git("rev-parse", "HEAD^{tree}").strip()
    assert message(repo, acme_shop, merged["sha"]) == "ada|Merge pull request #1 from acme/feature|Add b"


def test_a_squash_is_one_commit_of_the_author(repo, acme_shop, ada, bob):
    before = acme_shop.branch("main")
    merged = bob.put(f"{PULL}/merge", {"merge_method": "squash"})
    assert acme_shop.git.line("log", "-1", "--format=%P", merged["sha"]) == before
    assert message(repo, acme_shop, merged["sha"]) == "ada|Add b (#1)|why"


def test_a_rebase_copies_commits_as_git_does(repo, acme_shop, ada):
    repo.commit({"c.txt": "three\n"})
    repo.git("checkout", "-q", "feature")
    repo.commit({"b.txt": "two\nand more\n"}, message="more b")
    repo.git("push", "-q", str(acme_shop.git.path), "main", "feature")
    merged = ada.put(f"{PULL}/merge", {"merge_method": "rebase"})
    assert acme_shop.git.run("log", "--format=%s", "-3", merged["sha"]).split("\n")[:2] == ["more b", "add b"]
    repo.git("rebase", "-q", "main")
    ours, gits = acme_shop.git.sha(f"{merged['sha']}^{{tree}}"), repo.git("rev-parse", "HEAD^{tree}").strip()
    assert ours == gits


def test_mergeability_is_not_known_at_first_and_then_gits(repo, acme_shop, ada):
    repo.commit({"b.txt": "other\n"})
    repo.git("push", "-q", str(acme_shop.git.path), "main")
    assert [ada.get(PULL)["mergeable"] for _ in range(2)] == [None, False]
    assert ada.get(PULL)["mergeable_state"] == "dirty"
    assert refused(ada.ask("PUT", f"{PULL}/merge", {})) == (405, "Pull Request is not mergeable")
    assert refused(ada.ask("PUT", f"{PULL}/merge", {"merge_method": "rebase"}))[0] == 405


def test_a_merge_of_another_head_than_asked_for_is_refused(acme_shop, ada):
    told = refused(ada.ask("PUT", f"{PULL}/merge", {"sha": acme_shop.branch("main")}))
    assert told == (409, "Head branch was modified. Review and try the merge again.")
    ada.put(f"{PULL}/merge", {"sha": acme_shop.branch("feature")})


def test_methods_that_are_off_are_refused(github, ada):
    Rest(github.url, github.token("acme")).patch(SHOP, {"allow_squash_merge": False})
    told = refused(ada.ask("PUT", f"{PULL}/merge", {"merge_method": "squash"}))
    assert told == (405, "Squash merges are not allowed on this repository.")


def test_a_head_branch_goes_with_its_merge_where_the_setting_says_so(github, acme_shop, ada):
    Rest(github.url, github.token("acme")).patch(SHOP, {"delete_branch_on_merge": True})
    ada.put(f"{PULL}/merge")
    assert acme_shop.branch("feature") is None
    assert [one["filename"] for one in ada.get(f"{PULL}/files")] == ["b.txt"]
    assert len(ada.get(f"{PULL}/commits")) == 1


def test_a_branch_is_brought_up_to_date_with_its_base(repo, acme_shop, ada):
    main = repo.commit({"c.txt": "three\n"})
    repo.git("push", "-q", str(acme_shop.git.path), "main")
    assert ada.ask("PUT", f"{PULL}/update-branch", {}).status_code == 202
    assert acme_shop.git.is_ancestor(main, ada.get(PULL)["head"]["sha"])


def test_a_merge_waits_for_an_approval_of_a_writer(github, acme_shop, ada, bob):
    protect(github, {"type": "pull_request", "parameters": REVIEWED})
    words = "At least 1 approving review is required by reviewers with write access."
    assert words in refused(ada.ask("PUT", f"{PULL}/merge", {}))[1]
    github.collaborator("acme/shop", "eve", "read")
    Rest(github.url, github.token("eve")).post(f"{PULL}/reviews", {"event": "APPROVE"})
    assert words in refused(ada.ask("PUT", f"{PULL}/merge", {}))[1]
    ada.get(PULL)
    assert ada.get(PULL)["mergeable_state"] == "blocked"
    bob.post(f"{PULL}/reviews", {"event": "REQUEST_CHANGES", "body": "no"})
    assert "Changes requested" in refused(ada.ask("PUT", f"{PULL}/merge", {}))[1]
    bob.post(f"{PULL}/reviews", {"event": "APPROVE"})
    ada.put(f"{PULL}/merge")


def test_a_push_dismisses_approvals_where_the_rule_says_so(github, repo, acme_shop, ada, bob):
    protect(github, {"type": "pull_request", "parameters": REVIEWED})
    bob.post(f"{PULL}/reviews", {"event": "APPROVE"})
    repo.git("checkout", "-q", "feature")
    repo.commit({"c.txt": "three\n"})
    repo.git("push", "-q", str(acme_shop.git.path), "feature")
    assert [one["state"] for one in ada.get(f"{PULL}/reviews")] == ["DISMISSED"]


def test_a_merge_waits_for_the_check_of_the_right_app(github, acme_shop, ada):
    protect(github, checks("gate", app=15368))
    head = acme_shop.branch("feature")
    ada.post(f"{SHOP}/statuses/{head}", {"state": "success", "context": "gate"})
    assert 'Required status check "gate" is expected.' in refused(ada.ask("PUT", f"{PULL}/merge", {}))[1]
    github.collaborator("acme/shop", "github-actions[bot]")
    actions = Rest(github.url, github.token("github-actions[bot]", {"checks": "write"}))
    run = actions.post(f"{SHOP}/check-runs", {"name": "gate", "head_sha": head, "conclusion": "failure"})
    assert ada.ask("PUT", f"{PULL}/merge", {}).status_code == 405
    actions.patch(f"{SHOP}/check-runs/{run['id']}", {"conclusion": "success"})
    ada.put(f"{PULL}/merge")


def test_nobody_approves_his_own_pull_request_and_the_actions_bot_none_until_it_may(github, ada):
    assert refused(ada.ask("POST", f"{PULL}/reviews", {"event": "APPROVE"})) == (
        422,
        "Unprocessable Entity; Review Can not approve your own pull request",
    )
    github.collaborator("acme/shop", "github-actions[bot]")
    robot = Rest(github.url, github.token("github-actions[bot]", {"pull_requests": "write"}))
    assert robot.ask("POST", f"{PULL}/reviews", {"event": "APPROVE"}).status_code == 422
    other = {"head": "main", "base": "feature", "title": "back"}
    assert "not permitted to create" in refused(robot.ask("POST", f"{SHOP}/pulls", other))[1]
    setting = {"can_approve_pull_request_reviews": True}
    Rest(github.url, github.token("acme")).put(f"{SHOP}/actions/permissions/workflow", setting)
    robot.post(f"{PULL}/reviews", {"event": "APPROVE"})


def test_a_pull_request_is_opened_once_and_needs_commits(repo, acme_shop, ada):
    again = refused(ada.ask("POST", f"{SHOP}/pulls", {"head": "acme:feature", "base": "main", "title": "again"}))
    assert again[0] == 422
    assert "A pull request already exists for acme:feature." in again[1]
    repo.git("push", "-q", str(acme_shop.git.path), "main:refs/heads/same")
    empty = refused(ada.ask("POST", f"{SHOP}/pulls", {"head": "same", "base": "main", "title": "nothing"}))
    assert "No commits between main and same" in empty[1]
    lost = refused(ada.ask("POST", f"{SHOP}/pulls", {"head": "none", "base": "main", "title": "lost"}))
    assert lost[0] == 422
    assert "'field': 'head'" in lost[1]
    ada.patch(PULL, {"state": "closed"})
    assert ada.post(f"{SHOP}/pulls", {"head": "feature", "base": "main", "title": "again"})["number"] == 2
