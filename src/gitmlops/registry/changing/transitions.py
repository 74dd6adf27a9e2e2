"""What a verb would write: pure plans of tags, or a refusal. Nothing here touches a repository."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitmlops.adapters.git.tag_objects import NewTag
from gitmlops.errors import InputError, Refusal
from gitmlops.records.receipt import Subject
from gitmlops.registry.approvals import lines, reports
from gitmlops.registry.approvals.votes import NOTHING_SAID, Approvals, Vote, fill
from gitmlops.registry.files.receipts import gate_lines
from gitmlops.registry.tags import grammar, trailers
from gitmlops.registry.tags.grammar import Action, TagName
from gitmlops.registry.tags.history import Artifact, Event, History, Version
from gitmlops.specs.hints import nearest
from gitmlops.specs.project import DeploymentStage

FIRST = "v1.0.0"


@dataclass(frozen=True)
class Plan:
    """Tags of one artifact to be written together; none if there is nothing to do."""

    headline: str
    artifact: str
    tags: tuple[NewTag, ...]
    version: str
    leaves: str = ""


@dataclass(frozen=True)
class Candidate:
    """A commit that shall become a version: its model file, the companions' digests, and the gate's word on it."""

    name: str
    commit: str
    committed: int
    tree: str
    sha256: str
    baseline_sha256: str
    receipt_sha256: str
    subject: Subject


def register(history: History, candidate: Candidate, *, version: str, now: int, approved: Sequence[Vote] = ()) -> Plan:
    """The tag `NAME@VERSION` on the candidate's commit, which names those who have approved it."""
    artifact = history.artifacts.get(candidate.name, Artifact(candidate.name, ()))
    before = artifact.versions[-1].version if artifact.versions else ""
    headline = f"Register {candidate.name} {version}"
    said = [
        *(("Gate", line) for line in gate_lines(candidate.subject.checks)),
        *lines.written(approved),
        ("Receipt", candidate.receipt_sha256),
        *(("Data", f"{digest.path} {digest.sha256}") for digest in candidate.subject.data),
        ("Model", candidate.sha256),
        ("Baseline", candidate.baseline_sha256),
        ("Previous-Version", before),
        ("Tested-Tree", candidate.tree),
    ]
    name = TagName(candidate.name, Action.REGISTER, version=version)
    time = max(next_time(artifact, now), candidate.committed)
    tag = NewTag(grammar.text(name), candidate.commit, time, trailers.message(headline, said))
    return Plan(headline, candidate.name, (tag,), version)


def next_version(artifact: Artifact | None, *, bump: str) -> str:
    """The version after the highest that was ever registered; the first one is v1.0.0."""
    taken = [event.name.version for event in artifact.registrations()] if artifact else []
    if not taken:
        return FIRST
    major, minor, patch, _ = grammar.version_key(max(taken, key=grammar.version_key))
    return {
        "major": f"v{major + 1}.0.0",
        "minor": f"v{major}.{minor + 1}.0",
        "patch": f"v{major}.{minor}.{patch + 1}",
    }[bump]


def require_free(artifact: Artifact | None, version: str, commit: str) -> None:
    """Raises InputError or Refusal unless the version is well written and neither it nor the commit is taken."""
    if not grammar.is_version(version):
        raise InputError(f"{version!r} is no version", mend="write vX.Y.Z or vX.Y.Z-pre, e.g. v1.2.0")
    for event in artifact.unverified if artifact else ():
        if event.name.action is Action.REGISTER and event.name.version == version:
            mend = "find out who wrote it and delete the tag, or name another version with --version"
            raise Refusal(f"{event.tag.name} is there, but unverified: {event.doubt}", mend=mend)
    for event in artifact.registrations() if artifact else ():
        if event.name.version == version:
            raise Refusal(f"{version} exists already, on commit {event.tag.commit[:12]}", mend="leave out --version")
        if event.tag.commit == commit:
            mend = f"promote {event.name.version}, or register another commit"
            raise Refusal(f"commit {commit[:12]} is {event.name.version} already", mend=mend)


def promote(
    history: History,
    stages: Sequence[DeploymentStage],
    *,
    name: str,
    version: str,
    to: str,
    now: int,
    approvals: Approvals = NOTHING_SAID,
    invitation: str = "",
) -> Plan:
    """The tag `NAME#STAGE#N` on the version's commit; no tag if the version is there.

    approvals: what was said of the version; invitation: how those who are missing are asked. Raises InputError for an
    unknown model, version or stage, Refusal if the stage before was skipped or somebody is missing whom the stage asks
    for.
    """
    stage = find_stage(stages, to)
    artifact = history.artifact(name)
    chosen = artifact.version(version)
    require_alive(artifact)
    present = artifact.in_stage(stage.name)
    if present == chosen:
        return Plan(f"{name} {version} is in {to} already", name, (), version)
    if stage.after and not any(event.tag.commit == chosen.commit for event in artifact.standing(stage.after)):
        mend = f"run `gitmlops model promote {name}@{version} --to {stage.after}` first"
        raise Refusal(f"{name} {version} was never in {stage.after}, which comes before {to}", mend=mend)
    filled = fill(approvals.votes, stage.approvals)
    if filled.missing:
        raise Refusal(reports.missing(to, filled.missing, approvals), mend=invitation)
    leaves = present.version if present else ""
    headline = f"Promote {name} {version} to {to}"
    counted = [replace(vote, roles=frozenset({role})) for vote, role in filled.counted]
    said = [("Model", chosen.trailers.one("Model")), ("Previous-Version", leaves), *lines.written(counted)]
    tag_name = TagName(name, Action.PROMOTE, stage=to, counter=next_counter(artifact))
    message = trailers.message(headline, said)
    tag = NewTag(grammar.text(tag_name), chosen.commit, next_time(artifact, now), message)
    return Plan(headline, name, (tag,), version, leaves)


