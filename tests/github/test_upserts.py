"""Comments, issues, labels and pull requests: one of each, kept up to date, at two GitHubs."""

from typing import Any

import pytest
from tests.github.asking import Waits, ask, operations, refusal
from tests.github.rest import Rest
from tests.github.server.answers import problem
from tests.github.server.faults import Fault, already_exists

from gitmlops.adapters.github import comments, issues, labels, pull_requests
from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.labels import Label
from gitmlops.adapters.github.outward import COMMENT, body_with
from gitmlops.adapters.github.pull_requests import File, Proposal
from gitmlops.errors import InputError
from gitmlops.plain_text import marker

PROPOSAL = Proposal("feature", "main", "Retrain", "numbers", "retrain")


@pytest.fixture
def ada(any_github) -> Client:
    return ask(any_github.url, any_github.token("ada"))


@pytest.fixture
def bob(any_github) -> Client:
    return ask(any_github.url, any_github.token("bob"))


@pytest.fixture
def ours(github, acme_shop) -> Client:
    return ask(github.url, github.token("ada"))


def listed(client: Client, *path: str | int, **query: str) -> list[dict[str, Any]]:
    return list(client.pages(client.path(*path), dict, "issues: read", **query))


def test_whose_token_it_is_is_asked_once(ada):
    assert ada.viewer.login == "ada"
    assert ada.viewer is ada.viewer


def test_a_comment_is_written_once_and_then_changed(ada):
    number = issues.upsert(ada, "talk", "Talk", "about").number
    first = comments.upsert(ada, number, "gate", "refused")
    second = comments.upsert(ada, number, "gate", "passed")
    assert first.id == second.id
    assert [one["body"] for one in listed(ada, "issues", number, "comments")] == [f"{marker('gate')}\npassed"]


def test_comments_of_two_keys_and_of_two_people_are_apart(ada, bob):
    number = pull_requests.upsert(ada, PROPOSAL)[0].number
    comments.upsert(ada, number, "gate churn", "one")
    comments.upsert(ada, number, "gate delay", "two")
    comments.upsert(bob, number, "gate churn", "three")
    comments.upsert(ada, number, "gate churn", "one again")
    bodies = [one["body"].partition("\n")[2] for one in listed(ada, "issues", number, "comments")]
    assert bodies == ["one again", "two", "three"]


def test_a_comment_that_was_deleted_is_written_again(ada):
    number = issues.upsert(ada, "talk", "Talk", "about").number
    first = comments.upsert(ada, number, "gate", "one")
    ada.delete(ada.path("issues", "comments", first.id), "issues: write")
    ada.delete(ada.path("issues", "comments", first.id), "issues: write")
    assert comments.upsert(ada, number, "gate", "two").id != first.id
    assert len(listed(ada, "issues", number, "comments")) == 1


def test_a_comment_where_there_is_no_issue_is_refused(ada):
    assert "it is not there, or the token lacks `pull-requests: write`" in refusal(comments.upsert, ada, 77, "k", "x")


def test_a_comment_that_says_the_same_is_not_written(github, ours):
    number = issues.upsert(ours, "talk", "Talk", "about").number
    comments.upsert(ours, number, "gate", "passed")
    comments.upsert(ours, number, "gate", "passed")
    assert operations(github.requests, "PATCH") == []


def test_a_long_comment_ends_on_a_row_with_the_way_to_the_rest(ours, acme_shop):
    number = issues.upsert(ours, "talk", "Talk", "about").number
    rows = "".join(f"| {row} | {'x' * 90} |\n" for row in range(1000))
    comments.upsert(ours, number, "gate", f"| a | b |\n| - | - |\n{rows}", "https://ci.example/run/1")
    [comment] = acme_shop.comments.values()
    *table, blank, last = comment.body.splitlines()
    assert COMMENT - 200 < len(comment.body) <= COMMENT
    assert table[-1].endswith("x |")
    assert (blank, last) == ("", "What follows has no room here: [all of it](https://ci.example/run/1)")


@pytest.mark.parametrize("rest", ["", "javascript:alert(1)", "https://x.example/a) [b](https://evil.example"])
def test_an_address_that_is_none_is_not_linked(rest):
    assert body_with("k", "row\n" * 20_000, rest).endswith("\n\nWhat follows has no room here.")


