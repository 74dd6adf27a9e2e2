"""Several numeric columns as one number a row: its distance from what the reference's columns have in common.

What a column's values are is told by the column itself; here only how they go together counts. So each value is taken
for its rank among the reference's, as a normal score, which no sentinel and no heavy tail can stretch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy
from numpy.typing import NDArray

from gitmlops.errors import InputError
from gitmlops.records.baseline import Column, NumericColumn, Together
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Multivariate
from gitmlops.statistics.classification import Array

TOGETHER = "columns together"
"""Its name among the columns. No feature can be called so."""
_AT_ONCE = 65_536
_DIGITS = 6
"""Of a direction's entries: the last digits of what linear algebra gives differ between machines."""

Places = NDArray[numpy.int64]


@dataclass(frozen=True)
class Plane:
    """What the reference's rows have in common. scores: of each column's bins; directions: shape (k, columns)."""

    columns: tuple[str, ...]
    scores: tuple[Array, ...]
    directions: Array

    def distances(self, places: Sequence[Places]) -> Array:
        """How far each row is from it, 0 or more, in standard deviations of normal scores: shape (rows,).

        sqrt(|z|^2 - |D z|^2), z: the scores of the row, D: the directions. places: of each column, the bin of each row,
        the last one for no value, which counts as the mean.
        """
        found = [self._of_part([column[start : start + _AT_ONCE] for column in places]) for start in
                 range(0, len(places[0]), _AT_ONCE)]  # fmt: skip
        return numpy.concatenate(found) if found else numpy.empty(0)

    def _of_part(self, places: Sequence[Places]) -> Array:
        scores = _scored(self.scores, places)
        along = self.directions @ scores
        found: Array = numpy.sqrt(numpy.maximum((scores**2).sum(axis=0) - (along**2).sum(axis=0), 0.0))
        return found


def plane_of(together: Together, columns: Sequence[Column]) -> Plane:
    """What a baseline says of columns that go together."""
    known = {column.name: column for column in columns if isinstance(column, NumericColumn)}
    scores = tuple(normal_scores(known[name]) for name in together.columns)
    return Plane(together.columns, scores, numpy.array(together.directions))


def fitted(asked: Multivariate, columns: Sequence[Column], places: Mapping[str, Places]) -> Plane:
    """The principal directions of the reference's rows, the fewest that explain the share that is asked for.

    places: by column, the bin of each row. Columns of one value are left out. Raises InputError for columns that are
    none, and where fewer than two are left.
    """
    chosen = tuple(_chosen(asked, columns))
    scores = tuple(normal_scores(column) for column in chosen)
    varied = [place for place, one in enumerate(scores) if one.any()]
    if len(varied) < 2:
        what = f"{len(varied)} numeric columns with several values cannot be looked at together"
        raise InputError(what, where="monitoring.multivariate", mend="leave `multivariate:` out, or name two or more")
    names, scores = tuple(chosen[place].name for place in varied), tuple(scores[place] for place in varied)
    return Plane(names, scores, _directions(scores, [places[name] for name in names], asked.explained))


def normal_scores(column: NumericColumn) -> Array:
    """The normal quantile of each bin's middle rank, with mean 0 and variance 1 over the reference's rows.

    shape (bins + 1,), the last entry for rows without a value: 0. All 0 of a column of one value.
    """
    counts = numpy.array(column.counts, dtype=numpy.float64)
    rows = counts.sum()
    if not rows:
        return numpy.zeros(len(counts) + 1)
    ranks = (numpy.cumsum(counts) - counts / 2) / rows
    normal = NormalDist()
    found = numpy.array([normal.inv_cdf(float(rank)) for rank in numpy.clip(ranks, 0.5 / rows, 1 - 0.5 / rows)])
    mean = (found * counts).sum() / rows
    deviation = float(numpy.sqrt(((found - mean) ** 2 * counts).sum() / rows))
    return numpy.append((found - mean) / deviation, 0.0) if deviation > 0 else numpy.zeros(len(counts) + 1)


def _chosen(asked: Multivariate, columns: Sequence[Column]) -> Iterator[NumericColumn]:
    numeric = {column.name: column for column in columns if isinstance(column, NumericColumn)}
    for name in asked.columns or numeric:
        if name not in numeric:
            what, mend = f"{name!r} is no numeric feature", nearest(name, numeric)
            raise InputError(what, where="monitoring.multivariate.columns", mend=mend)
        yield numeric[name]


def _directions(scores: Sequence[Array], places: Sequence[Places], explained: float) -> Array:
    rows, together = len(places[0]), numpy.zeros((len(scores), len(scores)))
    for start in range(0, rows, _AT_ONCE):
        part = _scored(scores, [column[start : start + _AT_ONCE] for column in places])
        together += part @ part.T
    values, vectors = numpy.linalg.eigh(together / rows)
    shares = numpy.cumsum(values[::-1]) / values.sum()
    kept = min(int(numpy.searchsorted(shares, explained)) + 1, len(scores) - 1)
    found = vectors[:, ::-1][:, :kept].T
    largest = found[numpy.arange(kept), numpy.abs(found).argmax(axis=1)]
    rounded: Array = numpy.round(found * numpy.sign(largest)[:, None], _DIGITS)
    return rounded


def _scored(scores: Sequence[Array], places: Sequence[Places]) -> Array:
    """Normal scores, shape (columns, rows)."""
    return numpy.stack([one[column] for one, column in zip(scores, places, strict=True)])
