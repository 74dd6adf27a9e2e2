"""What the gate counts as approvals: reviews of the pull request on GitHub, signed notes elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.gate.rules.approving import Demand
    from gitmlops.gate.rules.required import Required
    from gitmlops.gate.sides.base_and_head import Side
    from gitmlops.gate.verdict.approvals import Approving, Uncounted
    from gitmlops.gate.verdict.judgement import Judgement
    from gitmlops.registry.approvals.votes import Approvals, ApprovalSource, Subject
    from gitmlops.report import Finding

_CHANGED = ("rules", "platform")
_WITHOUT = "judge all else with `gitmlops gate --without-approvals`"


@dataclass(frozen=True)
class Asking:
    """Both sides of what is judged. branch: the base as it was named; now: seconds since 1970.

    touched: model -> the paths by which it differs from the base; required: policies from elsewhere that judge, too.
    """

    repository: "Repository"
    branch: str
    base: "Side"
    head: "Side"
    touched: Mapping[str, tuple[str, ...]]
    now: int
    required: "Required | None" = None

    @property
    def tree(self) -> str:
        """SHA of what is judged."""
        return self.repository.tree(self.head.commit)


def of_models(asking: Asking, judgements: "Sequence[Judgement]", *, count: bool) -> "tuple[Judgement, ...]":
    """The judgements, with who must approve each model and who has. count: whether anybody is asked."""
    from gitmlops.gate.rules import approving
    from gitmlops.registry.approvals.votes import Subject

    base, head = asking.base.definitions, asking.head.definitions
    found = []
    for one in judgements:
        model = one.model
        commit, sha256 = asking.head.commit, one.artifact.sha256
        subject = Subject(model.name, model.artifact, sha256, commit, asking.tree, asking.now)
        asked = (*approving.of_policies(model.name, base, head, asking.required), *_of_changes(asking, one.notes))
        demands, paths = approving.together(asked), asking.touched.get(model.name, ())
        found.append(replace(one, approving=_asked(asking, subject, paths, demands, count=count)) if demands else one)
    return tuple(found)


def of_change(asking: Asking, about: "Sequence[Finding]", *, count: bool) -> "Approving | None":
    """Who must approve what the branch changes beside models, and who has; None where nobody is asked."""
    from gitmlops.registry.approvals.votes import Subject

    demands = _of_changes(asking, about)
    if not demands:
        return None
    paths = {one.location.path for one in about if one.location and one.rule.partition("/")[0] in _CHANGED}
    subject = Subject("", "", "", asking.head.commit, asking.tree, asking.now)
    return _asked(asking, subject, tuple(sorted(paths)), demands, count=count)


def unasked(asking: Asking, judgements: "Sequence[Judgement]", about: "Sequence[Finding]") -> "Iterator[Finding]":
    """A note for each role that should approve what the branch changes, and that the base names nobody for."""
    from gitmlops.gate.rules import approving
    from gitmlops.report import Finding, Severity
    from gitmlops.specs.project import Reviewers

    project = asking.base.definitions.project
    notes = [note for one in judgements for note in one.notes]
    for demand in approving.of_changes((*about, *notes), project.reviewers if project else Reviewers()):
        if not _askable(asking, demand.role):
            reasons = ", ".join(demand.reasons)
            what = f"nobody is asked to approve it ({reasons}): the base names nobody for {demand.role}"
            mend = f"name people: `roles: {{{demand.role}: [...]}}` in gitmlops.yaml"
            yield Finding("gate/approvals", Severity.NOTE, what, demand.location, mend)


def _of_changes(asking: Asking, found: "Sequence[Finding]") -> "tuple[Demand, ...]":
    """Whom changes ask for, of the roles that the base names people for."""
    from gitmlops.gate.rules import approving

    project = asking.base.definitions.project
    demands = approving.of_changes(found, project.reviewers) if project else ()
    return tuple(demand for demand in demands if _askable(asking, demand.role))


def _askable(asking: Asking, role: str) -> bool:
    """Whether the base names anybody whose approval could be counted here."""
    from gitmlops.cli import approval_source as sources
    from gitmlops.cli import workspace

    repository, project = asking.repository, asking.base.definitions.project
    members = project.roles.get(role, []) if project else []
    remote = workspace.REMOTE if repository.has_remote(workspace.REMOTE) else None
    people = [project.people.get(member.removeprefix("@")) for member in members] if project else []
    if sources.github_repository(repository, remote):
        return any("/" in member for member in members) or any(person and person.id for person in people)
    return any(person and person.keys for person in people)


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
    about = subject.model or "the change"
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
        from gitmlops.adapters.github.reviews import GitHubReviews

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
