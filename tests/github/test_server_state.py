"""What the test server keeps beside git: each answer of these calls is checked against GitHub's description, too."""

import base64

import pytest
from tests.conftest import GitRepo
from tests.github.rest import Rest, refused
from tests.github.server.github import GitHub

SHOP = "/repos/acme/shop"
WORKFLOW = """
on:
  workflow_dispatch:
    inputs:
      model: {required: true}
jobs: {}
"""


@pytest.fixture
def ada(github: GitHub, acme_shop) -> Rest:
    return Rest(github.url, github.token("ada"))


@pytest.fixture
def acme(github: GitHub, acme_shop) -> Rest:
    return Rest(github.url, github.token("acme"))


def test_what_a_deleted_account_wrote_is_the_ghosts(github, ada):
    number = ada.post(f"{SHOP}/pulls", {"head": "feature", "base": "main", "title": "b"})["number"]
    bob = Rest(github.url, github.token("bob"))
    bob.post(f"{SHOP}/pulls/{number}/reviews", {"event": "APPROVE"})
    bob.post(f"{SHOP}/issues/{number}/comments", {"body": "fine"})
    github.delete_user("bob")
    [review] = ada.get(f"{SHOP}/pulls/{number}/reviews")
    [comment] = ada.get(f"{SHOP}/issues/{number}/comments")
    assert review["user"]["login"] == comment["user"]["login"] == "ghost"
    assert bob.ask("GET", SHOP).status_code == 401
    assert ada.ask("GET", "/users/bob").status_code == 404
    assert ada.ask("GET", f"{SHOP}/collaborators/bob/permission").status_code == 404


def test_a_login_that_is_given_up_is_anothers(github, ada, acme):
    bob = github.user("bob").id
    github.rename_user("bob", "robert")
    assert github.user("bob").id != bob
    assert ada.get(f"{SHOP}/collaborators/robert/permission")["user"]["id"] == bob
    assert ada.get(f"{SHOP}/collaborators/bob/permission")["permission"] == "none"
    assert ada.get(f"/user/{bob}")["login"] == "robert"


def test_roles_are_told_in_full_and_in_the_four_old_words(github, ada, acme):
    acme.put(f"{SHOP}/collaborators/bob", {"permission": "maintain"})
    told = ada.get(f"{SHOP}/collaborators/bob/permission")
    assert (told["permission"], told["role_name"]) == ("write", "maintain")
    assert {one["login"] for one in ada.get(f"{SHOP}/collaborators")} == {"acme", "ada", "bob"}
    assert ada.ask("GET", f"{SHOP}/collaborators/ada").status_code == 204
    acme.delete(f"{SHOP}/collaborators/bob")
    assert ada.ask("GET", f"{SHOP}/collaborators/bob").status_code == 404


def test_teams_tell_their_members_by_id(github, ada):
    github.team("acme", "risk", "bob")
    assert [one["id"] for one in ada.get("/orgs/acme/teams/risk/members")] == [github.user("bob").id]
    assert ada.get("/orgs/acme/teams/risk")["members_count"] == 1
    assert ada.get("/orgs/acme/teams/risk/memberships/bob")["state"] == "active"
    assert ada.ask("GET", "/orgs/acme/teams/risk/memberships/ada").status_code == 404
    assert ada.ask("GET", "/orgs/acme/teams/none/members").status_code == 404
    narrow = Rest(github.url, github.token("ada", {"contents": "read"}))
    assert narrow.ask("GET", "/orgs/acme/teams/risk").headers["X-Accepted-GitHub-Permissions"] == "members=read"


def test_deleted_issues_and_comments_are_gone(ada, acme_shop):
    issue = ada.post(f"{SHOP}/issues", {"title": "one"})["number"]
    comment = ada.post(f"{SHOP}/issues/{issue}/comments", {"body": "x"})["id"]
    acme_shop.delete_issue(issue)
    assert refused(ada.ask("GET", f"{SHOP}/issues/{issue}")) == (410, "This issue was deleted")
    assert ada.ask("GET", f"{SHOP}/issues/comments/{comment}").status_code == 404
    assert ada.post(f"{SHOP}/issues", {"title": "two"})["number"] == issue + 1


