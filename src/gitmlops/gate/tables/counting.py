"""Predictions as counts: of all rows and of every group, what rates, areas, losses and their errors need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy
import pyarrow
from numpy.typing import NDArray

from gitmlops.adapters.engines.engine import Engine
from gitmlops.gate.evidence.making import MISSING
from gitmlops.gate.tables import asking
from gitmlops.gate.tables.asking import BINS, BUCKETS, CALIBRATED, COARSE
from gitmlops.specs.policy import Slice
from gitmlops.statistics import binned
from gitmlops.statistics.classification import Array
from gitmlops.statistics.groups import BESIDE
from gitmlops.statistics.resampling import Whole

Parting = Callable[[pyarrow.Table], "Iterator[tuple[Counts, NDArray[numpy.bool_]]]"]
"""The counts of each group, and which rows of an answer are of it."""
LOSSES = ("brier", "calibration_gap", "log_loss")
ERROR = "expected_calibration_error"


@dataclass
class Counts:
    """Rows of one group. entity: the column by whose values buckets are, empty if each row is by itself.

    decided: shape (buckets, 2, 2), by label and decision; losses: shape (buckets, losses); scores: shape (2, BINS), by
    label; least, greatest: shape (BINS,), the scores of each bin; coarse: shape (buckets, 2, COARSE); calibrated: shape
    (CALIBRATED, 2), the sums of scores and of labels in each tenth of the scores.
    """

    entity: str
    decided: Whole = field(default_factory=lambda: numpy.zeros((BUCKETS, 2, 2), dtype=numpy.int64))
    losses: Array = field(default_factory=lambda: numpy.zeros((BUCKETS, len(LOSSES))))
    scores: Whole = field(default_factory=lambda: numpy.zeros((2, BINS), dtype=numpy.int64))
    least: Array = field(default_factory=lambda: numpy.full(BINS, numpy.inf))
    greatest: Array = field(default_factory=lambda: numpy.full(BINS, -numpy.inf))
    coarse: Whole = field(default_factory=lambda: numpy.zeros((BUCKETS, 2, COARSE), dtype=numpy.int64))
    calibrated: Array = field(default_factory=lambda: numpy.zeros((CALIBRATED, 2)))

    @property
    def table(self) -> Whole:
        """Rows by label and decision, shape (2, 2)."""
        found: Whole = self.decided.sum(axis=0)
        return found

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.decided.sum())

    @property
    def positives(self) -> int:
        """Rows with the label 1."""
        return int(self.table[1].sum())

    @property
    def mixed(self) -> NDArray[numpy.bool_]:
        """Bins that hold more than one score."""
        return self.greatest > self.least


@dataclass(frozen=True)
class Predictions:
    """Rows that an engine has joined under a name: by which entity, and the columns of their slices in order."""

    engine: Engine
    entity: str
    slices: Sequence[str]
    name: str = asking.JOINED
    _decisions: dict[str, pyarrow.Table] = field(default_factory=dict, init=False, repr=False, compare=False)

    def partitions(self, slice_: Slice | None) -> Mapping[str, Sequence[str]]:
        """Each way to part the rows, as `sex` or `sex & age` -> its columns; of no slice one, with no name."""
        if slice_ is None:
            return {"": ()}
        single = {column: (column,) for column in slice_.columns}
        return {**single, **({BESIDE.join(slice_.columns): tuple(slice_.columns)} if slice_.intersectional else {})}

    def counted(
        self, columns: Sequence[str], slice_: Slice | None, decision: float, metric: str
    ) -> Mapping[str, Counts]:
        """What a metric needs of each group of a partition, in the order of their names; of no columns, of all rows."""
        places = [asking.slice_name(self.slices.index(column)) for column in columns]
        found: dict[str, Counts] = {}

        def parted(table: pyarrow.Table) -> Iterator[tuple[Counts, NDArray[numpy.bool_]]]:
            for values, rows in _parts(table, places):
                name = _name(columns, values, slice_)
                if name not in found:
                    found[name] = Counts(self.entity)
                yield found[name], rows

        _add_decisions(self._by_decision(places, decision), parted)
        if metric == "roc_auc":
            _add_scores(self.engine.table(asking.by_score(self.name, places)), parted)
            edges = binned.wider(numpy.sum([one.scores for one in found.values()], axis=0), COARSE)
            _add_coarse(self.engine.table(asking.by_score_and_bucket(self.name, places, edges)), parted)
        if metric == ERROR:
            _add_calibrated(self.engine.table(asking.by_tenth(self.name, places)), parted)
        return dict(sorted(found.items()))

    def _by_decision(self, places: Sequence[str], decision: float) -> pyarrow.Table:
        """Asked once: rates and losses of the same groups come from the same thousand rows a group."""
        select = asking.by_decision(self.name, places, decision)
        if select not in self._decisions:
            self._decisions[select] = self.engine.table(select)
        return self._decisions[select]


def _parts(table: pyarrow.Table, places: Sequence[str]) -> Iterator[tuple[tuple[object, ...], NDArray[numpy.bool_]]]:
    """Each combination of values that rows of an answer have, and which rows have it."""
    codes = numpy.zeros(table.num_rows, dtype=numpy.int64)
    values: list[tuple[object, ...]] = [()]
    for place in places:
        encoded = table.column(place).combine_chunks().dictionary_encode(null_encoding="encode")
        distinct = encoded.dictionary.to_pylist()
        codes = codes * len(distinct) + encoded.indices.to_numpy()
        values = [(*before, value) for before in values for value in distinct]
    for code in numpy.unique(codes):
        yield values[code], codes == code


def _name(columns: Sequence[str], values: tuple[object, ...], slice_: Slice | None) -> str:
    """As the gate names groups: `sex=F & age=old`, those of a pool by its name."""
    names = []
    for column, value in zip(columns, values, strict=True):
        text = MISSING if value is None else str(value)
        pools = slice_.pool.get(column, {}) if slice_ else {}
        names.append(f"{column}={next((pool for pool, pooled in pools.items() if text in pooled), text)}")
    return BESIDE.join(names)


def _add_decisions(table: pyarrow.Table, parted: Parting) -> None:
    buckets, labels, decided, rows = (_whole(table, name) for name in ("bucket", "label", "decided", "n"))
    losses = numpy.column_stack([table.column(name).to_numpy() for name in LOSSES])
    for group, one in parted(table):
        numpy.add.at(group.decided, (buckets[one], labels[one], decided[one]), rows[one])
        numpy.add.at(group.losses, buckets[one], losses[one])


def _add_scores(table: pyarrow.Table, parted: Parting) -> None:
    labels, bins, rows = (_whole(table, name) for name in ("label", "bin", "n"))
    least, greatest = (table.column(name).to_numpy() for name in ("least", "greatest"))
    for group, one in parted(table):
        numpy.add.at(group.scores, (labels[one], bins[one]), rows[one])
        numpy.minimum.at(group.least, bins[one], least[one])
        numpy.maximum.at(group.greatest, bins[one], greatest[one])


def _add_coarse(table: pyarrow.Table, parted: Parting) -> None:
    buckets, labels, bins, rows = (_whole(table, name) for name in ("bucket", "label", "bin", "n"))
    for group, one in parted(table):
        numpy.add.at(group.coarse, (buckets[one], labels[one], bins[one]), rows[one])


def _add_calibrated(table: pyarrow.Table, parted: Parting) -> None:
    bins, sums = _whole(table, "bin"), numpy.column_stack([table.column(name) for name in ("said", "happened")])
    for group, one in parted(table):
        numpy.add.at(group.calibrated, bins[one], sums[one])


def _whole(table: pyarrow.Table, name: str) -> Whole:
    """A column as whole numbers; buckets are hexadecimal."""
    if name == "bucket":
        encoded = table.column(name).combine_chunks().dictionary_encode()
        known = numpy.array([int(text, 16) for text in encoded.dictionary.to_pylist()], dtype=numpy.int64)
        places: Whole = known[encoded.indices.to_numpy()]
        return places
    found: Whole = table.column(name).to_numpy().astype(numpy.int64)
    return found
