"""What shall not be used any more: plans of tags, or a refusal. Nothing is moved or deleted."""

from gitmlops.adapters.git.tag_objects import NewTag
from gitmlops.errors import InputError, Refusal
from gitmlops.registry.changing.transitions import Plan, next_counter, next_time, require_alive
from gitmlops.registry.tags import grammar, trailers
from gitmlops.registry.tags.grammar import Action, TagName
from gitmlops.registry.tags.history import Artifact, History, Version
from gitmlops.specs.hints import nearest


def deprecate(history: History, *, name: str, reason: str, instead: str, now: int) -> Plan:
    """`NAME@deprecated#N` on the commit of the highest version. What is in stages stays there: others may rest on it.

    instead: what takes its place, perhaps a model of another repository; may be empty. Raises InputError, or Refusal
    if the model is deprecated already.
    """
    artifact = history.artifact(name)
    require_alive(artifact)
    headline = f"Deprecate {name}"
    message = trailers.message(headline, [("Reason", reason), ("Replaced-By", instead)])
    tag_name = TagName(name, Action.DEPRECATE, counter=next_counter(artifact))
    latest = artifact.latest
    commit = latest.commit if latest else artifact.events[-1].tag.commit
    tag = NewTag(grammar.text(tag_name), commit, next_time(artifact, now), message)
    return Plan(headline, name, (tag,), latest.version if latest else "")


def deregister(history: History, *, name: str, version: str, reason: str, now: int) -> Plan:
    """`NAME@VERSION!` on the version's commit: it was none. Raises InputError, or Refusal while it is in a stage.

    GTO would let the version before come back into the stage, and DVC would go on serving this one.
    """
    artifact = history.artifact(name)
    gone = artifact.version(version)
    if placed := [stage for stage in artifact.stages if artifact.in_stage(stage) == gone]:
        raise Refusal(f"{name} {version} is in {', '.join(placed)}", mend=_taken_out(artifact, gone, placed[0]))
    headline = f"Deregister {name} {version}"
    message = trailers.message(headline, [("Model", gone.trailers.one("Model")), ("Reason", reason)])
    tag = grammar.text(TagName(name, Action.DEREGISTER, version=version))
    return Plan(headline, name, (NewTag(tag, gone.commit, next_time(artifact, now), message),), version)


def remove(history: History, *, name: str, stage: str, production: str, reason: str, now: int) -> Plan:
    """`NAME#STAGE!#N` on every version that stands in a stage, so that none of them comes back: the stage is empty.

    production: the stage that shall not be left empty; none if it may be. Raises InputError, or Refusal for that one.
    """
    artifact = history.artifact(name)
    leaving = artifact.in_stage(stage)
    if leaving is None:
        filled = [one for one in artifact.stages if artifact.in_stage(one)]
        raise InputError(f"no version of {name} is in {stage!r}", mend=nearest(stage, filled))
    if stage == production:
        mend = f"{_rolled_back(artifact, leaving, stage)}or say that it shall be empty with --leave-empty"
        raise Refusal(f"{stage} is production, and would have no version of {name}", mend=mend)
    headline = f"Remove {name} from {stage}"
    message = trailers.message(headline, [("Previous-Version", leaving.version), ("Reason", reason)])
    number, time = next_counter(artifact), next_time(artifact, now)
    tags = tuple(
        NewTag(
            grammar.text(TagName(name, Action.REMOVE, stage=stage, counter=number + step)),
            event.tag.commit,
            time + step,
            message,
        )
        for step, event in enumerate(artifact.standing(stage))
    )
    return Plan(headline, name, tags, "", leaving.version)


def _taken_out(artifact: Artifact, version: Version, stage: str) -> str:
    return f"{_rolled_back(artifact, version, stage)}or take it out: `gitmlops model remove '{artifact.name}#{stage}'`"


def _rolled_back(artifact: Artifact, version: Version, stage: str) -> str:
    if not any(event.tag.commit != version.commit for event in artifact.standing(stage)):
        return f"promote another one: `gitmlops model promote {artifact.name}@V --to {stage}`, "
    return f"go back: `gitmlops model rollback {artifact.name} --stage {stage}`, "
