"""Why the last step that failed did so: DVC, which stands between us and the step, only knows that it failed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gitmlops.adapters.files import write_atomic
from gitmlops.errors import GitmlopsError, InputError, Refusal, ToolError
from gitmlops.pipelines.execute import SCRATCH

_FILE = SCRATCH / "failure.json"
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
    """Write it down for whoever started DVC."""
    write_atomic(root / _FILE, json.dumps(asdict(failure)).encode())


def forget(root: Path) -> None:
    """Before a run: what failed earlier is no news."""
    (root / _FILE).unlink(missing_ok=True)


def last(root: Path) -> Failure | None:
    """The failure since `forget`, if there is one."""
    file = root / _FILE
    return Failure(**json.loads(file.read_bytes())) if file.exists() else None
