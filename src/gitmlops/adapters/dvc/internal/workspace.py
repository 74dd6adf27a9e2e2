"""The stages of a repository, one at a time: what `dvc repro` does before and after a stage's command, by DVC itself.

The order of the calls is that of dvc/repo/reproduce.py, dvc/stage/__init__.py and dvc/stage/run.py.
"""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import yaml
from dvc.dvcfile import PROJECT_FILE, Lockfile
from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.logger import set_loggers_level
from dvc.repo import Repo, lock_repo
from dvc.repo.reproduce import collect_stages, get_active_graph, plan_repro
from dvc.stage import PipelineStage, Stage
from dvc.stage.cache import RunCacheNotFoundError
from dvc.stage.loader import StageLoader
from dvc.stage.run import _enforce_cmd_list, _make_cmd, get_executable, prepare_kwargs
from dvc.stage.serialize import to_lockfile
from dvc.utils.strictyaml import YAMLSyntaxError, YAMLValidationError

from gitmlops.adapters.dvc.command import told
from gitmlops.adapters.dvc.internal import shortcuts
from gitmlops.errors import InputError, ToolError


class State(Enum):
    """What is to be done about a stage, or was done without running its command."""

    CLEAN = "up to date"
    RESTORED = "taken from the run-cache"
    VERIFIED = "checked"
    DUE = "to be run"


@dataclass(frozen=True)
class Node:
    """A stage in the order of `dvc repro`. needs: the stages before it; cpus: how many it is declared to use.

    runs: whether it has a command that a run may call; travels: whether another clone can have its result without
    running it, which is not so where DVC always runs it or does not push all that it makes.
    """

    name: str
    needs: tuple[str, ...]
    cpus: int
    runs: bool
    travels: bool


@dataclass(frozen=True)
class CommandLine:
    """One command of a stage, as DVC would start it; text: what dvc.yaml says."""

    text: str
    arguments: tuple[str, ...]
    folder: str
    environment: Mapping[str, str]