@dataclass(frozen=True)
class Motive:
    """Why a version goes back. dispatched: who started the workflow that does it, and in which role.

    override: why it goes back to a version that would be refused today, and overridden: by what; empty where nothing
    refuses.
    """

    reason: str
    dispatched: str = ""
    override: str = ""
    overridden: tuple[str, ...] = ()

    def trailers(self) -> tuple[tuple[str, str], ...]:
        """What the tags say of it."""
        said = (("Reason", self.reason), ("Dispatched-By", self.dispatched), ("Override", self.override))
        return (*said, *(("Overridden", one) for one in self.overridden))


def gone_back_to(artifact: Artifact, stage: str, to: str) -> tuple[Version, Version]:
    """The version that is in a stage, and the good one.

    to: the good version; empty: the one that was in the stage before. Raises InputError or Refusal.
    """
    bad = artifact.in_stage(stage)
    if bad is None:
        raise Refusal(f"nothing is in {stage}", mend=nearest(stage, artifact.stages))
    return bad, _chosen(artifact, bad, stage, to) if to else _before(artifact, bad, stage)


def rollback(history: History, *, name: str, stage: str, to: str, motive: Motive, now: int) -> Plan:
    """`NAME#STAGE!#N` on the version that is in the stage, then `NAME#STAGE#N+1` on the good one a second later.

    GTO with any of its options and DVC agree on the outcome of this sequence alone: DVC does not know removals.
    to: as `gone_back_to` has it. Raises InputError or Refusal.
    """
    artifact = history.artifact(name)
    bad, good = gone_back_to(artifact, stage, to)
    headline = f"Roll back {name} in {stage} from {bad.version} to {good.version}"
    said = [
        ("Model", good.trailers.one("Model")),
        ("Previous-Version", bad.version),
        ("Rollback-From", bad.version),
        *motive.trailers(),
    ]
    message, number, time = trailers.message(headline, said), next_counter(artifact), next_time(artifact, now)
    removal = TagName(name, Action.REMOVE, stage=stage, counter=number)
    promotion = TagName(name, Action.PROMOTE, stage=stage, counter=number + 1)
    tags = (
        NewTag(grammar.text(removal), bad.commit, time, message),
        NewTag(grammar.text(promotion), good.commit, time + 1, message),
    )
    return Plan(headline, name, tags, good.version, bad.version)


def find_stage(stages: Sequence[DeploymentStage], name: str) -> DeploymentStage:
    """The stage of this name. Raises InputError with the nearest one if `gitmlops.yaml` has none."""
    known = {stage.name: stage for stage in stages}
    if name not in known:
        raise InputError(f"there is no deployment stage {name!r}", where="gitmlops.yaml", mend=nearest(name, known))
    return known[name]


def require_alive(artifact: Artifact) -> None:
    """Raises Refusal for a model that is deprecated."""
    if said := artifact.deprecation:
        reason = said.trailers.one("Reason")
        mend = f"register another version: `gitmlops model register {artifact.name}`"
        raise Refusal(f"{artifact.name} is deprecated" + (f": {reason}" if reason else ""), mend=mend)


def _before(artifact: Artifact, bad: Version, stage: str) -> Version:
    earlier = _others(artifact, bad, stage)
    if not earlier:
        mend = f"promote another version: `gitmlops model promote {artifact.name}@V --to {stage}`"
        raise Refusal(f"no version was in {stage} before {bad.version}", mend=mend)
    return earlier[-1]


def _chosen(artifact: Artifact, bad: Version, stage: str, to: str) -> Version:
    good = artifact.version(to)
    if good == bad:
        raise Refusal(f"{to} is what is in {stage}", mend="name the version to go back to")
    others = _others(artifact, bad, stage)
    if good not in others:
        known = ", ".join(version.version for version in others)
        mend = f"choose from: {known}" if known else "there is no version to go back to"
        raise Refusal(f"{to} was never in {stage}, or was taken out of it", mend=mend)
    return good


def _others(artifact: Artifact, bad: Version, stage: str) -> list[Version]:
    """Versions that were in the stage and were not taken out of it, the latest last."""
    registered = {version.commit: version for version in artifact.versions if version != bad}
    commits = [event.tag.commit for event in artifact.standing(stage)]
    return [registered[commit] for commit in commits if commit in registered]


def next_counter(artifact: Artifact) -> int:
    """The number after the highest of the artifact."""
    return 1 + max((event.name.counter or 0 for event in (*artifact.events, *artifact.unverified)), default=0)


def next_time(artifact: Artifact, now: int) -> int:
    """GTO orders tags by whole seconds, so a new tag is at least one second younger than the last."""
    return max(now, _last(artifact.events) + 1)


def _last(events: Sequence[Event]) -> int:
    return max((event.tag.time for event in events), default=0)
