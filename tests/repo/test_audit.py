"""What an auditor gets: the inventory on any day, and the dossier of a version, from real repositories."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import MODEL, done, judge, merge, released, team

CARD = "models/churn.card.md"
POLICY = """\
kind: policy
id: quality
version: 1.0.0
title: Good enough
owner: risk
source: {citation: Bank rule 7, url: "https://example.com/7", reviewed: "2026-01-02"}
checks:
- {id: auc, metric: roc_auc, op: ">=", threshold: 0.68, enforcement: hard-mandatory}
- {id: speed, metric: roc_auc, op: ">=", threshold: 0.2, enforcement: advisory}
"""
DEFINITIONS: dict[str, str | bytes] = {
    "features/entities/customer.yaml": (
        "kind: entity\nname: customer\nkeys: [{name: customer_id, dtype: int64}]\nowner: crm\ndescription: One\n"
    ),
    "features/sources/tx.yaml": (
        "kind: source\nname: tx\npath: data/tx.parquet\ntimestamp: at\nowner: crm\ndescription: Payments\n"
        "columns: {customer_id: int64, at: timestamp, amount: float64}\n"
    ),
    "features/views/spend.yaml": (
        "kind: feature_view\nname: spend\nowner: crm\ndescription: Spend\nentities: [customer]\nsource: tx\n"
        "features:\n- {name: amount, dtype: float64, description: Last payment}\n"
    ),
    "features/sets/churn.yaml": (
        "kind: feature_set\nname: churn\nowner: crm\ndescription: d\nfeatures: ['spend@v1:amount']\n"
    ),
    "pipelines/churn.yaml": (
        "kind: pipeline\nname: churn\nsteps:\n  features:\n    uses: gitmlops/features@v1\n"
        "    with: {entities: data/customers.parquet, feature_set: churn, time: asked_at}\n"
    ),
    "policies/quality.yaml": POLICY,
    CARD: "# churn\nIntended for tests.\n",
    "models/churn.manifest.json": "{}\n",
}


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.0.0 is in production."""
    work = team(tmp_path)
    work.commit(DEFINITIONS)
    released(work, "one")
    return work


def audit(work: GitRepo, *arguments: str, exit_code: int = 0) -> str:
    result = work.run("audit", *arguments)
    assert result.exit_code == exit_code, result.output
    return str(result.output)


def inventory(work: GitRepo, *arguments: str) -> list[dict[str, object]]:
    tables = json.loads(audit(work, "--all", "--format", "json", *arguments))["tables"]
    return list(tables[0]["rows"]) if tables else []


def test_the_dossier_of_a_version_is_whole_and_says_what_each_file_is_for(work: GitRepo, tmp_path: Path) -> None:
    folder = tmp_path / "dossier"
    told = audit(work, "churn@v1.0.0", "--output", str(folder))
    assert "Audit of churn v1.0.0: complete" in told
    index = json.loads((folder / "index.json").read_text())
    assert index["schema"] == "gitmlops/audit/1"
    assert index["commit"] == work.git("rev-parse", "churn@v1.0.0^{commit}").strip()
    assert index["missing"] == []
    for file in index["files"]:
        content = (folder / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["size"])
    paths = {file["path"] for file in index["files"]}
    assert paths >= {
        "tag.txt", "receipt.json", "rules/policies/quality.yaml", "rules/gitmlops.yaml", "version/models/churn.yaml",
        f"version/{CARD}", "version/models/churn.baseline.json", "version/models/churn.manifest.json",
        "version/features/views/spend.yaml", "version/features/sources/tx.yaml", "version/pipelines/churn.yaml",
    }  # fmt: skip
    page = (folder / "README.md").read_text()
    assert "Bank rule 7" in page
    assert "hard-mandatory" in page
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)


def test_the_receipt_in_it_is_the_one_that_the_tag_names(work: GitRepo, tmp_path: Path) -> None:
    judge(work)
    audit(work, "churn", "--output", str(tmp_path / "dossier"))
    receipt = hashlib.sha256((tmp_path / "dossier/receipt.json").read_bytes()).hexdigest()
    assert f"Receipt: {receipt}" in (tmp_path / "dossier/tag.txt").read_text()


def test_the_rules_are_those_that_judged_not_those_of_today(work: GitRepo, tmp_path: Path) -> None:
    work.commit({"policies/quality.yaml": POLICY.replace("0.68", "0.1").replace("rule 7", "rule 8")})
    audit(work, "churn@v1.0.0", "--output", str(tmp_path / "dossier"))
    assert (tmp_path / "dossier/rules/policies/quality.yaml").read_text() == POLICY
    assert "rule 8" not in (tmp_path / "dossier/index.html").read_text()


def test_twice_the_same_bytes(work: GitRepo, tmp_path: Path) -> None:
    for name in ("a", "b"):
        audit(work, "churn#prod", "--output", str(tmp_path / name))
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in files)


def test_what_is_missing_is_named_and_refuses(work: GitRepo, tmp_path: Path) -> None:
    work.git("rm", "-q", CARD)
    merge(work, "two")
    done(work, "register", "churn")
    work.git("update-ref", "-d", "refs/notes/gitmlops/receipts")
    told = audit(work, "churn@v1.1.0", "--output", str(tmp_path / "dossier"), exit_code=1)
    assert "Audit of churn v1.1.0: incomplete" in told
    assert "the receipt that its tag names is not here" in told
    assert f"the model card ({CARD})" in told
    assert len(json.loads((tmp_path / "dossier/index.json").read_text())["missing"]) == 2


