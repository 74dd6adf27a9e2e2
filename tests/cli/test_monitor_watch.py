"""gitmlops monitor watch: alarms within seconds, and neither loses nor doubles a line."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import pytest
from click.testing import CliRunner, Result
from tests import serving, serving_tasks

from gitmlops.cli.main import main
from gitmlops.records.canonical import encode


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("baseline") / "baseline.json"
    file.write_bytes(encode(serving.baseline()))
    return file


def events(n: int, *, seed: int = 0, degrees: float = 0.0, **fixed: Any) -> list[str]:
    """Lines of the log of n predictions, so many degrees warmer (a standard deviation is 10)."""
    return [json.dumps({**row, **fixed}) for row in _events(n, seed, degrees)]


@cache
def _events(n: int, seed: int, degrees: float) -> list[dict[str, Any]]:
    frame = serving.rows("2020-05", n=n, seed=seed).sample(frac=1, random_state=seed)
    frame = serving.warmer(frame, degrees)
    return [
        {
            "schema": "gitmlops/prediction/1", "prediction_id": row.row_id, "time": row.time.isoformat(),
            "model": "tiny", "version": "v1.0.0", "score": row.score,
            "features": {name: getattr(row, name) for name in serving.FEATURES}, "slices": {"colour": row.colour},
        }
        for row in frame.itertuples()
    ]  # fmt: skip


def append(log: Path, lines: list[str]) -> None:
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def once(log: Path, baseline: Path, state: Path, *more: str) -> Result:
    words = ["monitor", "watch", str(log), "--baseline", str(baseline), "--state", str(state), "--once", *more]
    return CliRunner().invoke(main, words)


def kept(state: Path) -> dict[str, Any]:
    """The state, but for what depends on the machine and the moment."""
    read: dict[str, Any] = json.loads(state.read_text())
    return {name: value for name, value in read.items() if name not in ("files", "quiet_until")}


def test_a_column_that_drifts_is_told_once_with_what_changed(baseline: Path, tmp_path: Path) -> None:
    log, state = tmp_path / "log.jsonl", tmp_path / "state.json"
    append(log, events(25_000))
    quiet = once(log, baseline, state)
    assert (quiet.exit_code, quiet.stdout) == (0, ""), quiet.output
    assert "nothing is judged" not in quiet.stderr
    append(log, events(9_000, seed=1, degrees=10))
    result = once(log, baseline, state)
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert " alarm 1 of tiny: temp: " in line
    assert "of the last 200 rows are above" in line
    append(log, events(9_000, seed=2, degrees=10))
    again = once(log, baseline, state)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "43,000 rows, 0 of others, 0 unreadable lines" in again.stderr


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"features": {"history": 0.0, "temp": None, "rain": 0.0, "colour": "red"}}, "temp: 100% of the last 200 rows"),
        ({"features": {"history": 0.0, "temp": "warm", "rain": 0.0, "colour": "red"}}, "are without a value"),
        ({"slices": {"colour": "mauve"}, "features": {"colour": "mauve"}}, "colour: 100% of the last 200 rows are of"),
        ({"score": 0.99}, "score: 100% of the last 200 rows are above"),
    ],
)
def test_what_else_may_change(baseline: Path, tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    log = tmp_path / "log.jsonl"
    append(log, events(21_000))
    append(log, events(6_000, seed=1, **changed))
    result = once(log, baseline, tmp_path / "state.json")
    assert result.exit_code == 1
    assert words in result.stdout


def test_flat_keys_as_in_a_table_are_the_same(baseline: Path, tmp_path: Path) -> None:
    nested, flat = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    lines = events(1_000)
    append(nested, lines)
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row |= {f"feature.{name}": value for name, value in row.pop("features").items()}
        row |= {f"slice.{name}": value for name, value in row.pop("slices").items()}
    append(flat, [json.dumps(row) for row in rows])
    for log in (nested, flat):
        once(log, baseline, log.with_suffix(".state"))
    assert kept(nested.with_suffix(".state")) == kept(flat.with_suffix(".state"))


def test_lines_of_others_and_lines_that_are_none_are_counted(baseline: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    append(log, [*events(5), "{", "[]", '{"model": "tiny", "version": "v1", "score": NaN}', "", "\0" * 50])
    append(log, events(3, model="other"))
    result = once(log, baseline, tmp_path / "state.json")
    assert result.exit_code == 0
    assert "5 rows, 3 of others, 4 unreadable lines" in result.stderr
    assert "4 lines so far are no JSON object; mend what writes the log" in result.stderr
    assert "of the first 20,000 rows nothing is judged yet" in result.stderr


@pytest.mark.parametrize(
    "lines", [events(3, model="other"), ["PAR1", "{"], []], ids=["others", "no lines of JSON", "none"]
)
def test_a_log_without_any_row_of_the_model_is_not_told_to_be_fine(
    baseline: Path, tmp_path: Path, lines: list[str]
) -> None:
    log, state = tmp_path / "log.jsonl", tmp_path / "state.json"
    append(log, lines)
    result = once(log, baseline, state)
    assert result.exit_code == 3
    assert f"{log}: no line is a prediction of tiny; mend --model or the log; remove {state}" in result.stderr


def test_lines_that_become_unreadable_are_told_while_they_come(baseline: Path, tmp_path: Path) -> None:
    log, state = tmp_path / "log.jsonl", tmp_path / "state.json"
    append(log, [*events(5), "{"])
    assert "1 line so far is no JSON object" in once(log, baseline, state).stderr
    append(log, events(5))
    assert "no JSON object" not in once(log, baseline, state).stderr
    append(log, ['{"score": NaN}'] * 3)
    assert "4 lines so far are no JSON object" in once(log, baseline, state).stderr


def test_a_stream_is_compared_with_a_profile_of_files_whoever_predicted(tmp_path: Path) -> None:
    """The columns of the profile are those of rows, of features, or of slices."""
    profile, log = tmp_path / "profile.json", tmp_path / "log.jsonl"
    serving.rows("2020-04").drop(columns=["row_id", "late"]).to_parquet(tmp_path / "april.parquet")
    words = ["profile", "--data", str(tmp_path / "april.parquet"), "--time", "time", "--prediction", "score"]
    assert CliRunner().invoke(main, ["monitor", *words, "--output", str(profile)]).exit_code == 0
    lines = [*events(21_000, model="whatever"), *events(7_000, seed=1, degrees=10, model="whatever")]
    append(log, lines)
    result = once(log, profile, tmp_path / "state.json")
    assert result.exit_code == 1, result.output
    assert "alarm 1 of the stream: temp: " in result.stdout
    assert "score" not in result.stdout
    flat = tmp_path / "flat.jsonl"
    append(flat, [json.dumps(json.loads(line)["features"]) for line in lines])
    assert "of the stream: temp: " in once(flat, profile, tmp_path / "flat.state").stdout
    assert once(log, profile, tmp_path / "other.json", "--model", "none").exit_code == 3


@pytest.mark.slow
def test_killed_and_started_again_it_loses_and_doubles_nothing(baseline: Path, tmp_path: Path) -> None:
    log, whole, state = tmp_path / "log.jsonl", tmp_path / "whole.jsonl", tmp_path / "state.json"
    numbers = numpy.random.default_rng(0)
    command = [sys.executable, "-m", "gitmlops", "monitor", "watch", str(log), "--baseline", str(baseline)]
    lines = events(24_000) + events(8_000, seed=1, degrees=10)
    append(whole, lines)
    log.touch()
    once(log, baseline, state)
    written = 0
    for _ in range(5):
        with subprocess.Popen(
            [*command, "--state", str(state)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as one:
            until = time.monotonic() + 2 + numbers.random()
            while time.monotonic() < until:
                # Torn in the middle of a line, and rotated now and then.
                text = "".join(f"{line}\n" for line in lines[written : written + 400])
                written += 400
                with log.open("a") as file:
                    file.write(text[: len(text) // 3])
                    file.flush()
                    time.sleep(0.02)
                    file.write(text[len(text) // 3 :])
                if numbers.random() < 0.2:
                    log.rename(tmp_path / f"log.jsonl.{written}")
                    log.touch()
                time.sleep(0.03)
            os.kill(one.pid, signal.SIGKILL)
    append(log, lines[written:])
    once(log, baseline, state)
    once(whole, baseline, tmp_path / "whole.json")
    in_pieces, at_once = kept(state), kept(tmp_path / "whole.json")
    assert in_pieces["events"] == at_once["events"] == 32_000
    assert in_pieces["detectors"] == at_once["detectors"]
    assert (in_pieces["alarms"], in_pieces["untold"]) == (1, [])


def test_a_state_of_another_baseline_is_not_gone_on_with_but_no_line_is_read_twice(
    baseline: Path, tmp_path: Path
) -> None:
    log, state, other = tmp_path / "log.jsonl", tmp_path / "state.json", tmp_path / "other.json"
    append(log, events(1_000))
    once(log, baseline, state)
    other.write_bytes(encode(serving.baseline(degrees=50)))
    append(log, events(10, seed=1))
    once(log, other, state)
    assert json.loads(state.read_text())["events"] == 10


def test_two_watches_with_one_state_are_refused(baseline: Path, tmp_path: Path) -> None:
    from gitmlops.adapters.system.exclusive import exclusive

    with exclusive(tmp_path / "state.json.lock", doing="watching tiny"):
        result = once(tmp_path / "log.jsonl", baseline, tmp_path / "state.json")
    assert result.exit_code == 4
    assert "another process is watching tiny" in result.stderr


def test_a_damaged_state_is_an_error_with_its_path(baseline: Path, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    result = once(tmp_path / "log.jsonl", baseline, tmp_path / "state.json")
    assert result.exit_code == 3
    assert f"{tmp_path / 'state.json'}: not JSON" in result.stderr


@pytest.mark.parametrize(("kind", "flat"), [("regression", True), ("multiclass", True), ("multiclass", False)])
def test_predictions_of_numbers_and_of_several_classes_are_watched(kind: str, flat: bool, tmp_path: Path) -> None:
    """As keys of the line, as the log's columns are called, or as the schema of a prediction has them."""
    task, file = serving_tasks.TASKS[kind], tmp_path / "baseline.json"
    file.write_bytes(encode(serving_tasks.baseline(task)))
    named = {"model": "kinds", "version": "v1.0.0"}

    def served(seed: int, n: int, *, sure: bool) -> list[str]:
        said = serving_tasks.rows(task, "2020-05", n=n, seed=seed).sample(frac=1, random_state=0)[list(task.predicted)]
        said = (said + 100 if kind == "regression" else said * 0 + 1 / 3) if sure else said
        rows = said.to_dict("records")
        nested = [{"scores": {str(name).removeprefix("score_"): one for name, one in row.items()}} for row in rows]
        return [json.dumps(named | row) for row in (rows if flat else nested)]

    append(tmp_path / "log.jsonl", [*served(1, 20_000, sure=False), *served(2, 8_000, sure=True)])
    result = once(tmp_path / "log.jsonl", file, tmp_path / "state.json")
    assert "score: 100% of the last" in result.stdout, result.output
