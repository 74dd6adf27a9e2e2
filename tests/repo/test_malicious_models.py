"""A model file that wants to run code, put wherever a model is loaded: refused, and nothing of it has run."""

import io
import json
import os
import pickle
import shutil
import zipfile
from functools import partial
from pathlib import Path

import msgspec
import pytest
import skops.io
from tests.conftest import GitRepo

from gitmlops.adapters.data import tables
from gitmlops.errors import Refusal
from gitmlops.gate.evidence import scoring
from gitmlops.gate.evidence.scorer import score
from gitmlops.gate.evidence.variant_scorer import score_variants
from gitmlops.gate.evidence.variants import Plan
from gitmlops.registry.reproduction import outputs
from gitmlops.registry.reproduction.values import Alike
from gitmlops.registry.reproduction.verdicts import Tolerance, Verdict
from gitmlops.specs.model import Task

MODEL = "build/delay/train/model.skops"
LATE = Task(kind="binary", label="late")


class Canary:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.system, (f"touch {Path('canary').absolute()}",)


def skops_file(schema: dict[str, object]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("schema.json", json.dumps({"protocol": 2, "__id__": 1, **schema}))
    return written.getvalue()


def function() -> bytes:
    return skops_file({"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "system"})


def call() -> bytes:
    """What skops, if it trusts it, loads by calling os.system."""
    command = json.dumps(f"touch {Path('canary').absolute()}")
    text = {**_node("str", "JsonNode", 2), "content": command, "is_json": True}
    arguments = {**_node("tuple", "TupleNode", 3), "content": [text]}
    keys = {**_node("list", "ListNode", 5), "content": []}
    state = {**_node("dict", "DictNode", 4), "content": {}, "key_types": keys}
    made = {"__class__": "system", "__module__": "os", "__loader__": "LossNode"}
    return skops_file({**made, "__reduce__": {"args": arguments}, "content": state})


def _node(class_: str, loader: str, number: int) -> dict[str, object]:
    return {"__class__": class_, "__module__": "builtins", "__loader__": loader, "__id__": number}


def pickled() -> bytes:
    return pickle.dumps(Canary())


@pytest.fixture
def flights(trained_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    shutil.copytree(trained_project, tmp_path / "flights", symlinks=True)
    monkeypatch.chdir(tmp_path / "flights")
    return GitRepo(tmp_path / "flights")


def put(repo: GitRepo, path: str, content: bytes) -> None:
    (repo.root / path).unlink()  # a link to DVC's cache
    (repo.root / path).write_bytes(content)


@pytest.mark.parametrize("make", [pickled, function, call])
@pytest.mark.parametrize("step", ["evaluate", "package"])
def test_no_step_loads_it(step: str, make, flights: GitRepo) -> None:
    put(flights, MODEL, make())
    result = flights.run("component", "run", "delay", step)
    assert result.exit_code == 1, result.output
    assert f"{MODEL}: not a skops file" in result.output or f"{MODEL}: untrusted types" in result.output
    assert not (flights.root / "canary").exists()


@pytest.mark.parametrize("make", [pickled, function, call])
def test_the_gates_scorer_does_not_load_it(make, flights: GitRepo) -> None:
    put(flights, "models/flight-delay.skops", make())
    task = Path("task.json")
    task.write_bytes(msgspec.json.encode(LATE))
    model, rows = Path("models/flight-delay.skops"), Path("data/evaluation.parquet")
    with pytest.raises(Refusal, match=r"not a skops file|untrusted types"):
        score(model, rows, "flight_id", task, Path("out.parquet"))
    assert not (flights.root / "canary").exists()


@pytest.mark.parametrize("make", [pickled, function, call])
def test_what_tries_variants_of_rows_does_not_load_it(make, flights: GitRepo) -> None:
    put(flights, "models/flight-delay.skops", make())
    (flights.root / "plan").write_bytes(msgspec.json.encode(Plan(LATE, ())))
    files = ("models/flight-delay.skops", "data/evaluation.parquet", "plan", "scores.parquet", "outcome")
    with pytest.raises(Refusal, match=r"not a skops file|untrusted types"):
        score_variants(*map(Path, files))
    assert not (flights.root / "canary").exists()


@pytest.mark.parametrize("make", [pickled, function, call])
def test_a_comparison_of_what_came_again_does_not_load_it(make, flights: GitRepo) -> None:
    rows = flights.root / "data/evaluation.parquet"
    score = partial(_scores_of, rows)
    released = {".": (flights.root / "models/flight-delay.skops").read_bytes()}
    found = outputs.compare(
        "m.skops", released, {".": make()}, Alike(Tolerance()), score=score, scratch=flights.root / "build"
    )
    assert found.verdict is Verdict.DIFFERENT
    assert "predictions could not be compared" in found.detail
    assert not (flights.root / "canary").exists()


def _scores_of(rows: Path, model: bytes) -> list[float]:
    return scoring.Scoring(model, tables.read(rows), "flight_id", LATE).scores()["score"].tolist()


@pytest.mark.parametrize("make", [pickled, function, call])
def test_a_version_of_it_predicts_nothing(make, flights: GitRepo) -> None:
    put(flights, "models/flight-delay.skops", make())
    flights.git("add", "--force", "models/flight-delay.skops")
    flights.commit(message="A model that somebody sent")
    flights.git("tag", "-a", "flight-delay@v1.0.0", "-m", "The first")
    words = ("--entities", "data/evaluation.parquet", "--output", "predictions.parquet")
    result = flights.run("model", "predict", "flight-delay@v1.0.0", *words)
    assert result.exit_code == 1, result.output
    assert "not a skops file" in result.output or "untrusted types" in result.output
    assert not (flights.root / "canary").exists()


def test_the_canary_sings_where_somebody_listens(flights: GitRepo) -> None:
    pickle.loads(pickled())
    assert (flights.root / "canary").exists()
    (flights.root / "canary").unlink()
    skops.io.loads(call(), trusted=["os.system"])
    assert (flights.root / "canary").exists()
