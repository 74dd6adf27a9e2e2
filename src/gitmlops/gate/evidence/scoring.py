"""The scores that a model file gives, from a process of its own: nothing of a stranger's is loaded in ours."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pandas

from gitmlops.adapters import process, tables, threads
from gitmlops.errors import Refusal, ToolError
from gitmlops.gate.evidence.variants import Outcome, Plan

# What Python and its libraries need to start; no token, no credential, nothing of GitHub's is on the list.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "OMP_NUM_THREADS")
# Two models are scored, and a job that ran out of its own time (30 minutes in our workflow) could not say why.
_SECONDS = 600


def scores(model: bytes, rows: Path, id_column: str) -> pandas.DataFrame:
    """The id and the `score` (probability of class 1) of every row of a table. Raises Refusal if the model has none."""
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        output = folder / "scores.parquet"
        _run("scorer", model, str(rows.resolve()), id_column, str(output), folder=folder)
        return tables.read(output)


def variant_scores(model: bytes, rows: pandas.DataFrame, plan: Plan) -> tuple[pandas.DataFrame, Outcome]:
    """The scores of each variant that could be scored, a column by its place in the plan; and of the others why not.

    All of them take one process. rows: the features alone. Raises Refusal if the model cannot be scored at all.
    """
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        known, asked, scored, told = (folder / file for file in ("rows.parquet", "plan", "scores.parquet", "outcome"))
        tables.write(rows, known)
        asked.write_bytes(msgspec.json.encode(plan))
        _run("variant_scorer", model, *map(str, (known, asked, scored, told)), folder=folder)
        return tables.read(scored), msgspec.json.decode(told.read_bytes(), type=Outcome)


def _run(module: str, model: bytes, *arguments: str, folder: Path) -> None:
    """Raises Refusal, with what the process said last, if it failed."""
    file = folder / "model.skops"
    file.write_bytes(model)
    try:
        process.run_isolated(
            sys.executable, "-I", "-m", f"gitmlops.gate.evidence.{module}", str(file), *arguments,
            cwd=folder, environment=_environment(folder), seconds=_SECONDS,
        )  # fmt: skip
    except ToolError as error:
        reason = error.what.splitlines()[-1].removeprefix("the model file: ")
        raise Refusal(f"it was not scored: {reason}", mend=error.mend) from error


def _environment(folder: Path) -> Mapping[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, **threads.waiting(), "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
