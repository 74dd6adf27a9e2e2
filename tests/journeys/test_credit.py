"""The README of a project of the credit template, typed as it stands, prints what it says, and leaves what it tells."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet
import pytest
from tests.journeys import tutorial
from tests.sharing import locked, shared

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Told:
    """The project as the README's last command left it; of each command what was to be printed and what was."""

    root: Path
    commands: list[tuple[str, str, str]]

    def output(self, *words: str) -> str:
        done = subprocess.run(words, cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def gitmlops(self, *words: str) -> str:
        return self.output(sys.executable, "-m", "gitmlops", *words)


@pytest.fixture
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The story, typed once; a test has its folder for itself."""
    folder = shared(tmp_path_factory, "credit-story")
    kept = folder.with_suffix(".json")
    with locked(folder):
        if not kept.exists():
            new_project(folder)
            text = (folder / "credit/README.md").read_text()
            kept.write_text(json.dumps([*tutorial.run(text, folder / "credit")]))
        yield Told(folder / "credit", [tuple(command) for command in json.loads(kept.read_text())])


def new_project(folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-m", "gitmlops", "init", "credit", "--template", "credit"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def without_commits(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "COMMIT", text)


def test_every_command_of_the_readme_prints_what_stands_below_it(told: Told) -> None:
    for command, expected, printed in told.commands:
        assert without_commits(printed) == without_commits(expected), command
    assert len(told.commands) > 25


def test_sex_and_age_reach_the_evaluation_rows_as_groups_and_no_model(told: Told) -> None:
    rows = pyarrow.parquet.read_schema(told.root / "data/evaluation.parquet").names
    read = json.loads((told.root / "models/credit-risk.manifest.json").read_text())["features"]
    assert {"sex", "age_band"} <= set(rows)
    assert read == ["amount", "duration", "purpose", "checking_account", "saving_accounts", "monthly_payment"]
    assert not {"repaid", "age"} & set(rows)


def test_the_refused_model_reached_neither_main_nor_the_registry(told: Told) -> None:
    assert told.output("git", "branch", "--no-merged", "main").split() == ["age"]
    assert told.output("git", "tag").split() == ["credit-risk#prod#2", "credit-risk#staging#1", "credit-risk@v1.0.0"]
    assert told.output("git", "status", "--porcelain") == ""


def test_the_catalogue_tells_who_agreed_and_what_no_machine_decides(told: Told, tmp_path: Path) -> None:
    told.gitmlops("catalog", "build", "--output", str(tmp_path / "site"), "--strict")

    def said(page: str) -> str:
        return " ".join(re.sub(r"<[^>]*>", " ", (tmp_path / "site" / page).read_text()).split())

    assert "v1.0.0 in prod risk-sme @jane" in said("credit/models/credit-risk.html")
    assert "What a machine does not decide" in said("credit/policies/ai-act.html")
    assert "credit-risk" in said("inventory.html")


def test_the_registry_tells_who_agreed(told: Told) -> None:
    history = json.loads(told.gitmlops("model", "history", "credit-risk", "--format", "json"))
    approved = [row["approved by"] for row in history["tables"][0]["rows"] if row["stage"] == "prod"]
    assert approved == ["@joe, @jane"]
    told.gitmlops("model", "verify", "credit-risk#prod", "--remote")


def test_the_page_for_the_risk_officer_has_every_group_and_asks_nobody_else(told: Told) -> None:
    page = (told.root / "reports/gate.html").read_text()
    for group in ("sex=female", "sex=male", "age_band=up to 25", "age_band=over 25"):
        assert group in page
    assert "29 CFR 1607.4(D)" in page
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org", "")


def test_the_page_of_the_first_model_says_what_was_waived_what_was_asked_and_what_no_machine_decided(
    told: Told,
) -> None:
    page = (told.root / "reports/first.html").read_text()
    assert "waived until" in page and "by @jane, risk-sme" in page
    assert '<p class="asked">The prediction log is kept for six months at least' in page
    assert "Engineering evidence, not legal advice; a pass is not compliance." in page
    for pack in ("eu-ai-act", "ecoa", "four-fifths", "gdpr"):
        assert f"gitmlops/{pack}@1.0.0" in page


def test_the_model_card_tells_use_and_misuse_and_how_each_group_fares(told: Told) -> None:
    card = (told.root / "models/credit-risk.card.md").read_text()
    assert "| Risk tier | high |" in card
    assert "| Not intended for | Decisions without a person;" in card
    assert "| sex=female | selection_rate |" in card and "| age\\_band=up to 25 | recall |" in card


def test_another_run_elsewhere_makes_the_same_bytes(tmp_path: Path) -> None:
    locks = [trained(tmp_path / name) for name in ("one", "two")]
    assert locks[0] == locks[1]


def trained(folder: Path) -> tuple[bytes, bytes]:
    new_project(folder)
    commands = [
        "python scripts/import_data.py",
        "dvc add --quiet data/applications.csv data/applicants.csv data/outcomes.csv",
        "git add --all && git commit --quiet --message start",
        "gitmlops pipeline run scoring",
    ]
    text = "\n".join(("```console", *(f"$ {command}" for command in commands), "```", ""))
    for command, _, printed in tutorial.run(text, folder / "credit"):
        assert "Traceback" not in printed, (command, printed)
    return (folder / "credit/dvc.lock").read_bytes(), (folder / "credit/models/credit-risk.card.md").read_bytes()
