"""What a run has finished and not yet written to dvc.lock: a killed run loses nothing."""

import json
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gitmlops.adapters.files import write_atomic

Entry = Mapping[str, Any]


class Journal:
    """A file of one line for the run and one for each stage that it finished, there while a run is unfinished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.run = ""
        """Names the run: its commands carry it in their environment."""

    def unfinished(self) -> tuple[str, Mapping[str, Entry]]:
        """The name of a run that was killed, and what it had finished; nothing if there is none."""
        if not self._path.exists():
            return "", {}
        lines = []
        for line in self._path.read_bytes().splitlines():
            with suppress(ValueError):  # the line that was being written
                lines.append(json.loads(line))
        finished = {line["stage"]: line["entry"] for line in lines if "stage" in line}
        return next((line["run"] for line in lines if "run" in line), ""), finished

    def begin(self, recovered: Mapping[str, Entry]) -> None:
        """Name the run, and write down what it takes over."""
        self.run = uuid.uuid4().hex
        lines: list[Entry] = [
            {"run": self.run},
            *({"stage": stage, "entry": entry} for stage, entry in recovered.items()),
        ]
        write_atomic(self._path, b"".join(map(_line, lines)))

    def add(self, stage: str, entry: Entry) -> None:
        """A stage is finished once this returns, whatever happens to this process or this machine."""
        with self._path.open("ab") as file:
            file.write(_line({"stage": stage, "entry": entry}))
            file.flush()
            os.fsync(file.fileno())

    def end(self) -> None:
        """dvc.lock says all that the journal does."""
        self._path.unlink(missing_ok=True)


def _line(content: Mapping[str, Any]) -> bytes:
    # A value that JSON does not have, such as a date, comes back as text: DVC sees a change, and runs the stage again.
    return json.dumps(content, default=str).encode() + b"\n"
