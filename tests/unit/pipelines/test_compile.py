import pytest
import yaml
from tests.unit.pipelines.conftest import PIPELINE, read

from gitmlops.errors import InputError
from gitmlops.pipelines.compiling.compile import compile, edited_by_hand, read_from_outside
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.pipelines.planning.plan import plan_all, upstream, why

HAND = "# by hand\nstages:\n  mine:\n    cmd: x   # my comment\n    outs: [data/mine]\n"


def closure(feature_set: str) -> tuple[str, ...]:
    return ("data/a.parquet", f"features/sets/{feature_set}.yaml")


def code(contract: Contract) -> tuple[str, ...]:
    return ("shared/words.py",) if contract.folder else ()


def compiled(current: str = "", **changes: str) -> str:
    return compile(read(**changes), closure=closure, code=code, current=current)


def test_the_stages_are_plain_dvc() -> None:
    document = yaml.safe_load(compiled())
    assert document["stages"]["p-two"] == {
        "cmd": "gitmlops component run p two",
        "deps": ["build/p/one/table.parquet", "components/words", "shared/words.py"],
        "params": [{"pipelines/p.yaml": ["steps.two.uses", "steps.two.with"]}],
        "outs": ["build/p/two/table.parquet", "build/p/two/file.skops"],
        "metrics": [{"build/p/two/report.json": {"cache": False}}],
    }
    assert document["stages"]["p-one"]["params"][0]["pipelines/p.yaml"][-1] == "params.n"


def test_a_model_is_an_artifact_whose_words_dvc_does_not_fill_in() -> None:
    assert yaml.safe_load(compiled())["artifacts"]["m"] == {
        "path": "build/p/two/file.skops",
        "type": "model",
        "desc": "Costs \\${5} or more: none",
    }


def test_feature_sets_and_models_bring_their_files_as_dependencies() -> None:
    pipeline = PIPELINE.replace("many: 2", "many: 2, set: s")
    assert {"data/a.parquet", "features/sets/s.yaml"} <= set(stage("p-two", pipeline)["deps"])
    pipeline = PIPELINE.replace("many: 2", "many: 2, model: m")
    deps = set(stage("p-two", pipeline)["deps"])
    assert {"models/m.yaml", "features/sets/s.yaml"} <= deps
    assert "data/a.parquet" not in deps


def stage(name: str, pipeline: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load(compiled(pipeline=pipeline))["stages"][name]
    return found


def test_compiling_again_changes_nothing() -> None:
    assert compiled(compiled(HAND)) == compiled(HAND)


def test_the_value_of_a_parameter_does_not_change_the_stages() -> None:
    assert compiled(pipeline=PIPELINE.replace("n: 3", "n: 4").replace("many: 2", "many: 5")) == compiled()


def test_hand_written_stages_stay_as_they_are() -> None:
    text = compiled(HAND)
    assert text.startswith("# by hand\nstages:\n  # >>> gitmlops\n")
    assert "  mine:\n    cmd: x   # my comment\n    outs: [data/mine]\nartifacts:\n" in text
    assert list(yaml.safe_load(text)["stages"]) == ["p-one", "p-two", "mine"]


def test_a_stage_that_left_its_pipeline_leaves_dvc_yaml() -> None:
    one_step = PIPELINE.partition("  two:")[0]
    assert list(yaml.safe_load(compiled(compiled(HAND), pipeline=one_step))["stages"]) == ["p-one", "mine"]


@pytest.mark.parametrize(("section", "kind", "name"), [("stages", "stage", "p-one"), ("artifacts", "artifact", "m")])
def test_a_hand_written_neighbour_of_the_same_name_is_refused(section: str, kind: str, name: str) -> None:
    with pytest.raises(InputError, match=f"dvc.yaml: a hand-written {kind} is called '{name}' too"):
        compiled(f"{section}:\n  {name}: {{cmd: x}}\n")


@pytest.mark.parametrize("text", ["stages: [\n", "- a\n", "stages:\n\tx: 1\n", "stages:\n  {a: {cmd: x}}\n"])
def test_a_file_that_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"dvc.yaml"):
        compiled(text)


def test_an_edit_between_the_markers_is_noticed() -> None:
    assert not edited_by_hand(compiled(HAND))
    assert not edited_by_hand(HAND)
    assert edited_by_hand(compiled(HAND).replace("run p two", "run p one"))


def test_what_comes_from_outside_is_what_no_stage_writes() -> None:
    pipeline = PIPELINE.replace('"${{ steps.one.outputs.table }}"', "data/mine/x")
    definitions = read(pipeline=pipeline)
    steps = plan_all(definitions)
    assert read_from_outside(definitions, steps, closure, code, "") == (
        "components/words",
        "data/mine/x",
        "shared/words.py",
    )
    assert read_from_outside(definitions, steps, closure, code, HAND) == ("components/words", "shared/words.py")


def test_a_plan_has_defaults_and_resolved_values() -> None:
    one, two = plan_all(read())
    assert one.params == {"share": 0.5, "many": 3}
    assert two.inputs == {"old": "build/p/one/table.parquet"}
    assert one.used == ("n",)
    assert two.after == ("one",)


def test_steps_come_after_those_that_they_need_whatever_the_order_of_the_file() -> None:
    head, _, rest = PIPELINE.partition("  one:")
    one, _, two = rest.partition("  two:")
    steps = plan_all(read(pipeline=f"{head}  two:{two}  one:{one}"))
    assert [step.name for step in steps] == ["one", "two"]


def test_a_step_runs_for_its_own_reasons_and_because_of_those_before_it() -> None:
    steps = plan_all(read())
    needs = {"p-one": (), "p-two": ("p-one",)}
    assert why(needs, {"p-one": ("x is modified",)}) == {"p-one": ("x is modified",), "p-two": ("p-one would run",)}
    assert why(needs, {}) == {}
    assert [step.name for step in upstream(steps, ["one"])] == ["one"]
    assert [step.name for step in upstream(steps, ["two"])] == ["one", "two"]
