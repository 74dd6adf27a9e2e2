"""What the test server does with every request: GitHub's description, permissions, pages, limits, faults."""

import time

import pytest
import requests
from tests.github.rest import Rest, refused
from tests.github.server import faults
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.validation import githubs_description

SHOP = "/repos/acme/shop"


@pytest.fixture
def ada(github: GitHub, acme_shop) -> Rest:
    ada = Rest(github.url, github.token("ada"))
    ada.post(f"{SHOP}/issues", {"title": "one"})
    return ada


@pytest.mark.parametrize(
    ("verb", "path", "body", "words"),
    [
        ("POST", f"{SHOP}/issues", {}, '"title" is a required property'),
        ("POST", f"{SHOP}/issues", {"title": "x", "lables": []}, "body has no property lables"),
        ("POST", f"{SHOP}/issues", {"title": ["x"]}, "body.title"),
        ("POST", f"{SHOP}/issues", None, "a body is required"),
        ("PATCH", f"{SHOP}/issues/1", {"state": "shut"}, "body.state"),
        ("GET", f"{SHOP}/issues?stat=open", None, "query parameter stat is not in the description"),
        ("GET", f"{SHOP}/issues?state=opened", None, "query parameter state"),
        ("GET", f"{SHOP}/issues?per_page=many", None, "query parameter per_page"),
        ("GET", f"{SHOP}/issues/first", None, "path parameter issue_number"),
        ("GET", f"{SHOP}/stargazers", None, "the test server has no such route"),
    ],
)
def test_a_request_that_github_does_not_describe_fails_the_test(github, ada, verb, path, body, words):
    assert ada.ask(verb, path, body).status_code in (400, 404)
    [violation] = github.take_violations()
    assert words in violation


def test_an_answer_that_github_does_not_describe_fails_the_test(github, acme_shop, ada):
    acme_shop.issues[1].title = 7
    assert ada.ask("GET", f"{SHOP}/issues/1").status_code == 500
    [violation] = github.take_violations()
    assert "GET /repos/{owner}/{repo}/issues/{issue_number}: answer 200: answer.title: 7 is not of type" in violation


def test_what_is_not_taken_fails_the_test_when_it_ends(tmp_path):
    with pytest.raises(AssertionError, match="is a required property"), listening(own_github(tmp_path)) as own:
        Rest(own.url, own.token("acme")).ask("POST", f"{SHOP}/labels", {"color": "red"})


def own_github(folder) -> GitHub:
    own = GitHub(folder, githubs_description())
    own.repository("acme", "shop")
    return own


def test_strangers_and_the_nameless_are_refused(github, ada):
    assert refused(Rest(github.url, "").ask("GET", SHOP)) == (401, "Requires authentication")
    assert refused(Rest(github.url, "wrong").ask("GET", SHOP)) == (401, "Bad credentials")
    assert refused(Rest(github.url, github.token("stranger")).ask("GET", SHOP)) == (404, "Not Found")


def test_a_missing_permission_is_named(github, ada):
    narrow = Rest(github.url, github.token("ada", {"issues": "read"}))
    assert narrow.get(f"{SHOP}/issues/1")["title"] == "one"
    answer = narrow.ask("POST", f"{SHOP}/issues/1/comments", {"body": "x"})
    assert refused(answer) == (403, "Resource not accessible by personal access token")
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"
    github.collaborator("acme/shop", "github-actions[bot]")
    robot = Rest(github.url, github.token("github-actions[bot]", {}))
    assert refused(robot.ask("GET", f"{SHOP}/pulls")) == (403, "Resource not accessible by integration")


def test_a_role_that_is_too_low_is_refused(github, ada):
    assert refused(ada.ask("PATCH", SHOP, {"private": False})) == (403, "Must have admin rights to Repository.")
    github.team("acme", "platform", "ada")
    github.repositories["acme/shop"].teams[github.existing_team("acme", "platform").id] = "admin"
    ada.patch(SHOP, {"private": False})


def test_three_hundred_items_come_in_pages_of_a_hundred_at_most(ada):
    for count in range(301):
        ada.post(f"{SHOP}/issues/1/comments", {"body": str(count)})
    found, address, sizes = [], f"{SHOP}/issues/1/comments?per_page=500", []
    while address:
        answer = ada.ask("GET", address)
        sizes.append(len(answer.json()))
        found += [one["body"] for one in answer.json()]
        address = answer.links.get("next", {}).get("url", "")
    assert sizes == [100, 100, 100, 1]
    assert found == [str(count) for count in range(301)]


def test_every_answer_tells_the_rate_limit(ada):
    first, second = (ada.ask("GET", f"{SHOP}/issues/1").headers for _ in range(2))
    assert int(first["x-ratelimit-remaining"]) - 1 == int(second["x-ratelimit-remaining"])
    assert int(first["x-ratelimit-reset"]) > time.time()


@pytest.mark.parametrize(
    ("fault", "status", "headers", "words"),
    [
        (faults.primary_limit(5), 403, {"x-ratelimit-remaining": "0"}, "API rate limit exceeded"),
        (faults.primary_limit(5, status=429), 429, {"x-ratelimit-remaining": "0"}, "API rate limit exceeded"),
        (faults.secondary_limit(7), 403, {"Retry-After": "7"}, "secondary rate limit"),
        (faults.secondary_limit(), 403, {"Retry-After": None}, "secondary rate limit"),
        (faults.server_error(500), 500, {}, "Server Error"),
        (faults.already_exists("Label"), 422, {}, "already_exists"),
        (faults.unresolved_node(), 422, {}, "Could not resolve to a node"),
    ],
)
def test_a_planned_fault_comes_so_often_and_no_more(github, ada, fault, status, headers, words):
    github.faults.add("POST */labels", fault, times=2)
    label = {"name": "drift"}
    for _ in range(2):
        answer = ada.ask("POST", f"{SHOP}/labels", label)
        assert answer.status_code == status
        assert words in answer.text
        assert {name: answer.headers.get(name) for name in headers} == headers
    assert ada.get(f"{SHOP}/labels") == []
    ada.post(f"{SHOP}/labels", label)
    assert len(github.faults.met) == 2


def test_a_lost_answer_is_of_a_request_that_took_effect(github, ada):
    comments = f"{SHOP}/issues/1/comments"
    github.faults.add("POST */comments", faults.half_closed(served=True))
    with pytest.raises(requests.RequestException):
        ada.ask("POST", comments, {"body": "heard"})
    github.faults.add("POST */comments", faults.half_closed())
    with pytest.raises(requests.RequestException):
        ada.ask("POST", comments, {"body": "not heard"})
    github.faults.add("POST */comments", faults.server_error(502, served=True))
    assert ada.ask("POST", comments, {"body": "heard, too"}).status_code == 502
    assert [one["body"] for one in ada.get(comments)] == ["heard", "heard, too"]


def test_a_slow_answer_is_a_timeout_for_those_who_do_not_wait(github, ada):
    github.faults.add("GET *", faults.slow(30))
    with pytest.raises(requests.Timeout):
        requests.get(github.url + SHOP, headers={"Authorization": f"Bearer {ada.token}"}, timeout=0.1)
