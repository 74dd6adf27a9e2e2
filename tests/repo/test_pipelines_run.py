"""Running steps of a small project through DVC: what fails, what is left behind, what an interrupt does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import GitRepo

COMPONENT = """\
kind: component
name: {name}
version: v1
owner: us
description: For a test
inputs: {{source: {{type: any, description: What it reads}}}}
params: {{text: {{type: string, description: What it adds}}}}
outputs: {{result: {{type: any, description: What it writes}}}}
entry: code:run
"""
PIPELINE = """\
kind: pipeline
name: p
params: {text: hello}  # greeting
steps:
  first:
    uses: ./components/copy
    with: {source: data/in.txt, text: "${{ params.text }}"}
  second:
    uses: ./components/copy
    with: {source: "${{ steps.first.outputs.result }}", text: two}
"""
COPY = """\
import helper

def run(inputs, params, outputs):
    outputs["result"].write_text(inputs["source"].read_text() + params["text"] + helper.END)
"""


@pytest.fixture
def small(project: GitRepo) -> GitRepo:
    project.write(component("copy", COPY))
    project.write({"components/copy/helper.py": 'END = "!"\n', "pipelines/p.yaml": PIPELINE, "data/in.txt": "in "})
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=project.root, check=True)
    return project


def component(name: str, code: str) -> dict[str, str | bytes]:
    return {f"components/{name}/component.yaml": COMPONENT.format(name=name), f"components/{name}/code.py": code}


def result_of(small: GitRepo, step: str) -> Path:
    return small.root / f"build/p/{step}/result"


def test_a_run_compiles_and_runs_steps_in_the_order_of_their_wiring(small: GitRepo) -> None:
    result = small.run("pipeline", "run")
    assert result.exit_code == 0, result.output
    assert result_of(small, "second").read_text() == "in hello!two!"
    assert not (small.root / "components/copy/__pycache__").exists()


def test_only_the_named_steps_and_what_they_need_run(small: GitRepo) -> None:
    assert small.run("pipeline", "run", "p", "--steps", "first").exit_code == 0
    assert result_of(small, "first").exists()
    assert not result_of(small, "second").exists()
    assert "there is no step 'frist'; did you mean 'first'?" in small.run("pipeline", "run", "--steps", "frist").output


def test_a_change_of_a_components_helper_runs_its_steps_again(small: GitRepo) -> None:
    small.run("pipeline", "run")
    small.write({"components/copy/helper.py": 'END = "?"\n'})
    assert "components/copy is modified" in small.run("pipeline", "status").output
    small.run("pipeline", "run")
    assert result_of(small, "second").read_text() == "in hello?two?"


def test_set_edits_the_value_in_place_and_runs_what_depends_on_it(small: GitRepo) -> None:
    assert small.run("pipeline", "run", "p", "--set", "params.text=2013-01-31").exit_code == 0
    assert 'params: {text: "2013-01-31"}  # greeting\n' in (small.root / "pipelines/p.yaml").read_text()
    assert result_of(small, "first").read_text() == "in 2013-01-31!"


@pytest.mark.parametrize(
    ("setting", "words", "code"),
    [
        ("params.txet=x", "pipelines/p.yaml: there is no params.txet; did you mean 'text'?", 3),
        ("params.text=7", "pipelines/p.yaml:7:39: the parameter 'text' must be text, not 7", 3),
        ("steps.first.with.source=../out", "the input 'source' is no path: '../out'", 3),
        ("text=7", "write params.NAME=VALUE or steps.STEP.with.NAME=VALUE", 2),
        ("params.text", "write params.NAME=VALUE or steps.STEP.with.NAME=VALUE", 2),
    ],
)
def test_a_setting_that_does_not_fit_changes_nothing(small: GitRepo, setting: str, words: str, code: int) -> None:
    result = small.run("pipeline", "run", "p", "--set", setting)
    assert result.exit_code == code, result.output
    assert words in result.output
    assert (small.root / "pipelines/p.yaml").read_text() == PIPELINE
    assert not (small.root / "dvc.yaml").exists()


def test_without_dvc_nothing_is_written(project: GitRepo) -> None:
    project.write({**component("copy", COPY), "pipelines/p.yaml": PIPELINE, "data/in.txt": "in "})
    result = project.run("pipeline", "run")
    assert result.exit_code == 3
    assert "DVC is not initialised; run `dvc init`" in result.output
    assert not (project.root / "dvc.yaml").exists()


def test_missing_data_are_named_before_anything_is_written(small: GitRepo) -> None:
    (small.root / "data/in.txt").unlink()
    result = small.run("pipeline", "run")
    assert result.exit_code == 3
    assert "data/in.txt: the data is not here; import it, then run `dvc add data/in.txt`" in result.output
    assert not (small.root / "dvc.yaml").exists()


def test_what_a_hand_written_stage_writes_is_not_missing(small: GitRepo) -> None:
    (small.root / "data/in.txt").unlink()
    small.write({"dvc.yaml": "stages:\n  mine:\n    cmd: echo -n 'by hand ' > data/in.txt\n    outs: [data/in.txt]\n"})
    assert small.run("pipeline", "run").exit_code == 0
    assert result_of(small, "first").read_text() == "by hand hello!"


def test_a_failing_component_is_named_with_its_line_and_last_words(small: GitRepo) -> None:
    small.write({"components/copy/code.py": "def run(inputs, params, outputs):\n    raise KeyError('no such city')\n"})
    result = small.run("pipeline", "run")
    assert result.exit_code == 4
    words = "pipeline p: step 'first' failed: components/copy/code.py:2: KeyError: 'no such city'"
    assert words in result.output


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def run(inputs, params, outputs): pass\n", "the component did not write its output 'result'"),
        ("def ran(inputs, params, outputs): pass\n", "code.py has no function 'run'; did you mean 'ran'?"),
        ("import nothing_like_it\n", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("def run(:\n", "SyntaxError"),
        ("import sys\ndef run(inputs, params, outputs): sys.exit(0)\n", "SystemExit: 0"),
    ],
)
def test_a_component_that_does_not_keep_its_contract_fails_its_step(small: GitRepo, code: str, words: str) -> None:
    small.write({"components/copy/code.py": code})
    result = small.run("component", "run", "p", "first")
    assert result.exit_code in (3, 4)
    assert words in result.output
    assert not result_of(small, "first").exists()


def test_a_component_that_fails_half_way_leaves_nothing_that_looks_finished(small: GitRepo) -> None:
    small.run("pipeline", "run")
    half = "def run(inputs, params, outputs):\n    outputs['result'].write_text('half')\n    raise ValueError('stop')\n"
    small.write({"components/copy/code.py": half})
    before = result_of(small, "first").read_text()
    assert small.run("component", "run", "p", "first").exit_code == 4
    assert result_of(small, "first").read_text() == before


def test_the_run_after_a_failure_finishes(small: GitRepo) -> None:
    small.write({"components/copy/code.py": "def run(inputs, params, outputs):\n    raise ValueError('stop')\n"})
    assert small.run("pipeline", "run").exit_code == 4
    small.write({"components/copy/code.py": COPY})
    assert small.run("pipeline", "run").exit_code == 0
    assert result_of(small, "second").read_text() == "in hello!two!"


def test_a_broken_dvc_yaml_is_reported_by_dvc_and_not_blamed_on_an_earlier_step(small: GitRepo) -> None:
    small.write({"components/copy/code.py": "def run(inputs, params, outputs):\n    raise ValueError('stop')\n"})
    small.run("pipeline", "run")
    small.write({"components/copy/code.py": COPY, "dvc.yaml": "stages:\n  mine:\n    outs: [x]\n"})
    result = small.run("pipeline", "run")
    assert result.exit_code == 3
    assert "stop" not in result.output
    assert "dvc.yaml: DVC does not take it: required key not provided @ data['stages']['mine']['cmd']" in result.output


@pytest.mark.parametrize("whole_group", [True, False], ids=["ctrl-c", "one-process"])
def test_an_interrupt_ends_the_component_too_and_the_next_run_finishes(small: GitRepo, whole_group: bool) -> None:
    body = "    pathlib.Path('../began').touch()\n    time.sleep(60)\n"
    small.write({"components/copy/code.py": f"import pathlib, time\ndef run(inputs, params, outputs):\n{body}"})
    command = [sys.executable, "-m", "gitmlops", "pipeline", "run"]
    with subprocess.Popen(command, cwd=small.root, stderr=subprocess.PIPE, start_new_session=True) as running:
        wait_for(small.root.parent / "began")
        if whole_group:
            os.killpg(running.pid, signal.SIGINT)
        else:
            running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
        assert running.returncode == 130
    small.write({"components/copy/code.py": COPY})
    assert small.run("pipeline", "run").exit_code == 0
    assert result_of(small, "second").read_text() == "in hello!two!"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)


def test_a_dvc_that_was_not_tested_runs_plain_dvc_repro_with_a_notice(
    small: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitmlops.adapters.dvc.versions.TESTED", ("2.0",))
    result = small.run("pipeline", "run", "p")
    assert result.exit_code == 0, result.output
    assert "was not tested with gitmlops: running plain `dvc repro`, one stage at a time" in result.output
    assert result_of(small, "second").read_text() == "in hello!two!"
    small.write({"data/in.txt": "other "})
    said = small.run("pipeline", "status").output
    assert "data/in.txt is modified" in said
    assert "p-first would run" in said


def test_a_step_in_a_run_sees_what_it_would_see_by_hand(small: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, pathlib, sys\n"
        "def run(inputs, params, outputs):\n"
        "    shown = [os.getcwd(), os.environ['OF_MINE'], sys.argv[1:], sys.stdin.read(), os.isatty(1)]\n"
        "    outputs['result'].write_text(repr(shown))\n"
        "    print('said by the component')\n"
    )
    small.write({"components/copy/code.py": code})
    monkeypatch.setenv("OF_MINE", "here")
    ran = small.run("pipeline", "run", "--steps", "first")
    assert ran.exit_code == 0, ran.output
    assert "p-first | said by the component" in ran.output
    in_run = result_of(small, "first").read_text()
    by_hand = [sys.executable, "-m", "gitmlops", "component", "run", "p", "first"]
    subprocess.run(by_hand, cwd=small.root, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert result_of(small, "first").read_text() == in_run


def test_the_process_that_steps_fork_from_loads_libraries_whose_threads_sleep_while_they_wait(small: GitRepo) -> None:
    code = (
        "import os, pathlib\n"
        "def run(inputs, params, outputs):\n"
        "    outputs['result'].write_bytes(pathlib.Path(f'/proc/{os.getppid()}/environ').read_bytes())\n"
    )
    small.write({"components/copy/code.py": code})
    assert small.run("pipeline", "run", "--steps", "first").exit_code == 0
    assert "OMP_WAIT_POLICY=PASSIVE" in result_of(small, "first").read_text().split("\0")
