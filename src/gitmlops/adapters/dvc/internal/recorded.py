"""The stages that lead to a file, as DVC reads them, and where what is there differs from what dvc.lock recorded."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvc.dependency.param import ParamsDependency
from dvc.exceptions import DvcException
from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import PipelineStage, Stage

from gitmlops.errors import InputError, ToolError

_UNKNOWN = object()


@dataclass(frozen=True)
class RecordedStage:
    """A stage. runs: not for data that somebody added, nor for frozen stages; outputs: paths from the root.

    deterministic: false if its component, or one whose outputs it reads, was declared not to be.
    """

    name: str
    runs: bool
    outputs: tuple[str, ...]
    deterministic: bool
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """What dvc.lock says of a stage and what is there; key: of a parameter; before, after: its values, as text."""

    stage: str
    path: str
    key: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Checked:
    """How many inputs were compared, and which of them changed."""

    inputs: int
    changes: tuple[Change, ...]


def leading_to(root: Path, path: str) -> tuple[RecordedStage, ...]:
    """The stage that writes a path, after all those that it needs.

    Raises InputError if no stage writes it, or dvc.lock does not know one of those that run; ToolError.
    """
    with _opened(root) as repo:
        found = _plan(repo, _writing(repo, path))
        for stage, runs in found:
            if runs and not all(out.hash_info for out in stage.outs):
                mend = "choose a version whose commit has a dvc.lock of its pipeline"
                raise InputError(f"dvc.lock does not say what stage {stage.addressing} wrote", where=path, mend=mend)
        random = _undetermined(repo, [stage for stage, runs in found if runs])
        return tuple(
            RecordedStage(
                stage.addressing,
                runs,
                tuple(_path(root, out) for out in stage.outs),
                stage.addressing not in random,
                tuple(map(str, stage.cmd if isinstance(stage.cmd, list) else [stage.cmd or ""])),
            )
            for stage, runs in found
        )


def check(root: Path, path: str) -> Checked:
    """Where the inputs of the stages that lead to a path differ from what dvc.lock recorded of them.

    Files that no running stage writes must be there. Raises ToolError.
    """
    with _opened(root) as repo:
        stages = [stage for stage, runs in _plan(repo, _writing(repo, path)) if runs]
        written = {out.fs_path: out for stage in stages for out in stage.outs}
        inputs = {_path(root, dep) for stage in stages for dep in stage.deps if dep.fs_path not in written}
        found = tuple(change for stage in stages for change in _changes(root, stage, written))
        return Checked(len(inputs), found)


@contextmanager
def _opened(root: Path) -> Iterator[Repo]:
    """DVC names stages as they are called from the current folder."""
    try:
        with chdir(root), Repo(str(root)) as repo:
            yield repo
    except DvcException as error:
        raise ToolError(str(error), where="dvc", mend=_MEND) from error
    except OSError as error:
        raise ToolError(f"{error.strerror}: {error.filename}", where="dvc", mend=_MEND) from error


_MEND = "the version's commit cannot be run as it is"


def _writing(repo: Repo, path: str) -> Stage:
    place = Path(repo.root_dir, path)
    for stage in repo.index.stages:
        if any(place.is_relative_to(out.fs_path) for out in stage.outs):
            return stage
    mend = "there is nothing to run again: `gitmlops model get` brings the file"
    raise InputError("no stage of the version's commit writes it", where=path, mend=mend)


def _plan(repo: Repo, target: Stage) -> list[tuple[Stage, bool]]:
    """The target after all that it needs, in a stable order, and whether each runs.

    Of what a frozen stage needs only the outputs are needed: DVC wants them to be there.
    """
    found: dict[str, tuple[Stage, bool]] = {}

    def needs(stage: Stage) -> list[Stage]:
        return sorted(repo.index.graph.successors(stage), key=lambda need: need.addressing)

    def visit(stage: Stage) -> None:
        if found.get(stage.addressing, (stage, False))[1]:
            return
        runs = _runs(stage)
        for need in needs(stage):
            if runs:
                visit(need)
            else:
                found.setdefault(need.addressing, (need, False))
        found.pop(stage.addressing, None)
        found[stage.addressing] = (stage, runs)

    visit(target)
    return list(found.values())


def _runs(stage: Stage) -> bool:
    return isinstance(stage, PipelineStage) and bool(stage.cmd) and not stage.frozen


def _undetermined(repo: Repo, stages: Sequence[Stage]) -> set[str]:
    """Stages that were declared not to be deterministic, and those after them."""
    found: set[str] = set()
    for stage in stages:
        needs = {need.addressing for need in repo.index.graph.successors(stage)}
        if _declared_random(stage) or needs & found:
            found.add(stage.addressing)
    return found


def _declared_random(stage: Stage) -> bool:
    meta = stage.meta if isinstance(stage.meta, Mapping) else {}
    ours = meta.get("gitmlops")
    return isinstance(ours, Mapping) and ours.get("deterministic") is False


def _changes(root: Path, stage: PipelineStage, written: Mapping[str, Output]) -> Iterator[Change]:
    if stage.cmd_changed:
        yield Change(stage.addressing, _relative(root, stage.path), "cmd", "another command", str(stage.cmd))
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            yield from _parameters(root, stage, dep)
        elif _differs(dep, written):
            yield Change(stage.addressing, _path(root, dep))


def _parameters(root: Path, stage: Stage, dep: ParamsDependency) -> Iterator[Change]:
    before = dep.hash_info.value if isinstance(dep.hash_info.value, Mapping) else {}
    after = dep.read_params()
    names = dep.params or sorted({*before, *after})
    for name in names:
        for key, old, new in _leaves(name, before.get(name, _UNKNOWN), after.get(name, _UNKNOWN)):
            yield Change(stage.addressing, _path(root, dep), key, old, new)


def _leaves(key: str, before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """The values that differ, each by its dotted key."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*map(str, before), *map(str, after)}):
            yield from _leaves(f"{key}.{name}", before.get(name, _UNKNOWN), after.get(name, _UNKNOWN))
    elif type(before) is not type(after) or before != after:
        yield key, _shown(before), _shown(after)


def _shown(value: Any) -> str:
    return "none" if value is _UNKNOWN else str(value)


def _differs(dep: Output, written: Mapping[str, Output]) -> bool:
    if dep.fs_path in written:
        return bool(dep.hash_info.value != written[dep.fs_path].hash_info.value)
    inside = dep.fs_path + os.sep
    if any(path.startswith(inside) or dep.fs_path.startswith(path + os.sep) for path in written):
        return False  # made again in part: only then can it be compared
    return bool(dep.workspace_status())


def _path(root: Path, item: Output) -> str:
    return _relative(root, item.fs_path) if item.protocol == "local" else str(item)


def _relative(root: Path, path: str) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
