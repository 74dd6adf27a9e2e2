"""Which reviews of a pull request are approvals: pure rules over what the forge told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.adapters.reviews import Account, PullRequest, Review
from gitmlops.registry.approvals.votes import Approvals, Doubt, Refused, Vote

GHOST = 10137
"""The id that GitHub shows in the place of every account that was deleted."""

_DECIDES = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
_UNDECIDED = {
    "CHANGES_REQUESTED": "it asks for changes",
    "DISMISSED": "it was dismissed",
}


@dataclass(frozen=True)
class Reviewed:
    """A pull request, what was said of it, and who those people are.

    roles: role -> ids of the accounts that have it by the base; had: of those that had it before the merge, whatever
    they have now; writers: ids with write access.
    """

    pull_request: PullRequest
    reviews: Sequence[Review]
    roles: Mapping[str, frozenset[int]]
    had: Mapping[str, frozenset[int]]
    writers: frozenset[int]


def count(reviewed: Reviewed) -> Approvals:
    """The reviews that count, and of every other one why it does not.

    Of each account the latest review before the merge that decides anything counts, if it approves the head that was
    merged, and if the account is a person's who has write access and a role, and had no hand in the change.
    """
    latest = _latest(reviewed)
    votes: list[Vote] = []
    refused: list[Refused] = []
    for review in sorted(reviewed.reviews, key=_order):
        if doubt := next(_doubts(review, reviewed, latest), None):
            past = _vote(review, reviewed.had) if doubt[1] is Doubt.TODAY else None
            refused.append(Refused(_who(review.author), doubt[0], review.url, doubt[1], past))
        elif vote := _vote(review, reviewed.roles):
            votes.append(vote)
    return Approvals(tuple(votes), tuple(refused), tuple(_unknown(reviewed.pull_request)))


def _vote(review: Review, roles: Mapping[str, frozenset[int]]) -> Vote | None:
    """The vote that a review is for whoever has these roles; None for an account that nobody knows any more."""
    author = review.author
    if author is None or author.id == GHOST or review.submitted is None:
        return None
    return Vote(f"github:{author.id}", _who(author), _roles(author, roles), review.url, review.submitted)


def _doubts(review: Review, reviewed: Reviewed, latest: Mapping[int, Review]) -> Iterator[tuple[str, Doubt]]:
    """Everything against a review, in the order in which it is told."""
    author, pull_request = review.author, reviewed.pull_request
    if author is None or author.id == GHOST:
        yield "the account was deleted", Doubt.TODAY
        return
    if not author.is_person:
        yield "a bot does not approve", Doubt.STANDING
    if review.submitted is None or review.state not in _DECIDES:
        yield "a comment approves nothing", Doubt.STANDING
        return
    if not _in_time(review, pull_request):
        yield "it came after the merge", Doubt.STANDING
        return
    if latest[author.id] != review:
        yield "a later review of the same account counts", Doubt.STANDING
    if review.state in _UNDECIDED:
        yield _UNDECIDED[review.state], Doubt.STANDING
    if review.commit != pull_request.head:
        about = f"commit {review.commit[:12] or 'nobody knows which'}, the head is {pull_request.head[:12]}"
        yield f"it is about {about}", Doubt.STANDING
    if pull_request.retargeted is not None and review.submitted <= pull_request.retargeted:
        yield "the pull request was given another base after it, and with it another diff", Doubt.STANDING
    if pull_request.untold:
        yield f"nobody tells who made {pull_request.untold} of the commits", Doubt.STANDING
    for what in _hands(author, pull_request):
        yield f"{_who(author)} {what}", Doubt.STANDING
    if author.id not in reviewed.writers:
        yield f"{_who(author)} has no write access", Doubt.TODAY
    if not _roles(author, reviewed.roles):
        yield f"{_who(author)} has no role in gitmlops.yaml of the base", Doubt.TODAY


def _hands(author: Account, pull_request: PullRequest) -> Iterator[str]:
    """What an account did for the change, after which it cannot approve it."""
    if _is(pull_request.opener, author):
        yield "opened the pull request"
    for commit in pull_request.commits:
        if any(_is(one, author) for one in commit.authors):
            yield f"is an author of its commit {commit.sha[:12]}"
    if _is(pull_request.last_pusher, author):
        yield "pushed to it last"
    if any(_is(one, author) for one in pull_request.dispatchers):
        yield "started the run that made its commits"


def _latest(reviewed: Reviewed) -> Mapping[int, Review]:
    """Account id -> its last review before the merge that decides anything; a comment replaces none."""
    deciding = (
        review
        for review in sorted(reviewed.reviews, key=_order)
        if review.state in _DECIDES and _in_time(review, reviewed.pull_request)
    )
    return {review.author.id: review for review in deciding if review.author}


def _in_time(review: Review, pull_request: PullRequest) -> bool:
    # The same second counts: an automatic merge follows the last approval at once, and times are whole seconds.
    if review.submitted is None:
        return False
    return pull_request.merged is None or review.submitted <= pull_request.merged


def _roles(author: Account, roles: Mapping[str, frozenset[int]]) -> frozenset[str]:
    return frozenset(role for role, members in roles.items() if author.id in members)


def _unknown(pull_request: PullRequest) -> Iterator[str]:
    """What the forge does not tell, so that a hand in the change may go unnoticed."""
    strangers = sorted({address for commit in pull_request.commits for address in commit.strangers})
    if strangers:
        named = ", ".join(strangers[:3]) + (f" and {len(strangers) - 3} more" if len(strangers) > 3 else "")
        yield f"commits of the pull request are by {named}, whose account GitHub does not know"
    if pull_request.opener is None:
        yield "the account that opened the pull request was deleted"
    if pull_request.last_pusher is None:
        yield "GitHub does not tell who pushed to the pull request last"


def _is(one: Account | None, other: Account) -> bool:
    return one is not None and one.id == other.id


def _order(review: Review) -> tuple[int, int]:
    return (review.submitted or 0, review.id)


def _who(account: Account | None) -> str:
    return f"@{account.login}" if account else "@ghost"
