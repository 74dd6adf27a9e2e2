"""Matrices, commands and columns in a pipeline file: what is wrong is found where it stands, with its mend."""

import pytest
from tests.unit.pipelines.conftest import PIPELINE, SOURCE_OF_TEXT, read

from gitmlops.pipelines.planning.plan import plan_all
from gitmlops.pipelines.wiring.check import check

MATRIX = """\
kind: pipeline
name: p
params: {n: 3, list: [1, 2]}
steps:
  part:
    uses: ./components/words
    matrix: {place: [EWR, JFK], share: [0.5, 1]}
    with: {many: 1, share: "${{ matrix.share }}"}
  same:
    uses: ./components/words
    matrix: {place: [JFK]}
    with: {many: 1, old: "${{ steps.part@JFK-1.outputs.table }}"}
    outputs: {table: "build/${{ matrix.place }}.parquet"}
  fit:
    run: fit ${{ inputs.rows }} ${{ params.n }} > ${{ outputs.model }}
    inputs: {rows: "${{ steps.part.outputs.table }}"}
    outputs: {model: {path: build/p/two/file.skops, type: model}}
"""


def found(pipeline: str = MATRIX, **changes: str) -> list[str]:
    return [f"{item.location}: {item.message}; {item.mend}" for item in check(read(pipeline=pipeline, **changes))]


