"""What a pipeline file can say, run by real DVC: commands, matrices, shared code, the environment's lock file."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest
import yaml
from tests.conftest import GitRepo

CONTRACT = """\
kind: component
name: {name}
version: v1
owner: us
description: For a test
inputs: {inputs}
params: {params}
outputs: {outputs}
entry: {name}:run
"""
PYTHON = sys.executable


def component(
    name: str, code: str, *, inputs: str = "{}", params: str = "{}", outputs: str = "{out: {type: any, description: d}}"
) -> dict[str, str | bytes]:
    contract = CONTRACT.format(name=name, inputs=inputs, params=params, outputs=outputs)
    return {f"components/{name}/component.yaml": contract, f"components/{name}/{name}.py": code}


def pipeline(steps: str, params: str = "{}") -> dict[str, str | bytes]:
    return {"pipelines/p.yaml": f"kind: pipeline\nname: p\nparams: {params}\nsteps:\n{steps}"}


@pytest.fixture
def work(project: GitRepo) -> GitRepo:
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=project.root, check=True)
    project.write({"data/in.txt": "in\n"})
    return project


def ran(work: GitRepo, *arguments: str) -> str:
    result = work.run("pipeline", "run", *arguments)
    assert result.exit_code == 0, result.output
    return str(result.output)


def dvc(work: GitRepo, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=work.root, check=True, capture_output=True, text=True).stdout


def stages(work: GitRepo) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((work.root / "dvc.yaml").read_text())["stages"]
    return found


# Commands: any program, any artifact.

WORDS = f"""\
  count:
    run: |
      {PYTHON} -c "import sys; print(len(open(sys.argv[1]).read()) * int(sys.argv[2]))" \\
        ${{{{ inputs.text }}}} ${{{{ params.times }}}} > ${{{{ outputs.number }}}}
    inputs: {{text: data/in.txt}}
    outputs: {{number: build/number.txt}}
"""


def test_a_command_reads_and_writes_what_it_declares(work: GitRepo) -> None:
    work.write(pipeline(WORDS, "{times: 2}"))
    ran(work)
    assert (work.root / "build/number.txt").read_text() == "6\n"
    assert stages(work)["p-count"] == {
        "cmd": "gitmlops component run p count",
        "deps": ["data/in.txt"],
        "params": [{"pipelines/p.yaml": ["steps.count.run", "steps.count.inputs", "params.times"]}],
        "outs": ["build/number.txt"],
    }
    assert "up to date" in work.run("pipeline", "status").output


def test_a_parameter_or_the_command_itself_changed_runs_it_again(work: GitRepo) -> None:
    work.write(pipeline(WORDS, "{times: 2}"))
    ran(work)
    ran(work, "--set", "params.times=3")
    assert (work.root / "build/number.txt").read_text() == "9\n"
    work.write(pipeline(WORDS.replace("* int", "+ int"), "{times: 3}"))
    ran(work)
    assert (work.root / "build/number.txt").read_text() == "6\n"


def test_values_reach_the_shell_as_one_word_each(work: GitRepo) -> None:
    echo = f"{PYTHON} -c 'import sys; print(sys.argv[1:])' ${{{{ params.text }}}} > ${{{{ outputs.said }}}}"
    steps = f"  say:\n    run: {json.dumps(echo)}\n    outputs: {{said: build/it's here.txt}}\n"
    work.write(pipeline(steps, """{text: "a b'; touch owned; echo $HOME"}"""))
    ran(work)
    assert (work.root / "build/it's here.txt").read_text() == str(["a b'; touch owned; echo $HOME"]) + "\n"
    assert not (work.root / "owned").exists()


def test_a_command_that_succeeds_without_its_output_is_refused(work: GitRepo) -> None:
    work.write(pipeline("  idle:\n    run: 'true'\n    outputs: {model: models/m.rds}\n"))
    result = work.run("pipeline", "run")
    assert result.exit_code == 3
    assert "pipelines/p.yaml:6:5" in result.output
    assert "the command of step 'idle' did not write its output 'model', models/m.rds" in result.output


def test_a_command_of_several_lines_stops_at_the_first_that_fails(work: GitRepo) -> None:
    steps = "  two:\n    run: |\n      false\n      echo done > ${{ outputs.it }}\n    outputs: {it: build/it}\n"
    work.write(pipeline(steps))
    result = work.run("pipeline", "run")
    assert result.exit_code == 4
    assert "the command of step 'two' ended with exit code 1" in result.output
    assert not (work.root / "build/it").exists()


def test_the_old_output_is_gone_before_a_command_runs_and_the_cache_is_not_written_into(work: GitRepo) -> None:
    steps = "  add:\n    run: echo more >> ${{ outputs.log }}\n    outputs: {log: build/log}\n"
    work.write(pipeline(steps))
    dvc(work, "config", "cache.type", "hardlink,copy")
    ran(work)
    ran(work, "--force")
    assert (work.root / "build/log").read_text() == "more\n"
    assert dvc(work, "status") == "Data and pipelines are up to date.\n"


def test_a_metric_a_plot_and_a_file_kept_by_git_are_declared_in_the_long_form(work: GitRepo) -> None:
    steps = """\
  measure:
    run: |
      echo '{"rmse": 1.5}' > ${{ outputs.metrics }}
      echo '[{"x": 1, "y": 2}]' > ${{ outputs.curve }}
    outputs:
      metrics: {path: m.json, type: json, cache: false, metric: true}
      curve: {path: c.json, type: json, plot: {x: x, y: y, title: "yes"}}
    deterministic: false
    resources: {cpus: 2}
