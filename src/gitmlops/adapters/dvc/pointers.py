"""DVC's own files, read as data: which content is at which path. Strangers may have written them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.specs.yaml import compose, shortened

LOCK = "dvc.lock"
MAX_BYTES = 1 << 24
_SIZE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Output:
    """A file or folder under DVC, by content. md5 ends in `.dir` for a folder."""

    path: str
    md5: str
    size: int
    stage: str = ""


def read(tree: Tree) -> Mapping[str, Output]:
    """Everything that DVC tracks in a tree, by path: outputs of `dvc.lock` and of every `*.dvc` file.

    DVC leaves removed stages in `dvc.lock`: only those that `dvc.yaml` still has count.
    Raises InputError if one of these files is broken, names a path outside the repository, or if two of them
    give one path different contents.
    """
    outputs: dict[str, Output] = {}
    paths = tree.paths()
    for path in paths:
        if path == LOCK or path.endswith("/" + LOCK) or path.endswith(".dvc"):
            stages = _stages(tree, path, paths)
            for output in _outputs(tree.read(path), path):
                if stages is None or output.stage.partition("@")[0] in stages:
                    _require_one_content(outputs.setdefault(output.path, output), output, path)
    return outputs


def covering(path: str, outputs: Mapping[str, Output]) -> Output | None:
    """The output that is `path` or a folder around it, or None."""
    parts = PurePosixPath(path)
    return next((outputs[str(place)] for place in (parts, *parts.parents) if str(place) in outputs), None)


def held(path: str, outputs: Mapping[str, Output]) -> Mapping[str, Output]:
    """All that DVC tracks at a path or under it, and the folder around it that it tracks as one; by path."""
    inside, around = path + "/", covering(path, outputs)
    under = {other: output for other, output in outputs.items() if other.startswith(inside)}
    return {**under, around.path: around} if around else under


def _stages(tree: Tree, path: str, paths: tuple[str, ...]) -> frozenset[str] | None:
    """The stages of the `dvc.yaml` beside a `dvc.lock`; None where nothing says which stages there are."""
    described = str(PurePosixPath(path).with_name("dvc.yaml"))
    if path.endswith(".dvc") or described not in paths:
        return None
    return frozenset(_mapping(_document(tree.read(described), described).get("stages")))


def _require_one_content(first: Output, second: Output, path: str) -> None:
    if first.md5 != second.md5:
        what = f"{first.path} is {first.md5[:12]} for one stage or file and {second.md5[:12]} for another"
        raise InputError(what, where=path, mend="let one stage or one .dvc file track it")


def _outputs(content: bytes, path: str) -> Iterator[Output]:
    document = _document(content, path)
    folder = PurePosixPath(path).parent
    if path.endswith(".dvc"):
        yield from (_output(fields, folder, path, "") for fields in _mappings(document.get("outs")))
        return
    for stage, parts in _mapping(document.get("stages")).items():
        yield from (_output(fields, folder, path, stage) for fields in _mappings(_mapping(parts).get("outs")))


def _output(fields: Mapping[str, Any], folder: PurePosixPath, path: str, stage: str) -> Output:
    place, md5, size = (str(fields.get(key, "")) for key in ("path", "md5", "size"))
    parts = PurePosixPath(place).parts
    if not parts or place.startswith("/") or {"..", ".git", ".dvc"} & set(parts):
        what = f"the output path {shortened(place)} leaves the repository"
        raise InputError(what, where=path, mend="do not trust this file")
    return Output(str(folder / place), md5, int(size) if _SIZE.fullmatch(size) else 0, stage)


def _document(content: bytes, path: str) -> Mapping[str, Any]:
    try:
        roots = compose(content, path=path, max_bytes=MAX_BYTES)
    except InputError as error:
        if b"<<<<<<< " not in content:
            raise
        mend = "mend the conflict, or take one side and run `dvc repro`"
        raise InputError("a merge conflict", where=path, mend=mend) from error
    return _mapping(_plain(roots[0])) if roots else {}


def _plain(node: Node) -> Any:
    """The node as dicts, lists and texts: a pointer's paths and digests are all text."""
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    return [_plain(item) for item in node.value] if isinstance(node, SequenceNode) else node.value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
