"""After a rollback: an issue at GitHub in which people find out why; until it is closed, nothing new comes.

Where there is no GitHub, or no token at hand, nobody is asked: a rollback at night waits for nothing.
"""

import os
from typing import TYPE_CHECKING

from gitmlops.cli import approval_source as sources
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.github.client import Client
    from gitmlops.registry.changing.transitions import Plan

LABEL = "gitmlops rollback"


def open_review(repo: "Repository", remote: str | None, plan: "Plan", stage: str, reason: str) -> None:
    """Open the issue about a rollback, or say how; the tags stand whatever comes of it."""
    client = _client(repo, remote)
    if client is None:
        if sources.github_repository(repo, remote):
            say("no review was opened: set GITHUB_TOKEN, or open an issue in which people find out why")
        return
    from gitmlops import plain_text
    from gitmlops.adapters.github import issues
    from gitmlops.errors import ToolError

    name = plain_text.markdown(plan.artifact)
    text = (
        f"{name} was rolled back in {plain_text.markdown(stage)} from {plain_text.markdown(plan.leaves)} to "
        f"{plain_text.markdown(plan.version)}: {plain_text.markdown(reason)}\n\n"
        f"Until this is closed, `gitmlops model promote` and `gitmlops retrain` refuse for {name}.\n\n"
        "- [ ] What went wrong, and since when?\n- [ ] Which check would have seen it? Add it to a policy.\n"
        "- [ ] Is what brought it taken back on the default branch, or mended?"
    )
    try:
        issue = issues.upsert(client, _key(plan.artifact), f"Review: {plan.headline}", text, labels=(LABEL,))
    except ToolError as error:
        say(f"no review was opened: {error.what}")
        return
    say(f"a review is open, until then nothing new is promoted: {issue.html_url}")


def require_closed(repo: "Repository", remote: str | None, name: str) -> None:
    """Raises Refusal while the review of a rollback of the model is open; ToolError if GitHub does not answer."""
    client = _client(repo, remote)
    if client is None:
        return
    from gitmlops.adapters.github import issues
    from gitmlops.errors import Refusal

    if found := issues.labelled(client, LABEL, _key(name)):
        what = f"{name} was rolled back, and the review of that is open"
        raise Refusal(what, where=found[0].html_url, mend="close it when it is understood what went wrong")


def _client(repo: "Repository", remote: str | None) -> "Client | None":
    has_token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if remote is None or not has_token or not sources.github_repository(repo, remote):
        return None
    return sources.github_client(repo, remote)


def _key(name: str) -> str:
    return f"rollback/{name}"
