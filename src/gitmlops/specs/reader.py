"""Nodes x type -> value or findings: the one place where the text of a definition becomes typed.

Every mistake is a Finding with line, column and mend, all of them at once; nothing is guessed.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeGuard, TypeVar

import msgspec
from msgspec import inspect

from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.yaml import MappingNode, Node, ScalarNode, SequenceNode, is_empty, shortened

T = TypeVar("T", bound=msgspec.Struct)
MISSING: Any = object()

# 18 digits fit in 64 bits; what is longer is an identifier, and a float would round it.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_LONG_INTEGER = re.compile(r"[-+]?[0-9]{19,}")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(nan|inf)|nan|inf|infinity", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*")
# DVC reads parameter files too: these are text by our rules, and numbers, booleans or a crash by its own.
_UNCLEAR = re.compile(
    r"[-+]?(0[0-9]+(\.[0-9]*)?|0[xob][0-9a-f_]+|[0-9]+_[0-9_.]*|(\.[0-9]+|[0-9]+\.)(e[-+]?[0-9]+)?)|true|false|=",
    re.IGNORECASE,
)
_NULLS = ("", "~", "null", "Null", "NULL")


def read(node: Node, type_: type[T], *, path: str) -> tuple[T | None, tuple[Finding, ...]]:
    """The value of `type_` (a msgspec Struct) written at `node`, and what is wrong with it; None if anything is."""
    reading = _Reading(path, [])
    value = _of_type(type_)(reading, node)
    if reading.findings:
        return None, tuple(reading.findings)
    return msgspec.convert(value, type_), ()


@dataclass
class _Reading:
    """One walk over one document: the findings so far."""

    path: str
    findings: list[Finding]

    def wrong(self, node: Node, message: str, mend: str) -> Any:
        place = Location(self.path, node.line, node.column)
        self.findings.append(Finding("definition", Severity.ERROR, message, place, mend))
        return MISSING


_Read = Callable[[_Reading, Node], Any]
"""The value of a node, or MISSING and a finding."""


@cache
def _of_type(type_: type) -> _Read:
    """What reads a type: made once, because a thousand files have the same few types."""
    return _reader(inspect.type_info(type_))


def _reader(type_: inspect.Type) -> _Read:
    return _READERS[type(type_)](type_)


def _metadata(type_: inspect.Metadata) -> _Read:
    read_value, mend = _reader(type_.type), (type_.extra_json_schema or {}).get("description", "")
    if not mend:
        return read_value

    def read_mended(reading: _Reading, node: Node) -> Any:
        before = len(reading.findings)
        value = read_value(reading, node)
        if len(reading.findings) > before:
            reading.findings[before:] = [replace(finding, mend=mend) for finding in reading.findings[before:]]
        return value

    return read_mended


def _struct(type_: inspect.StructType) -> _Read:
    fields = {field.encode_name: (_reader(field.type), field.required) for field in type_.fields}
    needed = tuple(field.encode_name for field in type_.fields if field.required)

    def read_struct(reading: _Reading, node: Node) -> Any:
        if not isinstance(node, MappingNode):
            return reading.wrong(node, f"a mapping is expected here, not {_shown(node)}", "write `key: value` lines")
        value = {}
        for name, (key, item) in node.value.items():
            if name not in fields:
                reading.wrong(key, f"unknown key {shortened(name)}", nearest(name, fields))
                continue
            read_field, required = fields[name]
            if required or not is_empty(item):
                value[name] = read_field(reading, item)
        for name in needed:
            if name not in node.value:
                reading.wrong(node, f"the key {name!r} is missing", f"add `{name}:`")
        return value

    return read_struct


def _mapping(type_: inspect.DictType) -> _Read:
    read_key, read_value = _reader(type_.key_type), _reader(type_.value_type)

    def read_mapping(reading: _Reading, node: Node) -> Any:
        if not isinstance(node, MappingNode):
            return reading.wrong(node, f"a mapping is expected here, not {_shown(node)}", "write `name: value` lines")
        return {read_key(reading, key): read_value(reading, item) for key, item in node.value.values()}

    return read_mapping


def _sequence(type_: Any) -> _Read:
    read_item = _reader(type_.item_type)

    def read_sequence(reading: _Reading, node: Node) -> Any:
        if not isinstance(node, SequenceNode):
            return reading.wrong(node, f"a list is expected here, not {_shown(node)}", "write `[a, b]` or `- a` lines")
        return [read_item(reading, item) for item in node.value]

    return read_sequence


def _union(type_: inspect.UnionType) -> _Read:
    # The kinds of union that a definition has: a type or nothing, and one line of text or a mapping or a list.
    options = [option for option in type_.types if not isinstance(option, inspect.NoneType)]
    may_be_nothing = len(options) < len(type_.types)
    nested = (inspect.StructType, inspect.ListType)
    chosen = next((item for item in options if isinstance(item, nested)), options[0])
    read_chosen = read_scalar = _reader(chosen)
    if len(options) > 1:
        read_scalar = _reader(next(item for item in options if item is not chosen))

    def read_union(reading: _Reading, node: Node) -> Any:
        if may_be_nothing and _is_plain(node) and node.value in _NULLS:
            return None
        return (read_scalar if isinstance(node, ScalarNode) else read_chosen)(reading, node)

    return read_union


def _text(type_: inspect.StrType) -> _Read:
    shortest, matches = type_.min_length or 0, re.compile(type_.pattern).search if type_.pattern else None

    def read_text(reading: _Reading, node: Node) -> Any:
        if not isinstance(node, ScalarNode):
            return reading.wrong(node, f"text is expected here, not {_shown(node)}", "write one line of text")
        if len(node.value) < shortest:
            return reading.wrong(node, "empty text", "write a value")
        # `$` lets a line break through, which a `|` block ends with; every text that has a pattern is one line.
        if matches and (node.value.endswith("\n") or not matches(node.value)):
            return reading.wrong(node, f"{_shown(node)} is not of the right form", f"it must match {type_.pattern}")
        return node.value

    return read_text


def _integer(type_: inspect.IntType) -> _Read:
    def read_integer(reading: _Reading, node: Node) -> Any:
        if not _is_plain(node) or not _INTEGER.fullmatch(node.value):
            return reading.wrong(node, f"a whole number is expected here, not {_shown(node)}", "write e.g. 30")
        return _within(reading, node, int(node.value), type_)

    return read_integer


def _number(type_: inspect.FloatType) -> _Read:
    def read_number(reading: _Reading, node: Node) -> Any:
        if not _is_plain(node) or not _NUMBER.fullmatch(node.value) or not math.isfinite(float(node.value)):
            return reading.wrong(node, f"a finite number is expected here, not {_shown(node)}", "write e.g. 0.05")
        return _within(reading, node, float(node.value), type_)

    return read_number


def _within(reading: _Reading, node: Node, value: float, type_: inspect.IntType | inspect.FloatType) -> Any:
    if type_.ge is not None and value < type_.ge:
        return reading.wrong(node, f"{_shown(node)} is too small", f"write at least {type_.ge}")
    if type_.le is not None and value > type_.le:
        return reading.wrong(node, f"{_shown(node)} is too large", f"write at most {type_.le}")
    return value


def _boolean(_: inspect.BoolType) -> _Read:
    def read_boolean(reading: _Reading, node: Node) -> Any:
        if not _is_plain(node) or node.value not in ("true", "false"):
            return reading.wrong(node, f"true or false is expected here, not {_shown(node)}", "write true or false")
        return node.value == "true"

    return read_boolean


def _literal(type_: inspect.LiteralType) -> _Read:
    known = {str(value): value for value in type_.values}

    def read_literal(reading: _Reading, node: Node) -> Any:
        if not isinstance(node, ScalarNode) or node.value not in known:
            word = node.value if isinstance(node, ScalarNode) else ""
            return reading.wrong(node, f"{_shown(node)} is not one of the allowed values", nearest(word, known))
        return known[node.value]

    return read_literal


def _any(_: inspect.Type) -> _Read:
    return _read_any


def _read_any(reading: _Reading, node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key: _read_any(reading, item) for key, (_, item) in node.value.items()}
    if isinstance(node, SequenceNode):
        return [_read_any(reading, item) for item in node.value]
    return node.value if node.style else _plain(reading, node)


def _plain(reading: _Reading, node: ScalarNode) -> Any:
    text = node.value
    if text in _NULLS:
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _LONG_INTEGER.fullmatch(text):
        return reading.wrong(node, f"{_shown(node)} has more than 18 digits", "put it in quotes")
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if _NOT_FINITE.fullmatch(text) or _NUMBER.fullmatch(text):
        return reading.wrong(node, f"{_shown(node)} is not a finite number", "write a number, or quotes around text")
    if _DATE.fullmatch(text):
        mend = f'write "{text[:40]}": without them, tools read it differently'
        return reading.wrong(node, f"the date {_shown(node)} has no quotes", mend)
    if _UNCLEAR.fullmatch(text):
        mend = "write it plainly (31, 0.5, true), or put quotes around text"
        return reading.wrong(node, f"{_shown(node)} is read differently by different tools", mend)
    return text


_READERS: Mapping[type[inspect.Type], Callable[[Any], _Read]] = {
    inspect.Metadata: _metadata,
    inspect.StructType: _struct,
    inspect.DictType: _mapping,
    inspect.ListType: _sequence,
    inspect.VarTupleType: _sequence,
    inspect.UnionType: _union,
    inspect.StrType: _text,
    inspect.IntType: _integer,
    inspect.FloatType: _number,
    inspect.BoolType: _boolean,
    inspect.LiteralType: _literal,
    inspect.AnyType: _any,
}


def _is_plain(node: Node) -> TypeGuard[ScalarNode]:
    return isinstance(node, ScalarNode) and not node.style


def _shown(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return shortened(node.value)
    return "a mapping" if isinstance(node, MappingNode) else "a list"
