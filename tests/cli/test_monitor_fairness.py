"""What the gate asked of groups, watched in production."""

import json

import numpy
import pandas
from tests import serving, tiny_project
from tests.conftest import GitRepo

from gitmlops.records.canonical import encode

MODEL = str(tiny_project.DEFINITIONS["models/tiny.yaml"])
MONTHS = ("2020-05", "2020-06", "2020-07", "2020-08")
POLICY = """\
kind: policy
id: fairness
version: 1.0.0
title: Colours fare alike
owner: us
checks:
- {id: impact, metric: impact_ratio, op: ">=", threshold: "4/5", slice: {by: colour}, enforcement: soft-mandatory}
- id: opportunity
  metric: equal_opportunity_difference
  op: "<="
  threshold: 0.1
  slice: {by: [colour]}
  min_positives: 30
  enforcement: advisory
"""


def harder_for(colour: str, month: str, *, by: float = 1.0) -> pandas.DataFrame:
    """Rows of a month in which one colour has less of what the score is made of; scores stay true probabilities."""
    rows = serving.rows(month)
    history = rows["history"] - by * (rows["colour"] == colour)
    score = 1 / (1 + numpy.exp(1 - 1.5 * history))
    late = (numpy.random.default_rng(int(month[-2:])).random(len(rows)) < score).astype(int)
    return rows.assign(history=history, score=score, late=late)


def released(project: GitRepo, policy: str = POLICY, model: str = MODEL) -> GitRepo:
    baseline = encode(serving.baseline())
    project.commit({"models/tiny.yaml": model, "models/tiny.baseline.json": baseline, "policies/fairness.yaml": policy})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", f"first\n\nModel: {'ab' * 32}")
    return project


