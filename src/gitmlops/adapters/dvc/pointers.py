"""DVC's own files, read as data: which content is at which path. Strangers may have written them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from gitmlops.definitions import Tree
from gitmlops.errors import InputError

LOCK = "dvc.lock"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Output:
    """A file or folder under DVC, by content. md5 ends in `.dir` for a folder."""

    path: str
    md5: str
    size: int
    stage: str = ""


def read(tree: Tree) -> Mapping[str, Output]:
    """Everything that DVC tracks in a tree, by path: outputs of `dvc.lock` and of every `*.dvc` file.

    Raises InputError if one of these files is broken or names a path outside the repository.
    """
    outputs = {}
    for path in tree.paths():
        if path == LOCK or path.endswith("/" + LOCK) or path.endswith(".dvc"):
            for output in _outputs(tree.read(path), path):
                outputs[output.path] = output
    return outputs


def covering(path: str, outputs: Mapping[str, Output]) -> Output | None:
    """The output that is `path` or a folder around it, or None."""
    parts = PurePosixPath(path)
    return next((outputs[str(place)] for place in (parts, *parts.parents) if str(place) in outputs), None)


def _outputs(content: bytes, path: str) -> Iterator[Output]:
    document = _load(content, path)
    folder = PurePosixPath(path).parent
    if path.endswith(".dvc"):
        yield from (_output(fields, folder, path, "") for fields in _list(document.get("outs")))
        return
    for name, stage in _mapping(document.get("stages")).items():
        yield from (_output(fields, folder, path, str(name)) for fields in _list(_mapping(stage).get("outs")))


def _output(fields: Mapping[str, Any], folder: PurePosixPath, path: str, stage: str) -> Output:
    place, md5 = str(fields.get("path", "")), str(fields.get("md5", ""))
    parts = PurePosixPath(place).parts
    if not parts or place.startswith("/") or {"..", ".git", ".dvc"} & set(parts):
        raise InputError(f"the output path {place!r} leaves the repository", where=path, mend="do not trust this file")
    return Output(str(folder / place), md5, int(fields.get("size") or 0), stage)


def _load(content: bytes, path: str) -> Mapping[str, Any]:
    try:
        return _mapping(yaml.load(content, Loader=_LOADER))  # noqa: S506 - a safe loader, in C
    except yaml.YAMLError as error:
        mend = "mend the conflict, or take one side and run `dvc repro`"
        raise InputError("not YAML; a merge conflict?", where=path, mend=mend) from error


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