def test_a_block_of_code_that_is_cut_is_closed(ours):
    assert body_with("k", "```text\n" + "row\n" * 20_000, "").count("```") == 2


def test_three_hundred_comments_are_three_pages_and_hide_none(github, ours, acme_shop):
    number = issues.upsert(ours, "talk", "Talk", "about").number
    writer = Rest(github.url, github.token("bob"))
    for count in range(300):
        writer.post(f"/repos/acme/shop/issues/{number}/comments", {"body": f"talk {count}"})
    first = comments.upsert(ours, number, "gate", "one")
    assert comments.upsert(ours, number, "gate", "two").id == first.id
    assert len(acme_shop.comments) == 301


def test_an_issue_is_opened_once_and_then_changed(ada):
    first = issues.upsert(ada, "drift churn", "Drift", "it drifts", labels=["drift"])
    second = issues.upsert(ada, "drift churn", "Drift of churn", "it drifts more", labels=["drift"])
    assert (first.number, second.title) == (second.number, "Drift of churn")
    [found] = listed(ada, "issues", state="open")
    assert found["body"] == f"{marker('drift churn')}\nit drifts more"
    assert [one["name"] for one in found["labels"]] == ["drift"]


def test_an_issue_keeps_the_labels_that_people_gave_it(ada):
    issue = issues.upsert(ada, "drift", "Drift", "one", labels=["drift"])
    labels.ensure(ada, Label("known"))
    pull_requests.add_labels(ada, issue.number, ["known"])
    issues.upsert(ada, "drift", "Drift", "two", labels=["drift"])
    [found] = listed(ada, "issues", state="open")
    assert sorted(one["name"] for one in found["labels"]) == ["drift", "known"]


def test_what_is_over_closes_its_issue_and_opens_another_one_next_time(ada):
    first = issues.upsert(ada, "drift", "Drift", "it drifts")
    [closed] = issues.close(ada, "drift", "over")
    assert (closed.number, closed.state) == (first.number, "closed")
    assert issues.close(ada, "drift", "over") == ()
    assert issues.upsert(ada, "drift", "Drift", "again").number != first.number


def test_an_issue_that_is_gone_for_a_moment_is_looked_for_again(github, ours):
    first = issues.upsert(ours, "drift", "Drift", "one")
    github.faults.add("PATCH */issues/*", Fault(problem(410, "This issue was deleted")))
    assert issues.upsert(ours, "drift", "Drift", "two").number == first.number


def test_a_pull_request_with_the_same_marker_is_no_issue_of_ours(ada):
    pull, _ = pull_requests.upsert(ada, PROPOSAL)
    assert issues.upsert(ada, "retrain", "Retrain", "x").number != pull.number


def test_a_label_is_made_once_and_stays_as_people_made_it(ada):
    labels.ensure(ada, Label("drift", "ff0000", "Data drifts"))
    again = labels.ensure(ada, Label("drift", "00ff00", "something else"))
    assert (again.color, again.description) == ("ff0000", "Data drifts")
    assert [one["name"] for one in listed(ada, "labels")].count("drift") == 1


def test_the_loser_of_a_race_for_a_label_has_it_too(github, ours):
    github.faults.add("POST */labels", Fault(already_exists("Label").answer, served=True))
    assert labels.ensure(ours, Label("drift")).name == "drift"


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "a\u202eb", "a\nb"])
def test_a_name_that_no_label_has_is_the_users_to_mend(ours, name):
    assert "give it 1 to 50 visible characters" in refusal(labels.ensure, ours, Label(name))


@pytest.mark.parametrize("name", ["a/b", "a b", "drift?", "größer #1"])
def test_labels_may_have_any_visible_name(ours, name):
    assert labels.ensure(ours, Label(name)).name == labels.ensure(ours, Label(name)).name == name


