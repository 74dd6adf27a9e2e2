"""Which baseline a served version is compared with: the one that its tag's commit has."""

import hashlib
import json

import pytest
from tests import serving, tiny_project
from tests.conftest import GitRepo

from gitmlops.records.canonical import encode

BASELINE = "models/tiny.baseline.json"
CARD = {name: str(tiny_project.DEFINITIONS[name]) for name in ("gitmlops.yaml", "models/tiny.yaml")}


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """v1.0.0 is released; its work went on: the work tree holds another baseline."""
    repo.commit({**CARD, BASELINE: encode(serving.baseline())})
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    repo.commit({BASELINE: b"{}"})
    return repo


def test_the_baseline_is_of_the_tags_commit_not_of_the_work_tree(released: GitRepo) -> None:
    serving.serve_rows(released.root, {"may": serving.rows("2020-05")})
    result = released.run("monitor", "run", "tiny")
    assert result.exit_code == 0, result.output
    assert "tiny v1.0.0: no alarm" in result.stdout


def test_a_version_whose_model_file_has_moved_since_is_compared_with_its_own_baseline(released: GitRepo) -> None:
    model = str(CARD["models/tiny.yaml"]).replace("models/tiny.skops", "models/big/tiny.skops")
    released.commit({"models/tiny.yaml": model, "models/big/tiny.baseline.json": b"{}"})
    released.git("rm", "-q", BASELINE)
    serving.serve_rows(released.root, {"may": serving.rows("2020-05")})
    result = released.run("monitor", "run", "tiny")
    assert result.exit_code == 0, result.output
    assert "tiny v1.0.0: no alarm" in result.stdout


def test_what_else_was_wrong_in_a_versions_commit_does_not_matter(repo: GitRepo) -> None:
    repo.commit({**CARD, BASELINE: encode(serving.baseline()), "policies/quality.yaml": "kind: policy\n"})
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    repo.git("rm", "-q", "policies/quality.yaml")
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    assert repo.run("monitor", "run", "tiny").exit_code == 0


def test_a_version_whose_commit_does_not_define_the_model_is_an_error_that_names_the_tag(repo: GitRepo) -> None:
    repo.commit({"gitmlops.yaml": CARD["gitmlops.yaml"], BASELINE: encode(serving.baseline())})
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    repo.commit(CARD)
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    result = repo.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "tiny@v1.0.0: its commit does not define the model tiny" in result.stderr


def test_a_baseline_that_is_not_what_the_tag_pins_is_refused(repo: GitRepo) -> None:
    repo.commit({**CARD, BASELINE: encode(serving.baseline(degrees=50))})
    pinned = hashlib.sha256(encode(serving.baseline())).hexdigest()
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", f"Register tiny v1.0.0\n\nBaseline: {pinned}")
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    result = repo.run("monitor", "run", "tiny")
    assert result.exit_code == 1
    assert f"{BASELINE}: its sha256 is " in result.stderr
    assert f"tiny@v1.0.0 pins {pinned[:12]}…; do not use it" in result.stderr
    assert result.stdout == ""


def test_a_baseline_that_is_what_the_tag_pins_is_used(repo: GitRepo) -> None:
    content = encode(serving.baseline())
    repo.commit({**CARD, BASELINE: content})
    pinned = hashlib.sha256(content).hexdigest()
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", f"Register tiny v1.0.0\n\nBaseline: {pinned}")
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    assert repo.run("monitor", "run", "tiny").exit_code == 0


def test_an_alarm_is_over_when_another_version_is_put_into_production(
    released: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-05-01T00:00:00Z")
    released.git("tag", "-a", "tiny#prod#1", "-m", "serve it", "tiny@v1.0.0^{commit}")
    serving.serve_rows(released.root, {"may": serving.flipped(serving.rows("2020-05"), 0.3)})
    assert released.run("monitor", "run", "tiny").exit_code == 1
    released.commit({BASELINE: encode(serving.baseline())})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-07-05T00:00:00Z")
    released.git("tag", "-a", "tiny@v1.1.0", "-m", "second")
    assert released.run("monitor", "run", "tiny").exit_code == 1
    released.git("tag", "-a", "tiny#prod#2", "-m", "serve the second")
    result = released.run("monitor", "run", "tiny")
    assert result.exit_code == 0, result.output
    assert "v1.1.0 is in production, and has no complete window yet." in result.stdout
    # Then the first one was still in production.
    assert released.run("monitor", "run", "tiny", "--until", "2020-06-30").exit_code == 1


def test_each_version_is_compared_with_its_own_baseline(released: GitRepo) -> None:
    released.commit({BASELINE: encode(serving.baseline(degrees=50))})
    released.git("tag", "-a", "tiny@v1.1.0", "-m", "second")
    serving.serve_rows(released.root, {"may": serving.rows("2020-05")})
    serving.serve_rows(released.root, {"june": serving.warmer(serving.rows("2020-06"), 50)}, version="v1.1.0")
    result = released.run("monitor", "run", "tiny", "--format", "json")
    rows = json.loads(result.stdout)["tables"][0]["rows"]
    assert [(row["window"], row["version"], row["inputs"]) for row in rows] == [
        ("2020-05", "v1.0.0", "0 moved"),
        ("2020-06", "v1.1.0", "0 moved"),
    ]


def test_drift_that_retraining_follows_is_seen_from_the_first_version(repo: GitRepo) -> None:
    repo.commit({**CARD, BASELINE: encode(serving.baseline())})
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    repo.commit({BASELINE: encode(serving.baseline(degrees=6))})
    repo.git("tag", "-a", "tiny@v1.1.0", "-m", "second")
    serving.serve_rows(repo.root, {"may": serving.warmer(serving.rows("2020-05"), 6)}, version="v1.1.0")
    result = repo.run("monitor", "run", "tiny")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "slow drift: temp is 0.2" in said
    assert "from the baseline of v1.0.0, the first: median" in said


def test_a_version_without_a_baseline_is_an_error_that_names_the_file(repo: GitRepo) -> None:
    repo.commit(CARD)
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    result = repo.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert BASELINE in result.stderr


def test_a_baseline_of_a_later_release_asks_for_an_upgrade(repo: GitRepo) -> None:
    written = encode(serving.baseline()).replace(b"gitmlops/baseline/2", b"gitmlops/baseline/9")
    repo.commit({**CARD, BASELINE: written})
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    result = repo.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert f"tiny@v1.0.0:{BASELINE}" in result.stderr
    assert "upgrade gitmlops" in result.stderr


def test_a_model_that_was_never_registered_is_an_error(repo: GitRepo) -> None:
    repo.commit(CARD)
    serving.serve_rows(repo.root, {"may": serving.rows("2020-05")})
    result = repo.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "no version of a model 'tiny' was ever registered" in result.stderr


def test_versions_that_nobody_registered_are_a_warning(released: GitRepo) -> None:
    may = serving.rows("2020-05")
    serving.serve_rows(released.root, {"a": may[::2]})
    serving.serve_rows(released.root, {"b": may[1::2]}, version="v9.9.9")
    result = released.run("monitor", "run", "tiny")
    assert "1,500 predictions name a version that is not registered (v9.9.9); left out" in " ".join(
        result.stdout.split()
    )