def test_comments_have_an_author_an_end_and_are_changed_by_writers(github, ada):
    issue = ada.post(f"{SHOP}/issues", {"title": "one"})["number"]
    long = ada.ask("POST", f"{SHOP}/issues/{issue}/comments", {"body": "x" * 65_537})
    assert refused(long)[0] == 422
    assert "body is too long (maximum is 65536 characters)" in long.text
    comment = ada.post(f"{SHOP}/issues/{issue}/comments", {"body": "x" * 65_536})["id"]
    github.collaborator("acme/shop", "eve", "read")
    eve = Rest(github.url, github.token("eve"))
    assert eve.ask("PATCH", f"{SHOP}/issues/comments/{comment}", {"body": "mine"}).status_code == 403
    own = eve.post(f"{SHOP}/issues/{issue}/comments", {"body": "hi"})["id"]
    ada.delete(f"{SHOP}/issues/comments/{own}")
    assert len(ada.get(f"{SHOP}/issues/comments")) == 1


def test_labels_are_changed_and_taken_off(github, ada):
    ada.post(f"{SHOP}/labels", {"name": "drift", "color": "ff0000"})
    issue = f"{SHOP}/issues/{ada.post(f'{SHOP}/issues', {'title': 'x', 'labels': ['Drift', 'new']})['number']}"
    assert [one["name"] for one in ada.get(f"{issue}/labels")] == ["drift", "new"]
    ada.patch(f"{SHOP}/labels/drift", {"new_name": "feature drift", "description": "moved"})
    assert [one["name"] for one in ada.put(f"{issue}/labels", {"labels": ["feature drift"]})] == ["feature drift"]
    assert ada.delete(f"{issue}/labels/feature%20drift") == []
    assert [one["name"] for one in ada.post(f"{issue}/labels", ["new"])] == ["new"]
    ada.delete(f"{SHOP}/labels/new")
    assert ada.get(f"{issue}/labels") == []
    github.collaborator("acme/shop", "eve", "read")
    eve = Rest(github.url, github.token("eve"))
    assert eve.ask("POST", f"{issue}/labels", {"labels": ["mine"]}).status_code == 403
    assert eve.post(f"{SHOP}/issues", {"title": "y", "labels": ["mine"]})["labels"] == []


def test_reviews_are_asked_for_given_later_and_taken_back(github, ada):
    pull = f"{SHOP}/pulls/{ada.post(f'{SHOP}/pulls', {'head': 'feature', 'base': 'main', 'title': 'b'})['number']}"
    bob = Rest(github.url, github.token("bob"))
    github.team("acme", "risk", "bob")
    ada.post(f"{pull}/requested_reviewers", {"reviewers": ["bob"], "team_reviewers": ["risk"]})
    asked = ada.get(f"{pull}/requested_reviewers")
    assert ([one["login"] for one in asked["users"]], [one["slug"] for one in asked["teams"]]) == (["bob"], ["risk"])
    assert ada.ask("POST", f"{pull}/requested_reviewers", {"reviewers": ["ada"]}).status_code == 422
    pending = bob.post(f"{pull}/reviews", {"body": "so far"})
    assert ada.get(f"{pull}/reviews") == []
    given = bob.post(f"{pull}/reviews/{pending['id']}/events", {"event": "APPROVE", "body": "yes"})
    assert (given["state"], given["body"]) == ("APPROVED", "yes")
    assert ada.get(f"{pull}/requested_reviewers")["users"] == []
    assert bob.ask("DELETE", f"{pull}/reviews/{pending['id']}").status_code == 422
    other = bob.post(f"{pull}/reviews", {})
    bob.delete(f"{pull}/reviews/{other['id']}")
    assert bob.put(f"{pull}/reviews/{pending['id']}", {"body": "changed"})["body"] == "changed"
    assert len(bob.get(f"{pull}/reviews")) == 1


