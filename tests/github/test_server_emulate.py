"""Where somebody else's GitHub can answer, too, both say the same.

Left to our server's own tests, because emulate 0.12.2 does otherwise than GitHub: it opens a second pull request for a
branch, lets authors approve, answers strangers, says 422 for a merge that may not be (405), and `push` for `write`.
"""

import pytest
from tests.github.rest import Rest

SHOP = "/repos/acme/shop"


@pytest.fixture
def ada(any_github) -> Rest:
    return Rest(any_github.url, any_github.token("ada"))


@pytest.fixture
def bob(any_github) -> Rest:
    return Rest(any_github.url, any_github.token("bob"))


def propose(ada: Rest) -> int:
    return ada.post(f"{SHOP}/pulls", {"head": "feature", "base": "main", "title": "Add b", "body": "why"})["number"]


def test_a_pull_request_is_found_by_its_branch(ada):
    number = propose(ada)
    [found] = ada.get(f"{SHOP}/pulls", head="acme:feature", state="open")
    assert (found["number"], found["state"], found["user"]["login"]) == (number, "open", "ada")
    assert ada.get(f"{SHOP}/pulls", head="acme:other") == []


def test_a_reviewers_states_are_kept_and_dismissed(ada, bob):
    reviews = f"{SHOP}/pulls/{propose(ada)}/reviews"
    first = bob.post(reviews, {"event": "REQUEST_CHANGES", "body": "no"})
    second = bob.post(reviews, {"event": "APPROVE"})
    assert [one["state"] for one in ada.get(reviews)] == ["CHANGES_REQUESTED", "APPROVED"]
    assert bob.put(f"{reviews}/{second['id']}/dismissals", {"message": "stale"})["state"] == "DISMISSED"
    assert [one["state"] for one in ada.get(reviews)] == ["CHANGES_REQUESTED", "DISMISSED"]
    assert ada.get(f"{reviews}/{first['id']}")["user"]["login"] == "bob"


def test_comments_are_written_changed_and_deleted(ada, bob):
    comments = f"{SHOP}/issues/{propose(ada)}/comments"
    made = ada.post(comments, {"body": "one"})
    bob.post(comments, {"body": "two"})
    own = f"{SHOP}/issues/comments/{made['id']}"
    assert ada.patch(own, {"body": "one, again"})["body"] == "one, again"
    assert [one["body"] for one in bob.get(comments)] == ["one, again", "two"]
    ada.delete(own)
    assert ada.ask("GET", own).status_code == 404
    assert [one["body"] for one in bob.get(comments)] == ["two"]


def test_comments_come_in_pages_that_say_what_follows(ada):
    comments = f"{SHOP}/issues/{propose(ada)}/comments"
    for count in range(5):
        ada.post(comments, {"body": str(count)})
    first = ada.ask("GET", comments, per_page=2)
    assert [one["body"] for one in first.json()] == ["0", "1"]
    assert sorted(first.links) == ["last", "next"]
    second = ada.ask("GET", first.links["next"]["url"])
    assert [one["body"] for one in second.json()] == ["2", "3"]
    assert "prev" in second.links
    assert [one["body"] for one in ada.get(second.links["next"]["url"])] == ["4"]


def test_labels_are_made_once_and_hang_on_issues(ada):
    ada.post(f"{SHOP}/labels", {"name": "drift", "color": "ff0000"})
    again = ada.ask("POST", f"{SHOP}/labels", {"name": "drift", "color": "ff0000"})
    assert again.status_code == 422
    issue = ada.post(f"{SHOP}/issues", {"title": "Drift", "labels": ["drift"]})
    assert [one["name"] for one in issue["labels"]] == ["drift"]
    [found] = ada.get(f"{SHOP}/issues", labels="drift", state="open")
    assert found["number"] == issue["number"]
    closed = ada.patch(f"{SHOP}/issues/{issue['number']}", {"state": "closed"})
    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert ada.get(f"{SHOP}/issues", labels="drift", state="open") == []