"""
    work.write(pipeline(steps))
    ran(work)
    stage = stages(work)["p-measure"]
    assert stage["metrics"] == [{"m.json": {"cache": False}}]
    assert stage["plots"] == [{"c.json": {"x": "x", "y": "y", "title": "yes"}}]
    assert stage["meta"] == {"gitmlops": {"cpus": 2, "deterministic": False}}
    assert json.loads(dvc(work, "metrics", "show", "--json"))[""]["data"]["m.json"]["data"] == {"rmse": 1.5}


@pytest.mark.slow
def test_a_tree_of_lightgbm_kept_as_its_own_text_is_an_artifact_that_a_later_step_reads(work: GitRepo) -> None:
    fit = """\
import sys
import lightgbm, numpy
rows = numpy.arange(200.0).reshape(-1, 1)
data = lightgbm.Dataset(rows, label=(rows[:, 0] > 100).astype(int))
fitted = lightgbm.train({"objective": "binary", "verbose": -1, "seed": 1, "num_threads": 1}, data, 5)
fitted.save_model(sys.argv[1])
"""
    score = """\
import sys
import lightgbm
open(sys.argv[2], "w").write(str(lightgbm.Booster(model_file=sys.argv[1]).predict([[150.0]])[0] > 0.5))
"""
    steps = f"""\
  fit:
    run: {PYTHON} ${{{{ inputs.script }}}} ${{{{ outputs.model }}}}
    inputs: {{script: fit.py}}
    outputs: {{model: {{path: models/trees.txt, type: model}}}}
  score:
    run: {PYTHON} ${{{{ inputs.script }}}} ${{{{ inputs.model }}}} ${{{{ outputs.answer }}}}
    inputs: {{script: score.py, model: "${{{{ steps.fit.outputs.model }}}}"}}
    outputs: {{answer: build/answer.txt}}
"""
    work.write({"fit.py": fit, "score.py": score, **pipeline(steps)})
    ran(work)
    assert (work.root / "build/answer.txt").read_text() == "True"
    assert (work.root / "models/trees.txt").read_text().startswith("tree\n")


def test_an_artifact_of_another_language_is_made_and_used_without_python(work: GitRepo) -> None:
    fit = '#!/usr/bin/awk -f\n{ sum += $2; n++ } END { printf "mean=%.2f\\n", sum / n }\n'
    steps = """\
  fit:
    run: awk -f ${{ inputs.script }} ${{ inputs.rows }} > ${{ outputs.model }}
    inputs: {script: fit.awk, rows: data/rows.txt}
    outputs: {model: {path: models/mean.awkmodel, type: model}}
  score:
    run: . ./${{ inputs.model }}; awk -v m=$mean '{ print $1, m }' ${{ inputs.rows }} > ${{ outputs.scores }}
    inputs: {model: "${{ steps.fit.outputs.model }}", rows: data/rows.txt}
    outputs: {scores: build/scores.txt}
