"""A model file that wants to run code, put wherever a model is loaded: refused, and nothing of it has run."""

import io
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import pytest
from tests.conftest import GitRepo

from gitmlops.errors import Refusal
from gitmlops.gate.evidence.scorer import score

MODEL = "build/delay/train/model.skops"


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


def instance() -> bytes:
    return skops_file({"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode", "content": None})


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


@pytest.mark.parametrize("make", [pickled, function, instance])
@pytest.mark.parametrize("step", ["evaluate", "package"])
def test_no_step_loads_it(step: str, make, flights: GitRepo) -> None:
    put(flights, MODEL, make())
    result = flights.run("component", "run", "delay", step)
    assert result.exit_code == 1, result.output
    assert f"{MODEL}: not a skops file" in result.output or f"{MODEL}: untrusted types" in result.output
    assert not (flights.root / "canary").exists()


@pytest.mark.parametrize("make", [pickled, function, instance])
def test_the_gates_scorer_does_not_load_it(make, flights: GitRepo) -> None:
    put(flights, "models/flight-delay.skops", make())
    with pytest.raises(Refusal, match=r"not a skops file|untrusted types"):
        score(Path("models/flight-delay.skops"), Path("data/evaluation.parquet"), "flight_id", Path("out.parquet"))
    assert not (flights.root / "canary").exists()


@pytest.mark.parametrize("make", [pickled, function, instance])
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
