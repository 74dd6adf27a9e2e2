"""What a check is judged on: labels, scores and groups by row, and the scores of released versions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy
from numpy.typing import NDArray

from gitmlops.specs.model import Task
from gitmlops.specs.policy import Slice
from gitmlops.statistics.classification import Array
from gitmlops.statistics.groups import Groups, intersections
from gitmlops.statistics.periods import Times
from gitmlops.statistics.resampling import Whole

Kind = Literal["production", "anchor"]
BINARY = Task(kind="binary", label="label")


@dataclass(frozen=True)
class Reference:
    """A released version and its scores of the same rows."""

    kind: Kind
    version: str
    scores: Array

    @property
    def named(self) -> str:
        """As a sentence names it."""
        return f"in production ({self.version})" if self.kind == "production" else f"of the anchor ({self.version})"


@dataclass(frozen=True)
class Sample:
    """The evaluation rows: labels and scores by row, shape (rows,), groups by slice column.

    Of a multiclass task labels are the places of the classes, and scores have shape (rows, classes).
    entities: column -> whole numbers from 0 that name the entity of each row; digest names the rows for the seeds;
    times: of each row, None where nobody says what they are.
    """

    labels: Array
    scores: Array
    groups: Mapping[str, NDArray[numpy.object_]]
    references: tuple[Reference, ...]
    digest: str
    entities: Mapping[str, Whole]
    task: Task = BINARY
    times: Times | None = None
    _parted: dict[str, Groups] = field(default_factory=dict, init=False, repr=False, compare=False)
    _clustered: dict[str, Whole | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def where(self, rows: NDArray[numpy.bool_]) -> "Sample":
        """The part of it that these rows are."""
        return Sample(
            self.labels[rows],
            self.scores[rows],
            {column: names[rows] for column, names in self.groups.items()},
            tuple(Reference(one.kind, one.version, one.scores[rows]) for one in self.references),
            self.digest,
            {column: codes[rows] for column, codes in self.entities.items()},
            self.task,
            None if self.times is None else self.times[rows],
        )

    @property
    def production(self) -> Reference | None:
        """The version that serves users; None if there is none."""
        return next((one for one in self.references if one.kind == "production"), None)

    @property
    def positives(self) -> int:
        """Rows with the label 1; none where labels are no two classes."""
        return int(numpy.count_nonzero(self.labels == 1)) if self.task.kind == "binary" else 0

    def clusters(self, unit: str) -> Whole | None:
        """The entity of each row as codes without gaps; None for no unit, and where every row is an entity."""
        if not unit:
            return None
        if unit not in self._clustered:
            names, codes = numpy.unique(self.entities[unit], return_inverse=True)
            self._clustered[unit] = None if len(names) == len(codes) else codes.astype(numpy.int64)
        return self._clustered[unit]

    def by_column(self, column: str) -> Groups:
        """The groups of a column, `column=value`, in the order of their names."""
        if column not in self._parted:
            names, codes = numpy.unique(self.groups[column], return_inverse=True)
            groups = Groups(tuple(f"{column}={name}" for name in names), codes.astype(numpy.int64))
            self._parted[column] = groups
        return self._parted[column]


def partitions(slice_: Slice, sample: Sample) -> Iterator[tuple[str, Groups]]:
    """Each way to part the rows: its columns, as `sex` or `sex & age`, and its groups, named as `sex=F & age=old`."""
    parts = [_pooled(sample.by_column(column), column, slice_) for column in slice_.columns]
    yield from zip(slice_.columns, parts, strict=True)
    if slice_.intersectional:
        yield " & ".join(slice_.columns), intersections(*parts)


def _pooled(groups: Groups, column: str, slice_: Slice) -> Groups:
    """The groups of a column, those of a pool as one; a group that has the name of a pool already is in it."""
    pools = {
        f"{column}={pool}": {f"{column}={value}" for value in (pool, *values)} & {*groups.names}
        for pool, values in slice_.pool.get(column, {}).items()
    }
    return groups.pooled(pools) if pools else groups


def samples_of(groups: Groups, sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Each group that has rows, with its rows."""
    for index, name in enumerate(groups.names):
        yield name, sample.where(groups.codes == index)