"""
    work.write({"fit.awk": fit, "data/rows.txt": "a 1\nb 2\n", **pipeline(steps)})
    ran(work)
    assert (work.root / "build/scores.txt").read_text() == "a 1.50\nb 1.50\n"


@pytest.fixture
def service() -> Iterator[str]:
    """A model behind HTTP: it answers with the length of what it is sent."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(len(body)).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/score"
    server.shutdown()
    server.server_close()


def test_a_step_that_asks_a_service_keeps_its_answers(work: GitRepo, service: str) -> None:
    ask = """\
import sys, urllib.request
url, source, target = sys.argv[1:]
with urllib.request.urlopen(url, data=open(source, "rb").read()) as answer:
    open(target, "wb").write(answer.read())
"""
    steps = f"""\
  ask:
    run: {PYTHON} ask.py ${{{{ params.url }}}} ${{{{ inputs.rows }}}} ${{{{ outputs.scores }}}}
    inputs: {{rows: data/in.txt, script: ask.py}}
    outputs: {{scores: build/scores.txt}}
    deterministic: false
"""
    work.write({"ask.py": ask, **pipeline(steps, f'{{url: "{service}"}}')})
    ran(work)
    assert (work.root / "build/scores.txt").read_text() == "3"
    assert "up to date" in work.run("pipeline", "status").output


# Matrices.

SEGMENTS = """\
  part:
    uses: ./components/part
    matrix: {segment: [EWR, JFK], share: [0.5, 1]}
    with: {source: data/in.txt, text: "${{ matrix.segment }}", share: "${{ matrix.share }}"}
  check:
    run: cat ${{ inputs.one }} > ${{ outputs.copy }}; echo ${{ matrix.segment }} >> ${{ outputs.copy }}
    matrix: {segment: [JFK], share: [0.5]}
    inputs: {one: "${{ steps.part.outputs.out }}"}
    outputs: {copy: "build/check/${{ matrix.segment }}.txt"}
  join:
    run: cat ${{ inputs.parts }} > ${{ outputs.all }}
    inputs: {parts: "${{ steps.part.outputs.out }}"}
    outputs: {all: build/all.txt}
  one:
    run: cat ${{ inputs.part }} > ${{ outputs.it }}
    inputs: {part: "${{ steps.part@EWR-1.outputs.out }}"}
    outputs: {it: build/one.txt}
"""
PART = component(
    "part",
    "def run(inputs, params, outputs):\n"
    "    outputs['out'].write_text(f\"{params['text']} {params['share']!r} {inputs['source'].read_text()}\")\n",
    inputs="{source: {type: any, description: d}}",
    params="{text: {type: string, description: d}, share: {type: number, description: d}}",
)


def test_a_matrix_runs_a_step_for_each_combination_with_values_of_their_type(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS)})
    ran(work)
    folder = work.root / "build/p/part"
    assert sorted(path.name for path in folder.iterdir()) == ["EWR-0.5", "EWR-1", "JFK-0.5", "JFK-1"]
    assert (folder / "EWR-1/out").read_text() == "EWR 1 in\n"
    assert (folder / "JFK-0.5/out").read_text() == "JFK 0.5 in\n"


def test_other_steps_read_the_run_of_their_own_values_all_of_them_or_one_by_name(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS)})
    ran(work)
    assert (work.root / "build/check/JFK.txt").read_text() == "JFK 0.5 in\nJFK\n"
    assert (work.root / "build/all.txt").read_text() == "EWR 0.5 in\nEWR 1 in\nJFK 0.5 in\nJFK 1 in\n"
    assert (work.root / "build/one.txt").read_text() == "EWR 1 in\n"


def test_the_stages_have_dvcs_own_names_and_dvc_finds_nothing_to_do(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS)})
    ran(work)
    assert dvc(work, "status") == "Data and pipelines are up to date.\n"
    listed = [line.split()[0] for line in dvc(work, "stage", "list", "--name-only").splitlines()]
    assert listed[:4] == ["p-part@EWR-0.5", "p-part@EWR-1", "p-part@JFK-0.5", "p-part@JFK-1"]
    assert stages(work)["p-part"]["matrix"] == {"segment": ["EWR", "JFK"], "share": ["0.5", "1"]}


