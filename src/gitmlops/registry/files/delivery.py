"""The files of a version, together in one folder, each what the version's tag says it is."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from gitmlops.adapters.dvc import fetching
from gitmlops.adapters.files import write_folder
from gitmlops.errors import Refusal
from gitmlops.registry.files.contents import Contents, companion, sha256
from gitmlops.registry.tags.history import Version


def bring(contents: Contents, artifact: str) -> None:
    """Ask the DVC remotes for what this machine lacks of a model file, and of the files beside it.

    Raises InputError for a configuration that is none, ToolError for what no remote has.
    """
    if missing := contents.missing((artifact, *contents.beside(artifact))):
        fetching.bring(contents.repository, missing)


def gather(contents: Contents, version: Version, artifact: str) -> Mapping[str, bytes]:
    """Repository path -> content of the model file and of the card, baseline and manifest beside it.

    Raises Refusal if one of them is not what the tag pins, InputError or ToolError if it cannot be had.
    """
    files = {path: contents.read(path) for path in (artifact, *contents.beside(artifact))}
    pins = {artifact: "Model", companion(artifact, ".baseline.json"): "Baseline"}
    for path, key in pins.items():
        if path in files:
            _require_pinned(version, key, path, files[path])
        elif version.trailers.one(key):
            raise Refusal(
                f"{version.tag} pins it, its commit does not have it", where=path, mend="do not trust this tag"
            )
    return files


def baseline(contents: Contents, version: Version, artifact: str) -> bytes:
    """The baseline beside a version's model file.

    Raises Refusal if it is not what the tag pins, InputError or ToolError if it cannot be had.
    """
    path = companion(artifact, ".baseline.json")
    content = contents.read(path)
    _require_pinned(version, "Baseline", path, content)
    return content


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files, by their names alone, into a folder that does not exist yet or is empty; all or none.

    Raises InputError if the folder holds something, ToolError if it cannot be written.
    """
    write_folder(folder, {PurePosixPath(path).name: content for path, content in files.items()})


def _require_pinned(version: Version, key: str, path: str, content: bytes) -> None:
    pinned, found = version.trailers.one(key), sha256(content)
    if pinned and found != pinned:
        what = f"its sha256 is {found[:12]}…, {version.tag} pins {pinned[:12]}…"
        raise Refusal(what, where=path, mend="do not use it; find out who wrote the tag or the storage")
