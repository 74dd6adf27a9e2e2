"""The README of a project of the hiring template, typed as it stands, prints what it says, and leaves the audit."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys import tutorial

pytestmark = pytest.mark.slow


def test_the_readme_goes_from_made_up_applications_to_a_published_audit(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gitmlops", "init", "hiring", "--template", "hiring"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    root = tmp_path / "hiring"
    for typed, expected, printed in tutorial.run((root / "README.md").read_text(), root):
        assert without_commits(printed) == without_commits(expected), typed
    page = (root / "public/bias-audit/bias-audit.html").read_text()
    assert "made by the developer's own gate" in page.replace("&#39;", "'") and "<script" not in page
    lines = list(csv.DictReader((root / "public/bias-audit/bias-audit.csv").open()))
    assert sum(int(line["applicants"]) for line in lines if line["table"] == "sex") == 2000
    assert {line["table"] for line in lines} == {"sex", "race/ethnicity", "intersection"}
    (left_out,) = (line for line in lines if line["category"] == "Native American or Alaska Native")
    assert (left_out["applicants"], left_out["impact_ratio"]) == ("21", "")


def without_commits(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "COMMIT", text)
