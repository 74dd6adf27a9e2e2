"""Tags that git contradicts, for every view: by what this clone knows, without signatures and without asking anybody.

`verify` knows more. Here nothing is left out of what is shown, only called unverified, since GTO and DVC believe it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from gitmlops.adapters.git.repository import Repository
from gitmlops.registry.tags.history import Artifact
from gitmlops.registry.verifying import claims
from gitmlops.registry.verifying.claims import Circumstances

_REMOTE = "refs/remotes/origin/"
_BRANCHES = tuple(f"{place}{name}" for place in (_REMOTE, "refs/heads/") for name in ("main", "master"))


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
    asked = [(artifact, event) for artifact in artifacts for event in artifact.events if event.tag.name in names]
    commits = sorted({event.tag.commit for _, event in asked})
    if not commits:
        return {}
    committed, unmerged = _committed(repository, commits), _unmerged(repository, commits)
    found = {}
    for artifact, event in asked:
        commit = event.tag.commit
        circumstances = Circumstances(committed.get(commit, 0), commit not in unmerged, None)
        if why := next(claims.doubts(artifact, event, circumstances), ""):
            found[event.tag.name] = why
    return found


def _committed(repository: Repository, commits: Iterable[str]) -> Mapping[str, int]:
    """When commits were made, in seconds since 1970."""
    listed = _rev_list(repository, commits, "--no-walk=unsorted", "--timestamp")
    pairs = (line.split(" ") for line in listed.splitlines())
    return {commit: int(time) for time, commit in pairs}


def _unmerged(repository: Repository, commits: Iterable[str]) -> frozenset[str]:
    """Commits that are not on the default branch, as this clone knows it; none where it does not know."""
    branch = _default_branch(repository)
    if not branch:
        return frozenset()
    listed = _rev_list(repository, (*commits, f"^{branch}"))
    # Where history is cut off, it cannot be seen that a commit was merged.
    return frozenset(listed.split()) if listed and not repository.is_shallow() else frozenset()


def _rev_list(repository: Repository, revisions: Iterable[str], *options: str) -> str:
    # Of a tag that lies about what it is on, git says nothing here.
    given = "".join(f"{revision}\n" for revision in revisions).encode()
    return repository.git("rev-list", "--ignore-missing", *options, "--stdin", stdin=given)


def _default_branch(repository: Repository) -> str:
    """The ref that others build on, as origin has it if this clone has one; empty if it cannot be told."""
    listed = repository.git("for-each-ref", "--format=%(refname) %(symref)", f"{_REMOTE}HEAD", *_BRANCHES)
    refs = dict(line.split(" ") for line in listed.splitlines())
    return refs.get(f"{_REMOTE}HEAD") or next((ref for ref in _BRANCHES if ref in refs), "")
