"""What DVC knows of two states of a repository: their metrics, parameters and the data of their plots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, ToolError

WORK_TREE = "workspace"
"""What DVC calls the files as they lie on disk, where a commit could be named."""

_STAGES = "dvc.yaml"

Points = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Difference:
    """A value of a file that is another one afterwards; None where there is none."""

    path: str
    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Plot:
    """The data of a plot that are others afterwards; None where there are none. x, y: fields that are drawn, if any."""

    path: str
    x: str
    y: str
    before: Points | None
    after: Points | None


@dataclass(frozen=True)
class Differences:
    """What differs; unread: revision, file and reason of all that DVC could not read."""

    metrics: tuple[Difference, ...]
    params: tuple[Difference, ...]
    plots: tuple[Plot, ...]
    unread: tuple[tuple[str, str, str], ...]


def between(repository: Repository, before: str, after: str) -> Differences:
    """What differs from one SHA (or WORK_TREE) to another. Raises InputError for a broken dvc.yaml, else ToolError."""
    try:
        with Repo(str(repository.root)) as repo:
            metrics = repo.metrics.diff(a_rev=before, b_rev=after)
            params = repo.params.diff(a_rev=before, b_rev=after)
            drawn = repo.plots.diff(revs=[before, after])
    except DvcException as error:
        raise ToolError(str(error), where="dvc", mend="mend dvc.yaml, dvc.lock or the file that it names") from error
    old, new = (_plots(drawn.get(revision)) for revision in (before, after))
    plots = (_plot(path, old.get(path), new.get(path)) for path in sorted({*old, *new}))
    unread = {*_errors(metrics), *_errors(params), *_plot_errors(drawn)}
    lost = {path for _, path, _ in unread}
    for revision, path, why in sorted(unread):
        if path == _STAGES:  # all that it declares would seem to be gone
            raise InputError(why, where=path, mend=f"mend it ({revision})")
    return Differences(
        tuple(one for one in _values(metrics) if one.path not in lost),
        tuple(one for one in _values(params) if one.path not in lost),
        tuple(plot for plot in plots if plot.before != plot.after and plot.path not in lost),
        tuple(sorted(unread)),
    )


def _values(found: Mapping[str, Any]) -> Iterator[Difference]:
    for path, values in sorted(found.get("diff", {}).items()):
        yield from (Difference(path, key, value["old"], value["new"]) for key, value in sorted(values.items()))


def _errors(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for revision, errors in found.get("errors", {}).items():
        listed = errors if isinstance(errors, dict) else {_STAGES: errors}
        yield from ((revision, path, str(error)) for path, error in listed.items())


def _plot_errors(drawn: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for revision, found in drawn.items():
        for part in ("definitions", "sources"):
            section = found.get(part, {})
            if "error" in section:
                yield revision, _STAGES, str(section["error"])
            files = section.get("data", {}).items()
            yield from ((revision, path or _STAGES, str(one["error"])) for path, one in files if "error" in one)


def _plots(found: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    """The tables of points, by path; DVC gives pictures as bytes, which nobody compares by points."""
    files = (found or {}).get("sources", {}).get("data", {})
    tables = {path: one for path, one in files.items() if isinstance(one.get("data"), list)}
    return {path: one for path, one in tables.items() if all(isinstance(row, dict) for row in one["data"])}


def _plot(path: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Plot:
    props = (after or before or {}).get("props", {})
    x, y = (axis if isinstance(axis := props.get(name), str) else "" for name in "xy")
    if str(props.get("template")).startswith("confusion"):
        y = ""  # its points are rows to be counted: no line goes through them
    return Plot(path, x, y, *(tuple(side["data"]) if side else None for side in (before, after)))
