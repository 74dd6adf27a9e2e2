import pytest
from tests.unit.pipelines.conftest import MODEL, PIPELINE, SOURCE_OF_TEXT, read

from gitmlops.pipelines.wiring.check import check


def found(**changes: str) -> list[str]:
    return [f"{item.location}: {item.message}; {item.mend}" for item in check(read(**changes))]


def test_a_pipeline_that_fits_has_no_findings() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("./components/words", "./components/wrods", "6:11: there is no ./components/wrods/component.yaml; did you"),
        ("./components/words", "gitmlops/tran@v1", "6:11: the library has no component 'tran'; did you mean 'train'?"),
        ("./components/words", "gitmlops/train@v9", "6:11: the library has gitmlops/train@v1, not v9; write gitml"),
        ("./components/words", "gitmlops/train", "6:11: 'gitmlops/train' names no component; write gitmlops/NAME@vN"),
        ("./components/words", "./components/../x", "6:11: './components/../x' names no component"),
        ('many: "$', 'amny: "$', "7:18: words has no input or parameter 'amny'; did you mean 'many'?"),
        ('{many: "${{ params.n }}"}', "{share: 1}", "6:5: the step 'one' does not give words its parameter 'many'; "),
        ('"${{ params.n }}"', "~", "6:5: the step 'one' does not give words its parameter 'many'"),
        ("params.n }}", "params.m }}", "7:18: there is no params.m; did you mean 'n'|known: day, n, share"),
        ("params.n }}", "params.day }}", "7:18: the parameter 'many' must be a whole number, not '2013-01-31'; write"),
        ("params.n }}", "params.share }}", "7:18: the parameter 'many' must be a whole number, not 0.1"),
        ("params.n }}", "env.n }}", "7:18: 'env.n' refers to nothing; write ${{ params.NAME }}"),
        ("params.n }}", "steps.two.outputs.table }}", "7:18: 'many' is a parameter; a step's output goes to an input"),
        ("many: 2", "many: true", "10:18: the parameter 'many' must be a whole number, not True"),
        ("many: 2", "many: 2, share: x", "10:28: the parameter 'share' must be a number, not 'x'"),
        ("many: 2", "many: 2, loud: 1", "10:27: the parameter 'loud' must be a boolean, not 1"),
        ("many: 2", "many: 2, set: z", "10:26: there is no feature set 'z'; known: s"),
        ("many: 2", "many: 2, model: mm", "10:28: there is no model 'mm'; did you mean 'm'?|known: m"),
        ("steps.one.outputs", "steps.noe.outputs", "10:26: there is no step 'noe'; did you mean 'one'?"),
        ("outputs.table", "outputs.tabel", "10:26: 'one' has no output 'tabel'; did you mean 'table'?"),
        ("outputs.table", "outputs.file", "10:26: 'old' must be of type table; 'file' of 'one' is model; of this type"),
        ("outputs.table", "outputs.file", "of this type there is steps.one.outputs.table"),
        ('"${{ steps.one.outputs.table }}"', "/etc/passwd", "10:26: the input 'old' is no path: '/etc/passwd'; write"),
        ('"${{ steps.one.outputs.table }}"', "3", "10:26: the input 'old' is no path: 3"),
        ('"${{ steps.one.outputs.table }}"', "'a${b}'", "10:26: the path 'a${b}' holds ${, which DVC reads as its own"),
        ("steps.one.outputs", "steps.two.outputs", "9:5: the steps wait for each other: two -> two"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_where_it_stands_with_its_mend(old: str, new: str, expected: str) -> None:
    assert old in PIPELINE
    messages = found(pipeline=PIPELINE.replace(old, new, 1))
    assert any(words in message for message in messages for words in expected.split("|")), messages
    assert all(message.startswith(("pipelines/p.yaml:", "models/m.yaml:")) for message in messages)


def test_every_mistake_is_found_at_once() -> None:
    wrong = PIPELINE.replace("params.n }}", "params.m }}").replace("outputs.table", "outputs.tabel")
    assert len(found(pipeline=wrong)) == 2


def test_a_circle_of_steps_is_named_in_its_order() -> None:
    circle = PIPELINE.replace('"${{ params.n }}"', '1, old: "${{ steps.two.outputs.table }}"')
    assert "the steps wait for each other: one -> two -> one" in found(pipeline=circle)[0]


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (
            "{table: build/p/one/table.parquet}",
            "11:22: build/p/one/table.parquet: step 'one' of pipeline 'p' writes build",
        ),
        ("{table: build/p/one}", "step 'one' of pipeline 'p' writes build/p/one/table.parquet"),
        ("{table: x, file: x/y.skops}", "11:31: x/y.skops: step 'two' of pipeline 'p' writes x; give each"),
        ("{tabel: x}", "11:22: words has no output 'tabel'; did you mean 'table'?"),
        ("{table: models/m.yaml}", "11:22: the step would write over the definition file models/m.yaml"),
        (
            '{table: "x/${{ params.day }}"}',
            "11:22: an output's path has no expressions but those of the matrix; write the path out",
        ),
    ],
)
def test_outputs_that_meet_or_overwrite_are_refused(outputs: str, expected: str) -> None:
    messages = found(pipeline=PIPELINE.rstrip() + f"\n    outputs: {outputs}\n")
    assert any(expected in message for message in messages), messages


@pytest.mark.parametrize(
    "path", ["dvc.yaml", "dvc.lock", "a/dvc.lock", "data/x.csv.dvc", "gitmlops.yaml", "gitmlops.lock", "a/.gitignore"]
)
def test_no_step_writes_a_file_that_git_dvc_or_gitmlops_goes_by(path: str) -> None:
    messages = found(pipeline=PIPELINE.rstrip() + f"\n    outputs: {{table: {path}}}\n")
    assert any(f"would write over the file that git, DVC or gitmlops goes by: {path}" in text for text in messages)


def test_two_steps_with_the_same_stage_name_are_refused() -> None:
    first = PIPELINE.replace("name: p\n", "name: p-a\n").replace("  one:", "  b:").replace("steps.one", "steps.b")
    second = PIPELINE.replace("name: p\n", "name: p\n").replace("  one:", "  a-b:").replace("steps.one", "steps.a-b")
    messages = found(pipeline=second, second=first)
    assert any("its stage p-a-b has the name of the stage of step 'a-b' of pipeline 'p'" in text for text in messages)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pipeline: p", "pipeline: q", "models/m.yaml:3:11: there is no pipeline 'q'; known: p"),
        (
            "two/file",
            "tow/file",
            "models/m.yaml:4:11: no step of pipeline 'p' writes a model to build/p/tow/file.skops",
        ),
        ("file.skops", "table.parquet", "models/m.yaml:4:11: no step of pipeline 'p' writes a model to"),
    ],
)
def test_a_model_is_what_a_step_of_its_pipeline_writes(old: str, new: str, expected: str) -> None:
    assert expected in found(model=MODEL.replace(old, new))[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: words", "name: other", "2:7: the component is in the folder 'words'; name it words"),
        ("  many:", "  old:", "9:8: 'old' is an input and a parameter; rename one of them"),
        ("words:run", "words", "18:8: 'words' names no function; write module:function, e.g. words:run"),
        ("words:run", "../x:run", "18:8: '../x:run' names no function"),
    ],
)
def test_a_component_that_cannot_be_used_is_refused(old: str, new: str, expected: str) -> None:
    assert f"components/words/component.yaml:{expected}" in found(component=SOURCE_OF_TEXT.replace(old, new))[0]