def test_a_version_that_no_gate_has_passed_is_told(work: GitRepo) -> None:
    work.commit({"models/churn.skops": "by hand"})
    work.git("tag", "-a", "-m", "by hand", "churn@v9.0.0")
    assert "no gate has passed it" in audit(work, "churn@v9.0.0", exit_code=1)
    work.git("tag", "-a", "-m", "by hand", "churn#canary#9", "churn@v9.0.0^{commit}")
    assert "churn v9.0.0 in canary: its tag names no receipt" in audit(work, "--all")


def test_a_folder_that_holds_something_is_left_alone(work: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("mine")
    told = audit(work, "churn", "--output", str(tmp_path / "mine"), exit_code=3)
    assert "holds something already; name a new folder" in told
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]


def test_a_hostile_name_is_text_in_the_dossier(work: GitRepo, tmp_path: Path) -> None:
    work.commit({"models/churn.yaml": MODEL.replace("owner: team", "owner: <script>alert(1)</script>")})
    merge(work, "two")
    done(work, "register", "churn")
    hostile = work.git("log", "-1", "--format=%H").strip()
    work.git("-c", "user.name=<img src=x>", "tag", "-a", "-m", "<b>bold</b>", "churn#prod#7", hostile)
    audit(work, "churn@v1.1.0", "--output", str(tmp_path / "dossier"))
    page = (tmp_path / "dossier/index.html").read_text()
    assert "<img src=x>" not in page
    assert "<script>alert" not in page


def test_the_inventory_names_every_model_with_tier_stage_and_approvers(work: GitRepo) -> None:
    work.commit({"models/other.yaml": MODEL.replace("churn", "other").replace("risk_tier: low", "risk_tier: high")})
    work.git("push", "-q", "origin", "HEAD:main")
    work.git("tag", "-a", "-m", "other", "other@v1.0.0")
    rows = inventory(work)
    assert [(row["tier"], row["model"], row["stage"], row["version"]) for row in rows] == [
        ("high", "other", "none", "v1.0.0"),
        ("low", "churn", "prod", "v1.0.0"),
        ("low", "churn", "staging", "v1.0.0"),
    ]
    assert [row["gate"] for row in rows] == ["ungated", "passed", "passed"]


def test_the_inventory_of_a_past_moment_is_that_of_then(work: GitRepo) -> None:
    merge(work, "two")
    done(work, "register", "churn")
    done(work, "promote", "churn@v1.1.0", "--to", "staging")
    first = work.git("for-each-ref", "--format=%(taggerdate:iso-strict)", "refs/tags/churn#prod#2").strip()
    assert {(row["stage"], row["version"]) for row in inventory(work)} == {("prod", "v1.0.0"), ("staging", "v1.1.0")}
    assert {row["version"] for row in inventory(work, "--at", first)} == {"v1.0.0"}
    assert inventory(work, "--at", "2001-01-01") == []


def test_the_inventory_tells_waivers_with_the_days_that_are_left(work: GitRepo) -> None:
    digest = next(
        line.removeprefix("Model: ") for line in work.git("cat-file", "tag", "churn@v1.0.0").splitlines()
        if line.startswith("Model: ")
    )  # fmt: skip
    waiver = (
        f"kind: waiver\ncheck: quality/auc\npolicy_version: 1.0.0\nmodel: churn\nmodel_sha256: '{digest}'\n"
        "reason: r\napprover: '@jane'\nrole: risk-sme\nissued: '2020-01-01'\nexpires: '2999-01-01'\n"
    )
    work.commit({"policies/waivers/w.yaml": waiver, "policies/waivers/x.yaml": waiver.replace("2999", "2021")})
    assert all("quality/auc until 2999-01-01 (" in str(row["waivers"]) for row in inventory(work))
    assert not any("2021" in str(row["waivers"]) for row in inventory(work))


def test_the_inventory_tells_until_when_a_validation_holds(work: GitRepo) -> None:
    assert {row["validated"] for row in inventory(work)} == {"no report"}
    digest = next(
        line.removeprefix("Model: ") for line in work.git("cat-file", "tag", "churn@v1.0.0").splitlines()
        if line.startswith("Model: ")
    )  # fmt: skip
    report = (
        "kind: document\nname: NAME\ntype: validation-report\ntitle: t\nfile: docs/v.md\n"
        f"sha256: '{'0' * 64}'\ndate: 'DAY'\nby: ['@jane']\nmodel_sha256: 'SHA'\n"
    )
    days = {"first": ("2020-01-01", digest), "second": ("2020-03-01", digest), "other": ("2024-01-01", "1" * 64)}
    documents = {
        f"models/documents/{name}.yaml": report.replace("NAME", name).replace("DAY", day).replace("SHA", sha256)
        for name, (day, sha256) in days.items()
    }
    work.commit({**documents, "models/churn.yaml": f"{MODEL}documents: [first, second, other]\n"})
    assert {row["validated"] for row in inventory(work)} == {"2020-03-01, no end"}
    aging = "evidence: [{kind: validation-report, bound_to: model_digest, max_age: 365d}]\n"
    work.commit({"policies/quality.yaml": POLICY + aging})
    assert all(str(row["validated"]).startswith("2020-03-01, until 2021-03-01 (ended ") for row in inventory(work))
    said = audit(work, "--all")
    assert "churn v1.0.0 in prod: validated 2020-03-01, until 2021-03-01" in " ".join(said.split())
    assert "have it validated again" in " ".join(said.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "audit of what?"),
        (("churn", "--all"), "audit of what?"),
        (("churn", "--at", "2026-01-01"), "--at is of --all"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_in_use(work: GitRepo, arguments: tuple[str, ...], words: str) -> None:
    assert words in audit(work, *arguments, exit_code=2)


def test_a_model_without_versions_is_named_with_the_nearest(work: GitRepo) -> None:
    assert "churn" in audit(work, "chrun", exit_code=3)