def test_matrices_and_commands_that_fit_have_no_findings() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("matrix.share", "matrix.shaer", "8:28: the matrix of step 'part' has no key 'shaer'; did you mean 'share'?"),
        ("matrix.share", "matrix.place", "8:28: the parameter 'share' must be a number, not 'EWR'"),
        ("${{ params.n }}", "${{ matrix.x }}", "15:10: the matrix of step 'fit' has no key 'x'; add `matrix:`"),
        ("part@JFK-1", "part@JKF-1", "12:26: 'part' does not run for 'JKF-1'; did you mean 'JFK-1'?"),
        ("part@JFK-1", "same@JFK", "10:5: the steps wait for each other: same -> same"),
        ("part@JFK-1", "fit@x", "12:26: 'fit' has no output 'table'; known: model"),
        ("steps.part@JFK-1", "steps.part", "12:26: 'part' runs for each place, share, and 'old' takes one path; give"),
        ("place: [JFK]}", "place: []}", "11:21: the matrix key 'place' has no values; write `place: [a, b]`"),
        ("place: [JFK]}", "place: [a/b]}", "11:22: 'a/b' cannot be a value of a matrix; it is part of names and paths"),
        ("place: [JFK]}", "place: ['1']}", "11:22: '1' cannot be a value of a matrix; write 1 without quotes, or a w"),
        ("place: [JFK]}", "place: [[a]]}", "11:22: ['a'] cannot be a value of a matrix; write text, a number or a boo"),
        ("place: [JFK]}", "place: [JFK, JFK]}", "11:13: two combinations have the name 'JFK'; change a value"),
        ("place: [JFK]}", "a: [x, x-y], b: [y-z, z]}", "11:13: two combinations have the name 'x-y-z'"),
        ("build/${{ matrix.place }}.parquet", "build/${{ matrix.plaec }}", "13:22: the matrix of step 'same' has no k"),
        ("place: [JFK]}", "place: [JFK, LGA]}\n    outputs: {table: one}", "the key 'outputs' is here twice"),
        ("inputs.rows", "inputs.row", "15:10: the step has no input 'row'; did you mean 'rows'?"),
        ("outputs.model", "outputs.modle", "15:10: the step has no output 'modle'; did you mean 'model'?"),
        ("${{ params.n }}", "${{ params.m }}", "15:10: there is no params.m; known: list, n"),
        ("${{ params.n }}", "${{ params.list }}", "15:10: params.list is no text or number; give the command one"),
        ("${{ params.n }}", "${{ steps.part.outputs.table }}", "15:10: the command reads steps.part.outputs.table, wh"),
        ("${{ params.n }}", "${{ params.n", "15:10: 'params.n > ${{ outputs.model' refers to nothing"),
        ("    run: fit", "    uses: ./components/words\n    run: fit", "15:5: the step 'fit' has both `uses` and"),
        ("    run: fit", "    with: {a: 1}\n    run: fit", "15:11: a command has no `with`; write paths below"),
        ("many: 1, old", "many: 1}\n    inputs: {old", "13:13: `inputs` belongs to a command; give it below `with:`"),
        ("    matrix: {place: [J", "    deterministic: false\n    matrix: {place: [J", "`deterministic` belongs to"),
        ("    uses: ./components/words\n    matrix: {place: [EWR", "    matrix: {place: [EWR", "the step 'part' does"),
        ('"build/${{ matrix.place }}.parquet"', "{path: x}", "13:22: a component says itself what its outputs are; w"),
        ("    outputs: {model: {path: build/p/two/file.skops, type: model}}\n", "", "the command of step 'fit' writes"),
        ("type: model", "type: mdoel", "17:59: 'mdoel' is not one of the allowed values; did you mean 'model'?"),
        ("{path: build/p/two/file.skops, type: model}", "[a]", "17:22: a mapping is expected here, not a list"),
        ("{path: build/p/two/file.skops, type: model}", "/tmp/x", "17:22: '/tmp/x' is not of the right form; write"),
        ("inputs: {rows: ", "inputs: {rows: 3, x: ", "16:20: the input 'rows' is no path: 3"),
        ("many: 1, share", 'many: "${{ inputs.x }}", share', "8:18: ${{ inputs.x }} means something in the"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_where_it_stands_with_its_mend(old: str, new: str, expected: str) -> None:
    assert old in MATRIX
    try:
        messages = found(MATRIX.replace(old, new, 1))
    except Exception as error:
        messages = str(error).splitlines()
    assert any(expected in message for message in messages), messages


def test_a_run_that_the_other_step_does_not_have_is_named() -> None:
    pipeline = MATRIX.replace("place: [JFK]}", "place: [LGA], share: [1]}").replace("part@JFK-1", "part")
    assert "pipelines/p.yaml:12:26: 'part' does not run for place 'LGA'; known: EWR, JFK" in found(pipeline)


def test_outputs_of_two_runs_at_one_place_are_refused() -> None:
    messages = found(MATRIX.replace("build/${{ matrix.place }}.parquet", "one.parquet").replace("[JFK]", "[JFK, LGA]"))
    assert (
        "one.parquet: step 'same@JFK' of pipeline 'p' writes one.parquet too; give each output a place" in messages[0]
    )


def test_a_matrix_has_a_thousand_runs_at_most() -> None:
    many = ", ".join(f"v{number}" for number in range(40))
    messages = found(MATRIX.replace("[EWR, JFK]", f"[{many}]").replace("[0.5, 1]", f"[{many}]"))
    assert any("7:13: 1600 combinations, a step may have 1000; make it smaller" in message for message in messages)


def test_a_text_that_looks_like_a_number_only_from_afar_is_a_value() -> None:
    steps = plan_all(read(pipeline=MATRIX.replace("[JFK]", '["2013-01"]').replace("part@JFK-1", "part@JFK-0.5")))
    assert [step.name for step in steps if step.step == "same"] == ["same@2013-01"]
    assert next(step for step in steps if step.step == "same").outputs["table"] == "build/2013-01.parquet"


def test_a_step_waits_for_the_runs_that_it_reads() -> None:
    steps = {step.name: step for step in plan_all(read(pipeline=MATRIX))}
    assert steps["same@JFK"].after == ("part@JFK-1",)
    assert steps["fit"].after == ("part@EWR-0.5", "part@EWR-1", "part@JFK-0.5", "part@JFK-1")
    assert steps["fit"].command.startswith("fit build/p/part/EWR-0.5/table.parquet build/p/part/EWR-1/table.parquet ")
    assert steps["fit"].command.endswith(" 3 > build/p/two/file.skops")


# Contracts.


@pytest.mark.parametrize(
    ("old", "new", "many", "expected"),
    [
        (
            "description: How many",
            "description: How many, minimum: 3",
            "2",
            "the parameter 'many' is 2, which is too sm",
        ),
        (
            "description: How many",
            "description: How many, maximum: 1",
            "2",
            "'many' is 2, which is too large; write at",
        ),
        (
            "description: How many",
            "description: How many, enum: [1, 3]",
            "2",
            "the parameter 'many' cannot be 2; known: 1",
        ),
        (
            "type: integer",
            "type: list, items: integer",
            "[1, x]",
            "item 2 of the parameter 'many' must be a whole number",
        ),
        (
            "type: integer",
            "type: object, items: number",
            "{a: 1, b: x}",
            "'b' of the parameter 'many' must be a number",
        ),
    ],
)
def test_a_value_that_a_parameter_cannot_have_is_refused(old: str, new: str, many: str, expected: str) -> None:
    pipeline = PIPELINE.replace("many: 2", f"many: {many}").replace('"${{ params.n }}"', many)
    messages = found(pipeline, component=SOURCE_OF_TEXT.replace(old, new))
    assert any(expected in message for message in messages), messages


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("default: 0.5", "default: half", "10:34: the default must be a number, not 'half'"),
        ("type: boolean", "type: boolean, minimum: 1", "a boolean has no minimum; take it out"),
        ("type: boolean", "type: boolean, items: string", "a boolean has no items; take it out"),
        (
            "{type: model, description: A model}",
            "{type: model, description: A model, schema: {a: int64}}",
            "a model has n",
        ),
        ("metric: true", "metric: true, plot: {x: a}", "'report' is a metric and a plot; make them two outputs"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(old: str, new: str, expected: str) -> None:
    messages = found(PIPELINE, component=SOURCE_OF_TEXT.replace(old, new))
    assert any(expected in message for message in messages), messages


@pytest.mark.parametrize(
    ("promised", "expected"),
    [
        ("{a: int64, b: string}", ""),
        ("{a: float64, b: string}", "10:26: the column 'a' must be int64; 'table' of 'one' has float64; convert it"),
        ("{a: int64, bb: string}", "10:26: 'table' of 'one' has no column 'b'; did you mean 'bb'?"),
        ("{}", ""),
    ],
)
def test_columns_are_compared_where_both_contracts_name_them(promised: str, expected: str) -> None:
    component = SOURCE_OF_TEXT.replace("description: A table}", f"description: A table, schema: {promised}}}")
    component = component.replace("optional: true}\nparams", "optional: true, schema: {a: int64, b: string}}\nparams")
    messages = found(PIPELINE, component=component)
    assert any(expected in message for message in messages) if expected else messages == []
