import json

import msgspec
import pandas
import pytest
from tests import serving, tiny_project
from tests.conftest import GitRepo

from gitmlops.records.canonical import encode
from gitmlops.specs.model import Multivariate

MODEL = str(tiny_project.DEFINITIONS["models/tiny.yaml"])


@pytest.fixture
def served(project: GitRepo) -> GitRepo:
    """A released model with the logs of May and June; June's outcomes went wrong."""
    project.commit({"models/tiny.yaml": MODEL, "models/tiny.baseline.json": encode(serving.baseline())})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    june = serving.flipped(serving.rows("2020-06"), 0.3)
    serving.serve_rows(project.root, {"may": serving.rows("2020-05"), "june": june})
    return project


def test_an_alarm_exits_with_1_and_says_what_to_do(served: GitRepo) -> None:
    result = served.run("monitor", "run", "tiny")
    assert result.exit_code == 1
    assert "In 2020-06 v1.0.0 was worse than its reference in roc_auc, brier" in result.stdout
    assert "next: run `gitmlops retrain tiny`" in result.stdout


def test_until_judges_as_at_the_end_of_that_day(served: GitRepo) -> None:
    may = served.run("monitor", "run", "tiny", "--until", "2020-06-15")
    assert may.exit_code == 0
    assert "In 2020-05" in may.stdout
    provisional = served.run("monitor", "run", "tiny", "--until", "2020-06-30", "--format", "json")
    table = json.loads(provisional.stdout)["tables"][0]["rows"]
    assert [row["performance"] for row in table] == ["ok", "provisional"]
    assert served.run("monitor", "run", "tiny", "--until", "2020-07-01").exit_code == 1


def test_predictions_of_the_future_are_told_and_do_not_count(served: GitRepo) -> None:
    serving.serve(served.root, {"later": serving.log(serving.rows("2999-01", n=7))}, {})
    result = served.run("monitor", "run", "tiny", "--format", "json")
    told = {finding["message"]: finding["severity"] for finding in json.loads(result.stdout)["findings"]}
    assert told["7 predictions are of a time that has not come yet; they do not count"] == "warning"
    assert "In 2020-06 v1.0.0 was worse" in result.stdout


def test_the_only_monitored_model_needs_no_name(served: GitRepo) -> None:
    assert served.run("monitor", "run").exit_code == 1


def test_two_monitored_models_need_a_name(served: GitRepo) -> None:
    served.write({"models/other.yaml": MODEL.replace("name: tiny", "name: other")})
    result = served.run("monitor", "run")
    assert result.exit_code == 2
    assert "which model?; name one of: other, tiny" in result.stderr


def test_a_misspelt_model_is_told_the_nearest_one(served: GitRepo) -> None:
    result = served.run("monitor", "run", "tinny")
    assert result.exit_code == 3
    assert "did you mean 'tiny'?" in result.stderr


def test_a_model_without_monitoring_is_an_error_with_its_place(served: GitRepo) -> None:
    served.write({"models/tiny.yaml": MODEL.split("monitoring:")[0]})
    result = served.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "models/tiny.yaml:1:1: tiny is not monitored; add `monitoring:`" in result.stderr


def test_a_log_that_is_not_there_is_an_error(served: GitRepo) -> None:
    served.write({"models/tiny.yaml": MODEL.replace("data/served", "data/nowhere")})
    result = served.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "data/nowhere: no such table" in result.stderr


