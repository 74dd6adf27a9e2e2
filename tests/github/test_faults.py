"""Limits, failing servers and broken connections: waited out within bounds, and nothing is done twice."""

from collections.abc import Callable

import pytest
from tests.conftest import GitRepo
from tests.github.asking import Waits, ask, operations, refusal
from tests.github.server import answers, faults
from tests.github.server.answers import problem
from tests.github.server.comments import Comment
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository

from gitmlops.adapters.github import comments, issues, pull_requests
from gitmlops.adapters.github.answers import Answer, fault_pause, limit_pause
from gitmlops.adapters.github.client import LONGEST_WAIT, Client, _read
from gitmlops.adapters.github.refusals import Unclear, permission_mend
from gitmlops.errors import ToolError

PROPOSAL = pull_requests.Proposal("feature", "main", "Retrain", "numbers", "retrain flights")
WRITES: dict[str, tuple[Callable[[Client], object], str]] = {
    "comment": (lambda client: comments.upsert(client, 1, "gate", "passed"), "POST */comments"),
    "issue": (lambda client: issues.upsert(client, "drift", "Drift", "numbers"), "POST */issues"),
    "pull request": (lambda client: pull_requests.upsert(client, PROPOSAL), "POST */pulls"),
}


@pytest.fixture
def shop(github: GitHub, repo: GitRepo):
    repo.commit({"a.txt": "one\n"})
    repo.commit({"b.txt": "two\n"}, branch="feature", message="add b")
    shop = github.repository("acme", "shop", repo.root)
    github.collaborator("acme/shop", "ada")
    return shop


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client(github: GitHub, shop, waits):
    ready = ask(github.url, github.token("ada"), waits=waits, timeout=1)
    issues.upsert(ready, "first", "An issue for comments", "text")
    github.requests.clear()
    return ready


def made(shop: Repository, kind: str) -> int:
    if kind == "comment":
        return len(shop.comments)
    return sum(bool(issue.pull) == (kind == "pull request") for issue in shop.issues.values()) - (kind == "issue")


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        (faults.secondary_limit(retry_after=7), [7]),
        (faults.secondary_limit(retry_after=7, status=429), [7]),
        (faults.secondary_limit(), [60]),
        (faults.secondary_limit(status=429), [60]),
    ],
)
@pytest.mark.parametrize("kind", WRITES)
def test_a_limit_is_waited_out_and_the_write_is_done_once(github, shop, client, waits, kind, fault, waited):
    write, operation = WRITES[kind]
    github.faults.add(operation, fault)
    write(client)
    assert waits == waited
    assert made(shop, kind) == 1
    assert len(operations(github.requests, "POST")) == 2


def test_a_spent_limit_is_waited_for_until_it_is_reset(github, client, waits):
    github.faults.add("GET *", faults.primary_limit(reset_in=90))
    pull_requests.of_branch(client, "feature")
    assert len(waits) == 1
    assert 88 <= waits[0] <= 93


def test_without_retry_after_every_wait_is_twice_as_long_and_a_quarter_of_an_hour_is_the_most(github, client, waits):
    github.faults.add("GET *", faults.secondary_limit(), times=10)
    words = refusal(pull_requests.of_branch, client, "feature")
    assert waits == [60, 120, 240, 480]
    assert sum(waits) <= LONGEST_WAIT
    assert "rate limit asks to wait 960 seconds more; run it again later, or use an App's token" in words


def test_a_reset_that_is_an_hour_away_is_told_at_once(github, client, waits):
    github.faults.add("GET *", faults.primary_limit(reset_in=3600))
    assert "rate limit asks to wait 3,60" in refusal(pull_requests.of_branch, client, "feature")
    assert waits == []


def test_who_says_now_again_and_again_is_not_asked_without_end(github, client, waits):
    github.faults.add("GET *", faults.secondary_limit(retry_after=0), times=1000)
    assert "asks to wait 512 seconds more" in refusal(pull_requests.of_branch, client, "feature")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_the_waits_of_all_requests_together_have_a_bound(github, client, waits):
    for operation in ("GET */issues", "GET */pulls"):
        github.faults.add(operation, faults.secondary_limit(retry_after=400))
    issues.find(client, "first")
    pull_requests.of_branch(client, "feature")
    github.faults.add("GET */issues", faults.secondary_limit(retry_after=400))
    assert "asks to wait 400 seconds more" in refusal(issues.find, client, "first")
    assert waits == [400, 400]


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_waits_as_long_as_a_server_that_fails_asks(github, shop, client, waits, kind):
    write, operation = WRITES[kind]
    github.faults.add(operation, faults.Fault(answers.Answer(503, None, {"Retry-After": "30"})))
    write(client)
    assert waits == [30]
    assert made(shop, kind) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_another_name_of_the_repository_is_told_and_not_followed(github, shop, client, waits, verb, status):
    there = {"Location": f"{github.url}/repositories/1/pulls"}
    github.faults.add(f"{verb} */pulls", faults.Fault(answers.Answer(status, {"message": "Moved"}, there)))
    words = refusal(pull_requests.upsert, client, PROPOSAL)
    assert "acme/shop was renamed, or given to somebody else; use its new name: `git remote set-url origin" in words
    assert waits == []
    assert made(shop, "pull request") == 0
    assert github.requests[-1].operation.startswith(verb)


