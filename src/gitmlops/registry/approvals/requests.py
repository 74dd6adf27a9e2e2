"""Promotion requests: a file that a pull request adds, whose reviews approve one version for one stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitmlops.registry.tags.history import Artifact, Version
from gitmlops.registry.tags.moments import shown
from gitmlops.report import Cell, Report, Table
from gitmlops.specs.project import DeploymentStage


@dataclass(frozen=True)
class Request:
    """What is asked: that a version, a commit with this model file, may go to a stage."""

    model: str
    version: str
    stage: str
    commit: str
    sha256: str

    @property
    def path(self) -> str:
        """Where the repository keeps it."""
        return f"releases/{self.model}/{self.version}-{self.stage}.md"

    @property
    def title(self) -> str:
        """What is asked, in words."""
        return f"Promote {self.model} {self.version} to {self.stage}"

    def branch(self, before: str) -> str:
        """The branch that asks it. before: the commit that merged it when it was asked last, empty if it never was."""
        again = f"-after-{before[:12]}" if before else ""
        return f"gitmlops/promote/{self.model}-{self.version}-{self.stage}{again}"

    def text(self, evidence: str, before: str) -> str:
        """The file. evidence: what reviewers want to see, in Markdown; before: as in `branch`."""
        again = f"- asked before, in: `{before}`\n" if before else ""
        return f"{self._head}{again}\n{evidence}\n"

    def is_in(self, content: bytes) -> bool:
        """Whether a file asks exactly this: it begins with what names the version, the commit and the bytes."""
        return content.startswith(self._head.encode())

    @property
    def _head(self) -> str:
        pins = {"commit": self.commit, "model sha256": self.sha256}
        return f"# {self.title}\n\n" + "".join(f"- {name}: `{value}`\n" for name, value in pins.items())


def of_version(version: Version, stage: str) -> Request:
    """The request to put a version into a stage."""
    return Request(version.name, version.version, stage, version.commit, version.trailers.one("Model"))


def evidence(artifact: Artifact, chosen: Version, stage: DeploymentStage, roles: Mapping[str, Sequence[str]]) -> Report:
    """What reviewers want to see: who must agree, what is in the stage now, and what the gate found of both."""
    present = artifact.in_stage(stage.name)
    agree = tuple((role, count, ", ".join(roles.get(role, ()))) for role, count in sorted(stage.approvals.items()))
    facts: tuple[tuple[str, Cell], ...] = (
        ("registered", f"{shown(chosen.time)} by {chosen.author}"),
        ("receipt", chosen.trailers.one("Receipt") or "ungated"),
        (f"in {stage.name} now", present.version if present else "nothing"),
        *(("data", line) for line in chosen.trailers.all("Data")),
    )
    tables = [Table("Who must agree", ("role", "people", "who"), agree), _gate(chosen)]
    if present and present != chosen:
        tables.append(_gate(present))
    return Report("Evidence", facts=facts, tables=tuple(tables))


def _gate(version: Version) -> Table:
    rows = tuple((line,) for line in version.trailers.all("Gate"))
    return Table(f"Gate of {version.version}", ("check",), rows or (("none",),))