def test_windows_of_hours_are_an_error(served: GitRepo) -> None:
    served.write({"models/tiny.yaml": MODEL.replace("by: month", "by: 36h")})
    result = served.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "36h is not a whole number of days" in result.stderr


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("{threshold: 0.3, warning: 0.4}", "models/tiny.yaml:17:10: the warning at 0.4 comes after the alarm at 0.3"),
        ("{threshold: 0}", "models/tiny.yaml:17:22: '0' is too small; write an effect size from 0.001 to 1"),
        ("{treshold: 0.3}", "models/tiny.yaml:17:11: unknown key 'treshold'; did you mean 'threshold'?"),
        (
            "{columns: {temp: {at_once: 0.5}}}",
            "models/tiny.yaml:17:37: '0.5' is too small; write a factor of 1 or more",
        ),
        ("{few_rows: 2000}", "models/tiny.yaml:17:21: 2,000 rows are more than enough (1,000), not few"),
        ("{max_wait: soon}", "models/tiny.yaml:17:21: 'soon' is not of the right form"),
    ],
)
def test_numbers_of_the_alarm_rule_that_cannot_be_are_told_at_their_place(
    served: GitRepo, rules: str, said: str
) -> None:
    served.write({"models/tiny.yaml": MODEL.replace("  retrain:", f"  alarm: {rules}\n  retrain:")})
    result = served.run("check")
    assert result.exit_code in (1, 3)
    assert said in result.output


def test_numbers_for_a_column_that_no_version_has_are_an_error_at_their_place(served: GitRepo) -> None:
    rules = "{columns: {tempp: {threshold: 0.3}}}"
    served.write({"models/tiny.yaml": MODEL.replace("  retrain:", f"  alarm: {rules}\n  retrain:")})
    result = served.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "models/tiny.yaml:17:" in result.stderr
    assert "no version of tiny has a column 'tempp'; did you mean 'temp'?" in result.stderr


@pytest.mark.parametrize(
    ("rules", "until", "exit_code", "said"),
    [
        ("{max_age: 60d}", "2020-05-31", 1, "v1.0.0 learned from rows until 2020-03-31, 61 days ago: at most 60d"),
        ("{max_age: 70d}", "2020-05-31", 0, "v1.0.0 learned from rows until 2020-03-31, 61 days ago: 9 days are left"),
        ("{labels_within: 30d}", "2020-08-31", 1, "the last outcomes of v1.0.0 are of 2020-05-31, 92 days ago"),
        ("{undecided: 1}", "2020-05-31", 0, "no column moved beyond its threshold"),
        ("{predictions_within: 40d}", "2020-07-15", 1, "the newest prediction is of 2020-05-31 23:59 UTC, 45 days ago"),
        ("{predictions_within: 50d}", "2020-07-15", 0, "newest prediction 2020-05-31 23:59 UTC"),
    ],
)
def test_a_model_that_is_too_old_is_an_alarm_of_its_own(
    project: GitRepo, rules: str, until: str, exit_code: int, said: str
) -> None:
    model = MODEL.replace("monitoring:", f"staleness: {rules}\nmonitoring:")
    project.commit({"models/tiny.yaml": model, "models/tiny.baseline.json": encode(serving.baseline())})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(project.root, {"may": serving.rows("2020-05"), "june": serving.rows("2020-08", n=40)})
    result = project.run("monitor", "run", "tiny", "--until", until)
    told = " ".join(result.output.split())
    assert result.exit_code == exit_code, result.output
    assert said in told


def test_a_model_that_learned_too_long_ago_asks_for_a_retraining_where_it_says_so(served: GitRepo) -> None:
    model = MODEL.replace("on: [performance]", "on: [age]").replace(
        "monitoring:", "staleness: {max_age: 60d}\nmonitoring:"
    )
    served.write({"models/tiny.yaml": model})
    judged = served.run("monitor", "run", "tiny", "--until", "2020-06-15")
    assert "what it learned from is too old" in " ".join(judged.stdout.split())
    planned = served.run("retrain", "tiny", "--until", "2020-06-15", "--no-push", "--dry-run")
    assert "would write the branch retrain/tiny/2020-05 (age alarm in 2020-05)" in planned.stdout
    served.write({"models/tiny.yaml": model.replace("60d", "90d")})
    young = served.run("retrain", "tiny", "--until", "2020-06-15", "--no-push", "--dry-run")
    assert "there is no alarm that asks for retraining" in young.stderr