def test_annotations_are_added_and_told_in_pages(github, acme_shop, ada):
    github.collaborator("acme/shop", "gate[bot]")
    robot = Rest(github.url, github.token("gate[bot]", {"checks": "write"}))
    head = acme_shop.branch("feature")
    note = {"path": "b.txt", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "x"}
    output = {"title": "gate", "summary": "two", "annotations": [note] * 50}
    body = {"name": "gate", "head_sha": head, "status": "in_progress", "output": output, "external_id": "7"}
    run = robot.post(f"{SHOP}/check-runs", body)
    done = {"conclusion": "failure", "output": output}
    changed = robot.patch(f"{SHOP}/check-runs/{run['id']}", done)
    assert (changed["status"], changed["output"]["annotations_count"]) == ("completed", 100)
    assert len(robot.get(f"{SHOP}/check-runs/{run['id']}/annotations", per_page=100)) == 100
    robot.post(f"{SHOP}/check-runs", {"name": "gate", "head_sha": head})
    assert robot.get(f"{SHOP}/commits/feature/check-runs")["total_count"] == 1
    assert robot.get(f"{SHOP}/commits/{head}/check-runs", filter="all", check_name="gate")["total_count"] == 2
    mine = refused(ada.ask("POST", f"{SHOP}/check-runs", {"name": "gate", "head_sha": head}))
    assert mine == (403, "You must authenticate via a GitHub App.")
    too_many = body | {"output": output | {"annotations": [note] * 51}}
    robot.ask("POST", f"{SHOP}/check-runs", too_many)
    assert "has more than 50 items" in github.take_violations()[0]


def test_the_newest_status_of_a_context_counts(acme_shop, ada):
    head = acme_shop.branch("feature")
    ada.post(f"{SHOP}/statuses/{head}", {"state": "failure", "context": "gate", "description": "no"})
    assert ada.get(f"{SHOP}/commits/feature/status")["state"] == "failure"
    ada.post(f"{SHOP}/statuses/{head}", {"state": "success", "context": "gate"})
    assert ada.get(f"{SHOP}/commits/{head}/status")["state"] == "success"
    assert [one["state"] for one in ada.get(f"{SHOP}/commits/{head}/statuses")] == ["success", "failure"]
    assert ada.ask("POST", f"{SHOP}/statuses/{'0' * 40}", {"state": "success"}).status_code == 422


def test_releases_make_their_tag_unless_they_are_drafts(acme_shop, ada):
    draft = ada.post(f"{SHOP}/releases", {"tag_name": "v1", "draft": True, "target_commitish": "feature"})
    assert acme_shop.git.refs("refs/tags/") == {}
    ada.patch(f"{SHOP}/releases/{draft['id']}", {"draft": False, "name": "one"})
    assert acme_shop.git.refs("refs/tags/") == {"refs/tags/v1": acme_shop.branch("feature")}
    assert ada.get(f"{SHOP}/releases/latest")["name"] == "one"
    assert [one["tag_name"] for one in ada.get(f"{SHOP}/releases")] == ["v1"]
    assert "already_exists" in refused(ada.ask("POST", f"{SHOP}/releases", {"tag_name": "v1"}))[1]
    ada.delete(f"{SHOP}/releases/{draft['id']}")
    assert ada.ask("GET", f"{SHOP}/releases/{draft['id']}").status_code == 404


def test_a_workflow_is_dispatched_with_the_inputs_it_declares(repo, acme_shop, ada):
    repo.commit({".github/workflows/retrain.yml": WORKFLOW})
    repo.git("push", "-q", str(acme_shop.git.path), "main")
    workflow = f"{SHOP}/actions/workflows/retrain.yml"
    ada.post(f"{workflow}/dispatches", {"ref": "main", "inputs": {"model": "churn"}})
    [run] = ada.get(f"{workflow}/runs", event="workflow_dispatch", branch="main")["workflow_runs"]
    assert (run["triggering_actor"]["login"], run["head_sha"]) == ("ada", acme_shop.branch("main"))
    assert acme_shop.workflow_runs[run["id"]].inputs == {"model": "churn"}
    assert ada.get(f"{SHOP}/actions/runs/{run['id']}")["event"] == "workflow_dispatch"
    assert ada.get(workflow)["path"] == ".github/workflows/retrain.yml"
    for body, words in (
        ({"ref": "none"}, "No ref found for: none"),
        ({"ref": "feature"}, "Workflow does not exist on the ref"),
        ({"ref": "main"}, "Required input 'model' not provided"),
        ({"ref": "main", "inputs": {"model": "churn", "x": "y"}}, "Unexpected inputs provided: ['x']"),
    ):
        status, told = refused(ada.ask("POST", f"{workflow}/dispatches", body))
        assert (status, words in told) == (422, True)
    assert ada.ask("POST", f"{SHOP}/actions/workflows/none.yml/dispatches", {"ref": "main"}).status_code == 404


