"""A datasheet: dated, asked for by a policy, stale when the data change, renewed before it goes into production."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from tests.conftest import GitRepo
from tests.gate_lab import QUALITY, TOY, Lab, other_good, says
from tests.releasing import done

TODAY = datetime.now(UTC).date()
ASKED = QUALITY + "evidence: [{kind: datasheet, bound_to: data_digest, max_age: 365d}]\n"
NAMED = TOY + "documents: [toy-datasheet]\n"
SHEET = "models/documents/toy-datasheet.yaml"
NEW = ("document", "new", "datasheet", "--model", "toy", "--file", "data/datasheet.md", "--by", "@jane")


def written(lab: Lab, *options: str) -> None:
    """The datasheet of main, dated and named by the model, with the policy that asks for it."""
    lab.commit({"data/datasheet.md": "# Rows\n", "models/toy.yaml": NAMED.replace("documents: [toy-datasheet]\n", "")})
    says(lab.run(*NEW, *options), f"written to {SHEET}", exit_code=0)
    lab.commit({"models/toy.yaml": NAMED, "policies/quality.yaml": ASKED})


def test_a_document_is_dated_with_the_digests_of_what_it_is_about(lab: Lab) -> None:
    lab.commit({"data/datasheet.md": "# Rows\n"})
    result = lab.run(*NEW, "--dry-run")
    says(result, f"{SHEET} was not written (--dry-run)", "name it in models/toy.yaml", exit_code=0)
    assert not (lab.root / SHEET).exists()
    assert lab.run(*NEW).exit_code == 0
    found = yaml.safe_load((lab.root / SHEET).read_text())
    assert (found["date"], found["by"], [*found["data"]]) == (TODAY.isoformat(), ["@jane"], ["data/rows.parquet"])
    assert SHEET not in lab.run("check").output
    says(lab.run(*NEW[:-1], "jane"), "'jane' is not of the right form", exit_code=3)
    says(lab.run(*NEW, "--date", "2026-02-30"), f"{SHEET}:1:1: there is no day 2026-02-30", exit_code=3)
    says(lab.run(*NEW[:-3], "gone.md", *NEW[-2:]), "gone.md: no such file", exit_code=3)


def test_a_changed_source_makes_the_datasheet_one_of_other_data(lab: Lab) -> None:
    written(lab)
    pointer = "outs:\n- {md5: 11111111111111111111111111111111, path: rows.parquet}\n"
    lab.candidate(other_good(), **{"data/rows.parquet.dvc": pointer})
    says(
        lab.run("gate"),
        "document_gaps is 1 (toy-datasheet (by @jane) describes another data/rows.parquet), policy asks <= 0",
        "quality/evidence-datasheet policies/quality.yaml:30:12",
        "whoever answers for it writes or renews it, and dates it with `gitmlops document new`",
    )


def test_a_document_that_grew_old_after_the_merge_stops_the_promotion_until_it_is_renewed(
    lab: Lab, tmp_path: Path
) -> None:
    written(lab, "--date", (TODAY - timedelta(days=366)).isoformat())
    lab.commit({"policies/quality.yaml": ASKED.replace("365d", "366d")})
    lab.candidate(other_good())
    says(lab.run("gate"), "toy: passed (5 checks)", exit_code=0)
    lab.git("checkout", "-q", "main")
    lab.git("merge", "-q", "--no-ff", "--no-edit", "work")
    done(lab, "register", "toy", "--local")
    promote = ("model", "promote", "toy@v1.0.0", "--to", "staging", "--local")
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "policies")], check=True)
    advice = ASKED.replace("id: quality", "id: group").replace("hard-m", "soft-m").replace("soft-mandatory", "advisory")
    GitRepo(tmp_path / "policies").commit({"policies/group.yaml": advice})
    says(
        lab.run(*promote, f"--required-policies=file://{tmp_path}/policies@main"),
        "evidence is missing: required/group/evidence-datasheet: toy-datasheet (by @jane) is of",
    )
    lab.commit({"policies/quality.yaml": ASKED})
    says(
        lab.run(*promote),
        "toy@v1.0.0: evidence is missing: quality/evidence-datasheet: toy-datasheet (by @jane) is of",
        "366 days old, 365d are allowed; whoever answers for it writes or renews it",
    )
    assert lab.run(*NEW).exit_code == 0
    lab.commit()
    done(lab, "promote", "toy@v1.0.0", "--to", "staging", "--local")
