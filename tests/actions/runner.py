"""A small GitHub runner: executes a composite action or a job's steps on this machine, without Docker.

It knows inputs, env, expressions, `if`, shells, working directories, the command files and workflow commands.
Actions of others are stand-ins that the test brings.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from tests.actions.expressions import Scope, fill, holds, shown

SUMMARY_LIMIT = 1024 * 1024
_SHELLS = {
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
    "python": ("python",),
    "sh": ("sh", "-e"),
}
_COMMAND = re.compile(r"::([\w-]+)(?: ([^:]*))?::(.*)")

StandIn = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Inputs -> outputs of an action of somebody else."""


class StandInFailed(Exception):
    """What a stand-in raises where the action would fail."""


@dataclass(frozen=True)
class Command:
    """A workflow command that a step printed and the runner obeyed."""

    name: str
    value: str


@dataclass
class Run:
    """What a job or an action left behind."""

    passed: bool = True
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    commands: list[Command] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    def absorb(self, nested: "Run") -> None:
        """Take over what an action did in the place of a step; its steps and environment stay its own."""
        self.passed = self.passed and nested.passed
        self.summary += nested.summary
        self.log += nested.log
        self.commands += nested.commands
        self.path = nested.path


@dataclass(frozen=True)
class Runner:
    """A machine with a checked-out repository (`workspace`) and a folder for temporary files.

    github: the `github` context, its texts also given to steps as GITHUB_*.
    actions: `owner/name` -> stand-in or a folder.
    """

    workspace: Path
    temporary: Path
    github: Mapping[str, Any] = field(default_factory=dict)
    actions: Mapping[str, StandIn | Path] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    def job(
        self,
        workflow: Path,
        job: str,
        *,
        matrix: Mapping[str, Any] | None = None,
        needs: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run the steps of one job of a workflow."""
        document = _read(workflow)
        described = document["jobs"][job]
        secrets = {name: f"secret of {name}" for name in self.secrets}
        contexts = {"matrix": matrix or {}, "needs": needs or {}, "secrets": secrets, "env": {}}
        scope = self._scope(contexts, {}, failed=False)
        environment = _filled({**document.get("env", {}), **described.get("env", {})}, scope)
        run = Run(environment=environment)
        self._steps(described["steps"], contexts, run, composite=False)
        run.outputs = _filled(described.get("outputs", {}), self._scope(contexts, run.steps, failed=not run.passed))
        return run

    def action(self, folder: Path, inputs: Mapping[str, str] | None = None) -> Run:
        """Run a composite action with these inputs."""
        return self._composite(folder, inputs or {}, {})

    def _composite(
        self, folder: Path, given: Mapping[str, str], environment: Mapping[str, str], path: Sequence[str] = ()
    ) -> Run:
        action = _read(folder / "action.yml")
        contexts = {"inputs": self._inputs(action, given), "env": environment}
        run = Run(environment={**environment, "GITHUB_ACTION_PATH": str(folder)}, path=[*path])
        self._steps(action["runs"]["steps"], contexts, run, composite=True)
        scope = self._scope(contexts, run.steps, failed=not run.passed)
        run.outputs = _filled({key: each["value"] for key, each in action.get("outputs", {}).items()}, scope)
        return run

    def _inputs(self, action: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
        known = action.get("inputs", {})
        assert set(given) <= set(known), f"unknown inputs: {set(given) - set(known)}"
        missing = {key for key, each in known.items() if each.get("required") and key not in given}
        assert not missing, f"missing inputs: {missing}"
        scope = self._scope({}, {}, failed=False)
        return {key: given.get(key, fill(shown(each.get("default")), scope)) for key, each in known.items()}

    def _steps(self, steps: list[dict[str, Any]], contexts: Mapping[str, Any], run: Run, *, composite: bool) -> None:
        for number, step in enumerate(steps):
            scope = self._scope(contexts, run.steps, failed=not run.passed)
            name = step.get("id", f"__{number}")
            if not holds(step.get("if"), scope):
                run.steps[name] = {"outputs": {}, "outcome": "skipped"}
                continue
            passed_before, run.passed = run.passed, True
            outputs = self._uses(step, scope, run) if "uses" in step else self._script(step, scope, run, composite)
            run.steps[name] = {"outputs": outputs, "outcome": "success" if run.passed else "failure"}
            run.passed = (run.passed or step.get("continue-on-error", False)) and passed_before

    def _uses(self, step: Mapping[str, Any], scope: Scope, run: Run) -> Mapping[str, str]:
        named, inputs = step["uses"], _filled(step.get("with", {}), scope)
        found = self.workspace / named if named.startswith("./") else self.actions[named.partition("@")[0]]
        if callable(found):
            try:
                return found(inputs)
            except StandInFailed as failed:
                run.passed, run.log = False, f"{run.log}{failed}\n"
                return {}
        nested = self._composite(found, inputs, {**run.environment, **_filled(step.get("env", {}), scope)}, run.path)
        run.absorb(nested)
        return nested.outputs

    def _script(self, step: Mapping[str, Any], scope: Scope, run: Run, composite: bool) -> dict[str, str]:
        assert "shell" in step or not composite, "a composite action's step needs `shell`"
        shell = _SHELLS[step["shell"]] if "shell" in step else ("bash", "-e")
        with tempfile.TemporaryDirectory(dir=self.temporary) as folder:
            files = {name: Path(folder) / name for name in ("OUTPUT", "ENV", "STEP_SUMMARY", "PATH")}
            for file in files.values():
                file.touch()
            script = Path(folder) / "script"
            script.write_text(fill(step["run"], scope))
            environment = self._environment(step, scope, run, files)
            place = self.workspace / fill(str(step.get("working-directory", ".")), scope)
            done = subprocess.run(
                [*shell, str(script)], cwd=place, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
            run.passed = done.returncode == 0
            self._collect(done.stdout.decode("utf-8", "replace"), files, run)
            return _pairs(files["OUTPUT"].read_text())

    def _collect(self, log: str, files: Mapping[str, Path], run: Run) -> None:
        run.log += log
        run.commands += _obeyed(log)
        run.environment.update(_pairs(files["ENV"].read_text()))
        run.path += files["PATH"].read_text().splitlines()
        summary = files["STEP_SUMMARY"].read_bytes()
        assert len(summary) <= SUMMARY_LIMIT, "GitHub drops a summary of more than 1 MiB"
        run.summary += summary.decode()

    def _environment(
        self, step: Mapping[str, Any], scope: Scope, run: Run, files: Mapping[str, Path]
    ) -> dict[str, str]:
        # Nobody told a runner's git who commits.
        ours = {
            key: value for key, value in os.environ.items() if not key.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_"))
        }
        return {
            **ours,
            **{f"GITHUB_{key.upper()}": value for key, value in self.github.items() if isinstance(value, str)},
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temporary),
            **{f"GITHUB_{name}": str(file) for name, file in files.items()},
            **run.environment,
            "PATH": os.pathsep.join([*reversed(run.path), os.environ["PATH"]]),
            **_filled(step.get("env", {}), scope),
        }

    def _scope(self, contexts: Mapping[str, Any], steps: Mapping[str, Any], *, failed: bool) -> Scope:
        runner = {"temp": str(self.temporary), "os": "Linux"}
        return Scope({"github": self.github, "runner": runner, "steps": steps, **contexts}, failed)


def _read(file: Path) -> dict[str, Any]:
    # `on:` is a boolean to YAML 1.1; nothing here looks at it.
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    return document


def _filled(values: Mapping[str, Any], scope: Scope) -> dict[str, str]:
    return {key: fill(shown(value), scope) for key, value in values.items()}


def _pairs(text: str) -> dict[str, str]:
    """`name=value` and `name<<END … END` of a command file."""
    pairs, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, value = line.partition("=")
        if "<<" in name:
            name, _, end = line.partition("<<")
            value = "\n".join(iter(partial(_until, lines, end), None))
        elif not sign:
            raise ValueError(f"the runner cannot read {line!r}")
        pairs[name] = value
    return pairs


def _until(lines: Any, end: str) -> str | None:
    line: str = next(lines)
    return None if line == end else line


def _obeyed(log: str) -> list[Command]:
    """Workflow commands in a log, without those between `::stop-commands::TOKEN` and `::TOKEN::`."""
    commands: list[Command] = []
    token = None
    for line in log.splitlines():
        if token is not None:
            token = None if line.strip() == f"::{token}::" else token
        elif match := _COMMAND.match(line.strip()):
            if match[1] == "stop-commands":
                token = match[3]
            else:
                commands.append(Command(match[1], match[3]))
    return commands
