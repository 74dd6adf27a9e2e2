"""Which reviews are approvals, which signed words are, and who is counted for which role: rules, without a forge."""

import json
from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitmlops.adapters.reviews import Account, PullRequest, PullRequestCommit, Review
from gitmlops.adapters.signing import signatures
from gitmlops.errors import InputError
from gitmlops.records.approval import Approval, SignedApproval
from gitmlops.records.canonical import encode
from gitmlops.registry.approvals import reviews, signed_notes
from gitmlops.registry.approvals.reviews import GHOST, Reviewed
from gitmlops.registry.approvals.signed_notes import Rules, Word
from gitmlops.registry.approvals.votes import Approvals, Doubt, Subject, Vote, fill
from gitmlops.specs.project import Person

HEAD, OLD = "a" * 40, "b" * 40
JANE, JOE, DEV, BOT = Account(1, "jane"), Account(2, "joe"), Account(3, "dev"), Account(4, "ci[bot]", is_person=False)
PULL = PullRequest(
    7, "https://forge/pull/7", "main", "c" * 40, HEAD, DEV, (PullRequestCommit(HEAD, (DEV,)),), DEV, merged=100
)
ROLES = {"risk": frozenset({1}), "ml": frozenset({1, 2}), "ci": frozenset({4})}


def review(author: Account | None = JANE, state: str = "APPROVED", at: int | None = 50, **changes) -> Review:
    made = Review(at or 0, author, state, HEAD, at, f"https://forge/review/{at}")
    return replace(made, **changes)


def count(*given: Review, pull: PullRequest = PULL, **changes) -> Approvals:
    return reviews.count(replace(Reviewed(pull, given, ROLES, ROLES, frozenset({1, 2, 3, 4})), **changes))


def reasons(found: Approvals) -> list[str]:
    return [refused.why for refused in found.refused]


def test_an_approving_review_counts_for_every_role_that_its_author_has():
    found = count(review(JANE))
    assert found.refused == ()
    assert found.votes == (Vote("github:1", "@jane", frozenset({"risk", "ml"}), "https://forge/review/50", 50),)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (review(None), "the account was deleted"),
        (review(Account(GHOST, "ghost")), "the account was deleted"),
        (review(BOT), "a bot does not approve"),
        (review(state="COMMENTED"), "a comment approves nothing"),
        (review(state="PENDING", at=None), "a comment approves nothing"),
        (review(state="SOMETHING_NEW"), "a comment approves nothing"),
        (review(state="CHANGES_REQUESTED"), "it asks for changes"),
        (review(state="DISMISSED"), "it was dismissed"),
        (review(at=101), "it came after the merge"),
        (review(commit=OLD), "it is about commit bbbbbbbbbbbb, the head is aaaaaaaaaaaa"),
        (review(commit=""), "it is about commit nobody knows which, the head is aaaaaaaaaaaa"),
        (review(DEV), "@dev opened the pull request"),
        (review(Account(9, "jane")), "@jane has no write access"),
    ],
)
def test_a_review_that_does_not_count_is_told_with_its_reason(given, why):
    found = count(given)
    assert (found.votes, reasons(found)) == ((), [why])


def test_a_login_that_somebody_else_registered_again_has_no_role():
    found = count(review(Account(9, "jane")), writers=frozenset({9}))
    assert reasons(found) == ["@jane has no role in gitmlops.yaml of the base"]


def test_a_renamed_account_is_the_same_person():
    assert count(review(Account(1, "jane-new"))).votes[0].who == "@jane-new"


@pytest.mark.parametrize(
    ("pull", "why"),
    [
        (replace(PULL, opener=JANE), "@jane opened the pull request"),
        (
            replace(PULL, commits=(PullRequestCommit(OLD, (DEV, JANE)),)),
            "@jane is an author of its commit bbbbbbbbbbbb",
        ),
        (replace(PULL, last_pusher=JANE), "@jane pushed to it last"),
        (replace(PULL, dispatchers=(DEV, JANE)), "@jane started the run that made its commits"),
    ],
)
def test_who_had_a_hand_in_the_change_does_not_approve_it(pull, why):
    found = count(review(JANE), review(JOE, at=51), pull=pull)
    assert reasons(found) == [why]
    assert [vote.who for vote in found.votes] == ["@joe"]


