import pytest
import yaml
from tests.unit.pipelines.conftest import PIPELINE, SOURCE_OF_TEXT, read

from gitmlops.pipelines.compiling.compile import compile
from gitmlops.pipelines.planning.plan import plan_all
from gitmlops.pipelines.wiring import check as wiring

COMPONENT = SOURCE_OF_TEXT.replace("  loud:", "  luck: {type: seed, description: A seed}\n  loud:")
SEEDED = PIPELINE.replace("{n: 3,", "{n: 3, seed: 7,")


def seeds(pipeline: str) -> list[object]:
    return [step.params.get("luck") for step in plan_all(read(component=COMPONENT, pipeline=pipeline))]


def test_each_step_has_a_seed_of_its_own_from_the_pipelines_one() -> None:
    one, two = seeds(SEEDED)
    assert one != two
    assert all(0 <= seed < 2**31 for seed in (one, two))
    assert seeds(SEEDED) == [one, two]
    assert not {one, two} & {*seeds(SEEDED.replace("seed: 7", "seed: 8"))}


def test_a_seed_that_the_step_names_is_taken_as_it_is() -> None:
    assert seeds(SEEDED.replace("many: 2", "many: 2, luck: 5"))[1] == 5


def test_a_step_that_takes_its_seed_from_the_pipeline_depends_on_it() -> None:
    text = compile(read(component=COMPONENT, pipeline=SEEDED), closure=lambda _: (), code=lambda _: (), current="")
    for stage in yaml.safe_load(text)["stages"].values():
        assert any("params.seed" in keys for entry in stage["params"] for keys in entry.values())


@pytest.mark.parametrize("pipeline", [PIPELINE, SEEDED.replace("seed: 7", "seed: seven")])
def test_without_a_root_seed_a_step_must_name_its_own(pipeline: str) -> None:
    (finding, *_) = wiring.check(read(component=COMPONENT, pipeline=pipeline))
    assert finding.message == "the step 'one' does not give words its parameter 'luck'"


def test_a_seed_is_a_whole_number() -> None:
    pipeline = SEEDED.replace("many: 2", "many: 2, luck: lots")
    (finding,) = wiring.check(read(component=COMPONENT, pipeline=pipeline))
    assert "'luck' must be a whole number, not 'lots'" in finding.message