def test_one_more_value_runs_only_what_is_new_and_what_reads_it(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS)})
    ran(work)
    before = (work.root / "build/p/part/EWR-1/out").stat().st_mtime_ns
    work.write(pipeline(SEGMENTS.replace("[EWR, JFK]", "[EWR, JFK, LGA]")))
    work.run("pipeline", "compile")
    rows = json.loads(work.run("pipeline", "status", "--format", "json").stdout)["tables"][0]["rows"]
    assert {row["step"] for row in rows} == {"part@LGA-0.5", "part@LGA-1", "join"}
    ran(work)
    assert (work.root / "build/all.txt").read_text().endswith("LGA 1 in\n")
    assert (work.root / "build/p/part/EWR-1/out").stat().st_mtime_ns == before


def test_steps_names_all_runs_of_a_step_or_one(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS)})
    ran(work, "--steps", "part@JFK-1")
    assert [path.name for path in (work.root / "build/p/part").iterdir()] == ["JFK-1"]
    ran(work, "--steps", "part")
    assert len(list((work.root / "build/p/part").iterdir())) == 4
    assert (
        "there is no step 'part@JFK-2'; did you mean 'part@JFK-1'?"
        in work.run("pipeline", "run", "--steps", "part@JFK-2").output
    )


def test_an_input_that_takes_many_is_given_a_list(work: GitRepo) -> None:
    joined = component(
        "joined",
        "def run(inputs, params, outputs):\n"
        "    outputs['out'].write_text(''.join(path.read_text() for path in inputs['parts']))\n",
        inputs="{parts: {type: any, many: true, description: d}}",
    )
    steps = SEGMENTS.partition("  check:")[0]
    steps += (
        '  all:\n    uses: ./components/joined\n    with: {parts: [data/in.txt, "${{ steps.part.outputs.out }}"]}\n'
    )
    work.write({**PART, **joined, **pipeline(steps)})
    ran(work)
    assert (work.root / "build/p/all/out").read_text().startswith("in\nEWR 0.5 in\nEWR 1 in\n")


# What a stage depends on beside its inputs.


def test_code_that_components_share_is_a_dependency_of_their_stages(work: GitRepo) -> None:
    code = "from shared import words\n\ndef run(inputs, params, outputs):\n    outputs['out'].write_text(words.WORD)\n"
    files = {"shared/words.py": "from shared.more import MORE\nWORD = 'one' + MORE\n", "shared/more.py": "MORE = '!'\n"}
    work.write(
        {**component("say", code), **files, "shared/other.py": "", **pipeline("  say: {uses: ./components/say}\n")}
    )
    ran(work)
    assert (work.root / "build/p/say/out").read_text() == "one!"
    assert stages(work)["p-say"]["deps"] == ["components/say", "shared/more.py", "shared/words.py"]
    work.write({"shared/more.py": "MORE = '?'\n"})
    assert "shared/more.py is modified" in work.run("pipeline", "status").output
    ran(work)
    assert (work.root / "build/p/say/out").read_text() == "one?"


def test_the_environments_lock_file_is_a_dependency_of_every_stage(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS), "gitmlops.yaml": "project: t\nenvironment: uv.lock\n", "uv.lock": "1\n"})
    ran(work)
    assert all("uv.lock" in stage["deps"] for stage in stages(work).values())
    work.write({"uv.lock": "2\n"})
    assert work.run("pipeline", "status").output.count("uv.lock is modified") == 7


def test_a_lock_file_that_is_not_there_is_told_where_it_is_named(work: GitRepo) -> None:
    work.write({**PART, **pipeline(SEGMENTS), "gitmlops.yaml": "project: t\nenvironment: uv.lock\n"})
    for command in (["check"], ["pipeline", "compile"], ["pipeline", "run"]):
        result = work.run(*command)
        assert result.exit_code == 3
        assert "gitmlops.yaml:2:14: the environment's lock file uv.lock is not there" in result.output


# What a component may do.


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("open('reports.txt', 'w')", "reports.txt"),
        ("pathlib.Path('data/new').mkdir()", "data/new"),
        ("pathlib.Path('data/in.txt').unlink()", "data/in.txt"),
        ("os.rename('data/in.txt', 'gone')", "data/in.txt"),
        ("inputs['source'].write_text('mine')", "data/in.txt"),
        ("pandas.DataFrame({'a': [1]}).to_csv('left.csv')", "left.csv"),
    ],
)
def test_a_component_that_writes_outside_its_outputs_is_stopped_at_its_line(
    work: GitRepo, line: str, path: str
) -> None:
    code = f"import os, pathlib, pandas\n\ndef run(inputs, params, outputs):\n    {line}\n"
    steps = "  bad:\n    uses: ./components/bad\n    with: {source: data/in.txt}\n"
    work.write({**component("bad", code, inputs="{source: {type: any, description: d}}"), **pipeline(steps)})
    result = work.run("component", "run", "p", "bad")
    assert result.exit_code == 3
    assert f"components/bad/bad.py:4: the component writes to {path}, which is none of its outputs" in result.output
    assert (work.root / "data/in.txt").read_text() == "in\n"
    assert work.git("status", "--porcelain", "--untracked-files=all", "--", ":!.dvc*").count("\n") == 4


