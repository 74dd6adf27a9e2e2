"""The bootstrap of counts: whole entities drawn again, and what is then counted in each cell.

A cell is all that a rate needs to know of a row: its group, its label, both models' decisions. Entities with the same
counts are one kind, and a resample is a multinomial draw over kinds: a million independent rows in 160 cells are 160
kinds, whose 1,000 resamples are 160,000 numbers instead of a billion row indices; the distribution is the same.
"""

import hashlib
import math

import numpy
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gitmlops.statistics.classification import Array, Unmeasurable

Whole = NDArray[numpy.int64]

_AT_ONCE = 1 << 24
"""Weights that are in memory at once: 128 MB."""


def seed(*names: str) -> int:
    """A seed from digests and names, in their order: the same policy and evaluation set always draw alike.

    names: of what may decide, e.g. the policy's digest, the evaluation set's, the check, the slice; never the head of
    a pull request, whose author could try seeds. A whole number below 2^64: SHA-256 of the names with their lengths.
    """
    named = "".join(f"{len(name.encode())}:{name}" for name in names)
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big")


def least_resamples(alpha: float) -> int:
    """20 / alpha, rounded up: below that fewer than 20 resamples lie beyond the bound."""
    if not 0 < alpha < 1:
        raise Unmeasurable(f"an alpha of {alpha:g} is not between 0 and 1")
    return math.ceil(20 / alpha - 1e-9)


def require_resamples(resamples: int, alpha: float) -> None:
    """Raises Unmeasurable below 20 / alpha resamples."""
    if resamples < (least := least_resamples(alpha)):
        raise Unmeasurable(f"{resamples} resamples at alpha {alpha:g}, at least {least} are asked")


def resampled_counts(cells: Whole, size: int, clusters: Whole | None, *, resamples: int, seed: int) -> Whole:
    """Rows in each cell in each resample of the entities: shape (resamples, size).

    cells: shape (rows,), each 0..size-1. clusters: shape (rows,), whole numbers from 0, the entity of each row; None:
    each row is one. As many entities are drawn as there are, with replacement.
    """
    generator = numpy.random.default_rng(seed)
    if clusters is None:
        counts = numpy.bincount(cells, minlength=size)
        present = numpy.flatnonzero(counts)
        found = numpy.zeros((resamples, size), dtype=numpy.int64)
        found[:, present] = generator.multinomial(len(cells), counts[present] / len(cells), size=resamples)
        return found
    kinds, frequencies = _kinds(cells, size, clusters)
    step = max(1, _AT_ONCE // len(frequencies))
    parts = [_draw(generator, frequencies, min(step, resamples - first)) @ kinds for first in range(0, resamples, step)]
    return numpy.concatenate(parts)


def weights_of_rows(clusters: Whole | None, rows: int, generator: numpy.random.Generator) -> Array:
    """How often each row is in one resample: shape (rows,), whole numbers; all rows of an entity alike."""
    if clusters is None:
        return numpy.bincount(generator.integers(0, rows, rows), minlength=rows).astype(numpy.float64)
    names, codes = numpy.unique(clusters, return_inverse=True)
    drawn = numpy.bincount(generator.integers(0, len(names), len(names)), minlength=len(names))
    weights: Array = drawn[codes].astype(numpy.float64)
    return weights


def _kinds(cells: Whole, size: int, clusters: Whole) -> tuple[csr_array, Whole]:
    """Distinct counts of entities, shape (kinds, size), and how many entities have each."""
    count = int(clusters.max()) + 1
    table = csr_array((numpy.ones(len(cells), dtype=numpy.int64), (clusters, cells)), shape=(count, size))
    table.sum_duplicates()
    lengths = numpy.diff(table.indptr)
    # A 64-bit sum of random keys stands for an entity's counts: which entities are alike without sorting rows of cells.
    keys = numpy.random.default_rng(0).integers(1, 1 << 63, size, dtype=numpy.uint64)
    sums = numpy.zeros(len(table.data) + 1, dtype=numpy.uint64)
    numpy.cumsum(keys[table.indices] * table.data.astype(numpy.uint64), out=sums[1:])
    marks = sums[table.indptr[1:]] - sums[table.indptr[:-1]]  # exact: unsigned sums wrap around alike
    _, first, frequencies = numpy.unique(marks[lengths > 0], return_index=True, return_counts=True)
    return table[numpy.flatnonzero(lengths > 0)[first]], frequencies


def _draw(generator: numpy.random.Generator, frequencies: Whole, resamples: int) -> Whole:
    """How often each kind is drawn: shape (resamples, kinds)."""
    entities = int(frequencies.sum())
    if len(frequencies) * 4 < entities:
        return generator.multinomial(entities, frequencies / entities, size=resamples)
    kind_of = numpy.repeat(numpy.arange(len(frequencies)), frequencies)
    drawn = numpy.empty((resamples, len(frequencies)), dtype=numpy.int64)
    for index in range(resamples):
        drawn[index] = numpy.bincount(kind_of[generator.integers(0, entities, entities)], minlength=len(frequencies))
    return drawn
