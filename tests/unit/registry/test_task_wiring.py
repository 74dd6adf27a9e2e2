"""Whether the fields of a task fit its kind, told at their keys."""

import pytest
from tests.unit.gate.definition_files import definitions, model

from gitmlops.registry.task_wiring import wrong
from gitmlops.specs.model import Model


def told(task: str) -> list[str]:
    text = model().replace("kind: binary, label: late, threshold: 0.5", task)
    found = wrong(definitions(models={"toy": text}).get(Model, "toy").spec)
    return [f"{'.'.join(key)}: {what}; {mend}" for key, what, mend in found]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("kind: multiclass, label: size", "task.kind: a multiclass task needs `classes`; name every class, e.g."),
        ("kind: multiclass, label: size, classes: [a, a]", "task.classes: a class is named twice; remove one of them"),
        ("kind: multiclass, label: size, classes: [a]", "task.classes: there is one class, nothing is left to predict"),
        ("kind: ranking, label: size", "task.kind: a ranking task needs `query`"),
        ("kind: forecast, label: size", "task.kind: a forecast task needs `time`"),
        (
            "kind: regression, label: size, classes: [a, b]",
            "task.classes: `classes` is of multiclass tasks, this one is regression",
        ),
        ("kind: regression, label: size, threshold: 0.2", "task.threshold: a regression task decides at no threshold"),
    ],
)
def test_a_field_that_does_not_fit_is_told_at_its_key(task: str, said: str) -> None:
    (found,) = told(task)
    assert found.startswith(said)


@pytest.mark.parametrize(
    "task",
    [
        "kind: binary, label: late, threshold: 0.3",
        "kind: multiclass, label: size, classes: [1, 2, 10]",
        "kind: regression, label: minutes",
        "kind: forecast, label: sold, time: day",
        "kind: ranking, label: clicked, query: search",
    ],
)
def test_every_kind_can_be_written(task: str) -> None:
    assert told(task) == []
