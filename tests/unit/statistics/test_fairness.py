"""Fairness measures are fairlearn's where there is evidence, and a reason where there is none."""

from fractions import Fraction

import numpy
import pandas
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st

from gitmlops.statistics.fairness import MEASURES, Requirements, disparity, group_rates
from gitmlops.statistics.groups import Groups, categories, intersections
from gitmlops.statistics.rates import RATES, confusion

ANY = Requirements(min_n=1)
ROWS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from("abc"), st.sampled_from("xy")), min_size=4, max_size=80
)
ORACLES = {
    "demographic_parity_difference": fairlearn.demographic_parity_difference,
    "demographic_parity_ratio": fairlearn.demographic_parity_ratio,
    "equalized_odds_difference": fairlearn.equalized_odds_difference,
    "equalized_odds_ratio": fairlearn.equalized_odds_ratio,
    "equal_opportunity_difference": fairlearn.equal_opportunity_difference,
    "equal_opportunity_ratio": fairlearn.equal_opportunity_ratio,
}
BY_GROUP = {
    "selection_rate": fairlearn.selection_rate,
    "recall": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "specificity": fairlearn.true_negative_rate,
}


def bits(text: str) -> numpy.ndarray:
    return numpy.array([float(letter) for letter in text])


def columns(
    rows: list[tuple[bool, bool, str, str]],
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    labels, decisions, first, second = (numpy.array(column) for column in zip(*rows, strict=True))
    return labels.astype(float), decisions, first, second


def test_the_numbers_of_fairlearns_user_guide() -> None:
    labels, decisions = bits("011110101000111111"), bits("001011100111100110") == 1
    groups = categories(numpy.array(list("bbabbcccaacabccbcc")))
    found = {
        measure: disparity(measure, labels, decisions, groups, require=ANY).value
        for measure in MEASURES
        if not measure.startswith("predictive")
    }
    assert found["demographic_parity_difference"] == Fraction(1, 4)
    assert found["demographic_parity_ratio"] == Fraction(2, 3)
    assert found["equalized_odds_difference"] == 1
    assert found["equalized_odds_ratio"] == 0


@settings(max_examples=50, deadline=None)
@given(ROWS, st.booleans())
def test_measures_are_fairlearns_group_by_group_and_for_intersections(rows: list, crossed: bool) -> None:
    labels, decisions, first, second = columns(rows)
    groups = intersections(categories(first), categories(second)) if crossed else categories(first)
    sensitive = pandas.DataFrame({"first": first, "second": second} if crossed else {"first": first})
    for measure, oracle in ORACLES.items():
        found = disparity(measure, labels, decisions, groups, require=ANY)
        if found.value is None:
            assert found.reason
        else:
            wanted = oracle(labels, decisions, sensitive_features=sensitive)
            assert float(found.value) == pytest.approx(wanted, abs=1e-12), measure
            assert found.worst != found.best or found.value == (0 if measure.endswith("difference") else 1)
    table = confusion(labels, decisions, groups.codes, len(groups.names))
    for metric, oracle in BY_GROUP.items():
        for rate in group_rates(metric, table, groups.names, ANY):
            rows_of = groups.codes == groups.names.index(rate.group)
            assert rate.rows == rows_of.sum() and rate.positives == labels[rows_of].sum()
            if rate.rate is not None:
                wanted = (
                    oracle(labels[rows_of], decisions[rows_of], pos_label=1)
                    if metric != "selection_rate"
                    else (oracle(labels[rows_of], decisions[rows_of]))
                )
                assert float(rate.rate) == pytest.approx(wanted, abs=1e-12)
                assert rate.rate == Fraction(rate.hits, rate.trials)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_predictive_parity_compares_precisions(rows: list) -> None:
    labels, decisions, first, _ = columns(rows)
    found = disparity("predictive_parity_difference", labels, decisions, categories(first), require=ANY)
    precisions = [
        Fraction(int(labels[(first == name) & decisions].sum()), int(((first == name) & decisions).sum()))
        for name in sorted(set(first))
        if ((first == name) & decisions).any()
    ]
    if len(precisions) < len(set(first)) or len(precisions) < 2 or not any(precisions):
        assert found.value is None and found.reason
    else:
        assert found.value == max(precisions) - min(precisions)


def test_ratios_of_counts_are_exact() -> None:
    """1,053 applicants of each: 45 and 36 selected of them are four fifths, which floats miss."""
    decisions = numpy.concatenate([numpy.arange(1053) < 45, numpy.arange(1053) < 36])
    groups = Groups(("one", "other"), numpy.repeat([0, 1], 1053))
    found = disparity("demographic_parity_ratio", numpy.zeros(2106), decisions, groups)
    assert found.value == Fraction(4, 5)
    assert (found.worst, found.best, found.metric) == ("other", "one", "selection_rate")
    assert [(rate.hits, rate.trials) for rate in found.groups] == [(45, 1053), (36, 1053)]


def two_groups(labels: str, decisions: str) -> tuple[numpy.ndarray, numpy.ndarray, Groups]:
    """The first half of the rows is group a, the second b; each repeated ten times."""
    half = len(labels) // 2
    codes = numpy.repeat([0, 1], [half, len(labels) - half])
    return (
        numpy.repeat(bits(labels), 10),
        numpy.repeat(bits(decisions) == 1, 10),
        Groups(("a", "b"), numpy.repeat(codes, 10)),
    )


@pytest.mark.parametrize(
    ("measure", "labels", "decisions", "said"),
    [
        ("equal_opportunity_difference", "11000000", "11000000", "b: recall needs a positive label, there is none"),
        ("equalized_odds_difference", "11001111", "11001111", "b: false_positive_rate needs a negative label"),
        ("predictive_parity_ratio", "10101010", "10100000", "b: precision needs a decision 1, there is none"),
        ("demographic_parity_ratio", "10101010", "00000000", "selection_rate 0 in every group"),
        ("demographic_parity_difference", "10101010", "00000000", "selection_rate 0 in every group"),
        ("equalized_odds_difference", "10101010", "00000000", "recall and false_positive_rate 0 in every group"),
        ("equal_opportunity_difference", "10101010", "01010101", "recall 0 in every group"),
        ("equalized_odds_ratio", "10101010", "10101010", "false_positive_rate is 0 in every group: 0 / 0 is no ratio"),
    ],
)
def test_traps_are_insufficient_evidence_with_their_reason(
    measure: str, labels: str, decisions: str, said: str
) -> None:
    found = disparity(measure, *two_groups(labels, decisions))
    assert found.value is None and said in found.reason
    assert found.groups, "the counts are shown all the same"


def test_a_perfect_model_is_not_unfair_because_a_group_has_no_positives() -> None:
    """fairlearn answers 1.0 here, the worst there is."""
    labels, decisions, groups = two_groups("11000000", "11000000")
    assert fairlearn.equal_opportunity_difference(labels, decisions, sensitive_features=groups.codes) == 1.0
    assert disparity("equal_opportunity_difference", labels, decisions, groups).value is None


def test_a_single_group_is_compared_with_nobody() -> None:
    labels, decisions, _ = two_groups("10101010", "10001000")
    for measure in MEASURES:
        alone = disparity(measure, labels, decisions, Groups(("all",), numpy.zeros(80, dtype=int)))
        assert alone.value is None and alone.reason == "one group alone cannot be compared"
        nobody = disparity(measure, labels, decisions, Groups((), numpy.full(80, -1)))
        assert nobody.value is None and nobody.reason == "no row has a known group" and nobody.unknown == 80


@pytest.mark.parametrize("wrong", [numpy.nan, 2.0, -1.0])
def test_labels_that_are_none_are_insufficient_evidence(wrong: float) -> None:
    labels, decisions, groups = two_groups("10101010", "10001000")
    labels[3] = wrong
    found = disparity("equalized_odds_difference", labels, decisions, groups)
    assert found.value is None and found.reason == "1 of 80 labels are neither 0 nor 1"


@pytest.mark.parametrize(
    ("require", "said"),
    [
        (Requirements(min_n=41), "a: 40 rows, 41 are asked"),
        (Requirements(min_positives=11), "b: 10 positives, 11 are asked"),
        (Requirements(min_negatives=21), "a: 20 negatives, 21 are asked"),
    ],
)
def test_every_group_meets_the_requirements_the_best_one_too(require: Requirements, said: str) -> None:
    found = disparity("demographic_parity_difference", *two_groups("11001000", "11001000"), require=require)
    assert found.value is None and found.reason == said


def test_rows_of_unknown_group_are_counted_and_compared_with_nobody() -> None:
    labels, decisions, groups = two_groups("10101010", "11001000")
    codes = groups.codes.copy()
    codes[:5] = -1
    found = disparity("demographic_parity_difference", labels, decisions, Groups(groups.names, codes))
    assert found.unknown == 5 and found.groups[0].rows == 35


def test_the_worst_of_many_says_of_how_many() -> None:
    generator = numpy.random.default_rng(1)
    groups = Groups(tuple("abcdefgh"), generator.integers(0, 8, 2000))
    found = disparity(
        "equalized_odds_difference", (generator.random(2000) < 0.5) * 1.0, generator.random(2000) < 0.5, groups
    )
    assert found.of == 8 and found.value is not None and found.metric in ("recall", "false_positive_rate")
    assert len(found.groups) == 16 and {rate.metric for rate in found.groups} == {"recall", "false_positive_rate"}


def test_every_measure_is_of_rates_that_are_known() -> None:
    assert {metric for metrics, _ in MEASURES.values() for metric in metrics} <= set(RATES)


def test_german_credit_gives_the_published_numbers() -> None:
    """1,000 applications of which 700 are good: those of women, of men, of people up to 25 and of older ones."""
    tables = {"sex": ((201, 310), (499, 690)), "age": ((110, 190), (590, 810))}
    published = {"sex": (-0.074801, 0.896567), "age": (-0.149448, 0.794826)}
    for name, ((good, women), (fine, men)) in tables.items():
        risk = numpy.concatenate([numpy.arange(women) < good, numpy.arange(men) < fine])
        groups = Groups(("protected", "other"), numpy.repeat([0, 1], [women, men]))
        difference = disparity("demographic_parity_difference", numpy.zeros(1000), risk, groups)
        ratio = disparity("demographic_parity_ratio", numpy.zeros(1000), risk, groups)
        assert difference.worst == ratio.worst == "protected"
        assert round(-float(difference.value or 0), 6) == published[name][0]
        assert round(float(ratio.value or 0), 6) == published[name][1]