def test_a_review_from_before_the_pull_request_had_its_base_does_not_count_and_a_later_one_does():
    found = count(review(JANE, at=50), review(JOE, at=51), pull=replace(PULL, retargeted=50))
    assert reasons(found) == ["the pull request was given another base after it, and with it another diff"]
    assert [vote.who for vote in found.votes] == ["@joe"]


def test_a_pull_request_of_whose_commits_some_are_not_told_is_approved_by_nobody():
    found = count(review(), pull=replace(PULL, untold=1))
    assert (found.votes, reasons(found)) == ((), ["nobody tells who made 1 of the commits"])


def test_a_comment_replaces_no_approval_and_a_later_decision_does():
    assert len(count(review(at=10), review(state="COMMENTED", at=20)).votes) == 1
    found = count(review(at=10), review(state="CHANGES_REQUESTED", at=20))
    assert (found.votes, reasons(found)) == ((), ["a later review of the same account counts", "it asks for changes"])
    assert len(count(review(state="CHANGES_REQUESTED", at=10), review(at=20)).votes) == 1


def test_what_comes_after_the_merge_changes_nothing():
    found = count(review(at=10), review(state="CHANGES_REQUESTED", at=101))
    assert (len(found.votes), reasons(found)) == (1, ["it came after the merge"])


def test_before_the_merge_there_is_no_time_limit_and_in_its_second_a_review_counts():
    assert len(count(review(at=10**9), pull=replace(PULL, merged=None)).votes) == 1
    assert len(count(review(at=100)).votes) == 1


def test_an_approval_of_an_older_commit_does_not_hide_behind_a_newer_one_of_somebody_else():
    found = count(review(JANE, commit=OLD, at=60), review(JOE, at=50))
    assert [vote.who for vote in found.votes] == ["@joe"]


def test_commits_of_unknown_people_are_noted():
    strange = PullRequestCommit(HEAD, (), ("who@example.com",))
    found = count(review(), pull=replace(PULL, commits=(strange,)))
    assert found.notes == ("commits of the pull request are by who@example.com, whose account GitHub does not know",)


def test_it_is_noted_what_github_does_not_tell():
    assert count(review(), pull=replace(PULL, opener=None, last_pusher=None)).notes == (
        "the account that opened the pull request was deleted",
        "GitHub does not tell who pushed to the pull request last",
    )


def test_who_has_no_role_or_access_today_may_have_had_it():
    today = count(review(), writers=frozenset())
    assert today.refused[0].doubt is Doubt.TODAY
    assert count(review(state="DISMISSED"), writers=frozenset()).refused[0].doubt is Doubt.STANDING


