"""Two processes that write the same thing at the same moment leave one of it, however they fall."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.github.asking import Waits, ask, refusal
from tests.github.server.answers import Answer, problem
from tests.github.server.faults import Fault, secondary_limit
from tests.github.server.github import GitHub

from gitmlops.adapters.github import comments, issues, pull_requests
from gitmlops.adapters.github.settling import settle
from gitmlops.errors import ToolError
from gitmlops.plain_text import marker

ROUNDS = 100
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(github: GitHub, repo: GitRepo):
    repo.commit({"a.txt": "one\n"})
    repo.commit({"b.txt": "two\n"}, branch="feature", message="add b")
    for number in range(ROUNDS):
        repo.git("branch", f"feature-{number}", "feature")
    shop = github.repository("acme", "shop", repo.root)
    github.collaborator("acme/shop", "ada")
    return shop


@pytest.fixture
def client(github: GitHub, shop):
    ready = ask(github.url, github.token("ada"))
    issues.upsert(ready, "first", "An issue for comments", "text")
    return ready


@contextmanager
def two_processes(url: str, token: str) -> Iterator[list["subprocess.Popen[str]"]]:
    command = [sys.executable, "-m", "tests.github.upserting", url, token]
    racers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for name in ("one", "two")
    ]
    try:
        assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 2
        yield racers
    finally:
        for racer in racers:
            racer.stdin.close()
            racer.wait()
            racer.stdout.close()


def race(racers, kind: str, number: int) -> None:
    for racer in racers:
        racer.stdin.write(json.dumps([kind, number]) + "\n")
    for racer in racers:
        racer.stdin.flush()
    assert [racer.stdout.readline() for racer in racers] == ["done\n"] * 2


def test_a_hundred_times_two_processes_leave_one_comment(github, shop, client):
    with two_processes(github.url, github.token("ada")) as racers:
        for number in range(ROUNDS):
            race(racers, "comment", number)
    assert len(shop.comments) == ROUNDS
    assert {one.body.split("\n")[0] for one in shop.comments.values()} == {
        marker(f"round {number}") for number in range(ROUNDS)
    }
    posted = sum(one.operation.startswith("POST") and "comments" in one.operation for one in github.requests)
    assert posted > ROUNDS, "the two never met: this shows nothing"


def test_a_hundred_times_two_processes_leave_one_open_issue(github, shop, client):
    with two_processes(github.url, github.token("ada")) as racers:
        for number in range(ROUNDS):
            race(racers, "issue", number)
    left = sorted(one.title for one in shop.issues.values() if one.state == "open")
    assert left == sorted(["An issue for comments", *(f"Round {number}" for number in range(ROUNDS))])
    closed = [one for one in shop.issues.values() if one.state == "closed"]
    assert closed, "the two never met: this shows nothing"
    assert {(one.state_reason, one.body.split("\n")[-1]) for one in closed} == {
        ("not_planned", "Opened at the same moment as another one.")
    }


@pytest.mark.slow  # a fifth of a minute: every round makes and merges commits on the server
def test_a_hundred_times_two_processes_leave_one_pull_request(github, shop, client):
    with two_processes(github.url, github.token("ada")) as racers:
        for number in range(ROUNDS):
            race(racers, "pull request", number)
    pulls = [one for one in shop.issues.values() if one.pull]
    assert sorted(one.pull.head for one in pulls) == sorted(f"feature-{number}" for number in range(ROUNDS))
    assert any(one.status == 422 for one in github.requests), "the two never met: this shows nothing"


def test_duplicates_of_a_process_that_was_killed_are_removed_by_the_next(github, shop, client):
    first = comments.upsert(client, 1, "gate", "one")
    path = client.path("issues", 1, "comments")
    client.put("POST", path, {"body": f"{marker('gate')}\nkilled"}, dict, "issues: write")
    assert comments.upsert(client, 1, "gate", "two").id == first.id
    assert [one.body for one in shop.comments.values()] == [f"{marker('gate')}\ntwo"]


def test_a_comment_that_somebody_deletes_meanwhile_is_written_again(github, shop, client):
    first = comments.upsert(client, 1, "gate", "one")
    github.faults.add("PATCH */comments/*", Fault(problem(404, "Not Found")))
    client.delete(client.path("issues", "comments", first.id), "issues: write")
    assert comments.upsert(client, 1, "gate", "two").id != first.id
    assert len(shop.comments) == 1


def test_a_pull_request_whose_branch_is_deleted_is_not_updated_but_told(github, shop, client, repo):
    proposal = pull_requests.Proposal("feature", "main", "Retrain", "numbers", "retrain")
    pull, opened = pull_requests.upsert(client, proposal)
    assert opened
    shop.git.run("update-ref", "-d", "refs/heads/feature")
    words = refusal(pull_requests.upsert, client, proposal)
    assert words == "the branch feature is not at GitHub; push it first: `git push origin feature`"
    assert pull_requests.get(client, pull.number).state == "closed"


class Meanwhile(Waits):
    """Waits in which somebody else does something."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens

    def append(self, pause: float) -> None:
        super().append(pause)
        self.happens()


