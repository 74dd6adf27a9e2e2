"""Reviews of pull requests: states, dismissals, and what an author may not do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.github.server.answers import Page, forbidden, invalid, not_found, unprocessable_review
from tests.github.server.clock import stamp
from tests.github.server.issues import association, check_body
from tests.github.server.pulls import PullRequest, existing_pull
from tests.github.server.repository import Repository
from tests.github.server.routing import Call, route
from tests.github.server.users import User, user_json

Json = Any
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@dataclass
class Review:
    """One review; `PENDING` ones are seen by their author only."""

    id: int
    author: User
    state: str
    body: str
    commit: str
    submitted: datetime | None


def review_json(repository: Repository, pull: PullRequest, review: Review) -> Json:
    """Give a review."""
    own = f"{repository.html_url}/pull/{pull.issue.number}#pullrequestreview-{review.id}"
    pull_url = f"{repository.url}/pulls/{pull.issue.number}"
    submitted = {"submitted_at": stamp(review.submitted)} if review.submitted else {}
    return submitted | {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": user_json(repository.github.url, review.author),
        "body": review.body,
        "state": review.state,
        "html_url": own,
        "pull_request_url": pull_url,
        "author_association": association(repository, review.author),
        "_links": {"html": {"href": own}, "pull_request": {"href": pull_url}},
        "commit_id": review.commit,
    }


def _review(call: Call) -> tuple[PullRequest, Review]:
    pull = existing_pull(call)
    for review in pull.reviews:
        if review.id == call.number("review_id"):
            return pull, review
    raise not_found()


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull_requests=read")
def list_reviews(call: Call) -> Page:
    repository, pull = call.repository, existing_pull(call)
    seen = [one for one in pull.reviews if one.state != "PENDING" or one.author is call.user]
    return Page(seen, lambda one: review_json(repository, pull, one))


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull_requests=write")
def create_review(call: Call) -> Json:
    pull, event = existing_pull(call), call.get("event")
    commit = call.get("commit_id", pull.head_sha)
    if call.repository.git.sha(f"{commit}^{{commit}}") is None:
        raise unprocessable_review("Could not resolve to a node with the global id of the commit.")
    if event:
        _check_event(call, pull, event)
    review = Review(call.github.next_id(), call.user, "PENDING", call.get("body", ""), commit, None)
    pull.reviews.append(review)
    return _submit(call, pull, review, event) if event else review_json(call.repository, pull, review)


def _check_event(call: Call, pull: PullRequest, event: str) -> None:
    check_body("PullRequestReview", call.get("body"))
    if pull.issue.author is call.user and event != "COMMENT":
        what = "approve" if event == "APPROVE" else "request changes on"
        raise unprocessable_review(f"Review Can not {what} your own pull request")
    if call.github.is_actions_bot(call.user) and event == "APPROVE" and not call.repository.actions_may_approve:
        raise unprocessable_review("GitHub Actions is not permitted to approve pull requests.")
    if event != "APPROVE" and not call.get("body"):
        raise invalid("PullRequestReview", "body", "missing_field")


def _submit(call: Call, pull: PullRequest, review: Review, event: str) -> Json:
    review.state, review.submitted = _STATES[event], call.github.clock.tick()
    pull.reviewers = [user for user in pull.reviewers if user is not call.user]
    return review_json(call.repository, pull, review)


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", "pull_requests=read")
def show_review(call: Call) -> Json:
    return review_json(call.repository, *_review(call))


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", "pull_requests=write")
def update_review(call: Call) -> Json:
    pull, review = _review(call)
    if review.author is not call.user:
        raise forbidden("You can only edit your own reviews.")
    review.body = call.body["body"]
    return review_json(call.repository, pull, review)


@route("DELETE /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", "pull_requests=write")
def delete_review(call: Call) -> Json:
    pull, review = _review(call)
    if review.state != "PENDING":
        raise unprocessable_review("Can not delete a non-pending pull request review")
    pull.reviews.remove(review)
    return review_json(call.repository, pull, review)


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events", "pull_requests=write")
def submit_review(call: Call) -> Json:
    pull, review = _review(call)
    if review.state != "PENDING" or review.author is not call.user:
        raise unprocessable_review("Can not submit a review that is not pending")
    _check_event(call, pull, call.body["event"])
    review.body = call.get("body", review.body)
    return _submit(call, pull, review, call.body["event"])


@route(
    "PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals", "pull_requests=write", level="write"
)
def dismiss_review(call: Call) -> Json:
    pull, review = _review(call)
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise unprocessable_review(f"Can not dismiss a {review.state.lower()} pull request review")
    review.state = "DISMISSED"
    return review_json(call.repository, pull, review)
