"""Training and tuning on a Dask cluster of processes: the same bytes, also where a worker is killed in the middle."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import distributed
import pandas
import pytest
from tests.conftest import GitRepo
from tests.unit.components.definition_files import FILES

from gitmlops.adapters.data import tables
from gitmlops.components.train import train
from gitmlops.components.tune import tune

FOREST: dict[str, Any] = {
    "feature_set": "words", "label": "late", "estimator": "sklearn.ensemble.RandomForestClassifier",
    "estimator_params": {"n_estimators": 40}, "preprocess": {}, "seed": 7,
}  # fmt: skip
SEARCH: dict[str, Any] = {
    **FOREST, "estimator_params": {"n_estimators": 8}, "space": {"max_depth": {"low": 2, "high": 8}}, "trials": 2,
    "scoring": "roc_auc", "folds": 3, "fold_by": "stratified",
}  # fmt: skip
Run = Callable[[str, str, int], bytes]


@pytest.fixture
def defined(project: GitRepo, landed: pandas.DataFrame, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    project.write(dict(FILES))
    monkeypatch.chdir(project.root)
    tables.write(landed.head(10_000), Path("frame.parquet"))
    return project


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[distributed.LocalCluster]:
    """Two workers, each a process that comes again when it is killed, at the scheduler that the machine names."""
    with (
        distributed.LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            local_directory=str(tmp_path),
            silence_logs=True,
        ) as running,
        dask.config.set({"scheduler-address": running.scheduler_address}),
    ):
        yield running


def trained(name: str, backend: str, jobs: int) -> bytes:
    train.run({"frame": Path("frame.parquet")}, {**FOREST, "backend": backend, "jobs": jobs}, {"model": Path(name)})
    return Path(name).read_bytes()


def tuned(name: str, backend: str, jobs: int) -> bytes:
    outputs = {output: Path(name, output) for output in ("best", "trials", "plot")}
    tune.run({"frame": Path("frame.parquet")}, {**SEARCH, "backend": backend, "jobs": jobs}, outputs)
    return b"".join(path.read_bytes() for path in outputs.values())


@contextmanager
def a_killed_worker(cluster: distributed.LocalCluster) -> Iterator[list[int]]:
    """Kills the first worker that is seen at work; who it was."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not (over.is_set() or killed):
            for worker in cluster.scheduler.workers.copy().values():
                if worker.processing and not killed:
                    process = cluster.workers[worker.name].pid
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)
            time.sleep(0.01)

    watching = threading.Thread(target=kill)
    watching.start()
    try:
        yield killed
    finally:
        over.set()
        watching.join()


@pytest.mark.slow
@pytest.mark.parametrize("run", [trained, tuned])
@pytest.mark.usefixtures("defined")
def test_a_worker_that_is_killed_changes_no_byte(run: Run, cluster: distributed.LocalCluster) -> None:
    alone = run("alone", "loky", 1)
    with a_killed_worker(cluster) as killed:
        spread = run("spread", "dask", 2)
    assert killed
    assert spread == alone