def test_settings_are_the_administrators(acme, ada):
    before = acme.get(f"{SHOP}/actions/permissions/workflow")
    assert before == {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
    acme.put(f"{SHOP}/actions/permissions/workflow", {"can_approve_pull_request_reviews": True})
    assert acme.get(f"{SHOP}/actions/permissions/workflow")["can_approve_pull_request_reviews"] is True
    acme.put(f"{SHOP}/actions/permissions", {"enabled": True, "allowed_actions": "local_only"})
    assert acme.get(f"{SHOP}/actions/permissions")["allowed_actions"] == "local_only"
    assert acme.patch(SHOP, {"allow_merge_commit": False})["allow_merge_commit"] is False
    assert ada.ask("GET", f"{SHOP}/actions/permissions").status_code == 403
    assert "allow_merge_commit" not in ada.get(SHOP) or ada.get(SHOP)["allow_merge_commit"] is False


def test_rulesets_are_listed_changed_and_deleted(acme, ada):
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    body = {"name": "main", "enforcement": "active", "conditions": conditions, "rules": [{"type": "deletion"}]}
    made = acme.post(f"{SHOP}/rulesets", body)
    assert refused(acme.ask("POST", f"{SHOP}/rulesets", body))[0] == 422
    assert [one["name"] for one in ada.get(f"{SHOP}/rulesets")] == ["main"]
    assert "rules" not in ada.get(f"{SHOP}/rulesets")[0]
    assert "bypass_actors" not in ada.get(f"{SHOP}/rulesets/{made['id']}")
    assert acme.get(f"{SHOP}/rulesets/{made['id']}")["bypass_actors"] == []
    assert [one["type"] for one in ada.get(f"{SHOP}/rules/branches/main")] == ["deletion"]
    assert ada.get(f"{SHOP}/rules/branches/feature") == []
    acme.put(f"{SHOP}/rulesets/{made['id']}", {"rules": [{"type": "update"}]})
    [rule] = ada.get(f"{SHOP}/rules/branches/main")
    assert (rule["type"], rule["ruleset_id"]) == ("update", made["id"])
    acme.delete(f"{SHOP}/rulesets/{made['id']}")
    assert ada.get(f"{SHOP}/rulesets") == []


def test_protection_is_told_as_it_was_set(acme):
    protection = {
        "required_status_checks": {"strict": True, "contexts": [], "checks": [{"context": "gate", "app_id": 15368}]},
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 2},
        "restrictions": None,
    }
    address = f"{SHOP}/branches/main/protection"
    assert refused(acme.ask("GET", address)) == (404, "Branch not protected")
    acme.put(address, protection)
    told = acme.get(address)
    assert told["required_status_checks"]["contexts"] == ["gate"]
    assert told["required_pull_request_reviews"]["required_approving_review_count"] == 2
    assert [one["name"] for one in acme.get(f"{SHOP}/branches", protected="true")] == ["main"]


def test_deployments_have_states_and_older_ones_go_inactive(github, acme, ada):
    body = {"ref": "main", "environment": "prod", "task": "deploy:churn", "auto_merge": False, "required_contexts": []}
    first, second = ada.post(f"{SHOP}/deployments", body), ada.post(f"{SHOP}/deployments", body)
    for one in (first, second):
        ada.post(f"{SHOP}/deployments/{one['id']}/statuses", {"state": "success", "description": "up"})
    states = [one["state"] for one in ada.get(f"{SHOP}/deployments/{first['id']}/statuses")]
    assert states == ["inactive", "success"]
    assert [one["id"] for one in ada.get(f"{SHOP}/deployments", environment="prod")] == [second["id"], first["id"]]
    assert ada.get(f"{SHOP}/deployments/{first['id']}")["sha"] == first["sha"]
    behind = {"ref": "feature", "required_contexts": ["gate"]}
    assert ada.ask("POST", f"{SHOP}/deployments", behind).status_code == 409
    reviewers = [{"type": "User", "id": github.user("bob").id}]
    acme.put(f"{SHOP}/environments/prod", {"reviewers": reviewers, "wait_timer": 5})
    rules = acme.get(f"{SHOP}/environments/prod")["protection_rules"]
    assert [one["type"] for one in rules] == ["wait_timer", "required_reviewers"]
    assert ada.get(f"{SHOP}/environments")["total_count"] == 1
    acme.delete(f"{SHOP}/environments/prod")
    assert acme.ask("GET", f"{SHOP}/environments/prod").status_code == 404


