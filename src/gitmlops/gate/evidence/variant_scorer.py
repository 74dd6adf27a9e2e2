"""Scores variants of rows with a model file that strangers made, in one process of its own, as `scorer` does.

It is started as `scorer` is, with MODEL_FILE ROWS_FILE PLAN_FILE SCORES_FILE OUTCOME_FILE.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pandas

from gitmlops.adapters import models, tables
from gitmlops.errors import Refusal
from gitmlops.gate.evidence import scorer
from gitmlops.gate.evidence.variants import Outcome, Plan, varied

_WARM_UP = 5
_LONGEST_REASON = 200


def score_variants(model_file: Path, rows_file: Path, plan_file: Path, scores_file: Path, outcome_file: Path) -> None:
    """Write a column of scores for each variant of a plan, named by its place; and why others have none.

    A model that fails on a variant has said something about itself; one that cannot be scored at all is refused.
    """
    model = models.load(model_file.read_bytes(), name="the model file")
    rows = tables.read(rows_file)
    plan = msgspec.json.decode(plan_file.read_bytes(), type=Plan)
    columns = scorer.columns_of(model, rows)
    scores, failed = {}, {}
    for place, variant in enumerate(plan.variants):
        try:
            scores[str(place)] = scorer.probabilities(model, varied(rows, variant)[columns])
        except Refusal as refused:
            failed[place] = refused.what.splitlines()[0][:_LONGEST_REASON]
    milliseconds = tuple(_timed(model, rows[columns], plan.timed)) if plan.timed else ()
    tables.write(pandas.DataFrame(scores, index=rows.index), scores_file)
    outcome_file.write_bytes(msgspec.json.encode(Outcome(failed, milliseconds)))


def _timed(model: Any, rows: pandas.DataFrame, count: int) -> Iterator[float]:
    """Milliseconds for each of `count` rows alone, after some that nobody counts."""
    for number in range(-_WARM_UP, count):
        row = rows.iloc[[number % len(rows)]]
        start = time.perf_counter()
        scorer.probabilities(model, row)
        if number >= 0:
            yield (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    scorer.run(score_variants, *map(Path, sys.argv[1:]))
