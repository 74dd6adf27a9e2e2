"""The model card of a version: what it says is in its tag, its commit, its receipt or its manifest."""

import hashlib
import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from msgspec.structs import replace
from tests.conftest import GitRepo
from tests.releasing import CHECKS, MODEL, done, judge, team, train
from tests.repo.test_audit import DEFINITIONS, POLICY

from gitmlops.records.canonical import encode
from gitmlops.records.manifest import Manifest
from gitmlops.records.receipt import CheckResult, Digest

DIGEST = "d" * 64
MANIFEST = Manifest(
    model="churn",
    pipeline="churn",
    seed=7,
    features=("spend@v1:amount",),
    inputs=(Digest("data/train.parquet", DIGEST, 10),),
    outputs=(),
    python="3.13.1",
    platform="Linux-x86_64",
    packages=("numpy==2.3.0", "scikit_learn==1.7.2"),
)
MEASURED = (
    *CHECKS,
    CheckResult(
        "quality", "1.0.0", "recall", "soft-mandatory", "waived", "recall", ">=", "0.61", "0.7", "plan=gold", 212,
        ("0.55", "0.67"),
    ),
)  # fmt: skip

RECALL = """\
- {id: recall, metric: recall, op: ">=", threshold: 0.7, slice: {by: plan}, enforcement: soft-mandatory}
"""
WAIVER = f"""\
kind: waiver
check: quality/recall
policy_version: 1.0.0
model: churn
model_sha256: "{hashlib.sha256(b"one").hexdigest()}"
reason: A better one comes in June
approver: "@jane"
role: risk-sme
issued: "2026-01-01"
expires: "2999-01-01"
"""


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.0.0 in staging, made and judged as a pipeline and the gate would."""
    work = team(tmp_path)
    policy = POLICY.replace("checks:", "not_decided: [Whether anybody is told]\nchecks:") + RECALL
    policy += "waivers: {at_most: 400000d}\n"
    files = {"policies/quality.yaml": policy, "policies/waivers/recall.yaml": WAIVER}
    files["gitmlops.yaml"] = 'project: test\nroles: {risk-sme: ["@jane"]}\n'
    work.commit({**DEFINITIONS, **files, "models/churn.manifest.json": encode(MANIFEST)})
    train(work, "one")
    judge(work, checks=MEASURED, policies=("quality@1.0.0",))
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    done(work, "promote", "churn@v1.0.0", "--to", "staging")
    return work


def card(work: GitRepo, *arguments: str) -> str:
    return done(work, "card", *arguments)


def tables(work: GitRepo, about: str = "churn@v1.0.0") -> dict[str, list[dict]]:
    return {one["title"]: one["rows"] for one in json.loads(card(work, about, "--format", "json"))["tables"]}


def bill(work: GitRepo, about: str = "churn@v1.0.0") -> dict:
    text = card(work, about, "--format", "cyclonedx")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def test_the_card_says_how_it_does_by_which_rules_on_what_and_where_it_is(work: GitRepo) -> None:
    told = tables(work)
    [auc] = [row for row in told["How it does"] if row["value"] == "0.71"]
    assert auc["metric"] == "roc_auc"
    [gold] = told["How it does by group"]
    assert (gold["group"], gold["95 % interval"], gold["rows"]) == ("plan=gold", "0.55 to 0.67", 212)
    [rule] = told["Rules that it was judged by"]
    assert rule["citation"] == "Bank rule 7"
    assert rule["checks"] == "1 passed, 1 failed, 1 waived"
    assert told["What it reads"] == [{"feature": "spend@v1:amount"}]
    assert told["What it was evaluated on"][0]["sha256"] == "e" * 64
    assert told["What it was made of"][0]["sha256"] == DIGEST
    assert {"what": "scikit_learn", "version": "1.7.2"} in told["With what it was made"]
    assert told["Deployment stages"][0]["stage"] == "staging"
    limits = {row["what"] for row in told["Limits"]}
    assert limits == {"Anything else.", "missed, and waived", "Whether anybody is told"}


def test_the_card_is_a_page_for_people_too(work: GitRepo) -> None:
    page = card(work, "churn", "--format", "markdown")
    assert page.startswith("## Model card of churn v1.0.0")
    assert "0.55 to 0.67" in page
    file = work.root.parent / "card.html"
    card(work, "churn", "--output", str(file))
    assert "<h1>Model card of churn v1.0.0</h1>" in file.read_text()


def test_the_bill_of_materials_is_valid_and_has_the_model_its_data_and_its_packages(work: GitRepo) -> None:
    found = bill(work)
    model = found["metadata"]["component"]
    pinned = work.git("tag", "-l", "--format=%(contents)", "churn@v1.0.0")
    assert f"Model: {model['hashes'][0]['content']}" in pinned
    assert (model["type"], model["name"], model["version"]) == ("machine-learning-model", "churn", "v1.0.0")
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert {
        "type": "recall", "value": "0.61", "slice": "plan=gold",
        "confidenceInterval": {"lowerBound": "0.55", "upperBound": "0.67"},
    } in metrics  # fmt: skip
    parts = {part["bom-ref"]: part for part in found["components"]}
    assert set(parts) == {
        "data:data/evaluation.parquet", "data:data/train.parquet", "pkg:pypi/numpy@2.3.0",
        "pkg:pypi/scikit-learn@1.7.2",
    }  # fmt: skip
    assert found["dependencies"] == [{"ref": "model:churn@v1.0.0", "dependsOn": list(parts)}]
    assert "Whether anybody is told" in model["modelCard"]["considerations"]["technicalLimitations"]


def test_the_same_version_gives_the_same_bytes_also_in_a_file(work: GitRepo) -> None:
    first = card(work, "churn", "--format", "cyclonedx")
    file = work.root.parent / "bom.json"
    card(work, "churn", "--format", "cyclonedx", "--output", str(file))
    assert file.read_text() == first


def test_what_nobody_knows_is_said_and_the_rest_is_told(work: GitRepo) -> None:
    work.commit({"models/churn.skops": "by hand", "models/churn.manifest.json": "{}"})
    work.git("tag", "-a", "-m", "by hand", "churn@v9.0.0")
    text = " ".join(card(work, "churn@v9.0.0").split())
    assert "Not told here: how it does: its tag names no receipt of the gate that is here." in text
    assert "Not told here: with what it was made: models/churn.manifest.json" in text
    found = bill(work, "churn@v9.0.0")
    assert "quantitativeAnalysis" not in found["metadata"]["component"]["modelCard"]
    assert found["components"] == []


def test_hostile_words_stay_words(work: GitRepo) -> None:
    hostile = "<script>alert(1)</script> | [x](javascript:1) ‮"
    work.commit({"models/churn.yaml": MODEL.replace("Tests.", f'"{hostile}"')})
    train(work, "two")
    judge(work, checks=(*CHECKS, replace(MEASURED[-1], outcome="passed", value="0.75")))
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    assert "<script>" not in card(work, "churn@v1.1.0", "--format", "markdown")
    assert bill(work, "churn@v1.1.0")["metadata"]["component"]["description"].startswith("<script>")


def test_a_model_that_its_commit_does_not_define_is_named(work: GitRepo) -> None:
    work.git("tag", "-a", "-m", "x", "ghost@v1.0.0")
    result = work.run("model", "card", "ghost")
    assert result.exit_code == 3
    assert "there is no model 'ghost'" in result.stderr
