"""DVC's own files, read as data: which content is at which path. Strangers may have written them."""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.specs.yaml import MappingNode, Node, ScalarNode, SequenceNode, compose, shortened

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


@dataclass(frozen=True)
class Stage:
    """What a stage was made from and what it made, by content, when it was last run.

    settings: its command and parameters, as one text that is another when they are others; described_in: the path of
    its dvc.yaml.
    """

    name: str
    dependencies: tuple[Output, ...]
    outputs: tuple[Output, ...]
    settings: str = ""
    described_in: str = ""


@dataclass(frozen=True)
class Recorded:
    """A stage as a lock has it: its name, the folder that its paths begin at, and what the lock says, as texts."""

    name: str
    folder: PurePosixPath
    parts: Mapping[str, Any]


def read(tree: Tree) -> Mapping[str, Output]:
    """Everything that DVC tracks in a tree, by path: outputs of `dvc.lock` and of every `*.dvc` file.

    DVC leaves removed stages in `dvc.lock`: only those that `dvc.yaml` still has count. Paths are relative to the
    `wdir` of the stage or `.dvc` file; `dvc.lock` does not repeat it.
    Raises InputError if one of these files is broken, names a path outside the repository, has a `wdir` that only DVC
    could fill in, or if two of them give one path different contents.
    """
    outputs: dict[str, Output] = {}
    paths = frozenset(tree.paths())
    for path in files(tree):
        for output in _outputs(tree, path, paths):
            _require_one_content(outputs.setdefault(output.path, output), output, path)
    return outputs


def files(tree: Tree) -> tuple[str, ...]:
    """Where a tree has what DVC tracks: paths of each `dvc.lock` and each `*.dvc` file, sorted."""
    return tuple(path for path in tree.paths() if path.endswith(".dvc") or _is_lock(path))


def outputs_of(tree: Tree, path: str) -> tuple[Output, ...]:
    """What one of these files tracks. Raises InputError as `read` does."""
    return tuple(_outputs(tree, path, frozenset(tree.paths())))


def stages(tree: Tree) -> tuple[Stage, ...]:
    """Every stage that a `dvc.lock` of a tree has, as it was last run. Raises InputError as `read` does.

    Dependencies outside of the repository are left out.
    """
    paths = tree.paths()
    return tuple(
        Stage(
            name,
            tuple(_inside(mappings(parts.get("deps")), folder, name)),
            tuple(_output(fields, folder, path, name) for fields in mappings(parts.get("outs"))),
            json.dumps([parts.get("cmd"), parts.get("params")], sort_keys=True),
            str(PurePosixPath(path).with_name("dvc.yaml")),
        )
        for path in paths
        if _is_lock(path)
        for name, folder, parts in _stages_of(
            tree, path, described=str(PurePosixPath(path).with_name("dvc.yaml")) in paths
        )
    )


def is_template(stage: object) -> bool:
    """Whether only DVC knows what a stage of dvc.yaml is: with variables, or once for each of something."""
    return not isinstance(stage, dict) or "foreach" in stage or "matrix" in stage or "${" in json.dumps(stage)


def md5_of(content: bytes) -> str:
    """Hex MD5, by which DVC names contents."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def covering(path: str, outputs: Mapping[str, Output]) -> Output | None:
    """The output that is `path` or a folder around it, or None."""
    parts = PurePosixPath(path)
    return next((outputs[str(place)] for place in (parts, *parts.parents) if str(place) in outputs), None)


def held(path: str, outputs: Mapping[str, Output]) -> Mapping[str, Output]:
    """All that DVC tracks at a path or under it, and the folder around it that it tracks as one; by path."""
    inside, around = path + "/", covering(path, outputs)
    under = {other: output for other, output in outputs.items() if other.startswith(inside)}
    return {**under, around.path: around} if around else under


def recorded(tree: Tree, path: str) -> Iterator[Recorded]:
    """Every stage that a `dvc.lock` has and the `dvc.yaml` beside it still says. Raises InputError as `read` does."""
    described = str(PurePosixPath(path).with_name("dvc.yaml")) in tree.paths()
    for name, folder, parts in _stages_of(tree, path, described=described):
        yield Recorded(name, folder, parts)


def document(tree: Tree, path: str) -> Mapping[str, Any]:
    """A YAML file of DVC's as dicts, lists and texts. Raises InputError if it is broken."""
    return _document(tree.read(path), path)


def joined(folder: PurePosixPath, place: str) -> str | None:
    """The path from the root to which a relative path leads from a folder; None if that is not in the repository."""
    found = _joined(folder, place)
    return None if found is None else str(found)


def _is_lock(path: str) -> bool:
    return path == LOCK or path.endswith("/" + LOCK)


def _outputs(tree: Tree, path: str, paths: frozenset[str]) -> Iterator[Output]:
    if _is_lock(path):
        return _of_lock(tree, path, described=str(PurePosixPath(path).with_name("dvc.yaml")) in paths)
    return _of_pointer(tree, path)


