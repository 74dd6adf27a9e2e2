"""Whether the files of a version can be had by whoever is to serve it, without bringing them."""

from collections.abc import Iterator

from gitmlops.adapters.dvc import cache, fetching, presence
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.registry.files.contents import Contents, companion, sha256
from gitmlops.registry.preflight import Look, State
from gitmlops.registry.tags.history import Version


def look(contents: Contents, version: Version, artifact: str, configuration: bytes) -> Iterator[Look]:
    """A look at the model file, and at the card, baseline and manifest beside it.

    configuration: `.dvc/config` of today, by which they will be fetched. What git keeps is hashed, what DVC keeps is
    looked for in its remotes. Raises InputError if DVC's files of the commit, or the configuration, are broken.
    """
    pins = {artifact: "Model", companion(artifact, ".baseline.json"): "Baseline"}
    beside = contents.beside(artifact)
    yield from _in_git(contents, version, (artifact, *beside), pins)
    for path, key in pins.items():
        if path not in beside and not contents.pin(path) and (path == artifact or version.trailers.one(key)):
            yield Look(path, State.MISSING, f"neither in git nor under DVC in commit {version.commit[:12]}")
    kept = contents.under_dvc((artifact, *beside))
    yield from _under_dvc(contents, kept, configuration) if kept else ()


def _in_git(contents: Contents, version: Version, paths: tuple[str, ...], pins: dict[str, str]) -> Iterator[Look]:
    for path in paths:
        if not contents.tree.digest(path):
            continue
        pinned = version.trailers.one(pins[path]) if path in pins else ""
        found = sha256(contents.tree.read(path)) if pinned else ""
        if found != pinned:
            yield Look(path, State.MISSING, f"its sha256 is {found[:12]}…, {version.tag} pins {pinned[:12]}…")
        else:
            yield Look(path, State.FINE, "in git" + (", as its tag pins it" if pinned else ""))


def _under_dvc(contents: Contents, outputs: tuple[Output, ...], configuration: bytes) -> Iterator[Look]:
    repository = contents.repository
    if not fetching.remotes(repository, configuration):
        for output in outputs:
            here = cache.of(repository).has(output)
            found = (
                "in the cache of this clone alone: there is no DVC remote" if here else "not here, and no DVC remote"
            )
            yield Look(output.path, State.UNKNOWN if here else State.MISSING, found)
        return
    known = presence.look(repository, configuration, outputs)
    for output in outputs:
        path, size = output.path, f", {output.size:,} bytes" if output.size else ""
        if remote := known.held.get(path):
            yield Look(path, State.FINE, f"in the DVC remote {remote}{size}")
        elif why := known.unanswered.get(path):
            yield Look(path, State.UNKNOWN, why)
        else:
            yield Look(path, State.MISSING, f"in no DVC remote: {known.lacking[path]}")
