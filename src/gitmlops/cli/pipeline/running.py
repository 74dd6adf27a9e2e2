"""What `gitmlops pipeline run`, its shards and `pipeline join` have in common: how stages run, and what is said."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.pipelines.planning.plan import PlannedStep
    from gitmlops.pipelines.running.session import Outcome

UP_TO_DATE = "everything is up to date"


def tell(root: Path, outcome: "Outcome") -> None:
    """Say how many stages of the DVC project in `root` did what.

    Raises what a failed one ended with, or ToolError that names several.
    """
    from gitmlops.cli.show import say
    from gitmlops.errors import GitmlopsError, ToolError
    from gitmlops.pipelines.executing import failure
    from gitmlops.pipelines.running import logs
    from gitmlops.pipelines.running.schedule import End

    counts = [(end, len(outcome.ended.with_end(end))) for end in End]
    clean = outcome.ended.with_end(End.CLEAN)
    nothing_done = len(clean) == len(outcome.ended.stages)
    say(UP_TO_DATE if nothing_done else ", ".join(f"{count} {end.value}" for end, count in counts if count))
    errors: list[GitmlopsError] = []
    for stage, words in outcome.failures.items():
        known = failure.of(root, stage)
        log = logs.path_of(stage)
        mend = "mend it and run again" + f"; all that it said is in {log}" * (root / log).exists()
        errors.append(known.error() if known else ToolError(f"stage {stage!r} failed: {words}", mend=mend))
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ToolError(f"{len(errors)} stages failed:\n" + "\n".join(map(str, errors)))


def warm(steps: Sequence["PlannedStep"]) -> dict[str, str]:
    """Commands that may run in a fork, with the module of the library that they will want, if they want one.

    The repository's own code is not loaded before the fork: it may do anything.
    """
    return {f"gitmlops component run {step.pipeline} {step.name}": _library_module(step) for step in steps}


def _library_module(step: "PlannedStep") -> str:
    if step.contract.folder or step.command:
        return ""
    return f"gitmlops.components.{step.contract.spec.name}.{step.contract.spec.entry.partition(':')[0]}"


def definition_files(repo: "Repository") -> list[str]:
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import PROJECT_FILE, kind_of

    paths = WorkTree(repo).paths()
    chosen = [path for path in paths if kind_of(path) or path in (PROJECT_FILE, "gitmlops.lock")]
    return [str(repo.root / path) for path in chosen]


def talk(line: str) -> None:
    """Print a line of ours, or of a command: a stranger may have written it."""
    from gitmlops.cli.show import say
    from gitmlops.plain_text import visible

    say(visible(line))


def cpus() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
