"""A small project with a trained model under DVC, made without running a pipeline, for tests of the gate."""

import hashlib
import io
import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy
import pandas
from click.testing import Result
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from tests.conftest import GitRepo

from gitmlops.adapters.scoring import models

ROWS = 1200
MODEL, EVALUATION, LABELS = "models/toy.skops", "data/evaluation.parquet", "data/labels.parquet"

PROJECT = 'project: toy\nroles: {risk-sme: ["@acme/risk"]}\n'
TOY = """\
kind: model
name: toy
pipeline: train
artifact: models/toy.skops
feature_set: toy
owner: data-scientists
risk_tier: medium
tags: [toys]
intended_use: Tests.
not_intended_for: Anything else.
task: {kind: binary, label: late, positive: 1, threshold: 0.5}
evaluation: {data: data/evaluation.parquet, labels: data/labels.parquet, id: row_id, slices: [place]}
"""
QUALITY = """\
kind: policy
id: quality
version: 1.0.0
title: Good enough
owner: data-scientists
scope: {tags: [toys]}
checks:
- id: auc
  metric: roc_auc
  op: ">="
  threshold: 0.7
  enforcement: hard-mandatory
- id: auc-each-place
  metric: roc_auc
  op: ">="
  threshold: 0.65
  slice: {by: place}
  enforcement: soft-mandatory
- id: not-worse
  metric: roc_auc
  op: noninferior
  baseline: {ref: production}
  margin: 0.01
  enforcement: hard-mandatory
- id: brier
  metric: brier
  op: "<="
  threshold: 0.1
  enforcement: advisory
"""
DEFINITIONS: dict[str, str | bytes] = {
    "gitmlops.yaml": PROJECT,
    "features/entities/row.yaml": (
        "kind: entity\nname: row\nkeys: [{name: row_id, dtype: int64}]\nowner: us\ndescription: A row\n"
    ),
    "features/sources/rows.yaml": (
        "kind: source\nname: rows\npath: data/rows.parquet\ntimestamp: at\nowner: us\ndescription: Rows\n"
        "columns: {row_id: int64, at: timestamp, a: float64, b: float64}\n"
    ),
    "features/views/rows.yaml": (
        "kind: feature_view\nname: rows\nowner: us\ndescription: Rows\nentities: [row]\nsource: rows\n"
        "features:\n- {name: a, dtype: float64, description: One}\n- {name: b, dtype: float64, description: Two}\n"
    ),
    "features/sets/toy.yaml": (
        "kind: feature_set\nname: toy\nowner: us\ndescription: Both\nfeatures: ['rows@v1:a', 'rows@v1:b']\n"
    ),
    "pipelines/train.yaml": "kind: pipeline\nname: train\nsteps:\n  train: {uses: ./components/train}\n",
    "components/train/component.yaml": (
        "kind: component\nname: train\nversion: v1\nowner: us\ndescription: Trains\nentry: 'train:run'\n"
        "outputs: {model: {type: model, description: The model}}\n"
    ),
    "components/train/train.py": "def run(inputs, params, outputs): ...\n",
    "models/toy.yaml": TOY,
    "policies/quality.yaml": QUALITY,
    ".dvc/config": "",
    ".gitignore": "/.dvc/cache\n",
}


@dataclass(frozen=True)
class Lab(GitRepo):
    """The project on disk, with verbs for what DVC would do."""

    def track(self, contents: dict[str, bytes]) -> dict[str, str | bytes]:
        """Put contents into the cache; the dvc.lock that names them, beside what it named before."""
        return {
            "dvc.lock": lock({**self.locked(), **{path: self.store(content) for path, content in contents.items()}})
        }

    def store(self, content: bytes) -> tuple[str, int]:
        md5 = hashlib.md5(content).hexdigest()
        place = self.cached(md5)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return md5, len(content)

    def cached(self, md5: str) -> Path:
        return self.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]

    def digest(self, path: str) -> str:
        return self.locked()[path][0]

    def candidate(self, content: bytes, **files: str) -> str:
        """A branch `work` with another model."""
        return self.commit({**self.track({MODEL: content}), **files}, branch="work")

    def release(self, version: str = "v1.0.0") -> None:
        """Register main's model and put it into production."""
        for name in (f"toy@{version}", "toy#prod#1"):
            self.git("tag", "-a", "-m", "release", name, "main")

    def locked(self) -> dict[str, tuple[str, int]]:
        path = self.root / "dvc.lock"
        outs = json.loads(path.read_text())["stages"]["train"]["outs"] if path.exists() else []
        return {out["path"]: (out["md5"], out["size"]) for out in outs}


def lock(outputs: dict[str, tuple[str, int]]) -> str:
    outs = [{"path": path, "hash": "md5", "md5": md5, "size": size} for path, (md5, size) in sorted(outputs.items())]
    return json.dumps({"schema": "2.0", "stages": {"train": {"cmd": "train", "outs": outs}}})


def parquet(frame: pandas.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.to_parquet(written, index=False)
    return written.getvalue()


@cache
def frame() -> pandas.DataFrame:
    """Rows with features, a slice and the label; `a` tells much of it, `b` little."""
    generator = numpy.random.default_rng(5)
    a, b = generator.normal(size=(2, ROWS))
    late = generator.random(ROWS) < 1 / (1 + numpy.exp(-1.5 * a - 0.2 * b))
    place = numpy.where(numpy.arange(ROWS) % 3 == 0, "JFK", "EWR")
    return pandas.DataFrame({"row_id": range(ROWS), "a": a, "b": b, "place": place, "late": late.astype("int64")})


def rows() -> pandas.DataFrame:
    return frame().drop(columns="late")


def labels() -> pandas.DataFrame:
    return frame()[["row_id", "late"]]


def dumped(model: BaseEstimator) -> bytes:
    with TemporaryDirectory() as folder:
        models.save(model, Path(folder) / "model.skops")
        return (Path(folder) / "model.skops").read_bytes()


def trained(columns: tuple[str, ...] = ("a", "b"), *, regularisation: float = 1.0) -> LogisticRegression:
    table = frame()
    return LogisticRegression(C=regularisation).fit(table[list(columns)], table["late"])


@cache
def good() -> bytes:
    return dumped(trained())


@cache
def other_good() -> bytes:
    return dumped(trained(regularisation=0.1))


@cache
def poor() -> bytes:
    """Knows `b` only: AUC about 0.55."""
    return dumped(trained(("b",)))


@cache
def build(root: Path) -> Lab:
    """main: definitions, a policy and a good model. Made once; take a `copy`."""
    root.mkdir()
    lab = Lab(root)
    lab.git("init", "-q", "-b", "main")
    pointer = "outs:\n- {md5: 00000000000000000000000000000000, path: rows.parquet}\n"
    lab.commit({**DEFINITIONS, "dvc.lock": lock({}), "data/rows.parquet.dvc": pointer})
    lab.commit(lab.track({MODEL: good(), EVALUATION: parquet(rows()), LABELS: parquet(labels())}))
    return lab


def copy(lab: Lab, root: Path) -> Lab:
    shutil.copytree(lab.root, root)
    return Lab(root)


def says(result: Result, *said: str, exit_code: int = 1) -> None:
    """Assert how a command ended and what it said, line breaks aside."""
    assert result.exit_code == exit_code, result.output
    told = " ".join(result.output.split())
    for words in said:
        assert words in told, result.output