def told(project: GitRepo, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    result = project.run("monitor", "run", "tiny", "--until", "2020-09-30", "--format", "json", *arguments)
    found = json.loads(result.stdout)["findings"]
    return result.exit_code, [finding for finding in found if finding["rule"] == "fairness"]


def test_groups_that_part_in_production_are_an_alarm_with_both_groups_and_how_sure_it_is(project: GitRepo) -> None:
    released(project)
    serving.serve_rows(project.root, {month: harder_for("blue", month) for month in MONTHS})
    exit_code, findings = told(project)
    assert exit_code == 1
    impact = findings[0]
    assert impact["severity"] == "error"
    assert "fairness/impact: impact_ratio by colour is 0.1" in impact["message"]
    assert "at colour=blue against" in impact["message"]
    assert "surely at most 0." in impact["message"]
    assert "(confidence 0.95, however often one looks), policy asks >= 4/5" in impact["message"]


def test_an_alarm_of_groups_asks_for_a_retraining_where_the_model_says_so(project: GitRepo) -> None:
    released(project, model=MODEL.replace("on: [performance]", "on: [performance, fairness]"))
    serving.serve_rows(project.root, {month: harder_for("blue", month) for month in MONTHS})
    judged = project.run("monitor", "run", "tiny", "--until", "2020-09-30")
    assert "next: run `gitmlops retrain tiny`" in judged.stdout
    planned = project.run("retrain", "tiny", "--until", "2020-09-30", "--no-push", "--dry-run")
    assert "would write the branch retrain/tiny/2020-08 (fairness alarm in 2020-08)" in planned.stdout
    assert "params.train_until = 2020-07-31" in planned.stdout
    project.write({"models/tiny.yaml": MODEL})
    assert "nothing was written" in project.run("retrain", "tiny", "--until", "2020-09-30").stderr


def test_groups_that_fare_alike_keep_the_promise_and_are_shown_side_by_side(project: GitRepo) -> None:
    released(project)
    serving.serve_rows(project.root, {month: serving.rows(month) for month in MONTHS})
    result = project.run("monitor", "run", "tiny", "--until", "2020-09-30", "--format", "json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    table = next(table for table in report["tables"] if table["title"] == "Groups in production")
    assert [(row["check"], row["asked"]) for row in table["rows"]] == [
        ("fairness/impact", ">= 4/5"),
        ("fairness/opportunity", "<= 0.1"),
    ]
    assert all(row["state"] in ("kept", "not known yet") for row in table["rows"])


def test_an_advisory_check_warns_and_a_waiver_excuses_until_its_day(project: GitRepo) -> None:
    released(project, POLICY.replace("soft-mandatory", "advisory"))
    serving.serve_rows(project.root, {month: harder_for("blue", month) for month in MONTHS})
    exit_code, findings = told(project)
    assert (exit_code, findings[0]["severity"]) == (0, "warning")


def test_a_waived_check_warns_until_the_day_of_the_waiver(project: GitRepo) -> None:
    released(project)
    waiver = (
        "kind: waiver\ncheck: fairness/impact\npolicy_version: 1.0.0\nmodel: tiny\nmodel_sha256: "
        f"{'ab' * 32}\nreason: r\napprover: '@jane'\nrole: risk-sme\nissued: '2020-08-01'\nexpires: '2020-10-05'\n"
    )
    project.write({"policies/waivers/w.yaml": waiver, "gitmlops.yaml": "project: tiny\nroles: {risk-sme: ['@jane']}\n"})
    serving.serve_rows(project.root, {month: harder_for("blue", month) for month in MONTHS})
    exit_code, findings = told(project)
    assert (exit_code, findings[0]["severity"]) == (0, "warning")
    assert "; waived until 2020-10-05" in findings[0]["message"]


def test_a_small_group_proves_nothing_and_is_not_quoted(project: GitRepo) -> None:
    released(project)
    frames = {month: serving.rows(month) for month in MONTHS}
    for frame in frames.values():
        frame.loc[frame.index[:3], "colour"] = "violet"
    serving.serve_rows(project.root, frames)
    result = project.run("monitor", "run", "tiny", "--until", "2020-09-30")
    words = " ".join(result.output.split())
    assert "1 group has too few rows to be compared (100 are asked)" in words
    assert "violet" not in words.replace("slice.colour", "").split("Groups in production")[-1]
    _, findings = told(project)
    assert all("violet" not in finding["message"] for finding in findings)


def test_a_column_with_as_many_values_as_rows_has_no_group_to_compare(project: GitRepo) -> None:
    released(project, POLICY.replace("by: colour", "by: street"))
    frames = {month: serving.rows(month) for month in MONTHS}
    logs = {name: serving.log(frame).assign(**{"slice.street": frame["row_id"].astype(str)})
            for name, frame in frames.items()}  # fmt: skip
    serving.serve(project.root, logs, {name: frame[["row_id", "late"]] for name, frame in frames.items()})
    exit_code, findings = told(project)
    assert exit_code == 0
    assert "insufficient evidence; 12000 groups have too few rows to be compared" in findings[0]["message"]


def test_what_git_keeps_of_an_alarm_names_large_groups_alone(project: GitRepo) -> None:
    released(project)
    frames = {month: harder_for("blue", month) for month in MONTHS}
    for frame in frames.values():
        frame.loc[frame.index[:3], "colour"] = "violet"
    serving.serve_rows(project.root, frames)
    result = project.run("monitor", "run", "tiny", "--until", "2020-09-30", "--record")
    assert result.exit_code == 1
    assert "; a promise about groups is not kept." in " ".join(result.output.split())
    kept = project.git("grep", "-h", "", "gitmlops-monitoring")
    assert '"alarms":["fairness"]' in kept
    assert "at colour=blue against" in kept
    assert "violet" not in kept
    history = project.run("monitor", "history", "tiny", "--format", "json")
    assert json.loads(history.stdout)["tables"][0]["rows"][0]["alarms"] == "fairness"


def test_groups_may_come_from_a_table_beside_the_log_by_id_or_by_a_key_of_the_log(project: GitRepo) -> None:
    policy = POLICY.replace("colour", "shade")
    groups = "  groups: {source: data/people.parquet, join: person}\n  retrain:"
    released(project, policy, MODEL.replace("  retrain:", groups))
    frames = {month: harder_for("blue", month) for month in MONTHS}
    serving.serve_rows(project.root, frames)
    rows = pandas.concat(frames.values())
    people = pandas.DataFrame({"person": rows["row_id"], "shade": rows["colour"]})
    people.to_parquet(project.root / "data/people.parquet", index=False)
    exit_code, findings = told(project)
    assert exit_code == 1
    assert "at shade=blue against" in findings[0]["message"]
    project.write({"models/tiny.yaml": MODEL.replace("  retrain:", groups.replace("person}", "person, key: who}"))})
    missing = project.run("monitor", "run", "tiny", "--until", "2020-09-30")
    assert missing.exit_code == 3
    assert "the log has no column key.who" in missing.stderr
    who = {name: frame["row_id"] % 1_000 for name, frame in frames.items()}
    logs = {name: serving.log(frame).assign(**{"key.who": who[name]}) for name, frame in frames.items()}
    serving.serve(project.root, logs, {})
    shades = pandas.DataFrame({"person": range(1_000), "shade": ["old"] * 500 + [None] * 500})
    pandas.concat([shades.assign(shade="wrong"), shades]).to_parquet(project.root / "data/people.parquet", index=False)
    _, findings = told(project)
    assert "at shade=(missing)" in findings[0]["message"]
    assert "at shade=old" in findings[0]["message"]
    assert "wrong" not in findings[0]["message"]


def test_columns_that_nothing_tells_are_said_not_to_be_known(project: GitRepo) -> None:
    released(project, POLICY.replace("colour", "shade"))
    serving.serve_rows(project.root, {month: serving.rows(month) for month in MONTHS})
    exit_code, findings = told(project)
    assert exit_code == 0
    assert findings[0]["severity"] == "note"
    assert "neither the log nor a table beside it says which rows are of which group" in findings[0]["message"]


def test_of_a_version_that_has_no_complete_window_nothing_is_said_of_groups(project: GitRepo) -> None:
    released(project)
    project.commit({"models/tiny.yaml": MODEL + "# again\n"})
    project.git("tag", "-a", "tiny@v1.1.0", "-m", "second")
    project.git("tag", "-a", "tiny#prod#1", "-m", "serve it")
    serving.serve_rows(project.root, {month: serving.rows(month) for month in MONTHS})
    report = json.loads(project.run("monitor", "run", "tiny", "--format", "json").stdout)
    assert "v1.1.0 is in production, and has no complete window yet." in report["summary"]
    assert [one for one in report["findings"] if one["rule"] == "fairness"] == []


def test_before_outcomes_are_mature_checks_of_decisions_say_what_they_can(project: GitRepo) -> None:
    released(project)
    serving.serve_rows(project.root, {"2020-05": harder_for("blue", "2020-05")})
    result = project.run("monitor", "run", "tiny", "--until", "2020-05-31", "--format", "json")
    messages = [one["message"] for one in json.loads(result.stdout)["findings"] if one["rule"] == "fairness"]
    assert "policy asks >= 4/5: not known yet" in messages[0]
    assert "no outcome is mature" in messages[1]
