"""Two versions side by side, without a repository."""

import math

from gitmlops.adapters.git.log import Commit
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.registry.comparing import differences, profiles
from gitmlops.registry.comparing.sides import Side
from gitmlops.registry.tags.history import Version
from gitmlops.report import Table


def numeric(name: str, mean: float | None, sd: float | None = 2.0) -> NumericColumn:
    return NumericColumn(name, 100, 0, 0.0, 9.0, mean, sd, (1.0,), (50, 50))


def levels(name: str, *counts: int, other: int = 0) -> CategoricalColumn:
    return CategoricalColumn(name, sum(counts) + other, 0, ("a", "b", "c")[: len(counts)], counts, other)


def baseline(*columns: Column, until: str = "2020-01-31") -> Baseline:
    return Baseline("m", "d", "m", until, 100, columns, numeric("score", 0.5), (), ())


def side(number: str, *, gate: tuple[str, ...] = (), policies: dict[str, tuple[str, str]] | None = None) -> Side:
    message = "Register m\n\n" + "\n".join(f"Gate: {line}" for line in gate)
    return Side(Version("m", number, "c" * 40, f"m@{number}", 1, "Ann", message), {}, {}, policies or {})


def test_numbers_move_by_standard_deviations_and_levels_by_the_share_of_rows_that_would_be_others() -> None:
    assert profiles.moved(numeric("x", 1.0), numeric("x", 4.0)) == 1.5
    assert profiles.moved(levels("x", 50, 50), levels("x", 50, 50)) == 0
    assert math.isclose(profiles.moved(levels("x", 50, 50), levels("x", 25, 50, 25)) or 0, 0.25)
    assert profiles.moved(levels("x", 10), levels("x", 0, 10)) == 1
    assert math.isclose(profiles.moved(levels("x", 50, other=50), levels("x", 100)) or 0, 0.5)


def test_what_cannot_be_compared_has_not_moved_by_a_number() -> None:
    assert profiles.moved(numeric("x", 1.0), levels("x", 1)) is None
    assert profiles.moved(numeric("x", 1.0, sd=0.0), numeric("x", 2.0)) is None
    assert profiles.moved(numeric("x", None), numeric("x", 2.0)) is None


def test_the_profile_tells_what_differs_columns_that_came_or_went_first_then_the_most_moved() -> None:
    before = baseline(numeric("near", 1.0), numeric("same", 1.0), numeric("far", 1.0), numeric("gone", 1.0))
    after = baseline(numeric("near", 1.5), numeric("same", 1.0), numeric("far", 9.0), until="2020-02-29")
    assert profiles.rows(before, after) == (
        ("trained until", "2020-01-31", "2020-02-29", None),
        ("gone", "mean 1", None, None),
        ("far", "mean 1", "mean 9", 4.0),
        ("near", "mean 1", "mean 1.5", 0.25),
    )


def test_checks_and_policies_that_differ_stand_side_by_side() -> None:
    before = side("v1.0.0", gate=("q/auc=0.7 >= 0.6 passed", "q/same=1 >= 0 passed"), policies={"q": ("1.0.0", "a")})
    after = side("v1.1.0", gate=("q/auc=0.8 >= 0.6 passed", "q/same=1 >= 0 passed", "q/new=2 >= 1 passed"))
    assert differences.verdicts(before, after).rows == (
        ("q/auc", "0.7 >= 0.6 passed", "0.8 >= 0.6 passed", "changed"),
        ("q/new", None, "2 >= 1 passed", "new"),
    )
    assert differences.policies(before, after).rows == (("q", "1.0.0 (a)", None, "gone"),)


def test_of_many_values_those_of_the_whole_come_first_and_the_rest_is_counted() -> None:
    rows = tuple(("m.json", key, 1, 2) for key in (*(f"slices.a.{number}" for number in range(45)), "auc", "n"))
    shown = differences.shortened(Table("Metrics", ("file", "metric", "v1", "v2"), rows)).rows
    assert [row[1] for row in shown[:3]] == ["auc", "n", "slices.a.0"]
    assert shown[40:] == (("", "and 7 more", None, None),)


def test_of_many_commits_the_rest_is_counted() -> None:
    every = tuple(Commit(f"{number:040}", "2020-01-01", "Ann", "work") for number in range(60))
    rows = differences.commits(side("v1.0.0"), side("v1.1.0"), every, ()).rows
    assert len(rows) == 51
    assert rows[-1][3] == "and 10 more: `git log m@v1.0.0...m@v1.1.0`"
