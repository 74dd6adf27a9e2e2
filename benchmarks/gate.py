"""What the gate costs, as whole processes: a million predictions, many policies by many models, and nothing to judge.

`python benchmarks/gate.py [NUMBER ...]`: wall seconds, CPU seconds with all children, and the largest process's memory
of each case, or of those with a number from 0. ROWS=5000000: so many predictions in place of a million.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy
import pandas
from measured import Cost, cost
from results import OURS, Row, keep
from sklearn.linear_model import LogisticRegression

# Run as a file, Python looks for modules beside it alone.
sys.path.append(str(Path(__file__).parents[1]))
from tests.gate_lab import DEFINITIONS, TOY, Lab, dumped, lock, parquet

ROWS, SLICES = int(os.environ.get("ROWS", "1000000")), 20
POLICIES, MODELS, SMALL = 50, 10, 1200

Contents = Mapping[str, bytes]


def table(rows: int, slices: int) -> pandas.DataFrame:
    generator = numpy.random.default_rng(7)
    a, b = generator.normal(size=(2, rows))
    late = generator.random(rows) < 1 / (1 + numpy.exp(-1.5 * a - 0.2 * b))
    place = numpy.array([f"P{number:02}" for number in range(slices)])[generator.integers(0, slices, rows)]
    return pandas.DataFrame(
        {"row_id": numpy.arange(rows), "a": a, "b": b, "place": place, "late": late.astype("int64")}
    )


def fitted(known: pandas.DataFrame, regularisation: float) -> bytes:
    few = known.head(20_000)
    return dumped(LogisticRegression(C=regularisation).fit(few[["a", "b"]], few["late"]))


def policy(name: str, checks: Iterable[str]) -> str:
    listed = "".join(f"- {{{check}}}\n" for check in checks)
    return f"kind: policy\nid: {name}\nversion: 1.0.0\ntitle: T\nowner: us\nchecks:\n{listed}"


HARD = "enforcement: hard-mandatory"
NOT_WORSE = f"op: noninferior, baseline: {{ref: production}}, {HARD}"
MILLION = policy(
    "million",
    (
        f"id: auc, metric: roc_auc, margin: 0.01, method: delong, {NOT_WORSE}",
        f"id: auc-by-place, metric: roc_auc, margin: 0.02, method: delong, slice: {{by: place}}, {NOT_WORSE}",
        *(
            f"id: {metric}-by-place, metric: {metric}, margin: 0.05, method: paired-bootstrap, slice: {{by: place}}, "
            f"{NOT_WORSE}"
            for metric in ("accuracy", "recall", "precision", "selection_rate")
        ),
    ),
)


def small(number: int) -> str:
    return policy(
        f"p{number}",
        (
            f"id: auc, metric: roc_auc, op: '>=', threshold: 0.7{number:02}, decide: bound, {HARD}",
            f"id: recall, metric: recall, op: '>=', threshold: 0.3{number:02}, slice: {{by: place}}, {HARD}",
            f"id: brier, metric: brier, op: '<=', threshold: 0.25, {HARD}",
            f"id: fair, metric: demographic_parity_ratio, op: '>=', threshold: 0.5, slice: {{by: place}}, {HARD}",
        ),
    )


def begun(root: Path, policies: Mapping[str, str], models: Mapping[str, str], contents: Contents) -> Lab:
    """A project of which main holds all of it; its own policy and model are not there."""
    root.mkdir()
    project = Lab(root)
    project.git("init", "-q", "-b", "main")
    kept = {
        path: text for path, text in DEFINITIONS.items() if path not in ("models/toy.yaml", "policies/quality.yaml")
    }
    pointer = "outs:\n- {md5: 00000000000000000000000000000000, path: rows.parquet}\n"
    project.commit({**kept, **policies, **models, "dvc.lock": lock({}), "data/rows.parquet.dvc": pointer})
    project.commit(project.track(dict(contents)))
    return project


def of_a_million(root: Path) -> Lab:
    known = table(ROWS, SLICES)
    contents = {"data/evaluation.parquet": parquet(known.drop(columns="late")),
                "data/labels.parquet": parquet(known[["row_id", "late"]])}  # fmt: skip
    project = begun(
        root, {"policies/million.yaml": MILLION}, {"models/toy.yaml": TOY},
        {**contents, "models/toy.skops": fitted(known, 0.01)},
    )  # fmt: skip
    project.release()
    project.commit(project.track({"models/toy.skops": fitted(known, 1.0)}), branch="work")
    return project


def of_many(root: Path) -> Lab:
    known = table(SMALL, 2)
    data = {"data/evaluation.parquet": parquet(known.drop(columns="late")),
            "data/labels.parquet": parquet(known[["row_id", "late"]])}  # fmt: skip
    names = [f"m{number}" for number in range(MODELS)]
    models = {f"models/{name}.yaml": TOY.replace("toy", name).replace("feature_set: " + name, "feature_set: toy")
              .replace("[" + name + "s]", "[toys]") for name in names}  # fmt: skip
    files = {f"models/{name}.skops": fitted(known, 1.0 + number) for number, name in enumerate(names)}
    policies = {f"policies/p{number}.yaml": small(number) for number in range(POLICIES)}
    project = begun(root, policies, models, {**data, **files})
    again = {f"models/{name}.skops": fitted(known, 20.0 + number) for number, name in enumerate(names)}
    project.commit(project.track(again), branch="work")
    return project


def of_nothing(root: Path) -> Lab:
    project = of_many(root)
    project.git("checkout", "-q", "main")
    project.commit({"README.md": "words"}, branch="words")
    return project


RUNS = 3
CASES: tuple[tuple[str, float, float | None, Callable[[Path], Lab]], ...] = (
    (f"the gate on {ROWS:,} predictions, {SLICES} slices, beside production", 20, 1536, of_a_million),
    (f"the gate with {POLICIES} policies, {MODELS} models, {SMALL:,} rows", 3, None, of_many),
    ("the gate where no model is affected", 0.5, None, of_nothing),
)
"""What is judged, the most seconds and megabytes that it may take, and how such a project is made."""


def of(project: Lab) -> Cost:
    """What the gate costs, whatever the verdict is."""
    refused_too = ("sh", "-c", '"$@" || [ "$?" -eq 1 ]', "sh")
    gate = (sys.executable, "-m", "gitmlops", "gate", "--base", "main", "--dry-run")
    return cost((*refused_too, *gate), cwd=project.root)


def main() -> None:
    wanted = sys.argv[1:]
    with TemporaryDirectory() as name:
        for number, (what, most_seconds, most_memory, make) in enumerate(CASES):
            if wanted and str(number) not in wanted:
                continue
            project = make(Path(name) / str(number))
            of(project)  # compiles what is new, and keeps what is read of definitions
            costs = [of(project) for _ in range(RUNS)]
            keep(Row(what, OURS, "s", [one.wall for one in costs], most_seconds))
            keep(Row(what, OURS, "CPU s", [one.cpu for one in costs]))
            keep(Row(what, OURS, "MB", [one.memory for one in costs], most_memory))


if __name__ == "__main__":
    main()