def test_files_are_read_and_written_as_commits(acme_shop, ada):
    listed = ada.get(f"{SHOP}/contents/")
    assert [(one["path"], one["type"]) for one in listed] == [("README.md", "file")]
    readme = ada.get(f"{SHOP}/contents/README.md", ref="feature")
    assert base64.b64decode(readme["content"]) == b"# shop\n"
    content = base64.b64encode(b"# The shop\n").decode()
    assert ada.ask("PUT", f"{SHOP}/contents/README.md", {"message": "m", "content": content}).status_code == 422
    stale = {"message": "m", "content": content, "sha": acme_shop.branch("main")}
    assert ada.ask("PUT", f"{SHOP}/contents/README.md", stale).status_code == 409
    written = ada.put(f"{SHOP}/contents/README.md", stale | {"sha": readme["sha"], "branch": "main"})
    assert acme_shop.branch("main") == written["commit"]["sha"]
    ada.put(f"{SHOP}/contents/docs/a.md", {"message": "new", "content": content})
    assert [one["path"] for one in ada.get(f"{SHOP}/contents/docs")] == ["docs/a.md"]
    assert ada.ask("GET", f"{SHOP}/contents/none.md").status_code == 404


def test_refs_move_forward_only_unless_forced(repo: GitRepo, acme_shop, ada):
    main, feature = acme_shop.branch("main"), acme_shop.branch("feature")
    ada.post(f"{SHOP}/git/refs", {"ref": "refs/heads/b/c", "sha": feature})
    assert refused(ada.ask("POST", f"{SHOP}/git/refs", {"ref": "refs/heads/b/c", "sha": main}))[0] == 422
    assert ada.ask("PATCH", f"{SHOP}/git/refs/heads/b/c", {"sha": main}).status_code == 422
    moved = ada.patch(f"{SHOP}/git/refs/heads/b/c", {"sha": main, "force": True})
    assert moved["object"]["sha"] == main
    assert [one["name"] for one in ada.get(f"{SHOP}/branches")] == ["b/c", "feature", "main"]
    ada.delete(f"{SHOP}/git/refs/heads/b/c")
    assert ada.ask("GET", f"{SHOP}/git/ref/heads/b/c").status_code == 404
    assert ada.ask("GET", f"{SHOP}/branches/b/c").status_code == 404


def test_tags_and_commits_are_told_as_git_has_them(repo: GitRepo, acme_shop, ada):
    repo.git("tag", "-a", "churn@v1.0.0", "-m", "Release\n\nReason: x")
    repo.git("tag", "light")
    repo.git("push", "-q", str(acme_shop.git.path), "--tags")
    tag = ada.get(f"{SHOP}/git/ref/tags/churn@v1.0.0")["object"]
    assert (tag["type"], tag["sha"]) == ("tag", repo.git("rev-parse", "churn@v1.0.0").strip())
    told = ada.get(f"{SHOP}/git/tags/{tag['sha']}")
    assert (told["tag"], told["message"]) == ("churn@v1.0.0", "Release\n\nReason: x\n")
    assert told["object"]["sha"] == repo.git("rev-parse", "main").strip()
    assert [one["ref"] for one in ada.get(f"{SHOP}/git/matching-refs/tags/churn@")] == ["refs/tags/churn@v1.0.0"]
    assert {one["name"] for one in ada.get(f"{SHOP}/tags")} == {"churn@v1.0.0", "light"}
    shown = ada.get(f"{SHOP}/commits/feature")
    assert (shown["sha"], shown["stats"]["additions"]) == (acme_shop.branch("feature"), 1)
    assert ada.get(f"{SHOP}/git/commits/{shown['sha']}")["message"] == "add b"
    assert [one["commit"]["message"] for one in ada.get(f"{SHOP}/commits", sha="feature")] == [
        "add b",
        "Initial commit",
    ]
    compared = ada.get(f"{SHOP}/compare/main...feature")
    assert (compared["status"], compared["ahead_by"], len(compared["files"])) == ("ahead", 1, 1)
    assert ada.get(f"{SHOP}/commits/{shown['sha']}/pulls") == []


