"""Pull requests as REST shows them."""

from typing import Any

from tests.github.server.clock import stamp
from tests.github.server.issues import association
from tests.github.server.labels import label_json
from tests.github.server.merging import trial_merge
from tests.github.server.pulls import PullRequest, commits_of, files_of
from tests.github.server.repository import Repository, repository_json
from tests.github.server.rules import missing_for_merge
from tests.github.server.users import User, team_json, user_json

Json = Any


def pull_json(repository: Repository, pull: PullRequest, viewer: User) -> Json:
    """Give a pull request as lists show it."""
    issue, url = pull.issue, repository.github.url
    own, html = f"{repository.url}/pulls/{issue.number}", f"{repository.html_url}/pull/{issue.number}"
    issue_url = f"{repository.url}/issues/{issue.number}"
    addresses = {
        "url": own,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_url,
        "commits_url": f"{own}/commits",
        "review_comments_url": f"{own}/comments",
        "review_comment_url": f"{repository.url}/pulls/comments{{/number}}",
        "comments_url": f"{issue_url}/comments",
        "statuses_url": f"{repository.url}/statuses/{pull.head_sha}",
    }
    links = {
        "self": own,
        "html": html,
        "issue": issue_url,
        "comments": addresses["comments_url"],
        "review_comments": addresses["review_comments_url"],
        "review_comment": addresses["review_comment_url"],
        "commits": addresses["commits_url"],
        "statuses": addresses["statuses_url"],
    }
    assignees = [user_json(url, user) for user in issue.assignees]
    return addresses | {
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "number": issue.number,
        "state": issue.state,
        "locked": issue.locked,
        "active_lock_reason": None,
        "title": issue.title,
        "body": issue.body,
        "user": user_json(url, issue.author),
        "labels": [label_json(repository, label) for label in issue.labels],
        "milestone": None,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [user_json(url, user) for user in pull.reviewers],
        "requested_teams": [team_json(url, team) for team in pull.teams],
        "created_at": stamp(issue.created),
        "updated_at": stamp(issue.updated),
        "closed_at": stamp(issue.closed),
        "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "draft": pull.draft,
        "auto_merge": None,
        "author_association": association(repository, issue.author),
        "head": _side_json(repository, pull.source, pull.head_owner, pull.head, pull.head_sha, viewer),
        "base": _side_json(repository, repository, repository.owner, pull.base, pull.base_sha, viewer),
        "_links": {name: {"href": address} for name, address in links.items()},
    }


def _side_json(
    repository: Repository, source: Repository | None, owner: User, branch: str, sha: str, viewer: User
) -> Json:
    return {
        "label": f"{owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user_json(repository.github.url, owner),
        "repo": repository_json(source, viewer) if source else None,
    }


def full_pull_json(repository: Repository, pull: PullRequest, viewer: User) -> Json:
    """Give a pull request's own page, with mergeability as GitHub tells it: null until it was asked for once."""
    mergeable, state = _mergeability(repository, pull)
    files = files_of(repository, pull)
    comments = [one for one in repository.comments.values() if one.issue is pull.issue]
    return pull_json(repository, pull, viewer) | {
        "merged": pull.merged_at is not None,
        "merged_by": user_json(repository.github.url, pull.merged_by),
        "mergeable": mergeable,
        "mergeable_state": state,
        "rebaseable": mergeable,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "comments": len(comments),
        "review_comments": 0,
        "commits": len(commits_of(repository, pull)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def _mergeability(repository: Repository, pull: PullRequest) -> tuple[bool | None, str]:
    if not pull.is_open:
        return None, "unknown"
    now = (pull.head_sha, pull.base_sha)
    if pull.asked != now:
        pull.asked, pull.merge_commit = now, None
        return None, "unknown"
    if pull.tried != now:
        pull.tried = now
        pull.merge_commit = trial_merge(repository.git, pull.base_sha, pull.head_sha, pull.issue.number)
    if pull.merge_commit is None:
        return False, "dirty"
    if pull.draft:
        return True, "draft"
    return True, "blocked" if missing_for_merge(repository, pull, repository.github.ghost) else "clean"
