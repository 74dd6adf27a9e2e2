"""The scores that a model file gives, from a process of its own: nothing of a stranger's is loaded in ours."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas

from gitmlops.adapters import process, tables
from gitmlops.errors import Refusal, ToolError

# What Python and its libraries need to start; no token, no credential, nothing of GitHub's is on the list.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "OMP_NUM_THREADS")
# Two models are scored, and a job that ran out of its own time (30 minutes in our workflow) could not say why.
_SECONDS = 600


def scores(model: bytes, rows: Path, id_column: str) -> pandas.DataFrame:
    """The id and the `score` (probability of class 1) of every row of a table. Raises Refusal if the model has none."""
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        file, output = folder / "model.skops", folder / "scores.parquet"
        file.write_bytes(model)
        try:
            process.run_isolated(
                sys.executable, "-I", "-m", "gitmlops.gate.evidence.scorer",
                str(file), str(rows.resolve()), id_column, str(output),
                cwd=folder, environment=_environment(folder), seconds=_SECONDS,
            )  # fmt: skip
        except ToolError as error:
            reason = error.what.splitlines()[-1].removeprefix("the model file: ")
            raise Refusal(f"it was not scored: {reason}", mend=error.mend) from error
        return tables.read(output)


def _environment(folder: Path) -> Mapping[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
