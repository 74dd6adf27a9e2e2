"""What commands that speak with GitHub begin with: its client, the run that they are in, and reports as annotations."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitmlops.adapters.github.annotations import Annotation
    from gitmlops.adapters.github.client import Client
    from gitmlops.report import Report


def github_client() -> "Client":
    """The repository at GitHub that the environment or origin names. Raises UsageError if something is missing."""
    from gitmlops.adapters.github.client import Client
    from gitmlops.cli import workspace

    if os.environ.get("GITHUB_REPOSITORY"):
        return Client.from_environment(os.environ)
    repository = workspace.repository()
    origin = repository.has_remote(workspace.REMOTE)
    return Client.from_environment(
        os.environ, repository.git("remote", "get-url", workspace.REMOTE).strip() if origin else ""
    )


def workflow_run() -> str:
    """The address of the GitHub run that this is part of, empty elsewhere."""
    parts = [os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def annotations_of(report: "Report") -> "Sequence[Annotation]":
    """A report's findings as annotations, the worst first."""
    from gitmlops.adapters.github.annotations import Annotation, Level
    from gitmlops.report import Severity

    levels = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.NOTE: Level.NOTICE}
    return [
        Annotation(
            level,
            finding.message + (f"; {finding.mend}" if finding.mend else ""),
            finding.rule,
            *((finding.location.path, finding.location.line, finding.location.column) if finding.location else ()),
        )
        for severity, level in levels.items()
        for finding in report.of(severity)
    ]
