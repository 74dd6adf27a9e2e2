"""data: how many evaluation rows there are, of all and of each group."""

from collections.abc import Mapping
from fractions import Fraction

import numpy

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows


def _rows(_: Candidate, rows: Rows) -> Measured:
    return Measured(Fraction(int(numpy.count_nonzero(rows.chosen))))


def _positives(candidate: Candidate, rows: Rows) -> Measured:
    return Measured(Fraction(candidate.sample.where(rows.chosen).positives))


MEASURES: Mapping[str, Measure] = {"rows": _rows, "positives": _positives}
