"""What DVC does anew for each stage and needs to do once in a run, as nobody but us is at work meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dvc.dependency.param as parameters
import dvc.prompt
import dvc.rwlock
from dvc.dependency.db import AbstractDependency
from dvc.dependency.repo import RepoDependency
from dvc.repo import Repo
from dvc.stage import Stage
from dvc.utils import serialize
from psutil import pid_exists


@dataclass(frozen=True)
class Parsed:
    """What was read, and the paths of all that ever was. Without `contents` it is read anew."""

    contents: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)


@contextmanager
def parsed_once() -> Iterator[Parsed]:
    """Parameter files are parsed once, as long as they stay as they are.

    DVC parses a stage's parameter files nine times for each stage: with 200 stages that is most of what it does.
    """
    found = Parsed()
    parsed, read = found.contents, found.paths
    load, select = serialize.load_path, parameters.read_param_file

    def once(key: tuple[Any, ...], path: str, make: Callable[[], Any]) -> Any:
        read.add(str(Path(path).absolute()))
        stat = Path(path).stat()
        version = (*key, path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if version not in parsed:
            parsed[version] = make()
        return parsed[version]

    def load_once(path: str, fs: Any, **options: Any) -> Any:
        return once(("whole",), path, lambda: load(path, fs, **options))

    def select_own(fs: Any, path: str, keys: Sequence[str] | None = None, flatten: bool = False, **options: Any) -> Any:
        selected = once((tuple(keys or ()), flatten), path, lambda: select(fs, path, keys, flatten, **options))
        # A copy: dvc.lock would name a list that two stages have in common instead of repeating it.
        return deepcopy(selected)

    def load_own(path: str, fs: Any, **options: Any) -> Any:
        return deepcopy(load_once(path, fs, **options))

    with (
        _replaced(parameters, "load_path", load_once),
        _replaced(parameters, "read_param_file", select_own),
        _replaced(serialize, "load_path", load_own),
    ):
        yield found


@contextmanager
def locked_once(repo: Repo, stages: Sequence[Stage]) -> Iterator[None]:
    """All that stages read and write is locked for the block, instead of each stage's files at each step of its work.

    It holds while commands run and the lock on the repository is given up, as in `dvc repro`.
    """
    reads = [dep.fs_path for stage in stages for dep in stage.deps if _is_file(dep)]
    writes = [out.fs_path for stage in stages for out in stage.outs]
    hardlink = repo.config["core"].get("hardlink_lock", False)
    _forget_the_dead(repo, hardlink)
    with (
        dvc.rwlock.rwlock(repo.tmp_dir, repo.fs, "gitmlops pipeline run", reads, writes, hardlink),
        _replaced(dvc.rwlock, "rwlock", lambda *_: nullcontext()),
    ):
        yield


def _forget_the_dead(repo: Repo, hardlink: bool) -> None:
    """Give up the locks of processes that were killed; DVC does so only for those that are in its way."""
    with dvc.rwlock._edit_rwlock(repo.tmp_dir, repo.fs, hardlink) as held:
        alive = {path: [each for each in every if pid_exists(each["pid"])] for path, every in held["read"].items()}
        held["read"] = {path: every for path, every in alive.items() if every}
        held["write"] = {path: each for path, each in held["write"].items() if pid_exists(each["pid"])}


@contextmanager
def links_kept_open(repo: Repo) -> Iterator[None]:
    """DVC's list of the links that it has made stays open, instead of being written out and closed for each output."""
    with _replaced(repo.state, "links", nullcontext(repo.state.links)):
        yield


@contextmanager
def ignored_later(repo: Repo) -> Iterator[None]:
    """.gitignore gets its lines at the end, in the order of the stages, not in that in which they happen to finish."""
    with _replaced(repo.scm_context, "ignore", lambda _: None):
        yield


@contextmanager
def unasked() -> Iterator[None]:
    """DVC asks nobody whether it may remove a file that its cache does not have: it may not."""
    with _replaced(dvc.prompt, "confirm", lambda _: False):
        yield


@contextmanager
def _replaced(module: Any, name: str, value: object) -> Iterator[None]:
    original = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, original)


def _is_file(dependency: Any) -> bool:
    return not isinstance(dependency, (RepoDependency, AbstractDependency))
