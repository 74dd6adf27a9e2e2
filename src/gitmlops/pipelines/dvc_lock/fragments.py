"""Fragments of a run's shards -> one set of finished stages. Anybody may have written them.

Whether what they say is still true is for DVC to find: a stage that is not as they say runs again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from gitmlops.errors import InputError
from gitmlops.records import canonical
from gitmlops.records.lock_fragment import FinishedStage, LockFragment

MAX_BYTES = 1 << 26
_AGAIN = "run the shards of this commit again"


class _Output(Struct, frozen=True, forbid_unknown_fields=True):
    """What dvc.lock says of an output. A digest becomes the name of a file in the cache."""

    path: str
    md5: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}(\.dir)?$")]
    hash: Annotated[str, Meta(pattern="^md5$")] = "md5"
    size: Annotated[int, Meta(ge=0)] = 0
    nfiles: Annotated[int, Meta(ge=0)] = 0
    isexec: bool = False


class _Dependency(Struct, frozen=True, forbid_unknown_fields=True):
    """What dvc.lock says of a dependency, which is only compared with the one that is here."""

    path: str
    md5: str = ""
    hash: str = ""
    size: int = 0
    nfiles: int = 0
    isexec: bool = False
    etag: str = ""
    checksum: str = ""
    version_id: str = ""


class _Lines(Struct, frozen=True, forbid_unknown_fields=True):
    """What dvc.lock says of a stage."""

    cmd: str | tuple[str, ...]
    deps: tuple[_Dependency, ...] = ()
    params: dict[str, dict[str, Any]] = {}
    outs: tuple[_Output, ...] = ()


@dataclass(frozen=True)
class Finished:
    """A stage that a shard has finished. shard: its number; entry: of dvc.lock; digests: of its outputs, by path."""

    name: str
    shard: int
    path: str
    entry: Mapping[str, Any]
    digests: Mapping[str, str]
    executable: frozenset[str]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Joined:
    """Shards put together. disagreeing: stages that shards made differently; missing: shards without a fragment."""

    pipeline: str
    steps: tuple[str, ...]
    shards: int
    finished: Mapping[str, Finished]
    disagreeing: Mapping[str, tuple[int, ...]]
    missing: tuple[int, ...]


def read(path: Path) -> LockFragment:
    """The fragment in a file. Raises InputError for what is none, or larger than any is."""
    where = str(path)
    if path.is_symlink() or not path.is_file():
        raise InputError("not a file", where=where, mend="name the fragments that `pipeline run --shard` has written")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise InputError(f"{size} bytes, a fragment has at most {MAX_BYTES}", where=where, mend=_AGAIN)
    fragment: LockFragment = canonical.decode(path.read_bytes(), LockFragment, path=where)
    if fragment.shard > fragment.shards:
        raise InputError(f"there is no shard {fragment.shard} of {fragment.shards}", where=where, mend=_AGAIN)
    return fragment


def joined(fragments: Mapping[str, LockFragment], *, commit: str) -> Joined:
    """Fragments of one run, by file, at this commit. Of what shards disagree on, the first shard's counts.

    Raises InputError for a fragment of another commit or run, or a stage that is not told as DVC would.
    """
    first_path, first = next(iter(fragments.items()))
    for path, fragment in fragments.items():
        if fragment.commit != commit:
            what = f"is of the commit {fragment.commit[:12]}, and this is {commit[:12]}"
            raise InputError(what, where=path, mend=f"check that commit out, or {_AGAIN}")
        if _run_of(fragment) != _run_of(first):
            raise InputError(f"is of another run than {first_path}", where=path, mend="join the shards of one run")
    by_name: dict[str, list[Finished]] = {}
    for path, fragment in sorted(fragments.items(), key=lambda item: item[1].shard):
        for stage in fragment.finished:
            by_name.setdefault(stage.stage, []).append(finished(stage, fragment.shard, path))
    given = {fragment.shard for fragment in fragments.values()}
    return Joined(
        pipeline=first.pipeline,
        steps=first.steps,
        shards=first.shards,
        finished={name: ones[0] for name, ones in by_name.items()},
        disagreeing={
            name: tuple(one.shard for one in ones)
            for name, ones in by_name.items()
            if any((one.entry, one.files) != (ones[0].entry, ones[0].files) for one in ones)
        },
        missing=tuple(number for number in range(1, first.shards + 1) if number not in given),
    )


def can_be_told(stage: FinishedStage) -> bool:
    """Whether a join will take the stage: not with dependencies that DVC alone knows, or file names like `a\\b`."""
    try:
        msgspec.convert(msgspec.to_builtins(stage), type=FinishedStage)
        finished(stage, 1, "")
    except (msgspec.ValidationError, InputError):
        return False
    return True


def require_own_stages(joined: Joined, parts: Sequence[frozenset[str]], known: Iterable[str]) -> None:
    """Raises InputError for a stage that dvc.yaml does not have, or that is not in the part of its shard."""
    names = set(known)
    for one in joined.finished.values():
        if one.name not in names:
            raise InputError(f"there is no stage {one.name!r}", where=one.path, mend=_AGAIN)
        if one.name not in parts[one.shard - 1]:
            what = f"{one.name!r} is no stage of shard {one.shard}/{joined.shards}"
            raise InputError(what, where=one.path, mend=_AGAIN)


def _run_of(fragment: LockFragment) -> tuple[str, tuple[str, ...], int]:
    return fragment.pipeline, fragment.steps, fragment.shards


def finished(stage: FinishedStage, shard: int, path: str) -> Finished:
    """A stage as a fragment tells it. Raises InputError if that is not as DVC would tell it."""
    try:
        entry = json.loads(stage.lock)
        lines = msgspec.convert(entry, type=_Lines)
    except (ValueError, RecursionError) as error:
        what = f"what it says of stage {stage.stage!r} is not what DVC would: {error}"
        raise InputError(what, where=path, mend=_AGAIN) from error
    return Finished(
        name=stage.stage,
        shard=shard,
        path=path,
        entry=entry,
        digests={out.path: out.md5 for out in lines.outs},
        executable=frozenset(out.path for out in lines.outs if out.isexec),
        files={file.path: file.content for file in stage.files},
    )
