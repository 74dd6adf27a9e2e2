"""gitmlops model rollback --revert: the change that brought a version, taken back on a branch."""

from typing import TYPE_CHECKING

from gitmlops.cli import approval_source as sources
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.history import Version


def revert(repo: "Repository", remote: str | None, bad: "Version", reason: str) -> None:
    """Put a branch at the remote that takes back what brought a version; on GitHub open its pull request.

    Raises ToolError if it does not come back cleanly, or the remote refuses. The tags of the rollback stay.
    """
    from gitmlops.adapters.git import authoring, reverting, second_tree
    from gitmlops.registry.changing import candidates
    from gitmlops.registry.tags import trailers

    branch, title = f"gitmlops/revert/{bad.name.replace(':', '=')}-{bad.version}", f"Revert {bad.name} {bad.version}"
    commit = _brought(repo, bad)
    where = remote or "here"
    if repo.has_branch(branch, remote=remote):
        say(f"{branch} is {f'at {remote}' if remote else 'here'} already and stays as it is")
        return
    authoring.require_identity(repo)
    message = trailers.message(title, [("Reverts", commit), ("Reason", reason)])
    with second_tree.at_commit(repo, repo.resolve(candidates.merged_ref(repo, remote))) as second:
        made = reverting.revert(second, commit, message)
        ref = f"refs/heads/{branch}"
        if remote:
            second.git("push", "--quiet", "--no-follow-tags", f"--force-with-lease={ref}:", remote, f"{made}:{ref}")
        else:
            repo.git("update-ref", ref, made, "")
    say(f"{commit[:12]} is taken back on the branch {branch}, {where}; the gate judges it like any other")
    _propose(repo, remote, branch, title, bad, commit, reason)


def _brought(repo: "Repository", bad: "Version") -> str:
    from gitmlops.cli import workspace
    from gitmlops.registry.files.contents import brought
    from gitmlops.specs.model import Model

    artifact = workspace.definitions_at(repo, bad.commit).get(Model, bad.name).spec.artifact
    return brought(repo, bad.commit, artifact)


def _propose(
    repo: "Repository", remote: str | None, branch: str, title: str, bad: "Version", commit: str, reason: str
) -> None:
    if remote is None or not sources.github_repository(repo, remote):
        say("propose it to be merged")
        return
    from gitmlops import plain_text
    from gitmlops.adapters.github import pull_requests

    text = (
        f"{plain_text.markdown(bad.name)} {bad.version} was rolled back: {plain_text.markdown(reason)}\n\n"
        f"This takes back {commit}, which brought it."
    )
    proposal = pull_requests.Proposal(branch, repo.default_branch(), title, text, f"revert/{bad.tag}")
    pull, _ = pull_requests.upsert(sources.github_client(repo, remote), proposal)
    say(f"proposed: {pull.url}")
