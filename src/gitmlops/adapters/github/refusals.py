"""A refusal of GitHub -> an error that names the permission that is missing, and where it is set."""

import re

from gitmlops.adapters.github.answers import Answer
from gitmlops.errors import ToolError
from gitmlops.plain_text import cut, visible

_IN_WORKFLOWS = (
    "actions", "attestations", "checks", "contents", "deployments", "issues", "packages", "pages", "pull-requests",
    "security-events", "statuses",
)  # fmt: skip
_LONGEST = 300
_SWITCHES = {
    "issue is locked": "unlock its conversation",
    "archived so is read-only": "unarchive the repository under Settings > General",
    "issues are disabled": "switch on Issues under Settings > General > Features",
    "issues has been disabled": "switch on Issues under Settings > General > Features",
}


class GitHubError(ToolError):
    """GitHub refused a request. status: of its answer; says_already_there: it exists, or would exist twice."""

    def __init__(self, what: str, *, where: str, mend: str = "", answer: Answer | None = None) -> None:
        super().__init__(what, where=where, mend=mend)
        self.status = answer.status if answer else 0
        self.says_already_there = bool(answer and answer.says_already_there)


class NotFound(GitHubError):
    """There is no such thing, or the token may not know that there is."""


class Unclear(GitHubError):
    """No whole answer came: a write may have happened or not. answer: what came in its place."""

    def __init__(self, what: str, *, where: str, mend: str, answer: Answer) -> None:
        super().__init__(what, where=where, mend=mend, answer=answer)
        self.answer = answer


def refused(answer: Answer, where: str, needs: str) -> GitHubError:
    """The error for an answer that refuses. needs: the permission that the request takes, like `issues: write`."""
    what = cut(visible(answer.message), _LONGEST)
    if answer.broken:
        mend = "look at https://www.githubstatus.com and run it again; what was written before is found, not doubled"
        return Unclear(f"GitHub does not answer: {what}", where=where, mend=mend, answer=answer)
    if answer.status == 410 and (mend := _switched(answer.message)):
        return GitHubError(f"GitHub refuses: {what}", where=where, mend=mend, answer=answer)
    if answer.status in (404, 410):
        what = f"it is not there, or the token lacks `{needs}`: GitHub says {answer.status} for both"
        return NotFound(what, where=where, mend=permission_mend(needs), answer=answer)
    return GitHubError(f"GitHub refuses: {what}", where=where, mend=_mend(answer, needs), answer=answer)


def moved(where: str, repository: str) -> GitHubError:
    """The error for an answer that sends somewhere else, as those of a repository do that has another name now."""
    mend = "use its new name: `git remote set-url origin ADDRESS`, or GITHUB_REPOSITORY"
    return GitHubError(f"{repository} was renamed, or given to somebody else", where=where, mend=mend)


def no_repository(answer: Answer, where: str, repository: str) -> GitHubError:
    """The error for a 404 where the repository itself is one, too. It is no NotFound: nothing was looked at."""
    what = f"there is no repository {repository}, or the token has no access to it: GitHub says 404 for both"
    mend = "look at the name, and at which repositories the token or App may see"
    return GitHubError(what, where=where, mend=mend, answer=answer)


def unseen(what: str, where: str, needs: str) -> GitHubError:
    """The error for what GitHub leaves out of an answer to those who may not change it."""
    return GitHubError(f"GitHub does not show {what} to this token", where=where, mend=permission_mend(needs))


def permission_mend(needs: str) -> str:
    """Where a permission like `issues: write` is set."""
    name, _, level = needs.partition(": ")
    shown = f"“{name.replace('-', ' ').capitalize()}: {'read and write' if level == 'write' else 'read-only'}”"
    if name in _IN_WORKFLOWS:
        return (
            f"add `{needs}` to `permissions:` of the workflow's job, or {shown} to the permissions of the App or token"
        )
    kind = "organization" if name == "members" else "repository"
    return f"use the token of an App with {shown} among its {kind} permissions: GITHUB_TOKEN never has it"


def _mend(answer: Answer, needs: str) -> str:
    message = answer.message
    if answer.status == 401:
        return "the token is wrong or has expired: give a new one in GITHUB_TOKEN"
    if "x-github-sso" in answer.headers:
        return "authorize the token for the organisation's single sign-on, on the page of your tokens"
    if "permitted to create or approve pull requests" in message:
        return (
            "switch on “Allow GitHub Actions to create and approve pull requests” under Settings > Actions > General,"
            " or use an App's token"
        )
    if "authenticate via a GitHub App" in message:
        return "check runs are written by Apps alone: use GITHUB_TOKEN of a workflow, or an App's token"
    if answer.status == 403:
        return _switched(message) or permission_mend(_permission(answer, needs))
    return ""


def _switched(message: str) -> str:
    """The mend for what no permission helps against; empty where that is not said."""
    return next((mend for words, mend in _SWITCHES.items() if words in message.lower()), "")


def _permission(answer: Answer, needs: str) -> str:
    """The permission to give: ours where GitHub would take it, else the first that it names, as a workflow writes it.

    Of ours the whole level: a token that may only read would be refused again by the write that follows.
    """
    accepted = re.findall(r"([a-z_]+)=([a-z]+)", answer.headers.get("x-accepted-github-permissions", ""))
    levels = {name.replace("_", "-"): level for name, level in accepted}
    if not levels or needs.partition(":")[0] in levels:
        return needs
    name, level = next(iter(levels.items()))
    return f"{name}: {level}"
