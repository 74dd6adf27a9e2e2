"""The scores that a model file gives, from a process of its own: nothing of a stranger's is loaded in ours."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from gitmlops.adapters import process, tables
from gitmlops.errors import Refusal, ToolError

# What Python and its libraries need to start; no token, no credential, nothing of GitHub's is on the list.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "OMP_NUM_THREADS")
_SECONDS = 600


def scores(model: bytes, rows: Path, id_column: str) -> list[float]:
    """The probability of class 1 of every row of a table, in its order. Raises Refusal if the model gives none."""
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        paths = [folder / "model.skops", folder / "scores.parquet"]
        paths[0].write_bytes(model)
        words = (str(paths[0]), str(rows.resolve()), id_column, str(paths[1]))
        try:
            process.run_isolated(
                sys.executable, "-I", "-m", "gitmlops.gate.scorer", *words,
                cwd=folder, environment=_environment(folder), seconds=_SECONDS,
            )  # fmt: skip
        except ToolError as error:
            reason = error.what.splitlines()[-1].removeprefix("the model file: ")
            raise Refusal(f"it was not scored: {reason}", mend=error.mend) from error
        found: list[float] = tables.read(paths[1])["score"].tolist()
    return found


def _environment(folder: Path) -> Mapping[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
