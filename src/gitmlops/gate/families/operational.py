"""operational: what it takes to run the model."""

from collections.abc import Mapping
from fractions import Fraction

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows

_MEGABYTE = 1_000_000


def _megabytes(candidate: Candidate, _: Rows) -> Measured:
    digest = candidate.files.artifact.digest
    return Measured(Fraction(digest.size, _MEGABYTE), f"{digest.path} has {digest.size:,} bytes")


MEASURES: Mapping[str, Measure] = {"model_megabytes": _megabytes}