def test_a_log_that_has_ended_is_told_without_being_asked_for(served: GitRepo) -> None:
    fresh = served.run("monitor", "run", "tiny", "--until", "2020-07-30", "--format", "json")
    assert "silence" not in {finding["rule"] for finding in json.loads(fresh.stdout)["findings"]}
    result = served.run("monitor", "run", "tiny", "--until", "2020-08-31")
    told = " ".join(result.stdout.split())
    assert "nothing was predicted since 2020-06-30 23:59 UTC, 62 days ago: 2 whole calendar months have passed" in told
    assert "newest outcome of a prediction of 2020-06-30 23:59 UTC" in told
    serving.serve(served.root, {"july": serving.log(serving.rows("2020-07"))}, {})
    silent = served.run("monitor", "run", "tiny", "--until", "2020-08-15")
    assert "none of the latest 3,000 outcomes that are due is known" in " ".join(silent.stdout.split())


def test_waivers_that_end_and_runs_that_did_not_happen_are_told(project: GitRepo) -> None:
    baseline = serving.baseline()
    waiver = (
        "kind: waiver\ncheck: quality/roc_auc\npolicy_version: 1.0.0\nmodel: tiny\nmodel_sha256: "
        f"{'ab' * 32}\nreason: r\napprover: '@jane'\nrole: owner\nissued: '2020-05-01'\nexpires: '2020-06-05'\n"
    )
    model = MODEL.replace("monitoring:", "staleness: {runs_every: 2d, warn_before: 10d}\nmonitoring:")
    content = encode(msgspec.structs.replace(baseline, model_sha256="ab" * 32))
    files = {"models/tiny.baseline.json": content, "models/tiny.yaml": model, "policies/waivers/w.yaml": waiver}
    project.commit(files)
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(project.root, {"may": serving.rows("2020-05")})
    first = project.run("monitor", "run", "tiny", "--until", "2020-05-31", "--record")
    assert first.exit_code == 0, first.output
    assert "the waiver of quality/roc_auc ends on 2020-06-05" in " ".join(first.output.split())
    assert "no run was recorded" not in first.output


VALIDATION = """\
kind: document
name: check-2020
type: validation-report
title: Looked at by others
file: reports/validation.md
sha256: "{0}"
date: "2019-12-10"
by: ["@jane"]
"""
ASKS_FOR_IT = """\
kind: policy
id: validation
version: 1.0.0
title: Looked at by others, twice a year
owner: us
evidence:
- {kind: validation-report, max_age: 180d, enforcement: advisory}
"""


@pytest.mark.parametrize(
    ("until", "exit_code", "said"),
    [
        ("2020-05-31", 0, "the validation-report check-2020 ends on 2020-06-07"),
        ("2020-06-30", 1, "the validation-report check-2020 has ended on 2020-06-07"),
        ("2020-05-31", 0, "rows@v1: the newest row is 28d 23h old, more than 20d"),
        ("2020-06-30", 1, "rows@v1: the newest row is 58d 23h old, more than 40d"),
    ],
)
def test_documents_that_age_and_features_past_their_freshness_are_told(
    project: GitRepo, until: str, exit_code: int, said: str
) -> None:
    definitions = {path: content for path, content in tiny_project.DEFINITIONS.items() if path.startswith("features/")}
    view = str(definitions["features/views/rows.yaml"]) + "freshness: {warn_after: 20d, error_after: 40d}\n"
    model = MODEL.replace("monitoring:", "documents: [check-2020]\nstaleness: {warn_before: 10d}\nmonitoring:")
    project.write({**definitions, "features/views/rows.yaml": view, "models/tiny.yaml": model})
    documents = {"models/documents/check-2020.yaml": VALIDATION.format("ab" * 32), "policies/v.yaml": ASKS_FOR_IT}
    project.commit({**documents, "models/tiny.baseline.json": encode(serving.baseline())})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(project.root, {month: serving.rows(month) for month in ("2020-05", "2020-06")})
    unknown = project.run("monitor", "run", "tiny", "--until", until)
    assert "rows@v1: how fresh it is, is not known: " in " ".join(unknown.output.split())
    rows = serving.rows("2020-05").head(100)
    rows.assign(time=pandas.Timestamp("2020-05-03T00:30:00Z")).to_parquet(project.root / "data/rows.parquet")
    result = project.run("monitor", "run", "tiny", "--until", until)
    assert result.exit_code == exit_code, result.output
    assert said in " ".join(result.output.split())


