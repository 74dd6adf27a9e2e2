"""Whole workflows: jobs in the order of `needs`, each on a machine of its own, with `if`, outputs and matrix."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.actions.expressions import Scope, evaluate, holds
from tests.actions.runner import Run, Runner

Machine = Callable[[str, Mapping[str, Any]], Runner]
"""Job and matrix -> a machine as the job finds it."""


@dataclass
class Job:
    """What became of a job: `success`, `failure`, `cancelled` or `skipped`; a run for each of its matrix."""

    result: str
    runs: list[Run] = field(default_factory=list)

    @property
    def outputs(self) -> dict[str, str]:
        """Those of all its runs: of several that set the same, the last one's."""
        return {name: value for run in self.runs for name, value in run.outputs.items() if value}

    @property
    def log(self) -> str:
        return "".join(run.log for run in self.runs)


def run_workflow(workflow: Path, machine: Machine, *, lost: tuple[str, ...] = (), cancel: str = "") -> dict[str, Job]:
    """Run every job. lost: jobs whose machine is lost; cancel: the job during which somebody cancels the run."""
    jobs: dict[str, Job] = {}
    cancelled = False
    for name, described in yaml.safe_load(workflow.read_text())["jobs"].items():
        needed = described.get("needs", [])
        needs = {one: jobs[one] for one in ([needed] if isinstance(needed, str) else needed)}
        context = {one: {"result": job.result, "outputs": job.outputs} for one, job in needs.items()}
        failed = any(jobs[one].result != "success" for one in _ancestors(workflow, name))
        github = machine(name, {}).github
        scope = Scope({"needs": context, "github": github}, failed, cancelled)
        if not holds(described.get("if"), scope):
            jobs[name] = Job("skipped")
        elif name == cancel or name in lost:
            jobs[name] = Job("cancelled" if name == cancel else "failure")
            cancelled = cancelled or name == cancel
        else:
            jobs[name] = _ran(workflow, name, [*_combinations(described, scope)], machine, context)
    return jobs


def _ancestors(workflow: Path, name: str) -> set[str]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    needed = jobs[name].get("needs", [])
    direct = {needed} if isinstance(needed, str) else {*needed}
    return direct | {above for one in direct for above in _ancestors(workflow, one)}


def _combinations(described: Mapping[str, Any], scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The matrix, of one key as all of ours are."""
    matrix = described.get("strategy", {}).get("matrix")
    if not matrix:
        yield {}
        return
    ((key, values),) = matrix.items()
    for value in evaluate(values.strip()[3:-2], scope) if isinstance(values, str) else values:
        yield {key: value}


def _ran(
    workflow: Path, name: str, matrices: list[Mapping[str, Any]], machine: Machine, needs: Mapping[str, Any]
) -> Job:
    runs = [machine(name, matrix).job(workflow, name, matrix=matrix, needs=needs) for matrix in matrices]
    return Job("success" if all(run.passed for run in runs) else "failure", runs)
