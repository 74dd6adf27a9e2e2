"""The files that decide whether a stage is up to date."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dvc
import dvc_data
import dvc_objects
from dvc.dependency.base import Dependency
from dvc.dependency.param import ParamsDependency
from dvc.ignore import DvcIgnore
from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import Stage

from gitmlops.adapters.dvc.internal.workspace import Workspace


@dataclass(frozen=True)
class Watched:
    """Paths, some of which may not exist. given: what a run only reads; made: what it may write."""

    given: frozenset[str]
    made: frozenset[str]


def watched(workspace: Workspace) -> Watched | None:
    """Every file and folder that DVC looks at for these stages and to find stages at all.

    None if one of the stages is never up to date, or depends on what is no file here.
    """
    stages = tuple(workspace.stages.values())
    if not all(_is_plain(stage) for stage in stages):
        return None
    repo = workspace.repo
    outputs = {out.fs_path for stage in stages for out in stage.outs}
    given, made = _where_stages_can_be(repo, outputs)
    given |= {*repo.config.files.values(), *_of_git(repo), *_packages()}
    for stage in stages:
        given |= {path for dep in stage.deps for path in _tree(dep.fs_path)}
        made |= {path for out in stage.outs for path in (*_tree(out.fs_path), *_cached(out))}
    # What stages are made of decides, even where a stage writes it.
    given = (given - made) | workspace.read
    return Watched(frozenset(given), frozenset(made - given))


def _is_plain(stage: Stage) -> bool:
    if stage.is_callback or stage.always_changed or (stage.is_import and not stage.frozen):
        return False
    kinds = all(type(dep) in (Dependency, ParamsDependency) for dep in stage.deps)
    entries = [*stage.deps, *stage.outs]
    return kinds and all(type(out) is Output for out in stage.outs) and all(map(_is_here, entries))


def _is_here(entry: Any) -> bool:
    return bool(entry.protocol == "local" and entry.is_in_repo)


def _tree(path: str) -> Iterator[str]:
    yield path
    for folder, folders, files in os.walk(path, followlinks=True):
        yield from (f"{folder}/{name}" for name in (*folders, *files))


def _cached(out: Output) -> Iterator[str]:
    if not out.use_cache or not out.hash_info:
        return
    yield out.cache_path
    if out.hash_info.isdir:
        tree = out.get_obj()
        yield from (out.cache.oid_to_path(digest.value) for _, _, digest in tree or ())


def _where_stages_can_be(repo: Repo, outputs: set[str]) -> tuple[set[str], set[str]]:
    """What stages and what is ignored is read from; the folders that DVC looks for it in, and what a run adds to."""
    given, made = set(), set()
    repo.scm._reset()  # .gitignore may have been written since DVC has read it
    for folder, folders, files in repo.dvcignore.walk(repo.fs, repo.root_dir, followlinks=False):
        given |= {f"{folder}/{name}" for name in files if name.endswith(".dvc") or name == "dvc.yaml"}
        given |= {f"{folder}/{name}" for name in (DvcIgnore.DVCIGNORE_FILE, "params.yaml")}
        made |= {folder, f"{folder}/dvc.lock", *(f"{folder}/{name}" for name in files if name == ".gitignore")}
        inside = [name for name in folders if f"{folder}/{name}" not in outputs]
        folders[:] = [name for name in inside if not repo.scm.is_ignored(f"{folder}/{name}/")]
    return given, made


def _of_git(repo: Repo) -> Iterator[str]:
    yield from (f"{repo.root_dir}/.git/{name}" for name in ("config", "info/exclude"))
    yield from (str(Path.home() / name) for name in (".gitconfig", ".config/git/config", ".config/git/ignore"))


def _packages() -> Iterator[str]:
    yield from (str(package.__file__) for package in (dvc, dvc_data, dvc_objects))
