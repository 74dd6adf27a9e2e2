"""A bias audit as it is published: the city's numbers, everybody counted, and a stranger's names as text."""

import csv
import io
from fractions import Fraction

import numpy
import pytest
from tests.unit.gate.samples import sample

from gitmlops.audit.bias_audit import Audited, comma_separated, report, small
from gitmlops.audit.bias_tables import Asked, BiasTables, measured
from gitmlops.errors import InputError
from gitmlops.gate.evidence.making import MISSING
from gitmlops.records.receipt import Digest
from gitmlops.registry.tags.history import Version
from gitmlops.render import html

SEX = (("Male", 1390, 667), ("Female", 1181, 555))
RACE = (
    ("Hispanic or Latino", 408, 204),
    ("White", 797, 412),
    ("Black or African American", 390, 170),
    ("Native Hawaiian or Pacific Islander", 119, 52),
    ("Asian", 616, 302),
    ("Native American or Alaska Native", 41, 18),
    ("Two or More Races", 213, 96),
)
ABOUT = Audited(
    Version("screening", "v1.0.0", "c" * 40, "screening@v1.0.0", 0, "us"),
    "2026-11-30",
    "",
    "Applications of 2025.",
    "",
    (Digest("models/screening.skops", "a" * 64, 1),),
)


def audited(*counts: tuple[str, int, int], rate: str = "selection", **asked: object) -> BiasTables:
    """Categories of race: name, applicants, how many of them are selected; all of one sex."""
    names = [name for name, rows, _ in counts for _ in range(rows)]
    scores = [0.9 if row < hits else 0.1 for _, rows, hits in counts for row in range(rows)]
    rows = sample(numpy.zeros(len(names)), scores, race=names, sex=["Female"] * len(names))
    return measured(rows, decision=0.5, asked=Asked("sex", "race", rate, **asked))  # type: ignore[arg-type]


def ratios(found: BiasTables) -> dict[str, float | None]:
    lines = found.tables["race/ethnicity"].categories
    return {line.name: None if line.ratio is None else round(float(line.ratio), 3) for line in lines}


def test_the_tables_of_the_city_s_example_come_out_as_published() -> None:
    assert ratios(audited(*SEX)) == {"Female": 0.979, "Male": 1.0}
    race = audited(*RACE).tables["race/ethnicity"].categories
    assert [round(float(line.ratio or 0), 2) for line in race] == [0.95, 0.84, 0.97, 0.85, 0.85, 0.87, 1.0]
    said = report(ABOUT, audited(*RACE)).tables[1]
    assert said.title == "by race/ethnicity" and said.columns[:3] == (
        "race/ethnicity",
        "impact ratio",
        "selection rate",
    )
    assert said.rows[1] == ("Black or African American", "0.843", "43.6%", 390, 170)


def test_intersections_are_a_table_of_their_own() -> None:
    rows = sample(
        [0, 0, 0, 0], [0.9, 0.1, 0.9, 0.9], sex=["F", "F", "M", MISSING], race=["White", "Asian", "White", "White"]
    )
    found = measured(rows, decision=0.5, asked=Asked("sex", "race"))
    table = found.tables["intersection"]
    assert [(line.name, line.applicants, line.selected) for line in table.categories] == [
        ("F & Asian", 1, 0),
        ("F & White", 1, 1),
        ("M & White", 1, 1),
    ]
    assert table.unknown == 1 and found.applicants == 4
    assert [of.unknown for of in found.tables.values()] == [1, 0, 1]


def test_who_did_not_say_is_counted_and_in_no_ratio() -> None:
    found = audited(("White", 100, 50), ("Declined", 50, 50), (MISSING, 10, 10), unknown=("Declined",))
    assert ratios(found) == {"White": 1.0} and found.tables["race/ethnicity"].unknown == 60
    assert report(ABOUT, found).tables[1].rows[-1] == ("(unknown)", "", "", 60, "", "nobody knows the category")


def test_a_scoring_rate_is_the_share_above_the_median_of_everybody() -> None:
    rows = sample([0] * 6, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], sex=["F"] * 6, race=["a", "a", "a", "b", "b", MISSING])
    found = measured(rows, decision=0.95, asked=Asked("sex", "race", "scoring"))
    assert [(line.selected, line.rate) for line in found.tables["race/ethnicity"].categories] == [
        (0, Fraction(0)),
        (2, Fraction(1)),
    ]
    assert found.tables["race/ethnicity"].categories[0].ratio == Fraction(0)
    assert "scoring rate" in report(ABOUT, found).tables[1].columns


def test_a_small_category_is_left_out_with_a_reason_and_still_shown() -> None:
    few = ("Few", 10, 10)
    assert "under 2 % of the applicants, and in the ratios: Few, Female & Few" in small(
        audited(("White", 990, 495), few)
    )
    found = audited(("White", 990, 495), few, excluded={"Few": "ten people"})
    assert ratios(found) == {"Few": None, "White": 1.0}
    assert report(ABOUT, found).tables[1].rows[0] == ("Few", "", "100.0%", 10, 10, "ten people")
    assert "race/ethnicity,Few,10,10,1.000000,,ten people" in comma_separated(found)


@pytest.mark.parametrize(
    ("excluded", "said"),
    [("White", "the category 'White' has 990 of 1000 rows, not under 2 %"), ("Fw", "no category 'Fw' to exclude")],
)
def test_nothing_else_can_be_left_out(excluded: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        audited(("White", 990, 495), ("Few", 10, 10), excluded={excluded: "because"})


def test_a_column_that_is_not_there_is_told_with_the_nearest_one() -> None:
    with pytest.raises(InputError) as error:
        measured(sample([0], [0.5], sex=["F"], race=["a"]), decision=0.5, asked=Asked("sex", "rac"))
    assert error.value.what == "the evaluation rows have no column 'rac'" and "'race'" in error.value.mend


def test_the_names_of_strangers_are_text_on_the_page_and_no_formula_in_the_file() -> None:
    found = audited(("<script>alert(1)</script>", 100, 50), ("=HYPERLINK(1)", 100, 50))
    page = html.render(report(ABOUT, found))
    assert "<script" not in page and "&lt;script&gt;" in page
    cells = [row[1] for row in csv.reader(io.StringIO(comma_separated(found)))]
    assert "'=HYPERLINK(1)" in cells and not any(cell.startswith("=") for cell in cells)


def test_the_page_says_that_nobody_independent_has_looked_and_what_it_does_not_decide() -> None:
    said = report(ABOUT, audited(*SEX))
    assert said.verdict == "", "an audit judges nothing"
    assert said.summary[0].startswith("Date of the audit: 2026-11-30. By: made by the developer's own gate, and looked")
    assert said.summary[1] == "Not in use yet. Source of the data: Applications of 2025."
    assert "the law sets no number" in str(said.tables[-1].rows)
    assert ("models/screening.skops sha256", "a" * 64) in said.facts
