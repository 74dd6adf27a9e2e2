"""Whether the fields of a model's task fit its kind."""

from collections.abc import Iterator, Mapping

from gitmlops.specs.alarm import WATCHED
from gitmlops.specs.model import Model, Task, TaskKind

Wrong = tuple[tuple[str | int, ...], str, str]
_THRESHOLD = 0.5
_OF: Mapping[str, TaskKind] = {"classes": "multiclass", "query": "ranking", "time": "forecast"}
_WANTED = {
    "classes": "name every class, e.g. `classes: [short, medium, long]`",
    "query": "name the column of the rows that says which belong to one query",
    "time": "name the column of the rows that says which time a row forecasts",
}


def wrong(model: Model) -> Iterator[Wrong]:
    """Keys, what is wrong there, and the mend."""
    task = model.task
    for key, kind in _OF.items():
        given = bool(getattr(task, key))
        if given and task.kind != kind:
            yield ("task", key), f"`{key}` is of {kind} tasks, this one is {task.kind}", "remove it, or mend `kind`"
        if not given and task.kind == kind:
            yield ("task", "kind"), f"a {kind} task needs `{key}`", _WANTED[key]
    if task.kind != "binary" and task.threshold != _THRESHOLD:
        yield ("task", "threshold"), f"a {task.kind} task decides at no threshold", "remove it"
    yield from _of_classes(task)
    yield from _of_monitoring(model)


def _of_monitoring(model: Model) -> Iterator[Wrong]:
    if model.monitoring is None:
        return
    kind = "regression" if model.task.kind == "forecast" else model.task.kind
    if kind not in WATCHED:
        mend = "remove `monitoring`; a `score` step still writes the log"
        yield ("monitoring",), f"monitoring does not know {kind} tasks", mend
        return
    alarm, known = model.monitoring.alarm, WATCHED[kind]
    for key, names in (("metrics", alarm.metrics), ("margins", list(alarm.margins))):
        for place, name in enumerate(names):
            if name not in known:
                last = place if key == "metrics" else name
                yield (
                    ("monitoring", "alarm", key, last),
                    f"{name} is not watched of {model.task.kind} tasks",
                    f"write one of {', '.join(known)}",
                )


def _of_classes(task: Task) -> Iterator[Wrong]:
    if task.kind != "multiclass" or not task.classes:
        return
    if len(set(task.classes)) < len(task.classes):
        yield ("task", "classes"), "a class is named twice", "remove one of them"
    elif len(task.classes) == 1:
        yield ("task", "classes"), "there is one class, nothing is left to predict", "name the others, too"
