"""Data at an S3 server: runs, shards, models work with it; what fails at the server is told, with exit code 4."""

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pandas
import pytest
from moto.server import ThreadedMotoServer
from tests.actions.conftest import DEFINITIONS, train
from tests.conftest import GitRepo
from tests.repo.stages import dvc, make, require_clean

from gitmlops.adapters.data import tables

BUCKET = "acme-data"
TRAINING = "pipelines/train.yaml"
PIPELINE = """\
kind: pipeline
name: spread
steps:
  count:
    matrix: {where: [EWR, JFK]}
    run: grep -c ${{ matrix.where }} ${{ inputs.given }} > ${{ outputs.lines }}
    inputs: {given: data/where.txt}
    outputs: {lines: "${{ matrix.where }}.txt"}
  both:
    run: cat ${{ inputs.lines }} > ${{ outputs.all }}
    inputs: {lines: [EWR.txt, JFK.txt]}
    outputs: {all: all.txt}
"""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server that believes everybody, unless it is told not to."""
    running = ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def machine(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """This machine has credentials, and the server an empty bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset", method="POST")).close()
    boto3.client("s3", endpoint_url=server).create_bucket(Bucket=BUCKET)
    return server


@pytest.fixture
def origin(machine: str, tmp_path: Path) -> GitRepo:
    """A project whose data and released model are at the server alone."""
    known = {path: text.replace("pipeline: train\n", "") for path, text in DEFINITIONS.items() if path != TRAINING}
    made = make(tmp_path / "origin", {**known, "pipelines/spread.yaml": PIPELINE})
    dvc(made.root, "remote", "add", "-q", "--default", "storage", f"s3://{BUCKET}/cache")
    dvc(made.root, "remote", "modify", "-q", "storage", "endpointurl", machine)
    made.write({"data/where.txt": "EWR\nJFK\nJFK\n", "entities.csv": "id,event_timestamp\n1,2024-01-02\n"})
    rows = pandas.DataFrame({"id": [1, 2], "time": pandas.to_datetime(["2024-01-01"] * 2), "x": [0.5, 0.7]})
    tables.write(rows, made.root / "data/rows.parquet")
    train(made.root)
    dvc(made.root, "add", "-q", "data/where.txt", "data/rows.parquet", "models/small.skops")
    made.commit()
    made.git("tag", "-a", "-m", "Release", "small@v1.0.0")
    dvc(made.root, "push", "-q")
    return made


def clone(origin: GitRepo, name: str) -> GitRepo:
    """Another machine, whose cache is empty."""
    root = origin.root.with_name(name)
    subprocess.run(["git", "clone", "-q", str(origin.root), str(root)], check=True)
    return GitRepo(root)


@contextmanager
def believing_nobody(server: str) -> Iterator[None]:
    """The server asks who is there, and knows none of our keys."""
    _believe(server, "0")
    try:
        yield
    finally:
        _believe(server, "inf")


def _believe(server: str, requests: str) -> None:
    headers = {"Content-Type": "text/plain"}
    asked = urllib.request.Request(f"{server}/moto-api/reset-auth", requests.encode(), headers, method="POST")
    urllib.request.urlopen(asked).close()


@pytest.mark.slow
def test_a_machine_with_an_empty_cache_gets_features_and_a_model_and_runs_on_what_is_there(origin: GitRepo) -> None:
    other = clone(origin, "other")
    missing = other.run("pipeline", "run", "spread")
    assert missing.exit_code == 3
    assert "run `dvc checkout data/where.txt` or `dvc pull data/where.txt`" in missing.output
    assert other.run("model", "get", "small@v1.0.0", "--output", "got").exit_code == 0
    assert (other.root / "got/small.skops").read_bytes() == (origin.root / "models/small.skops").read_bytes()
    dvc(other.root, "pull", "-q")
    get = other.run("feature", "get", "--entities", "entities.csv", "--set", "small", "--output", "frame.parquet")
    assert get.exit_code == 0, get.output
    assert tables.read(other.root / "frame.parquet")["x"].tolist() == [0.5]
    assert other.run("pipeline", "run", "spread").exit_code == 0
    assert (other.root / "all.txt").read_text() == "1\n2\n"
    require_clean(other)


@pytest.mark.slow
def test_shards_bring_and_share_through_the_server_alone(origin: GitRepo) -> None:
    fragments = []
    for number in (1, 2):
        shard = clone(origin, f"shard-{number}")
        result = shard.run("pipeline", "run", "spread", "--shard", f"{number}/2")
        assert result.exit_code == 0, result.output
        fragments.append(str(shard.root / f".dvc/tmp/gitmlops/shards/{number}-of-2.json"))
    joining = clone(origin, "join")
    joined = joining.run("pipeline", "join", *fragments)
    assert joined.exit_code == 0, joined.output
    assert "3 up to date, 1 run" in joined.output
    assert (joining.root / "all.txt").read_text() == "1\n2\n"


@pytest.mark.slow
def test_a_server_that_is_not_there_and_credentials_that_it_does_not_know_are_told(
    origin: GitRepo, machine: str
) -> None:
    mend = "see that the remote can be reached with this machine's credentials"
    other = clone(origin, "other")
    commands = (("pipeline", "run", "spread", "--shard", "1/2"), ("github", "fetch", "--base", "main"))
    with believing_nobody(machine):
        for command in commands:
            refused = other.run(*command)
            assert refused.exit_code == 4
            assert "Forbidden" in refused.output
            assert mend in refused.output
    dvc(other.root, "remote", "modify", "-q", "--local", "storage", "endpointurl", "http://127.0.0.1:9")
    for command in commands:
        away = other.run(*command)
        assert away.exit_code == 4
        assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/' in away.output
        assert mend in away.output
    assert not (other.root / ".dvc/tmp/gitmlops/shards").exists()
