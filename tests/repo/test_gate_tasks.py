"""Models of every kind of task, judged by the gate in a repository, beside a release and with wrong inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy
import pandas
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from tests.gate_lab import EVALUATION, LABELS, MODEL, TOY, Lab, dumped, frame, parquet, rows, says
from tests.repo.test_gate import receipt

Change = Callable[[pandas.DataFrame], pandas.DataFrame]
QUIET: dict[str, Any] = {"verbose": -1, "random_state": 1, "n_jobs": 1}


@dataclass(frozen=True)
class Kind:
    """One kind of task: what its definition and its policy say, its rows and its label, two models of it."""

    task: str
    checks: tuple[str, ...]
    label: str
    beside: dict[str, Any]
    labels: Any
    good: Callable[[], bytes]
    poor: Callable[[], bytes]

    def policy(self) -> str:
        checks = "".join(f"- {{{check}, enforcement: hard-mandatory}}\n" for check in self.checks)
        return f"kind: policy\nid: quality\nversion: 1.0.0\ntitle: T\nowner: us\nchecks:\n{checks}"

    def model(self) -> str:
        return TOY.replace("{kind: binary, label: late, positive: 1, threshold: 0.5}", f"{{{self.task}}}")

    def rows(self) -> pandas.DataFrame:
        return rows().assign(**self.beside)

    def table(self) -> pandas.DataFrame:
        return pandas.DataFrame({"row_id": frame()["row_id"], self.label: self.labels})


FEATURES = frame()[["a", "b"]]
NOISE = numpy.random.default_rng(8).normal(size=len(FEATURES))
SIZE = numpy.array(["short", "medium", "long"])[numpy.digitize(FEATURES["a"] + 0.5 * NOISE, [-0.5, 0.5])]
DELAY = 20 + 5 * FEATURES["a"] + FEATURES["b"] + NOISE
QUERY = frame()["row_id"] // 6
CLICKED = numpy.where(frame()["row_id"] % 6 == 0, 2, (FEATURES["a"] + 0.3 * NOISE > 0.8).astype(int))
SEEN = FEATURES.assign(a=FEATURES["a"] + 2.0 * (CLICKED == 2))


def of_sizes(columns: list[str]) -> bytes:
    return dumped(LogisticRegression().fit(FEATURES[columns], SIZE))


def of_grades(columns: list[str]) -> bytes:
    grades = numpy.array([{"short": 1, "medium": 2, "long": 3}[one] for one in SIZE])
    return dumped(lightgbm.LGBMClassifier(n_estimators=8, **QUIET).fit(FEATURES[columns], grades))


def of_delay(columns: list[str]) -> bytes:
    return dumped(lightgbm.LGBMRegressor(n_estimators=60, **QUIET).fit(FEATURES[columns], DELAY))


def of_sales(columns: list[str]) -> bytes:
    return dumped(HistGradientBoostingRegressor(max_iter=60, random_state=1).fit(FEATURES[columns], DELAY))


def of_search(columns: list[str]) -> bytes:
    model = lightgbm.LGBMRanker(n_estimators=10, **QUIET)
    return dumped(model.fit(SEEN[columns], CLICKED, group=[6] * (len(SEEN) // 6)))


MULTICLASS = Kind(
    "kind: multiclass, label: size, classes: [short, medium, long]",
    (
        "id: f1, metric: macro_f1, op: '>=', threshold: 0.6",
        "id: long-found, metric: recall, of_class: long, op: '>=', threshold: 0.6, slice: {by: place}",
        "id: fair, metric: demographic_parity_ratio, of_class: short, op: '>=', threshold: 0.5, slice: {by: place}",
        "id: not-worse, metric: log_loss, op: noninferior, baseline: {ref: production}, margin: 0.02",
    ),
    "size", {}, SIZE, lambda: of_sizes(["a", "b"]), lambda: of_sizes(["b"]),
)  # fmt: skip
GRADES = Kind(
    "kind: multiclass, label: grade, classes: [1, 2, 3]",
    ("id: right, metric: accuracy, op: '>=', threshold: 0.6, decide: bound",),
    "grade", {}, [{"short": 1, "medium": 2, "long": 3}[one] for one in SIZE],
    lambda: of_grades(["a", "b"]), lambda: of_grades(["b"]),
)  # fmt: skip
REGRESSION = Kind(
    "kind: regression, label: delay",
    (
        "id: near, metric: mae, op: '<=', threshold: 1.5, decide: bound, slice: {by: place}",
        "id: explains, metric: r2, op: '>=', threshold: 0.8",
        "id: not-worse, metric: rmse, op: noninferior, baseline: {ref: production}, margin: 0.1",
    ),
    "delay", {}, DELAY, lambda: of_delay(["a", "b"]), lambda: of_delay(["b"]),
)  # fmt: skip
FORECAST = Kind(
    "kind: forecast, label: sales, time: day",
    (
        "id: near, metric: wape, op: '<=', threshold: 0.1",
        "id: surely-near, metric: mae, op: '<=', threshold: 1.5, decide: bound",
    ),
    "sales", {"day": pandas.Timestamp("2026-01-01") + pandas.to_timedelta(frame()["row_id"] // 4, unit="D")}, DELAY,
    lambda: of_sales(["a", "b"]), lambda: of_sales(["b"]),
)  # fmt: skip
RANKING = Kind(
    "kind: ranking, label: clicked, query: search",
    (
        "id: first, metric: ndcg, k: 3, op: '>=', threshold: 0.75",
        "id: not-worse, metric: reciprocal_rank, op: noninferior, baseline: {ref: production}, margin: 0.05",
    ),
    "clicked", {"search": QUERY, "a": SEEN["a"]}, CLICKED, lambda: of_search(["a", "b"]), lambda: of_search(["b"]),
)  # fmt: skip
KINDS = {"multiclass": MULTICLASS, "grades": GRADES, "regression": REGRESSION, "forecast": FORECAST, "ranking": RANKING}


def begun(lab: Lab, kind: Kind) -> None:
    """main holds a model of this kind, and its policy."""
    lab.commit({"models/toy.yaml": kind.model(), "policies/quality.yaml": kind.policy()})
    contents = {MODEL: kind.good(), EVALUATION: parquet(kind.rows()), LABELS: parquet(kind.table())}
    lab.commit(lab.track(contents))


@pytest.mark.parametrize("name", KINDS)
def test_a_good_model_passes_and_a_poor_one_is_refused_beside_production(name: str, lab: Lab) -> None:
    begun(lab, KINDS[name])
    lab.release()
    lab.commit({"README.md": "same model"}, branch="same")
    says(lab.run("gate", "--model", "toy"), "passed", exit_code=0)
    assert {check.outcome for check in receipt(lab).subjects[0].checks} == {"passed"}
    lab.git("checkout", "-q", "main")
    lab.candidate(KINDS[name].poor())
    says(lab.run("gate"), "policy asks")
    judged = receipt(lab).subjects[0]
    assert {check.check for check in judged.checks if check.outcome == "failed"} >= {
        check.split(",")[0].removeprefix("id: ") for check in KINDS[name].checks if "fair" not in check
    }
    if any("noninferior" in check for check in KINDS[name].checks):
        assert any(check.baseline.startswith("v1.0.0 ") for check in judged.checks if check.op == "noninferior")


def test_results_are_shown_by_period_where_the_model_says_its_time(lab: Lab) -> None:
    begun(lab, FORECAST)
    split = FORECAST.model().replace("id: row_id", "id: row_id, time_split: {time: day, horizon: 90d}")
    lab.commit({"models/toy.yaml": split}, branch="work")
    result = lab.run("gate", "--format", "markdown")
    assert "periods of toy" in result.output, result.output
    assert "| mae | 2026-01-01 00:00:00 | 2026-04-01 00:00:00 |" in result.output
    assert "| wape | 2026-09-28 00:00:00 | 2026-12-27 00:00:00 |" in result.output
    says(
        result,
        "Intervals say how other rows of the evaluated time could have turned out, no more.",
        "the branch changes evaluation.time_split of toy from none to day, horizon 90d, embargo none",
        exit_code=0,
    )
    lab.commit({"models/toy.yaml": split.replace("time: day, horizon", "time: place, horizon")}, branch="other")
    says(lab.run("gate"), "'place' of the evaluation rows is", "no timestamps; write timestamps, or mend `time_split`")


def relabelled(change: Change) -> Callable[[Kind], dict[str, bytes]]:
    return lambda kind: {LABELS: parquet(change(kind.table()))}


def rewritten(change: Change) -> Callable[[Kind], dict[str, bytes]]:
    return lambda kind: {EVALUATION: parquet(change(kind.rows()))}


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        (
            MULTICLASS, relabelled(lambda table: table.replace({"size": {"long": "huge"}})),
            "labels are none of the task's classes: huge; write one of short, medium, long, or mend `classes`",
        ),
        (MULTICLASS, relabelled(lambda table: table.assign(size=pandas.factorize(table["size"])[0])), "0, 1, 2"),
        (GRADES, relabelled(lambda table: table.astype({"grade": "float64"})), "labels are float64, no text and no"),
        (MULTICLASS, relabelled(lambda table: table.assign(size=None)), "1200 of 1200 labels are missing"),
        (
            MULTICLASS, lambda kind: {MODEL: dumped(LogisticRegression().fit(FEATURES, SIZE == "long"))},
            "its classes are not those of its task: it lacks long, medium, short",
        ),
        (REGRESSION, relabelled(lambda table: table.assign(delay=table["delay"].where(table["row_id"] > 3))),
         "4 of 1200 labels are missing or infinite"),
        (REGRESSION, relabelled(lambda table: table.astype({"delay": str})), "the labels are"),
        (
            REGRESSION, lambda kind: {MODEL: dumped(LogisticRegression().fit(FEATURES, frame()["late"]))},
            "it is no regressor; train one: the task is regression",
        ),
        (REGRESSION, relabelled(lambda table: table.head(1000)), "ids do not match one to one: 200 missing"),
        (
            REGRESSION,
            lambda kind: {MODEL: dumped(LinearRegression().fit(FEATURES, numpy.column_stack([DELAY, DELAY])))},
            "it gives (1200, 2) numbers for 1200 rows",
        ),
        (FORECAST, rewritten(lambda table: table.drop(columns="day")), "no column 'day', the time of the task"),
        (FORECAST, rewritten(lambda table: table.assign(day=table["day"].where(table["row_id"] > 3))),
         "4 of 1200 rows have no 'day'; write their time"),
        (RANKING, rewritten(lambda table: table.drop(columns="search")), "no column 'search', the query of the task"),
        (
            RANKING, relabelled(lambda table: table.assign(clicked=table["clicked"].where(table["row_id"] > 5, 0))),
            "ndcg of the first 3 is not measured: 1 of 200 queries have no relevant document",
        ),
        (RANKING, relabelled(lambda table: table.assign(clicked=-1)), "1200 of 1200 labels are below 0"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_task_is_refused_with_its_reason(
    kind: Kind, changed: Callable[[Kind], dict[str, bytes]], said: str, lab: Lab
) -> None:
    begun(lab, kind)
    lab.commit(lab.track(changed(kind)), branch="work")
    says(lab.run("gate"), said)
    assert receipt(lab).verdict == "refused"


def test_a_task_that_becomes_another_does_not_pass_by_the_policies_of_the_first(lab: Lab) -> None:
    lab.commit({**lab.track({MODEL: REGRESSION.good(), LABELS: parquet(REGRESSION.table())}),
                "models/toy.yaml": REGRESSION.model()}, branch="work")  # fmt: skip
    says(
        lab.run("gate"),
        "the branch changes task.kind of toy from binary to regression",
        "roc_auc is not measured: it is of binary tasks, this one is regression",
    )


def test_all_that_is_measured_on_changed_rows_fits_the_kind(lab: Lab) -> None:
    checks = (
        "id: quick, metric: latency_ms, op: '<=', threshold: 60000",
        "id: takes-words, metric: outside_failures, op: '<=', threshold: 0",
        "id: idle, metric: idle_features, op: '<=', threshold: 0",
        "id: enough, metric: rows, op: '>=', threshold: 1000",
    )
    flips = "id: steady, metric: noise_flips, op: '<=', threshold: 0.3"
    lab.commit({"policies/steady.yaml": Kind("", (*checks, flips), "", {}, [], bytes, bytes).policy()
                .replace("id: quality", "id: steady")})  # fmt: skip
    begun(lab, MULTICLASS)
    lab.commit({"README.md": "judged"}, branch="work")
    says(lab.run("gate", "--model", "toy"), "passed", "decisions change under noise of a tenth of each sd", exit_code=0)
    lab.git("checkout", "-q", "main")
    begun(lab, REGRESSION)
    lab.commit({"README.md": "judged again"}, branch="again")
    says(
        lab.run("gate", "--model", "toy"),
        "noise_flips is not measured: it is of binary and multiclass tasks, this one is regression",
        "1 of 8 checks",
    )
