"""Merging a pull request, or refusing as GitHub does."""

from typing import Any

from tests.github.server.answers import Answer, Refused, conflict, not_found, problem
from tests.github.server.git import GitFailed
from tests.github.server.merging import merge_commit, rebase, squash
from tests.github.server.pulls import PullRequest, existing_pull, refresh
from tests.github.server.repository import ZERO, Repository
from tests.github.server.routing import Call, route
from tests.github.server.rules import missing_for_merge

Json = Any


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/merge", "pull_requests=read")
def is_merged(call: Call) -> Answer:
    if existing_pull(call).merged_at is None:
        raise not_found()
    return Answer(204)


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", "contents=write", level="write")
def merge(call: Call) -> Json:
    repository, pull = call.repository, existing_pull(call)
    method = call.get("merge_method", "merge")
    if not pull.is_open or pull.draft:
        raise _not_allowed("Pull Request is not mergeable")
    if call.get("sha", pull.head_sha) != pull.head_sha:
        raise conflict("Head branch was modified. Review and try the merge again.")
    if method not in repository.merge_methods:
        raise _not_allowed(f"{method.capitalize()} merges are not allowed on this repository.")
    if missing := missing_for_merge(repository, pull, call.user, method):
        raise _not_allowed("\n".join(missing))
    made = _made(call, repository, pull, method)
    if made is None:
        raise _not_allowed("Pull Request is not mergeable")
    _move_base(call, repository, pull, made)
    return {"sha": made, "merged": True, "message": "Pull Request successfully merged"}


def _not_allowed(message: str) -> Refused:
    return Refused(problem(405, message))


def _made(call: Call, repository: Repository, pull: PullRequest, method: str) -> str | None:
    git, issue = repository.git, pull.issue
    if method == "rebase":
        return rebase(git, pull.base_sha, pull.head_sha, call.user)
    if method == "squash":
        title = call.get("commit_title", f"{issue.title} (#{issue.number})")
        message = call.get("commit_message", issue.body or "")
        return squash(git, pull.base_sha, pull.head_sha, issue.author, f"{title}\n\n{message}".rstrip())
    title = call.get("commit_title", f"Merge pull request #{issue.number} from {pull.head_owner.login}/{pull.head}")
    message = call.get("commit_message", issue.title)
    return merge_commit(git, pull.base_sha, pull.head_sha, call.user, f"{title}\n\n{message}".rstrip())


def _move_base(call: Call, repository: Repository, pull: PullRequest, made: str) -> None:
    ref, now = f"refs/heads/{pull.base}", call.github.clock.tick()
    try:
        repository.git.run("update-ref", ref, made, pull.base_sha)
    except GitFailed:
        raise conflict("Base branch was modified. Review and try the merge again.") from None
    repository.record_push(call.user, ref, pull.base_sha, made, "pr_merge")
    pull.merged_at, pull.merged_by, pull.merge_commit = now, call.user, made
    pull.issue.state, pull.issue.closed, pull.issue.closed_by, pull.issue.updated = "closed", now, call.user, now
    if repository.delete_branch_on_merge and pull.source is repository:
        repository.git.run("update-ref", "-d", f"refs/heads/{pull.head}")
        repository.record_push(call.user, f"refs/heads/{pull.head}", pull.head_sha, ZERO)


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/update-branch", "pull_requests=write", level="write")
def update_branch(call: Call) -> Answer:
    """Merge the base into the head, as the button of that name does."""
    repository, pull = call.repository, existing_pull(call)
    if call.get("expected_head_sha", pull.head_sha) != pull.head_sha:
        raise Refused(problem(422, "expected head sha didn\u2019t match current head ref."))
    message = f"Merge branch '{pull.base}' into {pull.head}"
    made = merge_commit(repository.git, pull.head_sha, pull.base_sha, call.user, message)
    if made is None:
        raise Refused(problem(422, "merge conflict between base and head"))
    if pull.source is not repository:
        raise Refused(problem(403, "Must have push access to the head repository."))
    repository.git.run("update-ref", f"refs/heads/{pull.head}", made, pull.head_sha)
    repository.record_push(call.user, f"refs/heads/{pull.head}", pull.head_sha, made)
    refresh(repository, pull)
    return Answer(
        202, {"message": "Updating pull request branch.", "url": f"{repository.url}/pulls/{pull.issue.number}"}
    )
