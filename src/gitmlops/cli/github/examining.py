"""What `gitmlops doctor` asks GitHub, and sets there with --apply."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gitmlops.cli import workspace
from gitmlops.cli.approval_source import github_repository
from gitmlops.cli.forge import github_client

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.github.client import Client
    from gitmlops.report import Finding

_RULESETS, _SETTINGS, _WORKFLOWS = ".github/rulesets/", ".github/settings.json", ".github/workflows/"
# What tags start cannot be kept to branches.
_BRANCHES_ALONE = ("gitmlops", "registry")


def of_github(repository: "Repository", *, applies: bool) -> "Iterator[Finding]":
    """What is found at GitHub; a part that the token may not see is told, and hides no other."""
    from gitmlops.errors import UsageError
    from gitmlops.report import Finding, Severity

    if not github_repository(repository, workspace.REMOTE if repository.has_remote(workspace.REMOTE) else None):
        return
    if not (os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")):
        mend = "set GITHUB_TOKEN to a token with `administration: read`; with --apply, `administration: write`"
        if applies:
            raise UsageError("there is no token for GitHub", where="--apply", mend=mend)
        yield Finding("doctor/github", Severity.NOTE, "GitHub was not asked: there is no token", mend=mend)
        return
    client = github_client()
    parts: tuple[Callable[[Repository, Client, bool], Iterator[Finding]], ...] = (
        _owners, _rulesets, _settings, _environments, _branch,
    )  # fmt: skip
    for part in parts:
        yield from _told(part, repository, client, applies)


def _told(
    part: "Callable[[Repository, Client, bool], Iterator[Finding]]",
    repository: "Repository",
    client: "Client",
    applies: bool,
) -> "Iterator[Finding]":
    from gitmlops.adapters.github.refusals import GitHubError
    from gitmlops.report import Finding, Severity

    try:
        yield from [*part(repository, client, applies)]
    except GitHubError as error:
        if applies:
            raise
        yield Finding("doctor/github", Severity.WARNING, f"not looked at: {error.what}", mend=error.mend)


def _owners(repository: "Repository", client: "Client", applies: bool) -> "Iterator[Finding]":
    from gitmlops.adapters.github import owners
    from gitmlops.report import Finding, Location, Severity

    for error in owners.errors(client):
        place = Location(error.path, error.line, error.column)
        what = f"{error.kind}: {error.source.strip()}"
        yield Finding("doctor/codeowners", Severity.ERROR, what, place, error.suggestion or "")


def _rulesets(repository: "Repository", client: "Client", applies: bool) -> "Iterator[Finding]":
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.adapters.github import rulesets

    tree = WorkTree(repository)
    files = [path for path in tree.paths() if path.startswith(_RULESETS) and path.endswith(".json")]
    wanted = [one for path in files for one in rulesets.parse(tree.read(path), path)]
    differences = rulesets.compare(client, wanted)
    if applies:
        rulesets.apply(client, differences)
    texts = [f"ruleset {one.ruleset['name']!r} {one.words}" for one in differences]
    yield from _compared("doctor/ruleset", texts, applies, f"{len(wanted)} rulesets are as {_RULESETS} says")


def _settings(repository: "Repository", client: "Client", applies: bool) -> "Iterator[Finding]":
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.adapters.github import settings

    tree = WorkTree(repository)
    if _SETTINGS not in tree.paths():
        return
    wanted = settings.parse(tree.read(_SETTINGS), _SETTINGS)
    differences = settings.compare(client, wanted)
    if applies:
        settings.apply(client, wanted, differences)
    texts = [f"setting {name} differs" for name in differences.names]
    yield from _compared("doctor/setting", texts, applies, f"settings are as {_SETTINGS} says")


def _compared(rule: str, texts: "list[str]", applied: bool, fine: str) -> "Iterator[Finding]":
    from gitmlops.report import Finding, Severity

    if not texts:
        yield Finding(rule, Severity.PASS, fine)
    for text in texts:
        mend = "" if applied else "run `gitmlops doctor --apply`"
        yield Finding(
            rule, Severity.NOTE if applied else Severity.ERROR, f"{text}{': set' if applied else ''}", mend=mend
        )


def _environments(repository: "Repository", client: "Client", applies: bool) -> "Iterator[Finding]":
    from gitmlops.adapters.github import environments
    from gitmlops.hosting.protection import of_environments

    used = sorted(_used_environments(repository))
    if not used:
        return
    wanted = {name: name in _BRANCHES_ALONE for name in used}
    there = {one.name: one.deployment_branch_policy is not None for one in environments.read(client)}
    missing = [name for name in used if name not in there] if applies else []
    for name in missing:
        environments.create(client, name, protected=wanted[name])
    yield from of_environments(wanted, there, applied=missing)


def _used_environments(repository: "Repository") -> set[str]:
    """Names of environments that jobs of the work tree's workflows say; what is an expression is none of them."""
    from contextlib import suppress

    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.errors import InputError
    from gitmlops.hooks import workflow_files

    tree, found = WorkTree(repository), set[str]()
    for path in tree.paths():
        if path.startswith(_WORKFLOWS) and path.endswith((".yml", ".yaml")):
            with suppress(InputError):  # the look at workflows says which cannot be read
                found |= workflow_files.environments(tree.read(path), path)
    return found


def _branch(repository: "Repository", client: "Client", applies: bool) -> "Iterator[Finding]":
    from gitmlops.adapters.github import rulesets
    from gitmlops.hosting.protection import of_branch
    from gitmlops.scaffold.rulesets import verdict_on

    branch = repository.default_branch()
    yield from of_branch(rulesets.of_branch(client, branch), branch, verdict_on(branch))