def test_a_server_that_is_not_there_is_told_after_half_a_minute(waits):
    gone = ask("http://127.0.0.1:9", "ghp_token", waits=waits)
    words = refusal(pull_requests.of_branch, gone, "feature")
    assert "GitHub does not answer" in words
    assert "ghp_token" not in words
    assert waits == [1, 2, 4, 8]


@pytest.mark.parametrize("fault", [faults.server_error(500), faults.server_error(502), faults.half_closed()])
def test_a_read_is_repeated_after_a_fault(github, client, waits, fault):
    github.faults.add("GET */issues", fault, times=3)
    assert [issue.title for issue in issues.find(client, "first")] == ["An issue for comments"]
    assert waits == [1, 2, 4]


def test_a_read_that_never_succeeds_ends_with_an_error_after_half_a_minute(github, client, waits):
    github.faults.add("GET */issues", faults.server_error(503), times=99)
    words = refusal(issues.find, client, "first")
    assert "GitHub does not answer" in words
    assert "githubstatus.com" in words
    assert waits == [1, 2, 4, 8]


@pytest.mark.parametrize("served", [False, True], ids=["before it was done", "after it was done"])
@pytest.mark.parametrize(
    "fault",
    [lambda served: faults.server_error(502, served=served), lambda served: faults.half_closed(served=served)],
    ids=["502", "half-closed"],
)
@pytest.mark.parametrize("kind", WRITES)
def test_a_write_whose_answer_is_lost_is_done_exactly_once(github, shop, client, waits, kind, fault, served):
    write, operation = WRITES[kind]
    github.faults.add(operation, fault(served))
    write(client)
    assert made(shop, kind) == 1
    assert waits == [1]
    assert len(operations(github.requests, "POST")) == (1 if served else 2)


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_that_times_out_is_looked_for_before_it_is_repeated(github, shop, client, kind):
    write, operation = WRITES[kind]
    github.faults.add(operation, faults.slow(1.3))
    write(client)
    assert made(shop, kind) == 1
    assert len(operations(github.requests, "POST")) == 1


def test_a_write_that_is_never_answered_ends_with_an_error_and_is_not_doubled_by_the_next_run(github, shop, client):
    github.faults.add("POST */comments", faults.server_error(502), times=5)
    with pytest.raises(Unclear):
        comments.upsert(client, 1, "gate", "passed")
    comments.upsert(client, 1, "gate", "passed")
    assert made(shop, "comment") == 1


def test_an_update_is_repeated_after_a_fault(github, shop, client):
    comments.upsert(client, 1, "gate", "refused")
    github.faults.add("PATCH *", faults.half_closed(served=True))
    github.faults.add("PATCH *", faults.server_error(500))
    assert "passed" in comments.upsert(client, 1, "gate", "passed").body
    assert made(shop, "comment") == 1


def test_a_removal_whose_answer_is_lost_is_a_removal(github, shop, client):
    comment = comments.upsert(client, 1, "gate", "refused")
    github.faults.add("DELETE *", faults.server_error(502, served=True))
    client.delete(client.path("issues", "comments", comment.id), "issues: write")
    assert made(shop, "comment") == 0


def test_an_object_that_a_copy_of_github_does_not_know_yet_is_tried_again(github, shop, client, waits):
    github.faults.add("POST */pulls", faults.unresolved_node(), times=2)
    pull_requests.upsert(client, PROPOSAL)
    assert made(shop, "pull request") == 1
    assert waits == [1, 2]


def test_the_loser_of_a_race_for_a_pull_request_updates_it(github, shop, client):
    github.faults.add("POST */pulls", faults.Fault(faults.already_exists("PullRequest").answer, served=True))
    pull, opened = pull_requests.upsert(client, PROPOSAL)
    assert not opened
    assert made(shop, "pull request") == 1
    assert pull.title == "Retrain"


def test_a_refusal_is_not_repeated(github, client, waits):
    words = refusal(client.put, "PATCH", client.path("issues", 99), {"title": "x"}, dict, "issues: write")
    assert "it is not there, or the token lacks `issues: write`" in words
    assert waits == []
    assert len(operations(github.requests, "PATCH")) == 1


