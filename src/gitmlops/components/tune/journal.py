"""The trials that are done, a line each, safe on disk: what a search that was killed goes on from."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(".dvc/tmp/gitmlops/tune")
"""Relative to the root, beside what a step has not finished: ignored by git and DVC."""


@dataclass(frozen=True)
class Trial:
    """One combination. score: mean over the folds, higher is better; None with the words of what went wrong."""

    params: Mapping[str, Any]
    score: float | None
    deviation: float | None
    error: str = ""


class Journal:
    """A file for one search: everything that decides about its trials is in the file's name."""

    def __init__(self, decided_by: Mapping[str, Any]) -> None:
        text = json.dumps(decided_by, sort_keys=True)
        self._path = FOLDER / f"{hashlib.sha256(text.encode()).hexdigest()}.jsonl"

    def trials(self) -> tuple[Trial, ...]:
        """The trials that are done, in their order; a line that was being written counts as not there."""
        found: list[Trial] = []
        lines = self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []
        with suppress(json.JSONDecodeError):
            found += (Trial(**json.loads(line)) for line in lines if line.endswith(b"\n"))
        return tuple(found)

    def add(self, trial: Trial) -> None:
        """Keep a trial: once this returns, no kill and no power cut takes it away."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        content = self._path.read_bytes() if self._path.exists() else b""
        with self._path.open("r+b" if content else "wb") as file:
            file.truncate(content.rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(json.dumps(asdict(trial)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def forget(self) -> None:
        """The search is over."""
        self._path.unlink(missing_ok=True)
