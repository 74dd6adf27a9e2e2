"""`${{ params.x }}`, `${{ steps.s.outputs.o }}` and the like: what the values of a pipeline file may refer to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gitmlops.errors import InputError
from gitmlops.specs.fields import Json

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_NAME = r"[a-zA-Z][a-zA-Z0-9_-]*"
_ITEM = r"[a-zA-Z0-9_.-]+"
_PARAMETER = re.compile(rf"params\.({_NAME})")
_MATRIX = re.compile(rf"matrix\.({_NAME})")
_OUTPUT = re.compile(rf"steps\.({_NAME})(?:@({_ITEM}))?\.outputs\.({_NAME})")
_OWN = re.compile(rf"(inputs|outputs)\.({_NAME})")


@dataclass(frozen=True)
class ParameterReference:
    """A parameter of the pipeline."""

    name: str

    def __str__(self) -> str:
        return f"params.{self.name}"


@dataclass(frozen=True)
class MatrixReference:
    """The value that this run of the step has for a key of its matrix."""

    key: str

    def __str__(self) -> str:
        return f"matrix.{self.key}"


@dataclass(frozen=True)
class OutputReference:
    """An output of another step; item: of which of its runs, if the step has a matrix and one is meant."""

    step: str
    output: str
    item: str = ""

    def __str__(self) -> str:
        return f"steps.{self.step}{'@' if self.item else ''}{self.item}.outputs.{self.output}"


@dataclass(frozen=True)
class OwnReference:
    """A path that the step itself reads or writes; side: `inputs` or `outputs`."""

    side: str
    name: str

    def __str__(self) -> str:
        return f"{self.side}.{self.name}"


Reference: TypeAlias = ParameterReference | MatrixReference | OutputReference | OwnReference


def parse(text: str) -> tuple[str | Reference, ...]:
    """The pieces of a text, in order: plain text and references. A text that is one expression is one reference.

    Raises InputError for an expression that refers to nothing known, or that does not end.
    """
    pieces: list[str | Reference] = []
    end = 0
    for match in _EXPRESSION.finditer(text):
        pieces += [_plain(text[end : match.start()]), _reference(match[1].strip())]
        end = match.end()
    pieces.append(_plain(text[end:]))
    return tuple(piece for piece in pieces if piece != "")


def references(value: Json) -> tuple[Reference, ...]:
    """Every reference in a value, lists and mappings included. Raises InputError."""
    if isinstance(value, str):
        return tuple(piece for piece in parse(value) if not isinstance(piece, str))
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return tuple(reference for item in items for reference in references(item))


def resolve(value: Json, lookup: Callable[[Reference], Json]) -> Json:
    """The value with every reference replaced by what it refers to: a reference alone keeps the type that it finds.

    Raises InputError for an output, a list or a mapping inside a longer text.
    """
    if isinstance(value, dict):
        return {key: resolve(item, lookup) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, lookup) for item in value]
    if not isinstance(value, str):
        return value
    pieces = parse(value)
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return lookup(pieces[0])
    return "".join(piece if isinstance(piece, str) else _inside(piece, lookup) for piece in pieces)


def as_text(value: Json) -> str:
    """A text, number or boolean as it is written in a file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(text: str) -> str:
    if "${{" in text:
        raise InputError(f"the expression in {text!r} does not end", mend="close it with `}}`")
    return text


def _reference(inside: str) -> Reference:
    if match := _PARAMETER.fullmatch(inside):
        return ParameterReference(match[1])
    if match := _MATRIX.fullmatch(inside):
        return MatrixReference(match[1])
    if match := _OUTPUT.fullmatch(inside):
        return OutputReference(match[1], match[3], match[2] or "")
    if match := _OWN.fullmatch(inside):
        return OwnReference(match[1], match[2])
    mend = "write ${{ params.NAME }}, ${{ matrix.KEY }} or ${{ steps.STEP.outputs.OUTPUT }}"
    raise InputError(f"{inside!r} refers to nothing", mend=mend)


def _inside(reference: Reference, lookup: Callable[[Reference], Json]) -> str:
    if isinstance(reference, OutputReference):
        raise InputError("an output stands inside a longer text", mend="give the expression alone")
    value = lookup(reference)
    if value is None or isinstance(value, list | dict):
        raise InputError(f"{reference} is no text or number", mend="give the expression alone")
    return as_text(value)
