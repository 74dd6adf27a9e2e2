"""A bias audit of a released version, as people run it: what is written, and what is told when it cannot be."""

from pathlib import Path

import pytest
from tests.gate_lab import EVALUATION, LABELS, Lab, labels, parquet, rows, says

AUDIT = ("model", "bias-audit", "toy", "--source", "The lab's rows.", "--date", "2026-11-30")


@pytest.fixture
def released(lab: Lab) -> Lab:
    """A version whose evaluation rows know sex, and race of all but a third."""
    table = rows()
    table["sex"] = ["F", "M"] * (len(table) // 2)
    table["race"] = ["<b>one</b>", "two", None] * (len(table) // 3)
    lab.commit(lab.track({EVALUATION: parquet(table), LABELS: parquet(labels())}))
    lab.release()
    return lab


def test_the_tables_are_written_once_and_name_the_data_that_they_are_of(released: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    asked = (*AUDIT, "--sex", "sex", "--race", "race", "--output", str(folder))
    says(released.run(*asked), "Date of the audit: 2026-11-30", "by race/ethnicity", "(unknown)", exit_code=0)
    assert sorted(path.name for path in folder.iterdir()) == ["bias-audit.csv", "bias-audit.html"]
    page = (folder / "bias-audit.html").read_text()
    assert "&lt;b&gt;one&lt;/b&gt;" in page and "<b>one" not in page and "data/evaluation.parquet sha256" in page
    assert "race/ethnicity,(unknown),400,,,," in (folder / "bias-audit.csv").read_text()
    says(released.run(*asked), "holds something already", exit_code=3)


@pytest.mark.parametrize(
    ("words", "said", "exit_code"),
    [
        (("--sex", "sex", "--race", "rac"), "the evaluation rows have no column 'rac'", 3),
        (
            ("--sex", "sex", "--race", "race", "--exclude", "two: too few"),
            "'two' has 400 of 800 rows, not under 2 %",
            3,
        ),
        (("--sex", "sex", "--race", "race", "--exclude", "two"), "gives no reason", 2),
    ],
)
def test_what_cannot_be_audited_is_told(released: Lab, words: tuple[str, ...], said: str, exit_code: int) -> None:
    says(released.run(*AUDIT, *words), said, exit_code=exit_code)