def test_a_merge_moves_the_base_and_is_done_once(ada, bob):
    number = propose(ada)
    merged = bob.put(f"{SHOP}/pulls/{number}/merge", {"merge_method": "squash"})
    assert bob.get(f"{SHOP}/git/ref/heads/main")["object"]["sha"] == merged["sha"]
    shown = ada.get(f"{SHOP}/pulls/{number}")
    assert (shown["merged"], shown["state"], shown["merged_by"]["login"]) == (True, "closed", "bob")
    assert shown["merge_commit_sha"] == merged["sha"]
    assert bob.ask("PUT", f"{SHOP}/pulls/{number}/merge", {}).status_code in (405, 422)


def test_a_required_check_holds_a_merge_back(any_github, ada):
    owner = Rest(any_github.url, any_github.token("acme"))
    number = propose(ada)
    protection = {
        "required_status_checks": {"strict": False, "contexts": ["gate"]},
        "enforce_admins": True,
        "required_pull_request_reviews": None,
        "restrictions": None,
    }
    owner.put(f"{SHOP}/branches/main/protection", protection)
    assert ada.ask("PUT", f"{SHOP}/pulls/{number}/merge", {}).status_code in (405, 422)


def test_a_release_of_a_tag_is_made_once(ada):
    made = ada.post(f"{SHOP}/releases", {"tag_name": "v1", "name": "one", "body": "text"})
    assert ada.get(f"{SHOP}/releases/tags/v1")["id"] == made["id"]
    assert ada.patch(f"{SHOP}/releases/{made['id']}", {"name": "uno"})["name"] == "uno"
    assert ada.ask("POST", f"{SHOP}/releases", {"tag_name": "v1"}).status_code == 422
    assert ada.ask("GET", f"{SHOP}/releases/tags/v2").status_code == 404


def test_who_may_do_what_is_told_by_role(any_github):
    owner = Rest(any_github.url, any_github.token("acme"))
    assert owner.get(f"{SHOP}/collaborators/bob/permission")["permission"] in ("write", "push")
    assert owner.get(f"{SHOP}/collaborators/acme/permission")["permission"] == "admin"


def shape(value: object) -> object:
    """Names and kinds; lists by their first item."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(ours: object, theirs: object, where: str = "") -> list[str]:
    """What one has and the other has in another kind; null, and what only one of them tells, is no difference."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            one for name in ours.keys() & theirs for one in differences(ours[name], theirs[name], f"{where}.{name}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list):
        return differences(ours[0], theirs[0], f"{where}[]") if ours and theirs else []
    return [f"{where}: {ours} here, {theirs} there"] if "NoneType" not in (ours, theirs) and ours != theirs else []


def test_the_same_calls_give_the_same_shapes(github, acme_shop, emulated):
    shown = []
    for one in (github, emulated):
        ada, bob = Rest(one.url, one.token("ada")), Rest(one.url, one.token("bob"))
        number = propose(ada)
        ada.post(f"{SHOP}/issues", {"title": "Drift", "body": "x", "labels": ["drift"]})
        bob.post(f"{SHOP}/pulls/{number}/reviews", {"event": "APPROVE"})
        bob.post(f"{SHOP}/issues/{number}/comments", {"body": "hello"})
        ada.post(f"{SHOP}/releases", {"tag_name": "v1", "name": "one", "body": "text"})
        paths = {
            "user": "/user",
            "repository": SHOP,
            "pull": f"{SHOP}/pulls/{number}",
            "pulls": f"{SHOP}/pulls",
            "commits": f"{SHOP}/pulls/{number}/commits",
            "reviews": f"{SHOP}/pulls/{number}/reviews",
            "issues": f"{SHOP}/issues",
            "comments": f"{SHOP}/issues/{number}/comments",
            "labels": f"{SHOP}/labels",
            "releases": f"{SHOP}/releases",
            "branch": f"{SHOP}/branches/main",
            "ref": f"{SHOP}/git/ref/heads/main",
            "permission": f"{SHOP}/collaborators/bob/permission",
            "file": f"{SHOP}/contents/README.md",
        }
        shown.append({name: shape(ada.get(path)) for name, path in paths.items()})
    assert differences(*shown) == []