def test_columns_that_no_longer_go_together_are_in_the_report(project: GitRepo) -> None:
    def mixed(month: str, likeness: float) -> pandas.DataFrame:
        rows = serving.rows(month)
        noise = serving.rows(month, seed=1)["history"]
        return rows.assign(temp=50 + 10 * (likeness * rows["history"] + (1 - likeness**2) ** 0.5 * noise))

    known = mixed("2020-04", 0.9)
    content = serving.baseline_of(
        pandas.concat([mixed(f"2020-0{one}", 0.9) for one in (1, 2, 3)]), known, Multivariate()
    )
    project.commit({"models/tiny.yaml": MODEL, "models/tiny.baseline.json": encode(content)})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(project.root, {"may": mixed("2020-05", 0.9), "june": mixed("2020-06", 0.1)})
    result = project.run("monitor", "run", "tiny", "--format", "json")
    table = next(one for one in json.loads(result.stdout)["tables"] if one["title"].startswith("Columns in 2020-06"))
    assert [row["column"] for row in table["rows"] if row["state"] == "moved"] == ["columns together"]


def test_a_forged_baseline_of_a_registered_version_is_an_error_at_its_place(project: GitRepo) -> None:
    baseline = serving.baseline()
    forged = msgspec.structs.replace(baseline, score=msgspec.structs.replace(baseline.score, counts=(3_000,)))
    project.commit({"models/tiny.yaml": MODEL, "models/tiny.baseline.json": encode(forged)})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    serving.serve_rows(project.root, {"may": serving.rows("2020-05")})
    result = project.run("monitor", "run", "tiny")
    assert result.exit_code == 3
    assert "tiny@v1.0.0:models/tiny.baseline.json: score has " in result.stderr
    assert "edges and 1 counts; write the file again with gitmlops" in result.stderr


def test_a_date_that_is_none_is_a_usage_error(served: GitRepo) -> None:
    assert served.run("monitor", "run", "tiny", "--until", "June").exit_code == 2


@pytest.mark.parametrize("format_", ["text", "markdown", "json", "junit", "sarif", "html"])
def test_every_format_is_the_same_twice(served: GitRepo, format_: str) -> None:
    first, second = (served.run("monitor", "run", "tiny", "--format", format_) for _ in range(2))
    assert first.exit_code == 1
    assert first.stdout == second.stdout
    assert "2020-06" in first.stdout


def test_output_is_written_in_the_format_of_its_suffix(served: GitRepo) -> None:
    result = served.run("monitor", "run", "tiny", "--output", str(served.root / "monitor.html"))
    assert result.exit_code == 1
    page = (served.root / "monitor.html").read_text()
    assert "</html>" in page
    assert len(page) < 100_000


def test_retraining_that_is_not_configured_is_an_error_with_its_place(served: GitRepo) -> None:
    served.write({"models/tiny.yaml": MODEL.split("  retrain:")[0]})
    result = served.run("retrain", "tiny")
    assert result.exit_code == 3
    assert "models/tiny.yaml:" in result.stderr
    assert "tiny does not say how it is retrained; add `retrain:`" in result.stderr


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{{ window.ende }}", "is no date of a window; did you mean 'window.end'?"),
        ("{{ window.end }", "has a placeholder that is not closed"),
        ("{% for x in window %}", "has a placeholder that is not closed"),
        ("{{ window.end.__class__ }}", "is no date of a window"),
    ],
)
def test_a_template_of_a_stranger_is_never_evaluated(served: GitRepo, value: str, said: str) -> None:
    served.write({"models/tiny.yaml": MODEL.replace("{{ window.end }}", value)})
    result = served.run("retrain", "tiny", "--dry-run", "--no-push")
    assert result.exit_code == 3
    assert said in result.stderr
