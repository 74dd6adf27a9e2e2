"""Metrics of rankings are scikit-learn's query by query, or those of their definition, one by one."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.ranking import average_precision_at, ndcg, precision_at, recall_at, reciprocal_rank

QUERY = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=2, max_size=12).filter(
    lambda documents: any(relevance for relevance, _ in documents)
)
DEPTH = st.sampled_from([None, 1, 3, 20])


def table(queries: list[list[tuple[int, int]]]) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    rows = [(relevance, score, 10 * number) for number, query in enumerate(queries) for relevance, score in query]
    shuffled = numpy.random.default_rng(0).permutation(len(rows))
    relevance, scores, of = numpy.array(rows)[shuffled].T
    return relevance.astype(float), scores.astype(float), of


@settings(max_examples=100, deadline=None)
@given(st.lists(QUERY, min_size=1, max_size=4), DEPTH)
def test_ndcg_is_that_of_scikit_learn_with_ties(queries: list[list[tuple[int, int]]], depth: int | None) -> None:
    relevance, scores, of = table(queries)
    wanted = [ndcg_score([[one for one, _ in query]], [[score for _, score in query]], k=depth) for query in queries]
    assert ndcg(relevance, scores, of, k=depth) == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(QUERY, min_size=1, max_size=4), st.sampled_from([1, 3, 20]))
def test_the_others_are_those_of_their_definition(queries: list[list[tuple[int, int]]], depth: int) -> None:
    queries = [[(relevance, place) for place, (relevance, _) in enumerate(query)] for query in queries]
    relevance, scores, of = table(queries)
    ranked = [[one > 0 for one, _ in reversed(query)] for query in queries]
    first = [next((1 / (place + 1) for place, hit in enumerate(query[:depth]) if hit), 0.0) for query in ranked]
    assert reciprocal_rank(relevance, scores, of, k=depth) == pytest.approx(first)
    assert precision_at(relevance, scores, of, k=depth) == pytest.approx([sum(one[:depth]) / depth for one in ranked])
    assert recall_at(relevance, scores, of, k=depth) == pytest.approx([sum(one[:depth]) / sum(one) for one in ranked])
    mean = [
        sum(sum(query[: place + 1]) / (place + 1) for place, hit in enumerate(query[:depth]) if hit)
        / min(sum(query), depth)
        for query in ranked
    ]
    assert average_precision_at(relevance, scores, of, k=depth) == pytest.approx(mean)
    whole = [
        label_ranking_average_precision_score([[one > 0 for one, _ in query]], [[score for _, score in query]])
        for query in queries
    ]
    assert average_precision_at(relevance, scores, of) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("relevance", "scores", "queries", "said"),
    [
        ([], [], [], "there are no rows"),
        ([1], [1, 2], [0], "differ in rows"),
        ([1, 0], [0.5, numpy.nan], [0, 0], "not finite"),
        ([1, -1], [0.5, 0.1], [0, 0], "not 0 or more"),
        ([1, 0], [0.5, 0.1], [0, 1], "1 of 2 queries have no relevant document"),
    ],
)
def test_what_is_no_ranking_gives_no_number(relevance: list, scores: list, queries: list, said: str) -> None:
    for metric in (ndcg, reciprocal_rank, average_precision_at):
        with pytest.raises(Unmeasurable, match=said):
            metric(
                numpy.array(relevance, dtype=float), numpy.array(scores, dtype=float), numpy.array(queries, dtype=int)
            )


def test_the_depth_counts_from_one() -> None:
    with pytest.raises(Unmeasurable, match="k is 0"):
        precision_at(numpy.array([1.0]), numpy.array([1.0]), numpy.array([0]), k=0)
