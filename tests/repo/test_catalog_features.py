"""What the catalogue says of features: what they are, who learns from them here and elsewhere, what is missing."""

import json
import subprocess
from pathlib import Path

import pytest
from tests import payments
from tests.conftest import GitRepo
from tests.repo.test_catalog import build, words

from gitmlops.adapters.git.repository import Repository
from gitmlops.catalog import addresses

SET = "kind: feature_set\nname: churn\nowner: ds\ndescription: Churn\nfeatures: ['{view}:amount_7d']\n"
MODEL = """\
kind: model
name: leaving
artifact: models/leaving.skops
feature_set: churn
owner: retention
risk_tier: low
intended_use: Tell who leaves.
not_intended_for: Anything else.
task: {kind: binary, label: left}
evaluation: {data: data/rows.parquet, labels: data/labels.parquet, id: id}
"""


@pytest.fixture
def central(tmp_path: Path) -> GitRepo:
    """A repository of features, with locks, whose data git keeps itself."""
    repo = GitRepo(tmp_path / "central")
    subprocess.run(["git", "init", "-q", "-b", "main", str(repo.root)], check=True)
    older = payments.VIEW.replace("version: 2", "version: 1").replace("window: 7d", "window: 14d")
    repo.write({"gitmlops.yaml": "project: central\n", **payments.DEFINITIONS, "features/views/spend1.yaml": older})
    repo.write({"data/tx.csv": "customer_id,paid_at,amount\n7,2024-05-01,60\n"})
    assert repo.run("feature", "lock").exit_code == 0
    repo.commit()
    return repo


def test_a_view_says_what_changed_since_the_version_before(central: GitRepo, tmp_path: Path) -> None:
    build(central, tmp_path / "site", "--strict")
    said = words(tmp_path / "site/central/features/spend@v2.html")
    assert "sum of amount over the last 7d" in said
    assert "amount_7d behaviour" in said.partition("Since spend@v1")[2]


def test_a_view_weighs_a_few_kilobytes(central: GitRepo, tmp_path: Path) -> None:
    build(central, tmp_path / "site")
    assert len((tmp_path / "site/central/features/spend@v2.html").read_bytes()) < 2_700


def test_models_of_other_repositories_stand_on_the_page_of_the_feature_that_they_learn_from(
    central: GitRepo, tmp_path: Path
) -> None:
    away = GitRepo(tmp_path / "away")
    subprocess.run(["git", "init", "-q", "-b", "main", str(away.root)], check=True)
    address = f"file://{central.root}"
    away.commit(
        {
            "gitmlops.yaml": f"project: away\nimports: [{{name: central, git: '{address}', rev: main}}]\n",
            "features/sets/churn.yaml": SET.format(view="central/spend@v2"),
            "models/leaving.yaml": MODEL,
        }
    )
    result = away.run("feature", "import")
    assert result.exit_code == 0, result.output
    away.commit()
    build(away, tmp_path / "site", "--repo", address, "--repo", f"file://{away.root}", "--strict")
    said = words(tmp_path / "site/central/features/spend@v2.html")
    assert "away amount_7d churn leaving retention" in said.partition("Used by other repositories")[2]
    copy = tmp_path / "site/away/features" / Path(addresses.page("away", "feature view", "central/spend@v2")).name
    assert "Imported from spend@v2 of central" in words(copy)
    assert "href=../../central/features/spend@v2.html>" in copy.read_text()
    index = json.loads((tmp_path / "site/assets/search-index.js").read_text().partition("=")[2])
    assert sorted(to for _, name, to, *_ in index["entries"] if name == "amount_7d") == [
        f"central/features/spend@v{version}.html#feature-amount_7d" for version in (1, 2)
    ]


def test_a_lock_that_is_missing_is_told_and_the_page_is_written(central: GitRepo, tmp_path: Path) -> None:
    central.git("rm", "-q", "features/locks/spend@v2.lock")
    central.commit()
    told = " ".join(build(central, tmp_path / "site", "--strict", exit_code=1).split())
    assert "there is no lock; run `gitmlops feature lock`" in told
    assert "there is no lock" in words(tmp_path / "site/central/index.html")
    assert (tmp_path / "site/central/features/spend@v2.html").exists()


def test_whatever_cannot_be_read_or_leads_nowhere_is_told_in_one_place(central: GitRepo, tmp_path: Path) -> None:
    git = Repository(central.root).git
    line = git("hash-object", "-w", "--stdin", stdin=b"{no record\n").strip()
    month = git("mktree", stdin=f"100644 blob {line}\t2026-01.jsonl\n".encode()).strip()
    tree = git("mktree", stdin=f"040000 tree {month}\tleaving\n".encode()).strip()
    central.git("update-ref", "refs/heads/gitmlops-monitoring", central.git("commit-tree", "-m", "x", tree).strip())
    central.commit(
        {
            "features/statistics/spend@v2.json": "{",
            "features/sets/churn.yaml": SET.format(view="spend@v9"),
            "models/leaving.yaml": MODEL,
        }
    )
    build(central, tmp_path / "site", "--strict", exit_code=1)
    said = words(tmp_path / "site/central/index.html")
    assert "features/sets/churn.yaml:5:12: the view 'spend' has no version 9" in said
    assert "spend@v2: features/statistics/spend@v2.json" in said
    assert "gitmlops-monitoring:leaving/2026-01.jsonl:1: " in said


def test_statistics_are_drawn_and_values_of_personal_features_are_not(central: GitRepo, tmp_path: Path) -> None:
    personal = payments.VIEW.replace("unit: EUR}", "unit: EUR, classification: personal}")
    counted = (
        '{"build":"","features":[{"count":90,"distinct":9,"dtype":"float64","max":"9","mean":"5","min":"1","name":'
        '"amount_7d","nulls":10,"quantiles":{"0.25":"3","0.5":"5","0.75":"7"},"std":"1","top":[],"withheld":false}],'
        '"newest":"2024-05-01T00:00:00.000000Z","rows":100,"schema":"gitmlops/feature-statistics/1","view":"spend@v2"}\n'
    )
    central.commit({"features/statistics/spend@v2.json": counted})
    build(central, tmp_path / "site")
    page = tmp_path / "site/central/features/spend@v2.html"
    assert "Statistics of 100 built rows" in words(page)
    assert "share of rows, as the area of a bar" in words(page)
    limits = payments.VIEW.replace("source: ", "freshness: {warn_after: 2d, error_after: 7d}\nsource: ", 1)
    central.commit({"features/views/spend.yaml": limits})
    for day, standing in (
        ("05-03", "as new as"),
        ("05-04", "warning: older than 2d"),
        ("05-09", "error: older than 7d"),
    ):
        build(central, tmp_path / "site", "--date", f"2024-{day}")
        assert f"standing {standing}" in words(page).partition(f"Freshness as of 2024-{day}")[2]
    central.commit({"features/views/spend.yaml": personal})
    build(central, tmp_path / "site")
    assert "share of rows" not in words(page)
    assert "amount_7d 90 10 9 personal" in words(page)
