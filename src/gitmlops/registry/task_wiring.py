"""Whether the fields of a model's task fit its kind."""

from collections.abc import Iterator, Mapping

from gitmlops.specs.model import Model, Task, TaskKind

Wrong = tuple[tuple[str, ...], str, str]
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
    if model.monitoring and task.kind not in ("binary",):
        mend = "remove `monitoring`; a `score` step still writes the log"
        yield ("monitoring",), f"monitoring knows binary tasks alone, this one is {task.kind}", mend


def _of_classes(task: Task) -> Iterator[Wrong]:
    if task.kind != "multiclass" or not task.classes:
        return
    if len(set(task.classes)) < len(task.classes):
        yield ("task", "classes"), "a class is named twice", "remove one of them"
    elif len(task.classes) == 1:
        yield ("task", "classes"), "there is one class, nothing is left to predict", "name the others, too"