ACCOUNTS = st.sampled_from(
    [None, JANE, JOE, DEV, BOT, Account(1, "renamed"), Account(5, "jane"), Account(GHOST, "ghost")]
)
REVIEWS = st.builds(
    Review,
    id=st.integers(1, 30),
    author=ACCOUNTS,
    state=st.sampled_from(["APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED", "PENDING"]),
    commit=st.sampled_from([HEAD, HEAD, OLD]),
    submitted=st.one_of(st.none(), st.integers(95, 105)),
    url=st.just("u"),
)
KNOWN = [JANE, JOE, DEV, None]
PULLS = st.builds(
    replace,
    st.just(PULL),
    opener=st.sampled_from(KNOWN),
    last_pusher=st.sampled_from(KNOWN),
    dispatchers=st.lists(st.sampled_from(KNOWN[:3]), max_size=2).map(tuple),
    commits=st.lists(st.sampled_from(KNOWN[:3]), max_size=2).map(
        lambda authors: tuple(PullRequestCommit(HEAD, (author,)) for author in authors)
    ),
    merged=st.sampled_from([None, 100]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(REVIEWS, max_size=7, unique_by=lambda one: one.id), PULLS, st.frozensets(st.integers(1, 5)))
def test_exactly_those_approve_of_whom_every_sentence_of_the_rules_holds(given, pull, writers):
    def approves(account: int) -> bool:
        mine = [
            one
            for one in given
            if one.author and one.author.id == account and one.submitted is not None
            if one.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
            if pull.merged is None or one.submitted <= pull.merged
        ]
        last = max(mine, key=lambda one: (one.submitted, one.id), default=None)
        hands = [pull.opener, pull.last_pusher, *pull.dispatchers, *(one.authors[0] for one in pull.commits)]
        return (
            last is not None
            and last.state == "APPROVED"
            and last.commit == pull.head
            and account in writers
            and account in {1, 2}  # who has a role, and is no bot
            and account not in {hand.id for hand in hands if hand}
        )

    found = reviews.count(Reviewed(pull, given, ROLES, ROLES, writers))
    assert Counter(vote.person for vote in found.votes) == Counter(
        f"github:{account}" for account in range(1, 6) if approves(account)
    )
    assert len(found.votes) + len(found.refused) == len(given)


PEOPLE = st.dictionaries(st.sampled_from("abcde"), st.frozensets(st.sampled_from(["risk", "ml", "legal"])), max_size=5)
ASKED = st.dictionaries(st.sampled_from(["risk", "ml", "legal"]), st.integers(1, 3), max_size=3)


def votes_of(people) -> list[Vote]:
    return [Vote(who, who, roles, "u", index) for index, (who, roles) in enumerate(people.items())]


def most_seats(people, asked) -> int:
    """Every way to seat people, tried."""
    seats = [role for role, count in asked.items() for _ in range(count)]
    padded = [*people, *([None] * len(seats))]
    return max(
        sum(who is not None and role in people[who] for who, role in zip(order, seats, strict=False))
        for order in permutations(padded, len(seats))
    )


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.dictionaries(st.sampled_from(["risk", "ml", "legal"]), st.integers(1, 2), max_size=2))
def test_no_assignment_of_people_to_roles_leaves_fewer_places_empty(people, asked):
    found = fill(votes_of(people), asked)
    assert sum(asked.values()) - sum(found.missing.values()) == most_seats(people, asked) == len(found.counted)


@given(PEOPLE, ASKED)
def test_nobody_is_counted_twice_or_for_a_role_that_they_have_not(people, asked):
    found = fill(votes_of(people), asked)
    assert all(role in people[vote.person] for vote, role in found.counted)
    assert len({vote.person for vote, _ in found.counted}) == len(found.counted)
    assert Counter(role for _, role in found.counted) + Counter(found.missing) == Counter(asked)


def test_one_person_with_two_roles_fills_one_of_them():
    both = Vote("github:1", "@jane", frozenset({"risk", "ml"}), "u", 1)
    assert fill([both, replace(both, where="v")], {"risk": 1, "ml": 1}).missing == {"risk": 1}
    joe = Vote("github:2", "@joe", frozenset({"ml"}), "u", 0)
    found = fill([joe, both], {"risk": 1, "ml": 1})
    assert [(vote.who, role) for vote, role in found.counted] == [("@joe", "ml"), ("@jane", "risk")]
    assert fill([both], {}).missing == {}


def replace_struct(said: Approval, **changes: str) -> Approval:
    return Approval(**{**{name: getattr(said, name) for name in said.__struct_fields__}, **changes})


SUBJECT = Subject("churn", "models/churn.skops", "d" * 64, HEAD, "t" * 40, at=1000)
RULES = Rules("git.acme.com/team/churn", {"jane": Person(keys=["k"]), "joe": Person(id=2)}, {}, frozenset())
SAID = Approval("git.acme.com/team/churn", HEAD, "t" * 40, "churn", "d" * 64, "risk", "jane", "approve", "i", "e")


def word(*, key: str = "ssh-ed25519 QUFB", issued: int = 500, expires: int = 2000, **changes) -> Word:
    return Word(replace_struct(SAID, **changes), key, issued, expires)


def counted(*words: Word, roles=None, **changes) -> Approvals:
    has = {"risk": frozenset({"jane"}), "ml": frozenset({"jane", "joe"})} if roles is None else roles
    return signed_notes.count(words, SUBJECT, replace(RULES, roles=has, **changes))


