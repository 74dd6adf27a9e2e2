"""Why steps failed: whoever runs their stages only knows that they did."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from gitmlops.adapters.files import write_atomic
from gitmlops.errors import GitmlopsError, InputError, Refusal, ToolError
from gitmlops.pipelines.executing.execute import SCRATCH
from gitmlops.pipelines.planning.plan import stage_name

_FOLDER = SCRATCH / "failures"
_KINDS = {kind.exit_code: kind for kind in (Refusal, InputError)}


@dataclass(frozen=True)
class Failure:
    """The step, what it said last, and its exit code."""

    pipeline: str
    step: str
    words: str
    exit_code: int

    def error(self) -> GitmlopsError:
        """The failure as an error of the kind that the step ended with."""
        kind = _KINDS.get(self.exit_code, ToolError)
        return kind(f"step {self.step!r} failed: {self.words}", where=f"pipeline {self.pipeline}")


def keep(root: Path, failure: Failure) -> None:
    """Write it down for whoever started the step's stage."""
    write_atomic(_file(root, stage_name(failure.pipeline, failure.step)), json.dumps(asdict(failure)).encode())


def forget(root: Path) -> None:
    """Before a run: what failed earlier is no news."""
    shutil.rmtree(root / _FOLDER, ignore_errors=True)


def of(root: Path, stage: str) -> Failure | None:
    """Why the step of a stage failed since `forget`, if it said so."""
    file = _file(root, stage)
    return Failure(**json.loads(file.read_bytes())) if file.exists() else None


def _file(root: Path, stage: str) -> Path:
    return root / _FOLDER / f"{stage}.json"
