"""What the gate counts as approvals: reviews of the pull request on GitHub, signed notes elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.gate.rules.approving import Demand
    from gitmlops.gate.sides.base_and_head import Side
    from gitmlops.gate.verdict.approvals import Approving, Uncounted
    from gitmlops.gate.verdict.judgement import Judgement
    from gitmlops.registry.approvals.votes import Approvals, ApprovalSource, Subject

_WITHOUT = "judge all else with `gitmlops gate --without-approvals`"


@dataclass(frozen=True)
class Asking:
    """Both sides of what is judged. branch: the base as it was named; now: seconds since 1970.

    touched: model -> the paths by which it differs from the base.
    """

    repository: "Repository"
    branch: str
    base: "Side"
    head: "Side"
    touched: Mapping[str, tuple[str, ...]]
    now: int


def counted(asking: Asking, judgements: "Sequence[Judgement]", *, count: bool) -> "tuple[Judgement, ...]":
    """The judgements, with who must approve each model and who has. count: whether anybody is asked."""
    from gitmlops.gate.rules import approving

    base, head = asking.base.definitions, asking.head.definitions
    return tuple(
        replace(one, approving=_approving(asking, one, demands, count=count)) if demands else one
        for one in judgements
        for demands in [approving.of_policies(one.model.name, base, head)]
    )


def _approving(asking: Asking, judgement: "Judgement", demands: "tuple[Demand, ...]", *, count: bool) -> "Approving":
    from gitmlops.registry.approvals.votes import Subject

    model, head = judgement.model, asking.head.commit
    tree = asking.repository.tree(head)
    subject = Subject(model.name, model.artifact, judgement.artifact.sha256, head, tree, asking.now)
    return _asked(asking, subject, asking.touched.get(model.name, ()), demands, count=count)


def _asked(
    asking: Asking, subject: "Subject", paths: "tuple[str, ...]", demands: "tuple[Demand, ...]", *, count: bool
) -> "Approving":
    """What is said of a subject, a model or (of no name) what the branch changes beside models."""
    from gitmlops.gate.verdict.approvals import Approving, Uncounted

    project = asking.base.definitions.project
    found: Approvals | Uncounted = Uncounted("--without-approvals", "the gate of the pull request counts them", False)
    invitation = ""
    if count:
        found, invitation = _said(asking, subject, paths, tuple(demand.role for demand in demands))
    about = subject.model or "the changed rules"
    return Approving(about, demands, found, project.roles if project else {}, invitation)


def _said(
    asking: Asking, subject: "Subject", paths: "tuple[str, ...]", roles: "tuple[str, ...]"
) -> "tuple[Approvals | Uncounted, str]":
    """What was said and how more is asked for; why nobody can be asked here instead."""
    from gitmlops.errors import GitmlopsError
    from gitmlops.gate.verdict.approvals import Uncounted
    from gitmlops.registry.approvals.votes import Approvals, Change

    if not paths:
        return Approvals(notes=("nothing of it differs from the base, so there is nothing to approve",)), "change it"
    change = Change(asking.base.commit, roles, paths, subject, _contents(asking.repository))
    try:
        source, invitation = _source(asking, subject)
        return source.of_change(change), invitation
    except GitmlopsError as error:
        mend = f"{error.mend}, or {_WITHOUT}" if error.mend else _WITHOUT
        return Uncounted(error.what, mend), ""


def _source(asking: Asking, subject: "Subject") -> "tuple[ApprovalSource, str]":
    """Where approvals of this repository are given, by the people of the base, and how they are asked for."""
    from gitmlops.adapters.git import notes
    from gitmlops.adapters.github.reviews import GitHubReviews
    from gitmlops.cli import approval_source as sources
    from gitmlops.cli import workspace
    from gitmlops.errors import InputError
    from gitmlops.registry.approvals.pull_requests import PullRequests
    from gitmlops.registry.approvals.signed_notes import SignedNotes

    repository, base = asking.repository, asking.base
    project = base.definitions.project
    if project is None:
        raise InputError("the base has no gitmlops.yaml that names people", mend="merge one first")
    remote = workspace.REMOTE if repository.has_remote(workspace.REMOTE) else None
    if remote and (name := sources.github_repository(repository, remote)):
        forge = GitHubReviews(sources.github_client(repository, remote))
        reviews = PullRequests(repository, remote, forge, name, _branch(asking), base.commit, project)
        return reviews, "have them review the pull request; then run the gate again"
    if remote:
        notes.fetch(repository, notes.APPROVALS, remote)
    what = f"model approve {subject.model}@" if subject.model else "policy approve "
    invitation = f"each signs with `gitmlops {what}{subject.commit[:12]} --role ROLE`; then run the gate again"
    return SignedNotes(repository, sources.shared_address(repository), project), invitation


def _branch(asking: Asking) -> str:
    """The branch that pull requests go to: the base, where that is one; of a commit, the default branch."""
    for prefix in ("refs/heads/", "refs/remotes/origin/"):
        name = asking.branch.removeprefix(prefix).removeprefix("origin/")
        if f"{prefix}{name}" in asking.repository.git("for-each-ref", "--format=%(refname)", f"{prefix}{name}").split():
            return name
    return asking.repository.default_branch()


def _contents(repository: "Repository") -> Callable[[str, str], str]:
    """Commit and path -> what tells all that is there; of a commit whose pointers are broken only what git has."""
    from functools import cache

    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import Definitions
    from gitmlops.errors import InputError
    from gitmlops.gate.sides.base_and_head import Side

    @cache
    def side(commit: str) -> Side:
        tree = CommitTree(repository, commit)
        try:
            outputs = pointers.read(tree)
        except InputError:
            outputs = {}
        return Side(commit, tree, Definitions(None, {}), outputs)

    return lambda commit, path: side(commit).content(path)
