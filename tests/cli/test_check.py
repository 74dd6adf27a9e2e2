"""`gitmlops check`: every definition file, and what the files say of each other."""

import json
import subprocess
import sys

import pytest
from tests.memory_tree import template


@pytest.fixture
def flights(repo):
    """The example project before its first run; its data are four empty files."""
    repo.write(template().files)
    repo.write({f"data/{name}": "" for name in ("flights.dvc", "arrivals.dvc", "weather.dvc", "planes.parquet.dvc")})
    repo.commit()
    return repo


def change(repo, path: str, old: str, new: str) -> None:
    text = (repo.root / path).read_text()
    assert old in text
    repo.write({path: text.replace(old, new, 1)})


def test_a_right_project_passes_and_says_what_was_read(flights):
    result = flights.run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "definitions: passed\n"
        "read: 1 component, 4 entities, 1 feature set, 5 feature views, 1 model, 1 pipeline, 2 policies, "
        "2 policy tests, 4\n    sources\n"
    )


def test_a_project_without_definitions_passes(project):
    result = project.run("check")
    assert (result.exit_code, result.stdout) == (0, "definitions: passed\nread: no definition\n")


def test_every_mistake_is_told_at_its_line_and_column_with_its_mend(flights):
    change(flights, "models/flight-delay.yaml", "risk_tier: medium", "risk_teir: medium")
    change(flights, "policies/fairness.yaml", "threshold: 0.12", "threshold: .nan")
    change(flights, "pipelines/delay.yaml", 'train_from: "2013-01-01"', "train_from: 2013-01-01")
    result = flights.run("check")
    assert result.exit_code == 3
    for words in (
        "models/flight-delay.yaml:8:1: unknown key 'risk_teir'; did you mean 'risk_tier'?",
        "policies/fairness.yaml:15:14: '.nan' is not of the right form; write a decimal or a ratio",
        "pipelines/delay.yaml:6:15: the date '2013-01-01' has no quotes; write \"2013-01-01\"",
    ):
        assert words in " ".join(result.stdout.split())


MODEL, STAGES = "models/flight-delay.yaml", "gitmlops.yaml"


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        (MODEL, "pipeline: delay", "pipeline: dela", "4:11: there is no pipeline 'dela'; did you mean 'delay'?"),
        (MODEL, "feature_set: f", "feature_set: g", "6:14: there is no feature set 'glight-delay'; did you mean"),
        (MODEL, "artifact: models/f", "artifact: models/g", "5:11: no step of pipeline 'delay' writes a model to"),
        (MODEL, "evaluation_labels", "evaluation", "15:11: the evaluation rows and their labels are one file; put the"),
        ("features/sets/flight-delay.yaml", "timetable@v1:hour", "timetable@v1:hours", "6:5: "),
        ("features/views/timetable.yaml", "[flight]", "[fligt]", "7:12: there is no entity 'fligt'; did you mean"),
        ("pipelines/delay.yaml", "gitmlops/train@v1", "gitmlops/trian@v1", "43:11: "),
        ("policies/fairness.yaml", "threshold: 0.12", "margin: 0.12", "14:7: `op: '<='` compares with nothing; add a"),
        (STAGES, "after: staging", "after: stagin", "12:25: there is no deployment stage 'stagin'; did you mean"),
        (STAGES, "after: staging", "after: prod", "12:25: the deployment stage 'prod' comes after itself; remove"),
        (STAGES, "- name: staging", "- {name: staging, after: prod}", "'staging' comes after itself"),
        (STAGES, "- name: staging", "- {name: staging, production: true}", "12:46: 'prod' and 'staging' are both"),
        (STAGES, "- name: staging", "- name: staging\n  - name: staging", "12:11: the deployment stage 'staging' is"),
    ],
)
def test_a_name_of_something_that_is_not_there_is_told(flights, path, old, new, words):
    change(flights, path, old, new)
    result = flights.run("check")
    assert result.exit_code == 3
    told = " ".join(result.stdout.split())
    assert (f"{path}:{words}" if words[0].isdigit() else words) in told


def test_a_policy_that_judges_a_model_that_is_not_there_is_a_warning(flights):
    change(flights, "policies/fairness.yaml", "models: [flight-delay]", "models: [flight-dely]")
    result = flights.run("check")
    assert result.exit_code == 0
    assert "warning" in result.stdout
    assert "policies/fairness.yaml:9:18: it judges the model 'flight-dely', which is not there" in result.stdout


def test_a_policy_that_judges_no_model_is_a_warning(flights):
    change(flights, "policies/performance.yaml", "tags: [operations]", "tags: [finance]")
    result = flights.run("check")
    assert result.exit_code == 0
    assert "policies/performance.yaml:7:8: it judges no model; mend its scope" in result.stdout


def test_files_that_cannot_be_read_are_told_before_their_references(flights):
    change(flights, "pipelines/delay.yaml", "kind: pipeline", "kind: [")
    result = flights.run("check")
    assert result.exit_code == 3
    assert "1 refused" in result.stdout
    assert "next: whoever changed these files mends them" in result.stdout


def test_untracked_files_are_checked_and_ignored_ones_are_not(flights):
    flights.write({"models/new.yaml": "[", "models/ignored.yaml": "[", ".gitignore": "ignored.yaml\n"})
    result = flights.run("check")
    assert "models/new.yaml:" in result.stdout
    assert "ignored.yaml" not in result.stdout


def test_a_definition_that_is_a_link_is_refused(flights, tmp_path):
    (tmp_path / "elsewhere.yaml").write_text("kind: policy\n")
    (flights.root / "policies" / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    result = flights.run("check")
    assert result.exit_code == 3
    assert "policies/link.yaml:1:1: a symbolic link; put the file itself here" in result.stdout


def test_the_result_is_json_for_programs(flights):
    change(flights, "models/flight-delay.yaml", "pipeline: delay", "pipeline: dela")
    result = flights.run("check", "--format", "json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["schema"], found["passed"]) == (3, "gitmlops/report/1", False)
    (finding,) = found["findings"]
    assert (finding["path"], finding["line"], finding["column"]) == ("models/flight-delay.yaml", 4, 11)


def test_the_result_is_sarif_in_a_file(flights):
    result = flights.run("check", "--format", "sarif", "--output", "out/check.sarif")
    assert result.exit_code == 0
    assert json.loads((flights.root / "out" / "check.sarif").read_text())["version"] == "2.1.0"


def test_the_same_files_give_the_same_bytes(flights):
    flights.write({f"models/m{n}.yaml": "kind: model\n" for n in range(9)})
    assert flights.run("check", "--format", "json").stdout == flights.run("check", "--format", "json").stdout


def test_check_starts_from_any_folder_of_the_project(flights):
    done = subprocess.run(
        [sys.executable, "-m", "gitmlops", "check"],
        cwd=flights.root / "features" / "views",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
