"""Tags that our commands would not have written: they are read as far as they can be, and named."""

from collections import Counter
from collections.abc import Iterator

from gitmlops.adapters.git.tag_reading import Tag
from gitmlops.registry import grammar, trailers
from gitmlops.registry.grammar import Action
from gitmlops.registry.history import Artifact, History
from gitmlops.report import Finding, Severity


def find(history: History) -> tuple[Finding, ...]:
    """A warning for each oddity, in the order of the tags' names and then of the models'."""
    counting = {event.tag.name for artifact in history.artifacts.values() for event in artifact.events}
    doubts = {event.tag.name: event.doubt for one in history.artifacts.values() for event in one.unverified}
    of_tags = (
        _finding(tag.name, *odd)
        for tag in history.tags
        if tag.name not in counting
        for odd in _of_no_event(tag, doubts.get(tag.name, ""))
    )
    of_models = (_finding(name, *odd) for name, artifact in history.artifacts.items() for odd in _of_artifact(artifact))
    return (*of_tags, *of_models)


def _of_no_event(tag: Tag, doubt: str) -> Iterator[tuple[str, str]]:
    name = grammar.parse(tag.name)
    if name is None:
        return
    if doubt:
        yield f"unverified, counts for nothing: {doubt}", "find out who wrote it, then delete the tag: gto believes it"
        return
    if name.action is Action.CREATE:
        yield "`@created` counts for nothing, and gto fails on it", "delete the tag"
    elif not tag.annotated:
        yield "a lightweight tag counts for nothing: it has no date and no author", "write it with this command"
    elif not tag.commit:
        yield "counts for nothing: it is not on a commit", "delete the tag"


def _of_artifact(artifact: Artifact) -> Iterator[tuple[str, str]]:
    if artifact.deprecated and any(artifact.in_stage(stage) for stage in artifact.stages):
        yield "it is deprecated, and listed no more, but is in a stage still", "see `gitmlops model show` of it"
    registered = {event.tag.commit for event in artifact.registrations()}
    for event in artifact.events:
        if event.name.action is Action.PROMOTE and event.tag.commit not in registered:
            yield f"{event.tag.name} promotes a commit that is no version", "register the commit, promote its version"
        if doubled := trailers.doubled(event.tag.message):
            yield f"{event.tag.name} says {', '.join(doubled)} twice, so neither is believed", "do not trust this tag"
    for commit, count in Counter(event.tag.commit for event in artifact.registrations()).items():
        if count > 1:
            yield f"commit {commit[:12]} is {count} versions, which gto refuses to read", "deregister what is wrong"


def _finding(name: str, what: str, mend: str) -> Finding:
    return Finding("registry", Severity.WARNING, f"{name}: {what}", mend=mend)
