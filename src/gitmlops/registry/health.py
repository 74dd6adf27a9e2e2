"""Whether a registry is as GTO, DVC and we need it: its tags, the files of what is released, what collects garbage."""

import re
from collections.abc import Iterator, Mapping, Sequence

from gitmlops.adapters.git.repository import Repository
from gitmlops.definitions import Tree
from gitmlops.registry.preflight import Look, State
from gitmlops.registry.tags import grammar
from gitmlops.registry.tags.history import Artifact, History, Version
from gitmlops.registry.verifying import oddities
from gitmlops.report import Finding, Location, Severity

_SCRIPTS = (".yml", ".yaml", ".sh", ".bash", ".py", ".toml", ".cfg", ".mk", "Makefile", "justfile", "Jenkinsfile")
_COLLECTS = re.compile(r"\bdvc\s+gc\b(?P<flags>[^\n#;&|]*)")
_KEEPS_TAGS = re.compile(r"(?:^|\s)(?:--all-tags|--all-commits|-[a-zA-Z]*[TA][a-zA-Z]*)(?=\s|$)")
_LARGEST = 1 << 20


def of_tags(history: History, nested: Sequence[str], doubts: Mapping[str, str]) -> Iterator[Finding]:
    """What is odd about tags: an error where GTO fails, or believes what is not so.

    nested: tags on tags; doubts: tag -> why it is not believed.
    """
    odd = (*oddities.every(history), *map(_nested, nested), *(_doubted(tag, why) for tag, why in doubts.items()))
    for one in odd:
        yield one.finding("doctor/tag", Severity.ERROR if one.grave else Severity.WARNING)
    if not odd:
        counted = sum(len(artifact.events) for artifact in history.artifacts.values())
        said = f"tags: {counted}, of models: {len(history.artifacts)}; they say the same to gto, to dvc and to gitmlops"
        yield Finding("doctor/tag", Severity.PASS, said)


def nested(repository: Repository) -> tuple[str, ...]:
    """Tags of a model that are on another tag, which not everybody follows to its commit."""
    listed = repository.git("for-each-ref", "--format=%(refname:strip=2) %(*objecttype)", "refs/tags")
    names = (name for name, _, kind in (line.partition(" ") for line in listed.splitlines()) if kind == "tag")
    return tuple(name for name in names if grammar.parse(name))


def needed(artifact: Artifact) -> tuple[Version, ...]:
    """The versions whose files somebody will ask for: those in a stage, and those that a rollback may go back to."""
    standing = {event.tag.commit for stage in artifact.stages for event in artifact.standing(stage)}
    return tuple(version for version in artifact.versions if version.commit in standing)


def of_files(version: Version, looks: Sequence[Look]) -> Iterator[Finding]:
    """What is wrong with the files of a version that is needed."""
    about = f"{version.name}@{version.version}"
    mend = "run `dvc push` where they still are; let nothing collect what a release needs (`dvc gc --all-tags`)"
    for look in looks:
        if look.state is State.MISSING:
            yield Finding("doctor/files", Severity.ERROR, f"{about}: {look.said}", mend=mend)
        elif look.state is State.UNKNOWN:
            yield Finding("doctor/files", Severity.WARNING, f"{about}: {look.said}")


def of_garbage(tree: Tree) -> Iterator[Finding]:
    """Commands in scripts, workflows and settings that collect what only tags need."""
    for path in tree.paths():
        if path.endswith(_SCRIPTS) and len(content := tree.read(path)) <= _LARGEST and b"dvc" in content:
            yield from _collecting(path, content.decode(errors="replace"))


def _collecting(path: str, text: str) -> Iterator[Finding]:
    text = text.replace("\\\n", "  ")
    for found in _COLLECTS.finditer(text):
        if not _KEEPS_TAGS.search(found["flags"]):
            line = text.count("\n", 0, found.start()) + 1
            what = f"`{found[0].strip()[:80]}` collects the files of released versions, which only tags need"
            yield Finding("doctor/garbage", Severity.ERROR, what, Location(path, line), "add `--all-tags`")


def _nested(tag: str) -> oddities.Oddity:
    return oddities.Oddity(
        tag, "is on another tag, which not every tool follows", "write it on the commit", grave=False
    )


def _doubted(tag: str, why: str) -> oddities.Oddity:
    return oddities.Oddity(tag, f"unverified: {why}", "find out who wrote it: gto and dvc believe it", grave=True)
