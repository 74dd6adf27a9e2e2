"""Whether dvc.lock is of what is staged: the code, parameters and data that it names are those of the next commit.

Only what a commit itself holds is hashed, so that neither DVC nor data are needed. What cannot be said so (folders of
code, whose caches DVC counts, too; stages that are templates; files outside) is `dvc status`'s to say.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.pointers import LOCK, Output, Recorded, mapping, mappings, md5_of
from gitmlops.adapters.git.trees import StagedTree
from gitmlops.errors import InputError
from gitmlops.hooks.findings import of_error
from gitmlops.report import Finding, Location, Report, Severity

_PARAMETERS = (".yaml", ".yml", ".json")
_LFS = b"version https://git-lfs.github.com/spec/"
_WORDS = {"true": "true", "false": "false", "null": "null", "~": "null", "": "null"}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_MEND = "run `gitmlops pipeline run` (or `dvc repro`), and add dvc.lock"


def check(tree: StagedTree) -> Report:
    """A finding for each stage whose lock is of something else; stages that never ran are told, and pass."""
    locks = [path for path in pointers.files(tree) if path.endswith(LOCK)]
    try:
        outputs = pointers.read(tree) if locks else {}
        findings = tuple(finding for path in locks for finding in _of_lock(tree, path, outputs))
    except InputError as error:
        return Report("DVC locks", (of_error(error, rule="dvc-lock", path=LOCK),))
    return Report("DVC locks", findings, summary=(f"{len(locks)} dvc.lock, {len(findings)} findings",))


def _of_lock(tree: StagedTree, path: str, outputs: Mapping[str, Output]) -> Iterator[Finding]:
    source = str(PurePosixPath(path).with_name("dvc.yaml"))
    stages = mapping(pointers.document(tree, source).get("stages")) if tree.digest(source) else {}
    recorded = {one.name: one for one in pointers.recorded(tree, path)}
    tree.fetch(named for one in recorded.values() for named in _named(one))
    for name in sorted(stages.keys() - {one.partition("@")[0] for one in recorded}):
        if not pointers.is_template(stages[name]):
            yield Finding("dvc-lock", Severity.NOTE, f"stage {name} never ran", Location(path), _MEND)
    for name, one in recorded.items():
        stage = mapping(stages.get(name.partition("@")[0]))
        if stage.get("frozen") == "true":
            continue
        changed = [*_of_stage(one, stage), *_of_files(tree, one, outputs), *_of_parameters(tree, one)]
        if changed:
            shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            message = f"stage {name} is recorded as it was before: {shown}"
            yield Finding("dvc-lock", Severity.ERROR, message, Location(path), _MEND)


def _named(recorded: Recorded) -> Iterator[str]:
    """Every file that a stage of the lock names."""
    entries = [*mappings(recorded.parts.get("deps")), *mappings(recorded.parts.get("outs"))]
    for place in (*(str(entry.get("path", "")) for entry in entries), *mapping(recorded.parts.get("params"))):
        yield pointers.joined(recorded.folder, place) or ""


def _of_stage(recorded: Recorded, stage: Mapping[str, Any]) -> Iterator[str]:
    """Where dvc.yaml says something else than the lock."""
    if not stage or pointers.is_template(stage):
        return
    if "cmd" in stage and stage["cmd"] != recorded.parts.get("cmd"):
        yield "its command changed"
    for kind in ("deps", "outs"):
        known = {posixpath.normpath(str(entry.get("path"))) for entry in mappings(recorded.parts.get(kind))}
        more = [*_list(stage.get("metrics")), *_list(stage.get("plots"))] if kind == "outs" else []
        listed = {*_listed([*_list(stage.get(kind)), *more])}
        word = "a dependency" if kind == "deps" else "an output"
        yield from (f"{path} is {word} that the lock lacks" for path in sorted(listed - known))
        yield from (f"{path} is no longer {word}" for path in sorted(known - listed))


def _of_files(tree: StagedTree, recorded: Recorded, outputs: Mapping[str, Output]) -> Iterator[str]:
    """Dependencies and small outputs whose content is another one."""
    for kind in ("deps", "outs"):
        for entry in mappings(recorded.parts.get(kind)):
            place, md5 = str(entry.get("path", "")), str(entry.get("md5", ""))
            path = pointers.joined(recorded.folder, place)
            if path and md5 and not _is_same(tree, path, md5, outputs, produced=kind == "outs"):
                yield f"{path} changed"


def _is_same(tree: StagedTree, path: str, md5: str, outputs: Mapping[str, Output], *, produced: bool) -> bool:
    """Whether what is staged has this digest, as far as a commit knows. produced: by the stage itself."""
    if tree.digest(path):
        content = tree.read(path)
        return content.startswith(_LFS) or md5 in (md5_of(content), md5_of(content.replace(b"\r\n", b"\n")))
    tracked = outputs.get(path)
    return produced or tracked is None or not tracked.md5 or tracked.md5 == md5


def _of_parameters(tree: StagedTree, recorded: Recorded) -> Iterator[str]:
    for place, values in mapping(recorded.parts.get("params")).items():
        path = pointers.joined(recorded.folder, place)
        if path is None or not path.endswith(_PARAMETERS) or not tree.digest(path):
            continue
        said = pointers.document(tree, path)
        for key, value in mapping(values).items():
            if "[" not in key and not _alike(_under(said, key), value):
                yield f"{path}:{key} changed"


def _under(said: Mapping[str, Any], key: str) -> Any:
    """The value at `a.b.c`; an empty text, as null is one, where there is none."""
    found: Any = said
    for part in key.split("."):
        found = found.get(part, "") if isinstance(found, dict) else ""
    return found


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are the same to DVC, however they are written: 1e-3 and 0.001, True and true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return isinstance(one, str) and isinstance(other, str) and _plain(one) == _plain(other)


def _plain(text: str) -> str | float:
    if _NUMBER.fullmatch(text):
        return float(text)
    return _WORDS.get(text.lower(), text)


def _listed(value: object) -> Iterator[str]:
    """Paths of a list of dvc.yaml: texts, or mappings with the path as their key."""
    for entry in _list(value):
        path = entry if isinstance(entry, str) else next(iter(entry), "") if isinstance(entry, dict) else ""
        yield posixpath.normpath(path)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
