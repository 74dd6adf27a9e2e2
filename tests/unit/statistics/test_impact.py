"""Impact ratios and bias-audit tables are the published ones, exact, and say where there is no evidence."""

from fractions import Fraction

import numpy
import pytest

from gitmlops.errors import InputError
from gitmlops.statistics.bias_audit import above_median, audit_table, counted_table
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps, threshold
from gitmlops.statistics.groups import categories, intersections
from gitmlops.statistics.impact import Selected, impact
from gitmlops.statistics.proportions import Proportion, fisher_exact, ratio_limits

SEX = {"Male": Selected(667, 1390), "Female": Selected(555, 1181)}
RACE = {
    "Hispanic or Latino": Selected(204, 408),
    "White": Selected(412, 797),
    "Black or African American": Selected(170, 390),
    "Native Hawaiian or Pacific Islander": Selected(52, 119),
    "Asian": Selected(302, 616),
    "Native American or Alaska Native": Selected(18, 41),
    "Two or More Races": Selected(96, 213),
}


def test_the_city_s_first_example() -> None:
    found = {line.name: line for line in counted_table(SEX).categories}
    assert found["Male"].ratio == 1
    assert round(float(found["Female"].ratio or 0), 3) == 0.979
    ratios = [round(float(line.ratio or 0), 2) for line in counted_table(RACE).categories]
    assert ratios == [0.97, 1.0, 0.84, 0.85, 0.95, 0.85, 0.87]
    assert [line.ratio for line in counted_table(RACE).categories] == [group.ratio for group in impact(RACE).groups]


def test_the_questions_and_answers_of_1979_flag_three_quarters_alone() -> None:
    rates = {"White": 60, "Black": 45, "Hispanic": 48, "Asian": 51}
    found = impact({name: Selected(rate, 100) for name, rate in rates.items()})
    assert found.reference == "White"
    assert [group.ratio for group in found.groups] == [1, Fraction(3, 4), Fraction(4, 5), Fraction(17, 20)]
    flagged = [group.group for group in found.groups if not keeps(group.ratio or 0, ">=", threshold("4/5"))]
    assert flagged == ["Black"]


def test_a_ratio_has_its_exact_p_and_its_limits_beside_it() -> None:
    found = impact(SEX, confidence=0.9)
    ours, theirs = Proportion(555, 1181), Proportion(667, 1390)
    assert found.worst is not None and found.worst.group == "Female"
    assert found.worst.p_value == fisher_exact(ours, theirs)
    assert found.worst.limits == ratio_limits(ours, theirs, confidence=0.9)
    assert found.groups[0].p_value is None and found.groups[0].limits is None


def test_a_named_reference_may_be_exceeded() -> None:
    found = impact({"a": Selected(20, 100), "b": Selected(40, 100)}, reference="a")
    assert [group.ratio for group in found.groups] == [1, 2]


@pytest.mark.parametrize(
    ("counts", "reference", "said"),
    [
        ({}, "", "there are no groups"),
        ({"a": Selected(5, 50)}, "", "one group alone cannot be compared"),
        ({"a": Selected(5, 20), "b": Selected(5, 20)}, "", "no group has 30 applicants"),
        ({"a": Selected(5, 50), "b": Selected(5, 50)}, "c", "there is no group 'c'"),
        ({"a": Selected(5, 29), "b": Selected(5, 50)}, "a", "the reference 'a' has 29 applicants, 30 are asked"),
        ({"a": Selected(0, 50), "b": Selected(5, 50)}, "a", "nobody is selected in the reference 'a'"),
        ({"a": Selected(0, 50), "b": Selected(0, 50)}, "", "nobody is selected in the reference 'a'"),
        ({"a": Selected(9, 50), "b": Selected(0, 5)}, "", "b: 5 applicants, 30 are asked"),
    ],
)
def test_where_there_is_no_evidence_there_is_a_reason(counts: dict, reference: str, said: str) -> None:
    found = impact(counts, reference=reference)
    assert found.worst is None and found.reason == said
    assert [(group.selected, group.applicants) for group in found.groups] == [
        (of.selected, of.applicants) for of in counts.values()
    ]


def test_a_small_group_is_no_reference_however_much_it_is_selected() -> None:
    found = impact({"few": Selected(5, 5), "a": Selected(20, 40), "b": Selected(10, 40)})
    assert found.reference == "a" and found.groups[2].ratio == Fraction(1, 2) and found.groups[0].ratio is None


def test_nobody_selected_of_a_group_is_a_ratio_of_zero() -> None:
    found = impact({"a": Selected(20, 40), "b": Selected(0, 40)})
    assert found.worst is not None and found.worst.ratio == 0 and found.worst.limits is not None
    assert found.worst.limits.lower == 0 < found.worst.limits.upper


def test_a_scoring_rate_counts_scores_above_the_median_of_all() -> None:
    assert above_median(numpy.array([1.0, 2.0, 2.0, 3.0])).tolist() == [False, False, False, True]
    assert above_median(numpy.array([1.0, 2.0, 3.0, 4.0])).tolist() == [False, False, True, True]
    with pytest.raises(Unmeasurable, match="there are no rows"):
        above_median(numpy.array([]))
    with pytest.raises(Unmeasurable, match="1 of 2 scores are not finite"):
        above_median(numpy.array([1.0, numpy.nan]))


def test_small_categories_are_left_out_with_a_reason_of_somebody_and_still_shown() -> None:
    counts = {"a": Selected(500, 990), "b": Selected(10, 10)}
    assert [line.ratio for line in counted_table(counts).categories] == [Fraction(50, 99), 1]
    lines = counted_table(counts, excluded=["b"]).categories
    assert lines[0].ratio == 1 and lines[1].ratio is None and lines[1].excluded and lines[1].rate == 1


@pytest.mark.parametrize(
    ("excluded", "said"), [("b", "'b' has 20 of 1000 rows, not under 2 %"), ("z", "no category 'z' to exclude")]
)
def test_a_category_of_two_percent_is_not_left_out(excluded: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        counted_table({"a": Selected(500, 980), "b": Selected(10, 20)}, excluded=[excluded])


def test_unknown_categories_are_counted_beside_the_table() -> None:
    sex = categories(numpy.array(["f", "m", None, "f", "m", "m"], dtype=object))
    race = categories(numpy.array(["x", "x", "x", None, "y", "y"], dtype=object))
    found = audit_table(numpy.array([1, 0, 1, 1, 1, 0], dtype=bool), intersections(sex, race))
    assert found.unknown == 2
    assert [(line.name, line.applicants, line.selected) for line in found.categories] == [
        ("f & x", 1, 1),
        ("m & x", 1, 0),
        ("m & y", 2, 1),
    ]


def test_a_table_where_nobody_is_selected_has_no_ratios() -> None:
    assert [line.ratio for line in counted_table({"a": Selected(0, 5), "b": Selected(0, 0)}).categories] == [None, None]