def test_a_component_may_use_files_elsewhere_and_caches(work: GitRepo, tmp_path: Path) -> None:
    code = f"""\
import pathlib, tempfile

def run(inputs, params, outputs):
    pathlib.Path({str(tmp_path)!r}, "elsewhere").write_text("")
    pathlib.Path(".cache/tool").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "x").write_text("")
    outputs["out"].mkdir()
    (outputs["out"] / "part").write_text("x")
"""
    work.write({**component("fine", code), **pipeline("  fine: {uses: ./components/fine}\n")})
    ran(work)
    assert (work.root / "build/p/fine/out/part").read_text() == "x"


def test_a_file_that_a_library_or_a_command_wrote_beside_the_outputs_is_told(work: GitRepo) -> None:
    steps = "  left: {run: 'touch build/it stray; mkdir -p .c; touch .c/x', outputs: {it: build/it}}\n"
    by_hand = "stages:\n  hand:\n    cmd: touch stray\n    outs: [stray]\n"
    work.write(pipeline(steps))
    result = work.run("component", "run", "p", "left")
    assert result.exit_code == 0
    assert result.output == "stray came while step 'left' ran; if the step wrote it, declare it as an output\n"
    (work.root / "stray").unlink()
    work.write({"dvc.yaml": by_hand})
    assert work.run("component", "run", "p", "left").output == ""


def test_an_input_that_another_program_changed_meanwhile_fails_the_step(work: GitRepo) -> None:
    steps = (
        "  spoil:\n    run: echo >> data/in.txt; touch build/it\n    inputs: {x: data}\n    outputs: {it: build/it}\n"
    )
    work.write(pipeline(steps))
    result = work.run("pipeline", "run")
    assert result.exit_code == 3
    assert "the input data/in.txt changed while the step 'spoil' ran" in result.output


# Columns of tables.

TABLES = {
    **component(
        "rows",
        "import pandas\n\ndef run(inputs, params, outputs):\n"
        "    pandas.DataFrame({'id': [1], 'when': ['x']}).to_parquet(outputs['out'])\n",
        outputs="{out: {type: table, description: d}}",
    ),
    **component(
        "uses",
        "def run(inputs, params, outputs):\n    outputs['out'].touch()\n",
        inputs="{table: {type: table, description: d, schema: {id: int64, when: timestamp}}}",
    ),
}
ROWS = """\
  rows: {uses: ./components/rows}
  uses: {uses: ./components/uses, with: {table: "${{ steps.rows.outputs.out }}"}}
"""


def test_a_table_without_the_columns_that_an_input_wants_is_refused_before_the_component_runs(work: GitRepo) -> None:
    work.write({**TABLES, **pipeline(ROWS)})
    result = work.run("pipeline", "run")
    assert result.exit_code == 3
    expected = "the column 'when' of the input 'table' of step 'uses' must be timestamp, not string"
    assert f"build/p/rows/out.parquet: {expected}" in result.output
    pandas.DataFrame({"id": [1]}).to_parquet(work.root / "build/p/rows/out.parquet")
    result = work.run("component", "run", "p", "uses")
    assert "the input 'table' of step 'uses' has no column 'when'" in result.output


def test_columns_that_two_contracts_promise_and_want_are_compared_before_anything_runs(work: GitRepo) -> None:
    promised = {
        path: text.replace("{out: {type: table,", "{out: {type: table, schema: {id: int64, wehn: timestamp},")
        for path, text in TABLES.items()
        if isinstance(text, str)
    }
    work.write({**promised, **pipeline(ROWS)})
    result = work.run("pipeline", "compile")
    assert result.exit_code == 3
    assert "pipelines/p.yaml:6:49: 'out' of 'rows' has no column 'when'; did you mean 'wehn'?" in result.output
