"""What a workflow is to deploy: the version that a tag or a stage names, as long as that is what the registry says."""

from dataclasses import dataclass

from gitmlops.errors import InputError, Refusal
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags import grammar, references
from gitmlops.registry.tags.grammar import Action
from gitmlops.registry.tags.history import Artifact, Event, History, Version

_TAGS = "refs/tags/"


@dataclass(frozen=True)
class HandOver:
    """A version that may be deployed. stage: empty where a registration was named; tag: what put it there."""

    artifact: Artifact
    version: Version
    stage: str
    tag: str

    def lines(self) -> tuple[str, ...]:
        """`key=value` for $GITHUB_OUTPUT. No value has a line end: names are GTO's, the commit is a SHA."""
        values = {
            "name": self.artifact.name,
            "version": self.version.version,
            "stage": self.stage,
            "commit": self.version.commit,
            "tag": self.tag,
            "gate": reports.gate(self.version),
        }
        return tuple(f"{key}={value}" for key, value in values.items())


def hand_over(history: History, ref: str) -> HandOver:
    """What a tag (`github.ref` as well), `NAME@VERSION` or `NAME#STAGE` hands over.

    Raises Refusal for a tag that counts for nothing, that deploys nothing, or that others have replaced since;
    InputError for one that is not here.
    """
    name = ref.removeprefix(_TAGS)
    if any(tag.name == name for tag in history.tags):
        return _of_tag(history, name)
    tag = grammar.parse(name)
    if name != ref or (tag and tag.counter is not None):
        raise InputError(f"there is no tag {name} here", mend="look at its name, or run `git fetch --tags`")
    reference = references.parse(name)
    if not (reference.version or reference.stage):
        raise InputError(f"{name!r} names no version", mend=f"write {name}@vX.Y.Z, '{name}#STAGE' or a tag")
    artifact = history.artifact(reference.artifact)
    version = references.pick(artifact, reference, production="")
    promotion = artifact.promotion(reference.stage) if reference.stage else None
    return _registered(HandOver(artifact, version, reference.stage, promotion.tag.name if promotion else version.tag))


def _of_tag(history: History, name: str) -> HandOver:
    tag = grammar.parse(name)
    artifact = history.artifacts.get(tag.artifact) if tag else None
    event = _event(artifact, name) if artifact else None
    if tag is None or artifact is None or event is None:
        raise Refusal(f"{name} counts for nothing: it is no annotated tag of a model", mend="write tags with gitmlops")
    if event.doubt:
        raise Refusal(f"{name} is unverified: {event.doubt}", mend="find out who wrote it, then delete the tag")
    if tag.action is Action.REGISTER:
        return _of_registration(artifact, event)
    if tag.action is Action.PROMOTE:
        return _of_promotion(artifact, event)
    raise Refusal(f"{name} says that something was {tag.action.value}: it deploys nothing")


def _event(artifact: Artifact, name: str) -> Event | None:
    every = (*artifact.events, *artifact.unverified)
    return next((event for event in every if event.tag.name == name), None)


def _of_registration(artifact: Artifact, event: Event) -> HandOver:
    for version in artifact.versions:
        if version.tag == event.tag.name:
            return HandOver(artifact, version, "", version.tag)
    raise Refusal(f"{event.name.version} of {artifact.name} was deregistered", mend="deploy another version")


def _of_promotion(artifact: Artifact, event: Event) -> HandOver:
    stage = event.name.stage
    now = artifact.promotion(stage)
    if now != event:
        holds = f"{artifact.version_at(now.tag.commit, now).version}, by {now.tag.name}" if now else "nothing"
        mend = f"deploy '{artifact.name}#{stage}'"
        raise Refusal(f"{event.tag.name} was replaced: {stage} has {holds}", mend=mend if now else "")
    version = artifact.version_at(event.tag.commit, event)
    return _registered(HandOver(artifact, version, stage, event.tag.name))


def _registered(found: HandOver) -> HandOver:
    if found.version.version == found.version.commit:
        what = f"{found.tag} promotes a commit that is no version"
        raise Refusal(what, mend="register the commit, promote its version")
    return found
