"""Metrics of rankings: documents of many queries, each with a relevance and a score.

relevance: shape (rows,), finite, 0 or more; above 0 is relevant. scores: shape (rows,), finite, higher is first.
queries: shape (rows,), whole numbers from 0, the query of each row. k: how far one looks, from 1; None: to the end.
Documents with one score have no order of their own: they stand in the order of the rows, except in ndcg, which takes
the mean over their orders. Queries without a relevant document are refused, not counted as 0 or 1.
"""

from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.resampling import Whole


@dataclass(frozen=True)
class _Ranked:
    """Rows by query, then from high scores to low; place: from 0 within the query."""

    order: Whole
    query: Whole
    place: Whole
    queries: int


def ndcg(relevance: Array, scores: Array, queries: Whole, *, k: int | None = None) -> Array:
    """Of each query DCG / the best possible DCG: shape (queries,), 0..1, 1 is the best order.

    DCG = sum over places i from 1, up to k, of relevance_i / log2(i + 1), tied scores sharing the mean relevance of
    their places. Raises Unmeasurable.
    """
    ranked = _rank(relevance, scores, queries)
    gains = _tied_means(ranked, relevance, scores)
    found = _discounted(ranked, gains, k)
    ideal = _rank(relevance, relevance, queries)
    return found / _discounted(ideal, relevance[ideal.order], k)


def reciprocal_rank(relevance: Array, scores: Array, queries: Whole, *, k: int | None = None) -> Array:
    """Of each query 1 / the place of the first relevant document: shape (queries,), 0..1; 0: none up to k."""
    ranked = _rank(relevance, scores, queries)
    hit = (relevance[ranked.order] > 0) & _within(ranked, k)
    found = numpy.zeros(ranked.queries)
    numpy.maximum.at(found, ranked.query[hit], 1 / (ranked.place[hit] + 1))
    return found


def precision_at(relevance: Array, scores: Array, queries: Whole, *, k: int) -> Array:
    """Of each query the relevant among the first k, / k: shape (queries,), 0..1; fewer documents count as misses."""
    ranked = _rank(relevance, scores, queries)
    return _relevant_within(ranked, relevance, k) / k


def recall_at(relevance: Array, scores: Array, queries: Whole, *, k: int) -> Array:
    """Of each query the share of its relevant documents that are among the first k: shape (queries,), 0..1."""
    ranked = _rank(relevance, scores, queries)
    return _relevant_within(ranked, relevance, k) / _relevant_within(ranked, relevance, None)


def average_precision_at(relevance: Array, scores: Array, queries: Whole, *, k: int | None = None) -> Array:
    """Of each query the mean of the precisions at its relevant documents: shape (queries,), 0..1.

    sum over relevant places i <= k of (relevant up to i) / i, divided by min(relevant documents, k).
    """
    ranked = _rank(relevance, scores, queries)
    hit = relevance[ranked.order] > 0
    before: Whole = numpy.cumsum(hit) - hit
    first = numpy.searchsorted(ranked.query, numpy.arange(ranked.queries))
    found = before - before[first][ranked.query] + 1
    counted = hit & _within(ranked, k)
    sums = numpy.bincount(
        ranked.query[counted], weights=found[counted] / (ranked.place[counted] + 1), minlength=ranked.queries
    )
    possible = _relevant_within(ranked, relevance, None)
    found_mean: Array = sums / (possible if k is None else numpy.minimum(possible, k))
    return found_mean


def _rank(relevance: Array, scores: Array, queries: Whole) -> _Ranked:
    if not len(relevance) == len(scores) == len(queries):
        raise Unmeasurable("relevance, scores and queries differ in rows")
    if not len(relevance):
        raise Unmeasurable("there are no rows")
    if not numpy.isfinite(scores).all() or not numpy.isfinite(relevance).all() or (relevance < 0).any():
        raise Unmeasurable("a score is not finite, or a relevance is not 0 or more")
    _, codes = numpy.unique(queries, return_inverse=True)
    count = int(codes.max()) + 1
    if empty := count - int(numpy.count_nonzero(numpy.bincount(codes, weights=relevance > 0))):
        raise Unmeasurable(f"{empty} of {count} queries have no relevant document")
    order = numpy.lexsort((-scores, codes))
    ordered = codes[order]
    first = numpy.searchsorted(ordered, numpy.arange(count))
    return _Ranked(order, ordered, numpy.arange(len(order)) - first[ordered], count)


def _within(ranked: _Ranked, k: int | None) -> NDArray[numpy.bool_]:
    if k is not None and k < 1:
        raise Unmeasurable(f"k is {k}, it counts from 1")
    found: NDArray[numpy.bool_] = ranked.place < (len(ranked.order) if k is None else k)
    return found


def _relevant_within(ranked: _Ranked, relevance: Array, k: int | None) -> Whole:
    hit = (relevance[ranked.order] > 0) & _within(ranked, k)
    return numpy.bincount(ranked.query[hit], minlength=ranked.queries)


def _discounted(ranked: _Ranked, gains: Array, k: int | None) -> Array:
    weights = numpy.where(_within(ranked, k), gains / numpy.log2(ranked.place + 2), 0.0)
    return numpy.bincount(ranked.query, weights=weights, minlength=ranked.queries).astype(numpy.float64)


def _tied_means(ranked: _Ranked, relevance: Array, scores: Array) -> Array:
    """The mean relevance of the documents of a query that share a score, in ranked order."""
    ordered = scores[ranked.order]
    starts = numpy.ones(len(ordered), dtype=numpy.bool_)
    starts[1:] = (ordered[1:] != ordered[:-1]) | (ranked.query[1:] != ranked.query[:-1])
    tie = numpy.cumsum(starts) - 1
    means: Array = numpy.bincount(tie, weights=relevance[ranked.order]) / numpy.bincount(tie)
    shared: Array = means[tie]
    return shared