@pytest.mark.parametrize("body", ["<html>log in</html>", "", '{"cut": "of'])
def test_an_answer_that_is_no_json_is_an_error(body):
    with pytest.raises(ToolError, match="GitHub answers what it does not describe"):
        _read(Answer(200, {}, body), dict, "/user")


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (Answer(200, {"retry-after": "9"}, ""), None),
        (Answer(403, {}, '{"message": "Resource not accessible by integration"}'), None),
        (Answer(403, {"retry-after": "0"}, ""), 1),
        (Answer(429, {"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, ""), 1),
        (Answer(429, {"retry-after": "Thu, 01 Jan 99999999999 00:00:00 GMT"}, ""), 60),
        (Answer(429, {"retry-after": "9" * 99}, ""), 60),
        (Answer(429, {"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, ""), 60),
        (Answer(429, {"retry-after": "soon"}, ""), 60),
        (Answer(503, {"retry-after": "5"}, ""), 5),
        (Answer(503, {}, ""), None),
        (Answer(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "100"}, ""), 61),
        (Answer(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "10"}, ""), 1),
        (Answer(403, {"x-ratelimit-remaining": "7", "x-ratelimit-reset": "100"}, ""), None),
        (Answer(403, {}, '{"message": "You have exceeded a secondary rate limit."}'), 60),
        (Answer(403, {}, '{"message": "You have triggered an abuse detection mechanism"}'), 60),
    ],
)
def test_how_long_a_limit_asks_to_wait(answer, pause):
    assert limit_pause(answer, 0, now=40) == pause


def test_a_fault_is_waited_for_four_times():
    assert [fault_pause(Answer(500, {}, ""), tries) for tries in range(6)] == [1, 2, 4, 8, None, None]
    assert fault_pause(Answer(422, {}, '{"message": "Validation Failed"}'), 0) is None


def test_two_hundred_and_fifty_comments_are_read_page_by_page(github, shop, client):
    issue, now = shop.issues[1], github.clock.tick()
    ada = github.user("ada")
    for number in range(250):
        shop.comments[number] = Comment(number, issue, ada, f"talk {number}", now, now)
    first = comments.upsert(client, 1, "gate", "one")
    assert comments.upsert(client, 1, "gate", "two").id == first.id
    assert len(shop.comments) == 251
    pages = [one.query for one in github.requests if one.operation.startswith("GET") and "/comments" in one.operation]
    assert [page.get("page") for page in pages[:3]] == [None, "2", "3"]
    assert all(page["per_page"] == "100" for page in pages)


@pytest.mark.parametrize(
    ("permissions", "call", "words"),
    [
        (
            {"issues": "read", "pull_requests": "read"},
            lambda client: comments.upsert(client, 1, "gate", "x"),
            "write` to `permissions:` of the workflow's job",
        ),
        (
            {},
            lambda client: pull_requests.get(client, 1),
            "add `pull-requests: read` to `permissions:` of the workflow's job, or “Pull requests: read-only”",
        ),
        (
            {"issues": "read"},
            lambda client: issues.upsert(client, "k", "t", "x"),
            "add `issues: write` to `permissions:` of the workflow's job, or “Issues: read and write” to",
        ),
    ],
)
def test_a_missing_permission_is_named_with_the_place_where_it_is_set(github, client, permissions, call, words):
    poor = ask(github.url, github.token("ada", permissions))
    assert words in refusal(call, poor)


def test_permissions_that_no_workflow_can_have_send_to_an_app():
    assert "GITHUB_TOKEN never has it" in permission_mend("administration: write")
    assert "organization permissions" in permission_mend("members: read")


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("GitHub Actions is not permitted to create or approve pull requests.", "Settings > Actions > General"),
        ("You must authenticate via a GitHub App.", "check runs are written by Apps alone"),
        ("Unable to create comment because issue is locked.", "; unlock its conversation"),
        ("Repository was archived so is read-only.", "; unarchive the repository under Settings > General"),
    ],
)
def test_refusals_with_a_switch_of_their_own_name_it(github, client, message, mend):
    github.faults.add("POST */comments", faults.Fault(problem(403, message)))
    words = refusal(comments.upsert, client, 1, "gate", "x")
    assert mend in words
    assert "permissions" not in words


def test_where_issues_are_switched_off_they_are_to_be_switched_on(github, client):
    github.faults.add("GET */issues", faults.Fault(problem(410, "Issues are disabled for this repo")))
    words = refusal(issues.upsert, client, "drift", "Drift", "x")
    assert "Issues are disabled for this repo; switch on Issues under Settings > General > Features" in words


def test_a_list_that_is_not_where_it_should_be_is_no_empty_list(github, client):
    github.faults.add("GET */check-runs", faults.Fault(answers.Answer(200, {"total_count": 1})))
    path = client.path("commits", "main", "check-runs")
    words = refusal(lambda: list(client.pages(path, dict, "checks: read", key="check_runs")))
    assert "GitHub answers what it does not describe" in words