def _require_one_content(first: Output, second: Output, path: str) -> None:
    if first.md5 != second.md5:
        what = f"{first.path} is {first.md5[:12]} for one stage or file and {second.md5[:12]} for another"
        raise InputError(what, where=path, mend="let one stage or one .dvc file track it")


def _of_pointer(tree: Tree, path: str) -> Iterator[Output]:
    document = _document(tree.read(path), path)
    folder = _folder(tree, path, ("wdir",)) if "wdir" in document else PurePosixPath(path).parent
    yield from (_output(fields, folder, path, "") for fields in mappings(document.get("outs")))


def _of_lock(tree: Tree, path: str, *, described: bool) -> Iterator[Output]:
    """described: whether there is a `dvc.yaml` beside the lock, which says which stages there are, and where."""
    for stage, folder, parts in _stages_of(tree, path, described=described):
        yield from (_output(fields, folder, path, stage) for fields in mappings(parts.get("outs")))


def _stages_of(tree: Tree, path: str, *, described: bool) -> Iterator[tuple[str, PurePosixPath, Mapping[str, Any]]]:
    """Each stage of a lock that there is: its name, the folder that its paths begin at, what the lock says of it."""
    source = str(PurePosixPath(path).with_name("dvc.yaml"))
    stages = mapping(_document(tree.read(source), source).get("stages")) if described else {}
    for stage, parts in mapping(_document(tree.read(path), path).get("stages")).items():
        name = stage.partition("@")[0]
        if described and name not in stages:
            continue
        folder = PurePosixPath(path).parent
        for keys in (("stages", name, "wdir"), ("stages", name, "do", "wdir")):
            if _has(stages, keys[1:]):
                folder = _folder(tree, source, keys)
        yield stage, folder, mapping(parts)


def _has(value: Any, keys: Sequence[str]) -> bool:
    return not keys or (keys[0] in mapping(value) and _has(value[keys[0]], keys[1:]))


def _folder(tree: Tree, path: str, keys: Sequence[str]) -> PurePosixPath:
    """The folder that the `wdir` at `keys` of a file names. Raises InputError at its place in the file."""
    node: Any = compose(tree.read(path), path=path, max_bytes=MAX_BYTES)[0]
    for key in keys:
        _, node = node.value[key]
    where = f"{path}:{node.line}:{node.column}"
    if not isinstance(node, ScalarNode) or "${" in node.value:
        mend = "write the folder itself, or leave `wdir` out and write paths from this file's folder"
        raise InputError("`wdir` is not a plain path, and only DVC could fill it in", where=where, mend=mend)
    folder = _joined(PurePosixPath(path).parent, node.value)
    if folder is None:
        mend = "name a folder of the repository"
        raise InputError(f"`wdir` {shortened(node.value)} leaves the repository", where=where, mend=mend)
    return folder


def _output(fields: Mapping[str, Any], folder: PurePosixPath, path: str, stage: str) -> Output:
    place, md5, size = (str(fields.get(key, "")) for key in ("path", "md5", "size"))
    target = _joined(folder, place)
    if target is None or target in (folder, PurePosixPath()):
        what = f"the output path {shortened(place)} leaves the repository"
        raise InputError(what, where=path, mend="do not trust this file")
    return Output(str(target), md5, int(size) if _SIZE.fullmatch(size) else 0, stage)


def _inside(found: Sequence[Mapping[str, Any]], folder: PurePosixPath, stage: str) -> Iterator[Output]:
    for fields in found:
        if target := _joined(folder, str(fields.get("path", ""))):
            yield Output(str(target), str(fields.get("md5", "")), 0, stage)


def is_inside(place: str) -> bool:
    """Whether a relative path stays in the folder that it is of, and is neither git's nor DVC's own."""
    return _joined(PurePosixPath(), place) not in (None, PurePosixPath()) and "\\" not in place


def _joined(folder: PurePosixPath, place: str) -> PurePosixPath | None:
    """Where a relative path leads from a folder; None if that is not in the repository, or git's or DVC's own."""
    joined = PurePosixPath(posixpath.normpath(folder / place))
    return None if joined.is_absolute() or {"..", ".git", ".dvc"} & set(joined.parts) else joined


def _document(content: bytes, path: str) -> Mapping[str, Any]:
    try:
        roots = compose(content, path=path, max_bytes=MAX_BYTES)
    except InputError as error:
        if b"<<<<<<< " not in content:
            raise
        mend = "mend the conflict, or take one side and run `dvc repro`"
        raise InputError("a merge conflict", where=path, mend=mend) from error
    return mapping(_plain(roots[0])) if roots else {}


def _plain(node: Node) -> Any:
    """The node as dicts, lists and texts: a pointer's paths and digests are all text."""
    if isinstance(node, MappingNode):
        return {key: _plain(item) for key, (_, item) in node.value.items()}
    return [_plain(item) for item in node.value] if isinstance(node, SequenceNode) else node.value


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list; none of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
