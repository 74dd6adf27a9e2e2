"""Each of the six roles goes its way: what it opens first, what it owns, what it reads, and where it is stopped."""

from pathlib import Path

import pytest
from tests import tiny_project
from tests.conftest import GitRepo
from tests.gate_lab import says
from tests.tiny_project import copy

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree

VIEW = "features/views/rows.yaml"
POLICY = "policies/quality.yaml"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A model that was released as v1.0.0, and has served while the world changed."""
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        patch.setenv("DVC_NO_ANALYTICS", "1")
        return tiny_project.make(tmp_path_factory.mktemp("roles"))


@pytest.fixture
def team(made: GitRepo, tmp_path: Path) -> GitRepo:
    """A copy of it, and of its origin."""
    return copy(made, tmp_path)


def merge(team: GitRepo, branch: str) -> None:
    """What a pull request ends with: on main, judged by the rules that main had, and pushed."""
    team.git("checkout", "-q", "main")
    team.git("merge", "-q", "--no-ff", "--no-edit", branch)
    team.git("push", "-q", "origin", "main")
    says(team.run("gate", "--base", "main^"), "tiny: passed", exit_code=0)


def trained_again(team: GitRepo, branch: str) -> None:
    """A branch with the model trained on a month less."""
    team.git("checkout", "-q", "-b", branch)
    result = team.run("pipeline", "run", "tiny", "--set", "params.train_until=2020-02-29")
    assert result.exit_code == 0, result.output
    team.commit()


@pytest.mark.slow
def test_a_data_engineer_sees_who_uses_a_column_and_is_stopped_where_it_would_change_under_them(team: GitRepo) -> None:
    says(team.run("feature", "test", "rows"), "rows@v1: 9,000 rows pass", exit_code=0)
    says(team.run("feature", "impact", "rows@v1:history"), "1 model, 1 live release; owners: us", exit_code=0)
    view = (team.root / VIEW).read_text()
    doubled = view + "transform: {sql: 'SELECT row_id, time, history * 2 AS history, temp FROM rows'}\n"
    team.commit({VIEW: doubled}, branch="doubled")
    assert team.run("check").exit_code == 0, team.run("check").output
    says(team.run("gate", "--without-approvals", "--dry-run"), "rows@v1", "tiny", "refused")
    team.git("checkout", "-q", "main")
    second = doubled.replace("name: rows\n", "name: rows\nversion: 2\n", 1)
    team.commit({"features/views/rows_v2.yaml": second}, branch="beside")
    says(team.run("gate", "--without-approvals", "--dry-run"), "passed", "no model differs", exit_code=0)


@pytest.mark.slow
def test_a_data_scientist_finds_a_feature_tries_a_setting_and_reads_what_the_gate_says(team: GitRepo) -> None:
    says(team.run("feature", "search", "history"), "rows@v1:history", exit_code=0)
    trained_again(team, "less")
    says(team.run("pipeline", "compare", "main"), "params.train_until", "2020-03-31", "2020-02-29", exit_code=0)
    report = team.root.parent / "report.html"
    says(team.run("gate", "--output", str(report)), "tiny: passed", "beside v1.0.0 in production", exit_code=0)
    assert "roc_auc is 0.8" in report.read_text()
    worse = (team.root / "components/fit/fit.py").read_text().replace('train["late"]', '1 - train["late"]')
    team.write({"components/fit/fit.py": worse})
    assert team.run("pipeline", "run", "tiny").exit_code == 0
    team.commit()
    says(team.run("gate", "--dry-run"), "tiny: refused", "policy asks >= 0.6")


@pytest.mark.slow
def test_an_ml_engineer_sees_the_alarm_releases_the_answer_step_by_step_and_takes_it_back(team: GitRepo) -> None:
    says(team.run("monitor", "run", "tiny"), "Monitoring of tiny v1.0.0: alarm", "`gitmlops retrain tiny`")
    trained_again(team, "answer")
    merge(team, "answer")
    says(team.run("model", "register", "tiny"), "Register tiny v1.1.0", exit_code=0)
    says(team.run("model", "promote", "tiny@v1.1.0", "--to", "prod"), "was never in staging, which comes before prod")
    for stage in ("staging", "prod"):
        assert team.run("model", "promote", "tiny@v1.1.0", "--to", stage).exit_code == 0
    says(team.run("model", "diff", "tiny@v1.0.0", "tiny@v1.1.0"), "before: gate ungated", exit_code=0)
    assert team.run("model", "rollback", "tiny", "--reason", "Worse at night", "--yes").exit_code == 0
    assert team.run("model", "history", "tiny", "--format", "json").stdout.count("Worse at night") == 2
    assert "version=v1.0.0" in team.run("model", "parse-ref", "tiny#prod").stdout


@pytest.mark.slow
def test_a_software_engineer_deploys_what_a_tag_means_and_not_a_byte_that_it_does_not_pin(team: GitRepo) -> None:
    trained_again(team, "candidate")
    merge(team, "candidate")
    assert team.run("model", "register", "tiny").exit_code == 0
    for stage in ("staging", "prod"):
        assert team.run("model", "promote", "tiny@v1.1.0", "--to", stage).exit_code == 0
    [tag] = team.git("tag", "--list", "tiny#prod#*", "--sort=-taggerdate").split()[:1]
    lines = dict(line.split("=", 1) for line in team.run("model", "parse-ref", tag).stdout.split())
    assert (lines["version"], lines["stage"]) == ("v1.1.0", "prod")
    assert lines["commit"] == team.git("rev-parse", "main").strip()
    says(team.run("model", "parse-ref", "tiny#prod#1"), "tiny#prod#1")
    served = team.root.parent / "served"
    assert team.run("model", "get", "tiny#prod", "--output", str(served)).exit_code == 0
    assert (served / "tiny.skops").read_bytes() == (team.root / "models/tiny.skops").read_bytes()
    digest = pointers.read(WorkTree(Repository(team.root)))["models/tiny.skops"].md5
    cached = team.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    cached.chmod(0o644)
    cached.write_bytes(b"other" + cached.read_bytes())
    (team.root / "models/tiny.skops").unlink()
    says(team.run("model", "get", "tiny#prod", "--output", str(served.with_name("again"))), "other bytes", exit_code=4)


@pytest.mark.slow
def test_a_domain_expert_reads_a_page_with_the_groups_and_changes_what_the_model_is_for(team: GitRepo) -> None:
    says(
        team.run("model", "card", "tiny@v1.0.0"), "intended use Tests.", "not intended for Anything else.", exit_code=0
    )
    model = (team.root / "models/tiny.yaml").read_text()
    team.commit({"models/tiny.yaml": model.replace("Anything else.", "People.")}, branch="words")
    page = team.root.parent / "page.html"
    says(
        team.run("gate", "--dry-run", "--output", str(page)),
        "tiny differs from the base in models/tiny.yaml",
        exit_code=0,
    )
    assert "How will it do later?" in page.read_text()
    assert "<script" not in page.read_text()
    merge(team, "words")
    assert "People." in team.git("show", "origin/main:models/tiny.yaml")


@pytest.mark.slow
def test_a_risk_expert_sees_a_looser_policy_named_and_what_an_auditor_would_be_given(team: GitRepo) -> None:
    policy = (team.root / POLICY).read_text()
    team.commit({POLICY: policy.replace("threshold: 0.6", "threshold: 0.1")}, branch="looser")
    says(team.run("policy", "diff", "main"), "1 loosened", "quality/auc threshold 0.6 0.1", exit_code=0)
    says(
        team.run("gate", "--dry-run"),
        "quality/auc: threshold from 0.6 to 0.1: loosened; risk-sme reviews it",
        "both versions judge the branch",
        exit_code=0,
    )
    team.git("checkout", "-q", "main")
    says(team.run("audit", "--all"), "tiny v1.0.0 in prod: its tag names no receipt", exit_code=0)
    dossier = team.root.parent / "dossier"
    says(team.run("audit", "tiny@v1.0.0", "--output", str(dossier)), "incomplete", "begin with index.html")
    assert (dossier / "SHA256SUMS").exists()