def test_renames_binaries_and_odd_names_are_told_in_files(repo: GitRepo, acme_shop, ada):
    repo.git("checkout", "-q", "feature")
    repo.git("mv", "b.txt", "c d.txt")
    repo.commit({"noise.bin": bytes(range(256)), "naïve.txt": "é\n"})
    repo.git("rm", "-q", "README.md")
    repo.commit()
    repo.git("push", "-q", str(acme_shop.git.path), "feature")
    number = ada.post(f"{SHOP}/pulls", {"head": "feature", "base": "main", "title": "x"})["number"]
    files = {one["filename"]: one for one in ada.get(f"{SHOP}/pulls/{number}/files")}
    assert {name: one["status"] for name, one in files.items()} == {
        "README.md": "removed",
        "c d.txt": "added",
        "naïve.txt": "added",
        "noise.bin": "added",
    }
    assert "patch" not in files["noise.bin"]
    assert files["naïve.txt"]["patch"] == "@@ -0,0 +1 @@\n+é"


def test_pull_requests_are_listed_by_state_base_and_time(repo: GitRepo, acme_shop, ada):
    repo.git("checkout", "-q", "main")
    repo.commit({"z.txt": "z\n"}, branch="other")
    repo.git("push", "-q", str(acme_shop.git.path), "other")
    for head in ("feature", "other"):
        ada.post(f"{SHOP}/pulls", {"head": head, "base": "main", "title": head})
    ada.patch(f"{SHOP}/pulls/1", {"state": "closed", "title": "closed"})
    assert [one["number"] for one in ada.get(f"{SHOP}/pulls", state="all")] == [2, 1]
    assert [one["number"] for one in ada.get(f"{SHOP}/pulls", state="closed", base="main")] == [1]
    assert [one["number"] for one in ada.get(f"{SHOP}/pulls", state="all", sort="updated")] == [2, 1]
    assert [one["number"] for one in ada.get(f"{SHOP}/pulls", state="all", direction="asc")] == [1, 2]
    assert ada.patch(f"{SHOP}/pulls/2", {"base": "feature"})["base"]["ref"] == "feature"
    assert ada.ask("PATCH", f"{SHOP}/pulls/2", {"base": "none"}).status_code == 422
    assert ada.get(f"{SHOP}/issues/2")["pull_request"]["merged_at"] is None


def test_a_fork_proposes_its_own_branch_and_outlives_itself(github, repo: GitRepo, acme_shop, ada):
    acme_shop.private = False
    github.fork("acme/shop", "eve")
    eve = Rest(github.url, github.token("eve"))
    repo.git("checkout", "-q", "main")
    made = repo.commit({"e.txt": "five\n"}, branch="from-eve")
    repo.git("push", "-q", github.clone_url("eve", "shop", eve.token), "from-eve")
    body = {"head": "eve:from-eve", "base": "main", "title": "From a fork"}
    pull = f"{SHOP}/pulls/{eve.post(f'{SHOP}/pulls', body)['number']}"
    assert eve.ask("POST", f"{SHOP}/pulls", body).status_code == 422
    shown = ada.get(pull)
    assert (shown["head"]["sha"], shown["head"]["repo"]["fork"]) == (made, True)
    assert [one["filename"] for one in ada.get(f"{pull}/files")] == ["e.txt"]
    more = repo.commit({"e.txt": "six\n"})
    repo.git("push", "-q", github.clone_url("eve", "shop", eve.token), "from-eve")
    assert ada.get(pull)["head"]["sha"] == more == acme_shop.git.refs("refs/pull/")["refs/pull/1/head"]
    assert len(ada.get("/repos/eve/shop/activity", ref="refs/heads/from-eve")) == 2
    assert eve.ask("PUT", f"{pull}/merge", {}).status_code == 403
    github.delete_repository("eve/shop")
    assert ada.get(pull)["head"]["repo"] is None
    ada.put(f"{pull}/merge")
    assert acme_shop.git.is_ancestor(more, acme_shop.branch("main"))
