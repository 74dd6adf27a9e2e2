"""Tags that our commands would not have written: they are read as far as they can be, and named."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gitmlops.adapters.git.tag_reading import Tag
from gitmlops.registry.tags import grammar, trailers
from gitmlops.registry.tags.grammar import Action
from gitmlops.registry.tags.history import Artifact, History
from gitmlops.report import Finding, Severity


@dataclass(frozen=True)
class Oddity:
    """What is odd about a tag or a model. grave: whether GTO fails on it, or believes what is not so."""

    about: str
    what: str
    mend: str
    grave: bool

    def finding(self, rule: str, severity: Severity) -> Finding:
        """It as a finding."""
        return Finding(rule, severity, f"{self.about}: {self.what}", mend=self.mend)


def find(history: History) -> tuple[Finding, ...]:
    """A warning for each oddity, in the order of the tags' names and then of the models'."""
    return tuple(one.finding("registry", Severity.WARNING) for one in every(history))


def every(history: History) -> tuple[Oddity, ...]:
    """Each oddity, in the order of the tags' names and then of the models'."""
    counting = {event.tag.name for artifact in history.artifacts.values() for event in artifact.events}
    doubts = {event.tag.name: event.doubt for one in history.artifacts.values() for event in one.unverified}
    of_tags = (
        odd for tag in history.tags if tag.name not in counting for odd in _of_no_event(tag, doubts.get(tag.name, ""))
    )
    of_models = (odd for artifact in history.artifacts.values() for odd in _of_artifact(artifact))
    return (*of_tags, *of_models)


def _of_no_event(tag: Tag, doubt: str) -> Iterator[Oddity]:
    name = grammar.parse(tag.name)
    if name is None:
        return
    if doubt:
        what, mend = (
            f"unverified, counts for nothing: {doubt}",
            "find out who wrote it, then delete the tag: gto believes it",
        )
        yield Oddity(tag.name, what, mend, grave=True)
    elif name.action is Action.CREATE:
        yield Oddity(tag.name, "`@created` counts for nothing, and gto fails on it", "delete the tag", grave=True)
    elif not tag.annotated:
        what = "a lightweight tag counts for nothing: it has no date and no author"
        yield Oddity(tag.name, what, "write it with this command", grave=False)
    elif not tag.commit:
        yield Oddity(tag.name, "counts for nothing: it is not on a commit", "delete the tag", grave=False)


def _of_artifact(artifact: Artifact) -> Iterator[Oddity]:
    if artifact.deprecated and any(artifact.in_stage(stage) for stage in artifact.stages):
        what = "it is deprecated, and listed no more, but is in a stage still"
        yield Oddity(artifact.name, what, "see `gitmlops model show` of it", grave=False)
    registered = {event.tag.commit for event in artifact.registrations()}
    for event in artifact.events:
        if event.name.action is Action.PROMOTE and event.tag.commit not in registered:
            what, mend = (
                f"{event.tag.name} promotes a commit that is no version",
                "register the commit, promote its version",
            )
            yield Oddity(artifact.name, what, mend, grave=False)
        if doubled := trailers.doubled(event.tag.message):
            what = f"{event.tag.name} says {', '.join(doubled)} twice, so neither is believed"
            yield Oddity(artifact.name, what, "do not trust this tag", grave=True)
    for commit, count in Counter(event.tag.commit for event in artifact.registrations()).items():
        if count > 1:
            what = f"commit {commit[:12]} is {count} versions, which gto refuses to read"
            yield Oddity(artifact.name, what, "deregister what is wrong", grave=True)