def test_a_pull_request_that_is_closed_while_it_is_updated_is_opened_anew(github, shop, client):
    first, _ = pull_requests.upsert(client, pull_requests.Proposal("feature", "main", "Retrain", "one", "retrain"))
    waits = Meanwhile(lambda: setattr(shop.issues[first.number], "state", "closed"))
    github.faults.add("PATCH */pulls/*", secondary_limit(retry_after=1))
    racing = ask(github.url, github.token("ada"), waits=waits)
    again = pull_requests.Proposal("feature", "main", "Retrain", "two", "retrain")
    second, opened = pull_requests.upsert(racing, again)
    assert (opened, second.state, second.number > first.number) == (True, "open", True)


def test_a_pull_request_that_is_closed_again_and_again_is_an_error(github, shop, client):
    proposal = pull_requests.Proposal("feature", "main", "Retrain", "one", "retrain")
    pull_requests.upsert(client, proposal)
    closed = {**client.get(client.path("pulls", 2), dict, "pull-requests: read"), "state": "closed"}
    github.faults.add("PATCH */pulls/*", Fault(Answer(200, closed)), times=2)
    again = pull_requests.Proposal("feature", "main", "Retrain", "two", "retrain")
    words = refusal(pull_requests.upsert, client, again)
    assert words == "somebody closes the pull request of feature whenever it is open; find out who, then run it again"


def test_an_issue_that_people_close_meanwhile_stays_closed_and_a_new_one_is_opened(github, shop, client):
    first = issues.upsert(client, "drift", "Drift", "one")
    shop.issues[first.number].state = "closed"
    second = issues.upsert(client, "drift", "Drift", "two")
    assert second.number != first.number
    assert shop.issues[first.number].state == "closed"


def test_a_comment_with_the_marker_of_a_stranger_is_nothing_of_ours(github, shop, client):
    github.collaborator("acme/shop", "mallory")
    theirs = comments.upsert(ask(github.url, github.token("mallory")), 1, "gate", "passed!")
    assert comments.upsert(client, 1, "gate", "refused").id != theirs.id
    assert sorted(one.author.login for one in shop.comments.values()) == ["ada", "mallory"]


def test_an_issue_with_the_marker_of_a_stranger_is_nothing_of_ours(github, shop, client):
    github.collaborator("acme/shop", "mallory")
    theirs = issues.upsert(ask(github.url, github.token("mallory")), "drift", "Drift", "all is well")
    assert issues.upsert(client, "drift", "Drift", "it drifts").number != theirs.number


def test_a_workflows_own_token_finds_its_comment_again(github, shop, client):
    github.collaborator("acme/shop", "github-actions[bot]")
    token = github.token("github-actions[bot]", {"pull_requests": "write", "issues": "write"})
    first = comments.upsert(ask(github.url, token), 1, "gate", "one")
    assert comments.upsert(ask(github.url, token), 1, "gate", "two").id == first.id
    assert first.user.login == "github-actions[bot]"


def test_a_thing_that_is_removed_again_and_again_is_an_error():
    with pytest.raises(ToolError, match="somebody else removes it"):
        settle(find=tuple, create=lambda: 1, update=lambda _: None, remove=lambda _: None, number=lambda one: one)