def test_a_pull_request_is_found_by_its_number_its_branch_and_its_head(ada):
    pull, opened = pull_requests.upsert(ada, PROPOSAL)
    assert opened
    assert (pull.branch, pull.base, pull.state, pull.title) == ("feature", "main", "open", "Retrain")
    assert pull.body == f"{marker('retrain')}\nnumbers"
    assert pull_requests.get(ada, pull.number).author_id == ada.viewer.id
    assert [one.number for one in pull_requests.of_branch(ada, "feature")] == [pull.number]
    assert pull_requests.of_branch(ada, "feature", base="other") == ()
    assert pull_requests.of_branch(ada, "other") == ()
    assert [one.number for one in pull_requests.of_head(ada, pull.head)] == [pull.number]
    assert pull_requests.of_head(ada, "0" * 40) == ()


def test_a_pull_request_is_opened_once_and_then_changed(ada):
    first, _ = pull_requests.upsert(ada, PROPOSAL)
    second, opened = pull_requests.upsert(ada, Proposal("feature", "main", "Retrain on June", "more", "retrain"))
    assert not opened
    assert (second.number, second.title) == (first.number, "Retrain on June")
    assert len(pull_requests.of_branch(ada, "feature", state="all")) == 1


def test_the_repository_may_be_spelt_in_other_letters(github, acme_shop):
    client = ask(github.url, github.token("ada"), "Acme/Shop")
    first, _ = pull_requests.upsert(client, PROPOSAL)
    again, opened = pull_requests.upsert(client, PROPOSAL)
    assert (again.number, opened) == (first.number, False)


def test_a_merged_pull_request_is_not_taken_up_again(ours, github):
    pull, _ = pull_requests.upsert(ours, PROPOSAL)
    Rest(github.url, github.token("bob")).put(f"/repos/acme/shop/pulls/{pull.number}/merge")
    assert pull_requests.get(ours, pull.number).state == "merged"
    assert pull_requests.of_branch(ours, "feature") == ()


def test_drafts_are_opened_as_drafts(ours):
    assert pull_requests.upsert(ours, Proposal("feature", "main", "t", "x", "k", draft=True))[0].draft


@pytest.mark.parametrize(
    ("branch", "base", "words"),
    [
        ("none", "main", "the branch none is not at GitHub; push it first: `git push origin none`"),
        ("feature", "none", "the branch none is not at GitHub; name another base"),
    ],
)
def test_a_branch_that_is_not_there_is_the_users_to_mend(ours, branch, base, words):
    with pytest.raises(InputError) as told:
        pull_requests.upsert(ours, Proposal(branch, base, "t", "x", "k"))
    assert str(told.value) == words


def test_a_branch_without_commits_of_its_own_is_refused_in_githubs_words(ours, repo, github):
    repo.git("push", "-q", github.clone_url("acme", "shop", github.token("ada")), "main:same")
    words = refusal(pull_requests.upsert, ours, Proposal("same", "main", "t", "x", "k"))
    assert "No commits between main and same" in words


def test_a_pull_request_that_is_not_there_is_the_users_to_mend(ada):
    with pytest.raises(InputError, match="there is no pull request 99"):
        pull_requests.get(ada, 99)


def test_the_files_of_a_pull_request_are_told_with_what_they_were(github, acme_shop, repo, ours):
    repo.git("checkout", "-q", "feature")
    repo.git("mv", "README.md", "READ.md")
    repo.commit({f"many/{number}.txt": str(number) for number in range(298)})
    repo.git("push", "-q", github.clone_url("acme", "shop", github.token("ada")), "feature")
    found = pull_requests.files(ours, pull_requests.upsert(ours, PROPOSAL)[0].number)
    assert len(found) == 300
    assert File("b.txt", "added", "") in found
    assert File("READ.md", "renamed", "README.md") in found


def test_whether_it_can_be_merged_is_asked_until_it_is_known(github, acme_shop):
    waits = Waits()
    client = ask(github.url, github.token("ada"), waits=waits)
    pull = pull_requests.mergeability(client, pull_requests.upsert(client, PROPOSAL)[0].number)
    assert (pull.mergeable, pull.mergeable_state) == (True, "clean")
    assert len(waits) <= 1


def test_a_conflict_is_told(github, acme_shop, repo, ours):
    repo.commit({"b.txt": "other\n"})
    repo.git("push", "-q", github.clone_url("acme", "shop", github.token("ada")), "main")
    pull = pull_requests.mergeability(ours, pull_requests.upsert(ours, PROPOSAL)[0].number)
    assert (pull.mergeable, pull.mergeable_state) == (False, "dirty")
