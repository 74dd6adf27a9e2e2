"""DVC projects as people have them, small: the shapes of public example projects, made by DVC and GTO themselves."""

import shutil
from functools import cache
from pathlib import Path

import gto.api
from tests.conftest import GitRepo
from tests.tiny_project import command

PREPARE = """\
import random, sys, pathlib
random.seed(7)
folder = pathlib.Path("data/prepared"); folder.mkdir(parents=True, exist_ok=True)
rows = pathlib.Path("data/raw.csv").read_text().splitlines()
random.shuffle(rows)
half = len(rows) // 2
(folder / "train.csv").write_text("\\n".join(rows[:half]))
(folder / "test.csv").write_text("\\n".join(rows[half:]))
"""
TRAIN = """\
import pathlib, pickle
rows = [line.split(",") for line in pathlib.Path("data/prepared/train.csv").read_text().splitlines()]
means = [sum(v) / len(v) for label in "01" for v in [[float(x) for _, x, y in rows if y == label]]]
pathlib.Path("model.pkl").write_bytes(pickle.dumps({"weight": means[1] - means[0], "offset": sum(means) / 2}))
"""
EVALUATE = """\
import json, math, pathlib, pickle
model = pickle.loads(pathlib.Path("model.pkl").read_bytes())
rows = [line.split(",") for line in pathlib.Path("data/prepared/test.csv").read_text().splitlines()]
def score(x):
    return 1 / (1 + math.exp(-model["weight"] * (float(x) - model["offset"])))
ones, zeros = ([score(x) for _, x, y in rows if y == label] for label in "10")
auc = sum((a > b) + (a == b) / 2 for a in ones for b in zeros) / len(ones) / len(zeros)
folder = pathlib.Path("eval"); folder.mkdir(exist_ok=True)
(folder / "metrics.json").write_text(json.dumps({"roc_auc": {"train": 0.99, "test": auc}, "rows": len(rows)}))
"""
EVIDENCE = """\
import pandas
frame = pandas.DataFrame(rows, columns=["id", "x", "label"]).astype({"x": float, "label": int})
place = pathlib.Path("evaluation/text-classification"); place.mkdir(parents=True, exist_ok=True)
frame[["id", "x"]].to_parquet(place / "rows.parquet", index=False)
frame[["id", "label"]].to_parquet(place / "labels.parquet", index=False)
frame.assign(score=[score(x) for x in frame["x"]])[["id", "score"]].to_parquet(
    place / "predictions.parquet", index=False
)
"""
STAGES = """\
# This comment and  this   spacing are ours.
artifacts:
  raw-dataset: {path: data/raw.csv, type: dataset}
  text-classification:
    path: model.pkl
    desc: Whether a question should have the R language tag
    type: model
    labels: [nlp, classification]
stages:
  prepare:
    cmd: python src/prepare.py
    deps: [data/raw.csv, src/prepare.py]
    params: [prepare.split]
    outs: [data/prepared]
  train:
    cmd: python src/train.py
    deps: [data/prepared, src/train.py]
    outs: [model.pkl]
  evaluate:
    cmd: python src/evaluate.py
    deps: [data/prepared, model.pkl, src/evaluate.py]
    outs: [eval]
metrics:
- eval/metrics.json
"""


def raw(rows: int = 1200) -> str:
    """id, a number, and a label that it tells much of; the same each time."""
    return "".join(f"q{n},{(n * 7919 % 1000) / 500 - 1 + (n % 2) * 0.8:.4f},{n % 2}\n" for n in range(rows))


