"""A step's matrix: one run for each combination of values, named as DVC names them (`train@EWR-0.1`)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from gitmlops.errors import InputError
from gitmlops.pipelines.planning.expressions import as_text
from gitmlops.specs.fields import Json
from gitmlops.specs.hints import nearest
from gitmlops.specs.pipeline import Step

Values = Mapping[str, Json]
"""The values of one run, by key of the matrix."""

_VALUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
# Text that a file would have to put in quotes to be text: in a stage's name nobody could tell it from the number.
_ALSO_A_VALUE = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null|nan|inf", re.IGNORECASE)
MAX_RUNS = 1000


def runs(step: Step) -> tuple[Values, ...]:
    """The values of each run of a step, in the file's order; one run without values for a step without a matrix."""
    return tuple(dict(zip(step.matrix, values, strict=True)) for values in product(*step.matrix.values()))


def placeholders(step: Step) -> Values:
    """For each key what DVC's template of the stage writes in place of the value."""
    return {key: _placeholder(key) for key in step.matrix}


def item(keys: Iterable[str], values: Values) -> str:
    """What tells a run from the step's others; empty without a matrix."""
    return "-".join(as_text(values[key]) for key in keys)


def name(step: str, item: str) -> str:
    """The name of one run of a step."""
    return f"{step}@{item}" if item else step


def meant(producer: Step, values: Values, wanted: str, *, name: str) -> tuple[Values, ...]:
    """The runs of a step that another one with these values refers to: those that share its values.

    wanted: the run that the reference names, if it names one; name: the producer's.
    Raises InputError if there is no such run.
    """
    if wanted:
        found = [one for one in runs(producer) if item(producer.matrix, one) == wanted]
        if not found:
            known = [item(producer.matrix, one) for one in runs(producer)]
            mend = nearest(wanted, known) if producer.matrix else f"{name!r} has no matrix"
            raise InputError(f"{name!r} does not run for {wanted!r}", mend=mend)
        return tuple(found)
    for key in (key for key in producer.matrix if key in values and values[key] != _placeholder(key)):
        known = [as_text(value) for value in producer.matrix[key]]
        if as_text(values[key]) not in known:
            what = f"{name!r} does not run for {key} {as_text(values[key])!r}"
            raise InputError(what, mend=nearest(as_text(values[key]), known))
    choices = ([values[key]] if key in values else every for key, every in producer.matrix.items())
    return tuple(dict(zip(producer.matrix, chosen, strict=True)) for chosen in product(*choices))


def wrong(step: Step) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong with a matrix: the keys of the place in the step, what, and how to mend it."""
    for key, values in step.matrix.items():
        if not values:
            yield ("matrix", key), f"the matrix key {key!r} has no values", f"write `{key}: [a, b]`"
        for at, value in enumerate(values):
            if mend := _wrong_value(value):
                yield ("matrix", key, at), f"{value!r} cannot be a value of a matrix", mend
    amount = 1
    for values in step.matrix.values():
        amount *= len(values)
    if amount > MAX_RUNS:
        yield ("matrix",), f"{amount} combinations, a step may have {MAX_RUNS}", "make it smaller"
        return
    items = Counter(item(step.matrix, values) for values in runs(step)) if step.matrix else Counter[str]()
    for twice in (one for one, times in items.items() if times > 1):
        yield ("matrix",), f"two combinations have the name {twice!r}", "change a value"


def _placeholder(key: str) -> str:
    return f"${{item.{key}}}"


def _wrong_value(value: Json) -> str:
    if isinstance(value, bool | int | float):
        return ""
    if not isinstance(value, str):
        return "write text, a number or a boolean"
    if _ALSO_A_VALUE.fullmatch(value):
        return f"write {value} without quotes, or a word"
    if not _VALUE.fullmatch(value):
        return "it is part of names and paths: use letters, digits, `_`, `.` and `-`, at most 63"
    return ""
