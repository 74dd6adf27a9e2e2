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

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models, predicted, predicting
from gitmlops.errors import Refusal
from gitmlops.gate.evidence import scorer
from gitmlops.gate.evidence.variants import Outcome, Plan, varied

_WARM_UP = 5
_LONGEST_REASON = 200


def score_variants(model_file: Path, rows_file: Path, plan_file: Path, scores_file: Path, outcome_file: Path) -> None:
    """Write the predictions of each variant of a plan, side by side; and why others have none.

    A model that fails on a variant has said something about itself; one that cannot be scored at all is refused.
    """
    model = models.load(model_file.read_bytes(), name="the model file")
    rows = tables.read(rows_file)
    plan = msgspec.json.decode(plan_file.read_bytes(), type=Plan)
    predicting.require_kind(model, plan.task)
    columns = predicting.columns_of(model, rows.columns)
    scored, failed = [], {}
    for place, variant in enumerate(plan.variants):
        try:
            found = predicting.predict(model, varied(rows, variant)[columns], plan.task)
            scored.append(predicted.as_table(found, plan.task).set_axis(plan.columns(place), axis="columns"))
        except Refusal as refused:
            failed[place] = refused.what.splitlines()[0][:_LONGEST_REASON]
    milliseconds = tuple(_timed(model, rows[columns], plan)) if plan.timed else ()
    tables.write(pandas.concat(scored, axis="columns") if scored else pandas.DataFrame(), scores_file)
    outcome_file.write_bytes(msgspec.json.encode(Outcome(failed, milliseconds)))


def _timed(model: Any, rows: pandas.DataFrame, plan: Plan) -> Iterator[float]:
    """Milliseconds for each of the plan's rows alone, after some that nobody counts."""
    for number in range(-_WARM_UP, plan.timed):
        row = rows.iloc[[number % len(rows)]]
        start = time.perf_counter()
        predicting.predict(model, row, plan.task)
        if number >= 0:
            yield (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    scorer.run(score_variants, *map(Path, sys.argv[1:]))