@cache
def get_started(root: Path) -> GitRepo:
    """One dvc.yaml with stages, artifacts and metrics, a pointer, a pickle, versions of GTO, hooks and a workflow."""
    repo = _new(root)
    repo.write({
        "data/raw.csv": raw(), "src/prepare.py": PREPARE, "src/train.py": TRAIN, "src/evaluate.py": EVALUATE,
        "params.yaml": "prepare:\n  split: 0.5\n", "dvc.yaml": STAGES, "README.md": "# Ours\n",
        ".gitattributes": "*.dvc linguist-language=YAML\n", ".pre-commit-config.yaml": "repos: []\n",
        ".github/workflows/cml.yaml": "on: pull_request\njobs: {}\n",
    })  # fmt: skip
    command(repo, "dvc", "init", "--quiet")
    command(repo, "dvc", "add", "--quiet", "data/raw.csv")
    command(repo, "dvc", "repro", "--quiet")
    repo.commit()
    gto.api.register(str(root), "text-classification", "HEAD", version="v1.0.0")
    gto.api.assign(str(root), "text-classification", "dev", version="v1.0.0")
    gto.api.assign(str(root), "text-classification", "prod", version="v1.0.0")
    repo.git("tag", "2-dvc-pipeline")
    return repo


@cache
def registry_only(root: Path) -> GitRepo:
    """No stage: artifacts alone, one of a file in git, two of storages elsewhere; the registry is GTO's."""
    repo = _new(root)
    command(repo, "dvc", "init", "--quiet")
    repo.commit({
        "models/churn.pkl": b"\x80\x04N.",
        "dvc.yaml": "artifacts:\n  churn:\n    type: model\n    path: models/churn.pkl\n"
        "  segment:\n    type: model\n    path: s3://mycorp/segm.pt\n  cv-class: {type: model, path: s3://mycorp/c.pt}\n",
    })  # fmt: skip
    for name, version in (("churn", "v3.0.0"), ("segment", "v0.4.1"), ("cv-class", "v0.1.13")):
        gto.api.register(str(root), name, "HEAD", version=version)
    for stage in ("dev", "staging"):
        gto.api.assign(str(root), "churn", stage, version="v3.0.0")
    return repo


@cache
def monorepo(root: Path) -> GitRepo:
    """Two DVC projects in folders, one of them with dvc.yaml files of dvclive below it; tags that name a folder."""
    repo = _new(root)
    stages = "stages:\n  train:\n    cmd: cp data.txt {model}\n    deps: [data.txt]\n    outs: [{model}]\n"
    for name, model in (("cv", "models/model.pkl"), ("nlp", "model.pkl")):
        (root / name).mkdir()
        folder = GitRepo(root / name)
        command(folder, "dvc", "init", "--quiet", "--subdir")
        folder.write({"data.txt": name, "dvc.yaml": stages.format(model=model)})
        (root / name / "models").mkdir(exist_ok=True)
        command(folder, "dvc", "add", "--quiet", "data.txt")
    with (root / "cv/dvc.yaml").open("a") as file:
        file.write("artifacts:\n  cv:\n    path: models\n    type: model\n    labels: [cv]\n")
    repo.write({
        "nlp/eval/metrics.json": '{"avg_prec": {"test": 0.9249}, "roc_auc": {"test": 0.946}}',
        "nlp/eval/dvc.yaml": "metrics:\n- metrics.json\n",
        "cv/results/dvc.yaml": "metrics:\n- metrics.json\n", "cv/results/metrics.json": '{"dice_multi": 0.9}',
    })  # fmt: skip
    for name in ("cv", "nlp"):
        command(GitRepo(root / name), "dvc", "repro", "--quiet")
    repo.commit()
    gto.api.register(str(root), "nlp:text-classification", "HEAD", version="v1.0.0")
    gto.api.assign(str(root), "nlp:text-classification", "dev", version="v1.0.0")
    return repo


def copy(shape: GitRepo, root: Path) -> GitRepo:
    """A copy to be changed."""
    shutil.copytree(shape.root, root, symlinks=True)
    return GitRepo(root)


def _new(root: Path) -> GitRepo:
    root.mkdir(parents=True)
    repo = GitRepo(root)
    repo.git("init", "-q", "-b", "main")
    return repo
