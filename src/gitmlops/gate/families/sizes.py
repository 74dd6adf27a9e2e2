"""data: how many evaluation rows there are, of all and of each group."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy

from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows

_Size = Callable[[Sample, Rows], Measured]


def _rows(_: Sample, rows: Rows) -> Measured:
    return Measured(Fraction(int(numpy.count_nonzero(rows.chosen))))


def _positives(sample: Sample, rows: Rows) -> Measured:
    return Measured(Fraction(sample.where(rows.chosen).positives))


def _of(size: _Size) -> Measure:
    def of_candidate(candidate: Candidate, rows: Rows) -> Measured:
        return size(candidate.sample, rows)

    return of_candidate


SIZES: Mapping[str, _Size] = {"rows": _rows, "positives": _positives}
MEASURES: Mapping[str, Measure] = {name: _of(size) for name, size in SIZES.items()}
