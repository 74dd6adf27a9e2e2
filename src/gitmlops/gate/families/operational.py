"""operational: what it takes to run the model."""

import statistics
from collections.abc import Mapping
from fractions import Fraction

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows

_MEGABYTE = 1_000_000


def _megabytes(candidate: Candidate, _: Rows) -> Measured:
    digest = candidate.files.artifact.digest
    return Measured(Fraction(digest.size, _MEGABYTE), f"{digest.path} has {digest.size:,} bytes")


def _latency(candidate: Candidate, _: Rows) -> Measured:
    found = sorted(candidate.trials.milliseconds)
    median, late = statistics.median(found), found[len(found) * 95 // 100]
    return Measured(Fraction(median), f"median of {len(found)} rows scored one by one, 95 % within {late:.3g}")


MEASURES: Mapping[str, Measure] = {"model_megabytes": _megabytes, "latency_ms": _latency}
