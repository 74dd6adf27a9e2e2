"""What a reproduction tells: inputs that are not as recorded, another environment, each output's verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitmlops.registry.reproduction.surroundings import Difference
from gitmlops.registry.reproduction.verdicts import Comparison, Tolerance, Verdict, shortened
from gitmlops.registry.tags.history import Version
from gitmlops.report import Finding, Report, Severity, Table


@dataclass(frozen=True)
class InputChange:
    """An input that is not what dvc.lock or the tag says; kind: data, file, parameter, package or command."""

    kind: str
    message: str
    mend: str = ""


@dataclass(frozen=True)
class Made:
    """An output that was made again. deterministic: whether its stage, and those before it, were declared to be."""

    path: str
    stage: str
    comparison: Comparison
    deterministic: bool = True


@dataclass(frozen=True)
class Reproduction:
    """One version made again. pinned: which paths the tag pins and were found to be so."""

    version: Version
    artifact: str
    environment: str
    tolerance: Tolerance
    inputs: int
    stages: int
    changes: tuple[InputChange, ...]
    pinned: tuple[str, ...]
    surroundings: tuple[Difference, ...] | None
    outputs: tuple[Made, ...]

    def report(self) -> Report:
        """The report; it refuses if an input is not as recorded or an output that can be made again is different."""
        version = self.version
        return Report(
            f"Reproduction of {version.name} {version.version}",
            findings=tuple(self._findings()),
            summary=(_counted(self.outputs),),
            facts=(
                ("version", f"{version.name} {version.version}"),
                ("commit", version.commit),
                ("model file", self.artifact),
                ("stages run", self.stages),
                ("inputs checked", self.inputs),
                ("the tag's digests that hold", ", ".join(self.pinned) or "none"),
                ("environment", self.environment),
                ("tolerance", self.tolerance.limit),
            ),
            tables=tuple(self._tables()),
            next_action=self._next(),
            outcomes=("reproduced", "different"),
        )

    def _findings(self) -> Iterator[Finding]:
        for change in self.changes:
            yield Finding(change.kind, Severity.ERROR, change.message, mend=change.mend)
        if not self.changes:
            yield Finding("inputs", Severity.PASS, f"{self.inputs} inputs are as dvc.lock and the tag say")
        yield from _environment(self.surroundings)
        alike = [made for made in self.outputs if made.comparison.verdict is Verdict.IDENTICAL]
        if alike:
            yield Finding("outputs", Severity.PASS, f"{len(alike)} of {len(self.outputs)} outputs are identical")
        for made in self.outputs:
            if made not in alike:
                yield _finding(made, is_model=made.path == self.artifact)

    def _tables(self) -> Iterator[Table]:
        rows = tuple(
            (made.path, made.stage, made.comparison.verdict.value, made.comparison.detail) for made in self.outputs
        )
        if rows:
            yield Table("Outputs", ("output", "stage", "verdict", "what differs"), rows)
        if self.surroundings:
            pairs = tuple((each.name, each.before, each.after) for each in self.surroundings)
            yield Table("Environment", ("what", "then", "now"), pairs)

    def _next(self) -> str:
        if any(made.comparison.verdict is Verdict.DIFFERENT for made in self.outputs) and self.surroundings:
            return "Run it again in the recorded environment: `--environment recorded`, or install what differs."
        return ""


def refused(version: Version, changes: Sequence[InputChange]) -> Report:
    """A version whose inputs cannot be had as they were, so that nothing was run."""
    findings = tuple(Finding(change.kind, Severity.ERROR, change.message, mend=change.mend) for change in changes)
    return Report(
        f"Reproduction of {version.name} {version.version}",
        findings=findings,
        summary=("Nothing was run: the data are not what was recorded.",),
        facts=(("version", f"{version.name} {version.version}"), ("commit", version.commit)),
        outcomes=("reproduced", "different"),
    )


def _finding(made: Made, *, is_model: bool) -> Finding:
    verdict, detail = made.comparison.verdict, made.comparison.detail
    message = f"{made.path}: {verdict.value}" + (f" ({detail})" if detail else "")
    if verdict is Verdict.WITHIN:
        return Finding("output", Severity.NOTE, message)
    if made.deterministic:
        return Finding("output", Severity.ERROR, f"{message} (stage {made.stage})")
    message += f"; stage {made.stage}, or one that it needs, is declared `deterministic: false`"
    # What is random beside the model says nothing of the model.
    severity = Severity.ERROR if is_model else Severity.WARNING
    return Finding("output", severity, message, mend="give it a seed, or a tolerance" if is_model else "")


def _environment(found: tuple[Difference, ...] | None) -> Iterator[Finding]:
    if found is None:
        mend = "let the pipeline end in a `package` step, or name the lock file as `environment:` in gitmlops.yaml"
        yield Finding("environment", Severity.WARNING, "nothing says with which packages it was made", mend=mend)
    elif found:
        machine = [str(each) for each in found if not each.is_package]
        packages = [str(each) for each in found if each.is_package]
        if machine:
            yield Finding("environment", Severity.WARNING, f"another machine: {shortened(machine, most=10)}")
        if packages:
            message = f"{len(packages)} packages differ: {shortened(packages, most=10)}"
            yield Finding("package", Severity.WARNING, message)
    else:
        yield Finding("environment", Severity.PASS, "the environment is the recorded one")


def _counted(outputs: Sequence[Made]) -> str:
    counts = [(verdict, sum(made.comparison.verdict is verdict for made in outputs)) for verdict in Verdict]
    told = ", ".join(f"{count} {verdict.value}" for verdict, count in counts if count)
    return f"Outputs made again: {told}." if told else "No output was made again."