def test_a_signed_word_counts_for_the_role_that_it_names():
    found = counted(word(), word(role="ml", issued=501))
    assert [(vote.person, vote.roles) for vote in found.votes] == [
        ("people:jane", frozenset({"risk"})),
        ("people:jane", frozenset({"ml"})),
    ]
    assert fill(found.votes, {"risk": 1, "ml": 1}).missing == {"risk": 1}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (word(repository="git.acme.com/team/fork"), "it is for another repository: git.acme.com/team/fork"),
        (word(commit=OLD), f"it is for another commit: {OLD}"),
        (word(tree="u" * 40), f"it is for another tree: {'u' * 40}"),
        (word(model_sha256="e" * 64), f"it is for another model file: {'e' * 64}"),
        (word(approver="mallory"), "`people:` of the base does not name 'mallory'"),
        (word(key=""), "none of the keys that the base has for @jane signed it"),
        (word(issued=1301), "it is from later than it counts: i"),
        (word(expires=1000), "it expired at e"),
        (word(word="withdraw"), "it takes the approval back"),
        (word(role="legal"), "@jane has not the role legal in gitmlops.yaml of the base"),
        (word(approver="joe"), "@joe has not the role risk in gitmlops.yaml of the base"),
    ],
)
def test_a_signed_word_that_does_not_count_is_told_with_its_reason(given, why):
    found = counted(given)
    assert (found.votes, reasons(found)) == ((), [why])


def test_a_word_about_another_model_of_the_same_commit_is_none_of_this_one():
    assert counted(word(model="other")) == Approvals()


def test_what_a_merge_brought_is_not_approved_by_its_authors():
    people = {"jane": Person(keys=["k"], emails=["Jane@Acme.com"])}
    found = counted(word(), people=people, authors=frozenset({"jane@acme.com"}))
    assert reasons(found) == ["@jane is an author of the commit, of what it merged, or of the model file"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_latest_signed_word_of_a_person_counts_in_whatever_order_the_notes_are(order):
    words = [word(), word(word="withdraw", issued=600), word(issued=700)]
    found = counted(*(words[index] for index in order))
    assert [vote.given for vote in found.votes] == [700]
    assert len(counted(*(words[index] for index in order if index < 2)).votes) == 0


def test_a_withdrawal_in_the_same_second_comes_last():
    assert counted(word(), word(word="withdraw")).votes == ()


@pytest.mark.parametrize("forged", [{"key": ""}, {"commit": OLD}, {"issued": 5000}, {"repository": "elsewhere"}])
def test_a_word_that_nobody_said_of_this_replaces_nothing(forged):
    taken_back = word(word="withdraw", **{"issued": 600, **forged})
    assert len(counted(word(), taken_back).votes) == 1


@pytest.mark.parametrize(("login", "same"), [("jane", "JANE"), ("joe", "joe")])
def test_a_person_is_the_same_in_reviews_and_notes(login, same):
    person = RULES.people[login]
    assert signed_notes.person_of(login, person) == signed_notes.person_of(same, person)
    assert signed_notes.person_of("joe", RULES.people["joe"]) == "github:2"


LINE = encode(SignedApproval(replace_struct(SAID, issued="2026-01-01T00:00:00Z", expires="2026-02-01T00:00:00Z"), "-"))
ANYTHING = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01", "\ud800", "\x1b[2J", "a\nb"]
    ),
    st.none(),
    st.integers(),
    st.lists(st.integers(), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*SAID.__struct_fields__, "schema", "more"]), ANYTHING, max_size=3), ANYTHING)
def test_a_line_of_a_note_is_read_or_refused_whatever_it_holds(changes, signature):
    kept = json.loads(LINE)
    kept["approval"] |= changes
    kept["signature"] = signature
    try:
        read = signed_notes.read(json.dumps(kept).encode(), {"jane": Person(keys=[])})
    except InputError:
        return
    assert read.key == ""
    assert read.approval.approver.isprintable()


@given(st.binary(max_size=40))
def test_bytes_that_are_no_approval_are_refused(content):
    with pytest.raises(InputError):
        signed_notes.read(content, {})


@pytest.mark.parametrize(
    "signature", ["", "-----BEGIN SSH SIGNATURE-----", "\x00", "é", "-----BEGIN SSH SIGNATURE-----\nAA==\n"]
)
def test_a_text_that_is_no_signature_is_nobodys(signature):
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYQtGrHaba4IvRA2Edl2rzw+gWkyejqhIX9dgScPZMK"
    assert signatures.signer(b"content", signature, keys=[key], namespace="test") == ""
    assert signatures.fingerprint(key) == "SHA256:T3e1O/ydcttmwACVwyCXDUdimkgtPdJyPTbKq0+cjVg"