class Workspace:
    """The stages of a plan, by name; DVC's lock on the repository is held except in `unlocked`."""

    def __init__(self, repo: Repo, stages: Sequence[Stage], graph: Any, parsed: shortcuts.Parsed) -> None:
        self.repo, self._parsed = repo, parsed
        self.read = frozenset(parsed.paths)
        """The files that the stages were made of."""
        self.stages: dict[str, Stage] = {stage.addressing: stage for stage in stages}
        self.nodes = tuple(
            Node(stage.addressing, needs, _cpus(stage), _runs(stage), _travels(stage))
            for stage in stages
            for needs in [tuple(need.addressing for need in graph.successors(stage))]
        )

    def reasons(self, name: str) -> tuple[str, ...]:
        """What changed, in DVC's words; nothing for a stage that is up to date by itself."""
        with translated(name):
            return tuple(line for changes in self.stages[name].status().values() for line in told(changes))

    def begin(self, name: str, *, force: bool, run_cache: bool = True) -> State:
        """Do what can be done without the stage's command; run_cache: taking what it once wrote from there is, too.

        Raises ToolError if DVC refuses.
        """
        stage = self.stages[name]
        with translated(name):
            if not force and not stage.changed():
                return State.CLEAN
            if stage.frozen or not stage.cmd or not isinstance(stage, PipelineStage):
                stage.run(force=force)
                if not isinstance(stage, PipelineStage):
                    stage.dump(update_pipeline=False)
                return State.VERIFIED
            stage.remove_outs(ignore_remove=False, force=False)
            if run_cache and not force:
                with suppress(RunCacheNotFoundError):
                    self.repo.stage_cache.restore(stage)
                    _keep(stage)
                    return State.RESTORED
            if not force:
                stage.save_deps()
        return State.DUE

    def commands(self, name: str) -> tuple[CommandLine, ...]:
        """The commands of a stage, one after the other, in the user's shell."""
        stage, shell = self.stages[name], get_executable()
        about = prepare_kwargs(stage)
        lines = _enforce_cmd_list(stage.cmd)
        return tuple(CommandLine(line, tuple(_make_cmd(shell, line)), about["cwd"], about["env"]) for line in lines)

    def finish(self, name: str) -> None:
        """Take what the commands wrote into the cache. Raises ToolError if an output is missing, or DVC refuses."""
        with translated(name):
            _keep(self.stages[name])

    def is_clean(self) -> bool:
        """Whether the lock files say of every stage what we know of it, and DVC now finds that up to date."""
        self._parsed.contents.clear()
        stages = [self.stages[node.name] for node in self.nodes]
        try:
            return all(map(_is_locked_as_it_is, _by_file(stages).items())) and not any(map(_changed, stages))
        except (DvcException, OSError, yaml.YAMLError):
            return False

    def entry(self, name: str) -> Mapping[str, Any]:
        """What dvc.lock is to say of a stage that has run; empty for what dvc.lock says nothing of."""
        stage = self.stages[name]
        return to_lockfile(stage)[stage.name] if isinstance(stage, PipelineStage) else {}

    def recover(self, entries: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
        """Let stages be as these entries say, as if dvc.lock held them; the names of those that still do the same."""
        known = {stage.addressing: stage for stage in self.repo.index.stages if isinstance(stage, PipelineStage)}
        # dvc.lock would be told the new command for what another one made.
        same = (name for name, entry in entries.items() if name in known and entry.get("cmd") == known[name].cmd)
        found = {name: entries[name] for name in same}
        for name, entry in found.items():
            stage = self.stages.setdefault(name, known[name])
            StageLoader.fill_from_lock(stage, entry)
            stage.cmd_changed = False
        return tuple(found)

    def write_lock(self, names: Sequence[str], scratch: Path) -> None:
        """Write these stages into .gitignore and dvc.lock, at once and in the order of the plan, as `dvc repro` would.

        scratch: a folder of ours on the same disk.
        """
        chosen = [self.stages[name] for name in self.stages if name in set(names)]
        self.repo.scm._reset()  # .gitignore may have been written since DVC has read it
        for stage in (each for each in chosen if isinstance(each, PipelineStage)):
            with suppress(DvcException):
                stage.ignore_outs()
        for file, stages in _by_file(chosen).items():
            with translated("dvc.lock"):
                self._write(Path(file).with_suffix(".lock"), stages, scratch)

    def _write(self, lock: Path, stages: Sequence[Stage], scratch: Path) -> None:
        new = scratch / lock.name
        scratch.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        if lock.exists():
            shutil.copy2(lock, new)
        Lockfile(self.repo, str(new)).dump_stages(stages)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(lock)
        context = self.repo.scm_context
        context.files_to_track = {path for path in context.files_to_track if not path.endswith(str(new.name))}
        context.track_file(os.path.relpath(lock))

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """DVC's lock is given up, as `dvc repro` does while a command runs, which may call DVC itself."""
        self.repo.lock.unlock()
        try:
            yield
        finally:
            self._lock()

    def _lock(self) -> None:
        while True:
            with suppress(LockError):
                self.repo.lock.lock()
                return


@contextmanager
def opened(root: Path, targets: Sequence[str]) -> Iterator[Workspace]:
    """The stages that `dvc repro --all-pipelines` would look at or, of targets, these and what they need.

    Raises ToolError if another DVC is at work, or the stages cannot be read.
    """
    with (
        chdir(root),
        set_loggers_level(logging.CRITICAL),
        shortcuts.parsed_once() as parsed,
        translated("dvc"),
        Repo(str(root)) as repo,
        lock_repo(repo),
        repo.scm_context(quiet=True),
    ):
        with _of_the_user():
            graph = get_active_graph(repo.index.graph)
            stages = plan_repro(graph, _wanted(repo, targets))
        with shortcuts.locked_once(repo, stages), shortcuts.links_kept_open(repo):
            yield Workspace(repo, stages, graph, parsed)


def _wanted(repo: Repo, targets: Sequence[str]) -> list[Stage]:
    """What `dvc repro` collects; what it would parse for that again is in the index already."""
    if not targets:
        return [stage for stage in repo.index.stages if Path(stage.path).name == PROJECT_FILE]
    known = {stage.addressing: stage for stage in repo.index.stages}
    return [stage for name in targets for stage in ([known[name]] if name in known else collect_stages(repo, [name]))]


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turns what DVC raises into a ToolError, or an InputError for a file that is not as DVC wants it."""
    try:
        yield
    except YAMLValidationError as error:
        raise InputError(f"DVC does not take it: {error.exc}", where=error.path, mend="mend the file") from error
    except DvcException as error:
        raise ToolError(_words(error), where=where, mend=_MEND) from error
    except OSError as error:  # DVC lets it through: a dependency that is not there, a disk that is full
        raise ToolError(f"{error.strerror}: {error.filename}", where=where, mend=_MEND) from error


@contextmanager
def _of_the_user() -> Iterator[None]:
    """Turns what is wrong with stages, before any of them is looked at, into an InputError."""
    try:
        yield
    except YAMLSyntaxError as error:
        words = f"DVC cannot read it: {error.exc.__cause__ or error.exc}"
        what = "a merge conflict" if error.hint else words
        raise InputError(
            what, where=error.relpath, mend="mend it, or take one side" if error.hint else _MEND
        ) from error
    except YAMLValidationError:
        raise
    except DvcException as error:
        raise InputError(_words(error), where=PROJECT_FILE, mend=_MEND) from error
    except OSError as error:
        where = os.path.relpath(error.filename or PROJECT_FILE)
        raise InputError(error.strerror or str(error), where=where, mend=_MEND) from error


_MEND = "mend it and run again"


def _words(error: BaseException) -> str:
    """What DVC says, and why; its sentences end in a full stop."""
    words = str(error).strip().removesuffix(".")
    return f"{words}: {_words(error.__cause__)}" if isinstance(error.__cause__, DvcException) else words


def _keep(stage: Stage) -> None:
    without_cache = any(not out.use_cache for out in stage.outs if not (out.is_metric or out.is_plot))
    with shortcuts.ignored_later(stage.repo):
        stage.save(run_cache=not without_cache)
    stage.commit()
    stage.cmd_changed = False


def _runs(stage: Stage) -> bool:
    return isinstance(stage, PipelineStage) and not stage.frozen


def _travels(stage: Stage) -> bool:
    if stage.is_callback or stage.always_changed:
        return False
    return all(out.is_in_repo and (out.can_push or not out.use_cache) for out in stage.outs)


def _by_file(stages: Sequence[Stage]) -> dict[str, list[PipelineStage]]:
    """The stages that dvc.lock files tell of, by dvc.yaml."""
    found: dict[str, list[PipelineStage]] = {}
    for stage in stages:
        if isinstance(stage, PipelineStage):
            found.setdefault(stage.path, []).append(stage)
    return found


def _is_locked_as_it_is(file: tuple[str, Sequence[PipelineStage]]) -> bool:
    path, stages = file
    # As another reader of YAML sees it: what both do not agree on is not locked.
    locked = yaml.load(Path(path).with_suffix(".lock").read_bytes(), yaml.CSafeLoader)["stages"]
    return all(locked.get(stage.name) == to_lockfile(stage)[stage.name] for stage in stages)


def _changed(stage: Stage) -> bool:
    return bool(stage.changed())


def _cpus(stage: Stage) -> int:
    meta = stage.meta if isinstance(stage.meta, dict) else {}
    ours = meta.get("gitmlops")
    cpus = ours.get("cpus", 1) if isinstance(ours, dict) else 1
    return cpus if isinstance(cpus, int) and cpus > 0 else 1
