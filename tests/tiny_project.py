"""A real git and DVC project with one small model, released as v1.0.0, that serves while the world changes in May."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas
from tests import serving
from tests.conftest import GitRepo

MONTHS = tuple(f"2020-0{month}" for month in range(1, 7))
DEFINITIONS: dict[str, str | bytes] = {
    "gitmlops.yaml": "project: tiny\n",
    ".gitignore": "__pycache__/\n/reports\n",
    "features/entities/row.yaml": (
        "kind: entity\nname: row\nkeys: [{name: row_id, dtype: int64}]\nowner: us\ndescription: A row\n"
    ),
    "features/sources/rows.yaml": (
        "kind: source\nname: rows\npath: data/rows.parquet\ntimestamp: time\nowner: us\ndescription: Rows\n"
        "columns: {row_id: int64, time: timestamp, history: float64, temp: float64}\n"
    ),
    "features/views/rows.yaml": (
        "kind: feature_view\nname: rows\nowner: us\ndescription: Rows\nentities: [row]\nsource: rows\nfeatures:\n"
        "- {name: history, dtype: float64, description: One}\n- {name: temp, dtype: float64, description: Two}\n"
    ),
    "features/sets/tiny.yaml": (
        "kind: feature_set\nname: tiny\nowner: us\ndescription: Both\nfeatures: [rows@v1:history, rows@v1:temp]\n"
    ),
    "components/fit/component.yaml": """\
kind: component
name: fit
version: v1
owner: us
description: Fits and describes the model
inputs: {rows: {type: table, description: Rows}}
params:
  until: {type: string, description: Last day to train on}
  evaluate_until: {type: string, description: Last day to evaluate on}
outputs:
  model: {type: model, description: Model}
  rows: {type: table, description: Evaluation rows}
  labels: {type: table, description: Their labels}
  baseline: {type: json, description: Profile, cache: false}
entry: fit:run
""",
    "components/fit/fit.py": """\
import pandas
from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models
from gitmlops.monitor.profiles.profile import profile
from gitmlops.adapters.files import sha256, write_atomic
from gitmlops.records.canonical import encode
from sklearn.linear_model import LogisticRegression

FEATURES = ["history", "temp"]


def run(inputs, params, outputs):
    rows = tables.read(inputs["rows"])
    day = rows["time"].dt.strftime("%Y-%m-%d")
    train = rows[day <= params["until"]]
    held = rows[(day > params["until"]) & (day <= params["evaluate_until"])]
    model = LogisticRegression().fit(train[FEATURES], train["late"])
    models.save(model, outputs["model"])
    tables.write(held[["row_id", "time", *FEATURES]], outputs["rows"])
    tables.write(held[["row_id", "late"]], outputs["labels"])
    described = profile(
        model="tiny", training=train, features=FEATURES, evaluation=held, slices=[], time="time",
        labels=held["late"].to_numpy(dtype=float), scores=model.predict_proba(held[FEATURES])[:, 1], threshold=0.5,
        trained_until=params["until"], data_sha256=sha256(inputs["rows"]), model_sha256=sha256(outputs["model"]),
    )
    write_atomic(outputs["baseline"], encode(described))
""",
    "pipelines/tiny.yaml": """\
kind: pipeline
name: tiny
params:
  train_until: "2020-03-31"  # moved by retraining
  evaluate_until: "2020-04-30"
steps:
  fit:
    uses: ./components/fit
    with:
      rows: data/rows.parquet
      until: "${{ params.train_until }}"
      evaluate_until: "${{ params.evaluate_until }}"
    outputs:
      model: models/tiny.skops
      rows: data/evaluation.parquet
      labels: data/labels.parquet
      baseline: models/tiny.baseline.json
""",
    "models/tiny.yaml": """\
kind: model
name: tiny
pipeline: tiny
artifact: models/tiny.skops
feature_set: tiny
owner: us
risk_tier: low
tags: [toys]
intended_use: Tests.
not_intended_for: Anything else.
task: {kind: binary, label: late}
evaluation: {data: data/evaluation.parquet, labels: data/labels.parquet, id: row_id}
monitoring:
  log: data/served
  windows: {by: month}
  labels: {source: data/outcomes, join: row_id, label: late, matures_after: 1d}
  retrain:
    on: [performance]
    set: {train_until: "{{ window.before }}", evaluate_until: "{{ window.end }}"}
""",
    "policies/quality.yaml": """\
kind: policy
id: quality
version: 1.0.0
title: Good enough
owner: us
checks:
- {id: auc, metric: roc_auc, op: ">=", threshold: 0.6, enforcement: hard-mandatory}
""",
}


def months() -> dict[str, pandas.DataFrame]:
    """Rows by month: from May on, three in ten outcomes are turned round."""
    plain = {month: serving.rows(month, n=1_500) for month in MONTHS}
    return {month: serving.flipped(rows, 0.3) if month >= "2020-05" else rows for month, rows in plain.items()}


def make(folder: Path) -> GitRepo:
    """The project in `folder/work`, with a bare repository and a storage beside it; everything is pushed."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder / "work")], check=True)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder / "origin.git")], check=True)
    repo = GitRepo(folder / "work")
    (folder / "storage").mkdir()
    frames = months()
    repo.write(DEFINITIONS)
    (repo.root / "data").mkdir()
    pandas.concat(frames.values()).drop(columns="score").to_parquet(repo.root / "data/rows.parquet", index=False)
    repo.git("remote", "add", "origin", "../origin.git")
    command(repo, "dvc", "init", "--quiet")
    command(repo, "dvc", "remote", "add", "--quiet", "--default", "storage", "../storage")
    command(repo, "dvc", "add", "--quiet", "data/rows.parquet")
    command(repo, "gitmlops", "pipeline", "run", "tiny")
    repo.commit(message="Train tiny")
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    repo.git("tag", "-a", "tiny#prod#1", "-m", "serve it")
    repo.write({".git/info/exclude": "/data/served\n/data/outcomes\n"})
    serving.serve_rows(repo.root, {month: frames[month] for month in ("2020-05", "2020-06")})
    repo.git("push", "-q", "-u", "origin", "main", "--tags")
    command(repo, "dvc", "push", "--quiet")
    return repo


def copy(made: GitRepo, folder: Path) -> GitRepo:
    """A copy to be changed; its remotes are copies too."""
    shutil.copytree(made.root.parent, folder / "copy", symlinks=True)
    return GitRepo(folder / "copy" / "work")


def command(repo: GitRepo, module: str, *arguments: str) -> str:
    """Run `dvc` or `gitmlops` as its own process."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=repo.root, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def state(repo: GitRepo) -> tuple[str, ...]:
    """What retraining must leave alone unless it succeeds: refs here and there, work trees, status, configuration."""
    return (
        repo.git("for-each-ref"),
        repo.git("ls-remote", "origin"),
        repo.git("worktree", "list"),
        repo.git("status", "--porcelain"),
        (repo.root / ".git/config").read_text(),
        str(sorted(path.name for path in (repo.root / ".dvc").iterdir())),
    )
