import json
from xml.etree import ElementTree

import pytest
from tests.conftest import GitRepo

COMPONENT = """\
kind: component
name: copy
version: v1
owner: us
description: Copies
inputs: {source: {type: any, many: true, description: A file}}
outputs: {result: {type: any, description: The copy}, log: {type: json, description: Words}}
entry: copy:run
"""
PIPELINE = """\
kind: pipeline
name: p
description: Copies twice
params: {day: "2013-01-31"}
steps:
  last:
    run: |
      wc ${{ inputs.all }}
      touch ${{ outputs.out }}
    inputs: {all: "${{ steps.middle.outputs.result }}"}
    outputs: {out: build/out.txt}
  middle:
    uses: ./components/copy
    matrix: {place: [EWR, JFK]}
    with: {source: ["${{ steps.first.outputs.result }}", "${{ steps.first.outputs.log }}", 'data/a <b> "c".txt']}
  first:
    uses: ./components/copy
    with: {source: data/in.txt}
"""
SECOND = """\
kind: pipeline
name: a
steps:
  after: {run: "true", inputs: {it: build/out.txt}, outputs: {it: build/end.txt}}
"""


@pytest.fixture
def project_of_two(project: GitRepo) -> GitRepo:
    project.commit(
        {"components/copy/component.yaml": COMPONENT, "pipelines/p.yaml": PIPELINE, "pipelines/a.yaml": SECOND}
    )
    return project


def test_the_text_has_a_line_for_each_step_in_the_order_in_which_they_run(project_of_two: GitRepo) -> None:
    result = project_of_two.run("pipeline", "graph", "p")
    assert result.exit_code == 0
    assert result.stdout == (
        "1  first            <- data/in.txt\n"
        '2  middle (2 runs)  <- data/a <b> "c".txt, first\n'
        "3  last             <- middle (2 runs)\n"
    )  # fmt: skip


def test_all_pipelines_are_one_graph_connected_by_their_files(project_of_two: GitRepo) -> None:
    lines = project_of_two.run("pipeline", "graph").stdout.splitlines()
    assert lines[-1] == "4  a/after            <- p/last"


def test_mermaid_names_the_outputs_on_the_edges_and_quotes_what_is_no_word(project_of_two: GitRepo) -> None:
    drawn = project_of_two.run("pipeline", "graph", "p", "--format", "mermaid").stdout
    assert drawn.startswith("flowchart TD\n")
    assert '  n0[("data/in.txt")]\n' in drawn
    assert "data/a #lt;b#gt; #quot;c#quot;.txt" in drawn
    assert '-->|"log, result"| ' in drawn or '-->|"result, log"| ' in drawn


def test_the_svg_is_xml_with_a_box_for_each_node_and_none_over_another(project_of_two: GitRepo) -> None:
    target = project_of_two.root / "graph.svg"
    result = project_of_two.run("pipeline", "graph", "--format", "svg", "--output", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    name = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(target.read_text())
    assert [text.text for text in root.iter(f"{name}text")][:3] == ["data/in.txt", 'data/a <b> "c".txt', "p/first"]
    boxes = [tuple(float(box.attrib[key]) for key in ("x", "y", "width")) for box in root.iter(f"{name}rect")]
    assert len(boxes) == 6
    for x, y, width in boxes:
        assert not any(y == other_y and x < other_x < x + width for other_x, other_y, _ in boxes)
    again = project_of_two.run("pipeline", "graph", "--format", "svg").stdout
    assert again == target.read_text()


def test_what_cannot_be_planned_is_not_drawn_but_told(project_of_two: GitRepo) -> None:
    project_of_two.write({"pipelines/p.yaml": PIPELINE.replace("steps.first.outputs.log", "steps.fisrt.outputs.log")})
    result = project_of_two.run("pipeline", "graph")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "there is no step 'fisrt'; did you mean 'first'?" in result.stderr
    assert "there is no pipeline 'q'; known: a, p" in project_of_two.run("pipeline", "graph", "q").stderr


def test_show_says_what_each_run_does_reads_and_writes(project_of_two: GitRepo) -> None:
    tables = json.loads(project_of_two.run("pipeline", "show", "p", "--format", "json").stdout)["tables"]
    assert tables[0]["rows"] == [{"name": "day", "value": '"2013-01-31"'}]
    rows = {row["step"]: row for row in tables[1]["rows"]}
    assert list(rows) == ["first", "middle@EWR", "middle@JFK", "last"]
    assert rows["middle@JFK"]["does"] == "./components/copy"
    assert rows["middle@JFK"]["writes"] == "build/p/middle/JFK/result, build/p/middle/JFK/log.json"
    assert rows["last"]["does"] == "wc build/p/middle/EWR/result build/p/middle/JFK/result …"


def test_show_names_the_nearest_pipeline(project_of_two: GitRepo) -> None:
    result = project_of_two.run("pipeline", "show", "pp")
    assert (result.exit_code, result.output) == (3, "there is no pipeline 'pp'; did you mean 'p'?\n")
