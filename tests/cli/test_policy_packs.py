"""The regulations that come with gitmlops, looked at from the command line, in any folder."""

import json

from click.testing import CliRunner, Result

from gitmlops.cli.main import main
from gitmlops.gate.rules import packs


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["policy", "packs", *words])


def test_packs_are_listed_with_status_source_and_what_they_leave_open() -> None:
    table = json.loads(run("--format", "json").output)["tables"][0]
    assert [row["pack"] for row in table["rows"]] == [pack.name for pack in packs.packs().values()]
    (fifths,) = (row for row in table["rows"] if "four-fifths" in row["pack"])
    assert fifths["status"] == "under rescission" and fifths["left open"] == 2


def test_a_pack_is_shown_with_the_law_of_each_check_and_what_people_decide() -> None:
    shown = json.loads(run("gitmlops/eu-ai-act@1.0.0", "--format", "json").output)
    rows = {row["check"]: row for row in shown["tables"][0]["rows"]}
    assert rows["bias-examined"]["of"] == "Article 10(2)(f) and (g)"
    assert rows["bias-examined"]["left open"] == "threshold, slice"
    assert rows["evidence-technical-documentation"]["asks"].endswith("with 9 headings, hard-mandatory")
    assert shown["facts"]["sha256"] == packs.packs()["eu-ai-act"].sha256
    assert {
        "of": "eu-ai-act",
        "question": "Engineering evidence, not legal advice; a pass is not compliance.",
    } in shown["undecided"]


def test_a_pack_that_is_not_there_is_told_with_the_nearest_one() -> None:
    result = run("eu-ai-akt")
    assert result.exit_code == 3 and "there is no pack 'eu-ai-akt'" in result.output
    assert "did you mean 'eu-ai-act'?" in result.output
