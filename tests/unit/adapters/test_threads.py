import json
import os
import subprocess
import sys

import numpy
import pytest
import threadpoolctl

from gitmlops.adapters.system import machine, threads


@pytest.fixture(autouse=True)
def _nobody_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


def used() -> set[int]:
    numpy.dot(numpy.ones((2, 2)), numpy.ones((2, 2)))
    return {one["num_threads"] for one in threadpoolctl.threadpool_info()}


def test_what_is_loaded_and_what_will_be_uses_the_named_number_and_then_what_it_did_before() -> None:
    before = used()
    with threads.limited(1):
        assert used() == {1}
        assert threads.chosen() == 1
        code = "import numpy, threadpoolctl as t; print([one['num_threads'] for one in t.threadpool_info()])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert set(json.loads(done.stdout)) == {1}
    assert used() == before
    assert threads.VARIABLE not in os.environ


def test_who_sets_the_variable_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with threads.limited(2):
        assert threads.chosen() == 1
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_a_number_of_threads_that_is_none_counts_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("0", "many", ""):
        monkeypatch.setenv("OMP_NUM_THREADS", value)
        assert threads.chosen() == 1


def test_the_machine_names_its_processor_and_what_it_computes_with() -> None:
    assert machine.processor()
    of_numpy, of_scipy = machine.linear_algebra()
    assert of_numpy.startswith("numpy: ")
    assert of_scipy.startswith("scipy: ")


def test_threads_that_wait_for_each_other_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    with threads.limited(2):
        assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    assert "OMP_WAIT_POLICY" not in os.environ


def test_who_says_how_threads_wait_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    with threads.limited(2):
        assert threads.waiting() == {"OMP_WAIT_POLICY": "ACTIVE"}
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
