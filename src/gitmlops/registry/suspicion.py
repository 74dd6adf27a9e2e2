"""Tags that git contradicts, for every view: by what this clone knows, without signatures and without asking anybody.

`verify` knows more. Here nothing is left out of what is shown, only called unverified, since GTO and DVC believe it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from gitmlops.adapters.git.repository import Repository
from gitmlops.registry import claims
from gitmlops.registry.claims import Circumstances
from gitmlops.registry.history import Artifact

_REMOTE = "refs/remotes/origin/"
_BRANCHES = tuple(f"{place}{name}" for place in (_REMOTE, "refs/heads/") for name in ("main", "master"))
_MOST_NAMES = 200
"""Tags that git is asked for by their names; of more it is asked for all."""


def of_shown(repository: Repository, artifacts: Iterable[Artifact]) -> Mapping[str, str]:
    """Of the tags on which the latest version and what is in each stage rest: tag -> why it is not believed."""
    known = tuple(artifacts)
    return _of(repository, known, {name for artifact in known for name in _grounds(artifact)})


def of_all(repository: Repository, *artifacts: Artifact) -> Mapping[str, str]:
    """Of every tag of these models that counts: tag -> why it is not believed."""
    return _of(repository, artifacts, {event.tag.name for artifact in artifacts for event in artifact.events})


def _grounds(artifact: Artifact) -> Iterator[str]:
    if artifact.latest:
        yield artifact.latest.tag
    for stage in artifact.stages:
        if placed := artifact.promotion(stage):
            yield from (placed.tag.name, artifact.version_at(placed.tag.commit, placed).tag)


def _of(repository: Repository, artifacts: Iterable[Artifact], names: Collection[str]) -> Mapping[str, str]:
    if not names:
        return {}
    patterns = [f"refs/tags/{name}" for name in sorted(names)] if len(names) <= _MOST_NAMES else ["refs/tags"]
    committed, unmerged = _committed(repository, patterns), _unmerged(repository, patterns)
    found = {}
    for artifact in artifacts:
        for event in artifact.events:
            if (name := event.tag.name) in names:
                circumstances = Circumstances(committed.get(name, 0), name not in unmerged, None)
                if why := next(claims.doubts(artifact, event, circumstances), ""):
                    found[name] = why
    return found


def _committed(repository: Repository, patterns: Collection[str]) -> Mapping[str, int]:
    """When the commits of tags were made, in seconds since 1970."""
    listed = repository.git("for-each-ref", "--format=%(refname:strip=2) %(*committerdate:unix)", *patterns)
    pairs = (line.split(" ") for line in listed.splitlines())
    return {name: int(time) for name, time in pairs if time}


def _unmerged(repository: Repository, patterns: Collection[str]) -> frozenset[str]:
    """Tags whose commit is not on the default branch, as this clone knows it; none where it does not know."""
    branch = _default_branch(repository)
    if not branch:
        return frozenset()
    listed = repository.git("for-each-ref", f"--no-merged={branch}", "--format=%(refname:strip=2)", *patterns)
    # Where history is cut off, it cannot be seen that a commit was merged.
    return frozenset(listed.split()) if listed and not repository.is_shallow() else frozenset()


def _default_branch(repository: Repository) -> str:
    """The ref that others build on, as origin has it if this clone has one; empty if it cannot be told."""
    listed = repository.git("for-each-ref", "--format=%(refname) %(symref)", f"{_REMOTE}HEAD", *_BRANCHES)
    refs = dict(line.split(" ") for line in listed.splitlines())
    return refs.get(f"{_REMOTE}HEAD") or next((ref for ref in _BRANCHES if ref in refs), "")
