"""Nodes x type -> value or findings: the one place where the text of a definition becomes typed.

Every mistake is a Finding with line, column and mend, all of them at once; nothing is guessed.
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, TypeGuard, TypeVar

import msgspec
from msgspec import inspect
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.yaml import is_empty, shortened

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
    reading = _Reading(path)
    value = reading.value(node, _described(type_))
    if reading.findings:
        return None, tuple(reading.findings)
    return msgspec.convert(value, type_), ()


@cache
def _described(type_: type) -> inspect.Type:
    return inspect.type_info(type_)


class _Reading:
    """One walk over one document: the findings so far."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self._readers: dict[type[inspect.Type], Callable[[Node, Any], Any]] = {
            inspect.Metadata: self._metadata,
            inspect.StructType: self._struct,
            inspect.DictType: self._mapping,
            inspect.ListType: self._sequence,
            inspect.VarTupleType: self._sequence,
            inspect.UnionType: self._union,
            inspect.StrType: self._text,
            inspect.IntType: self._integer,
            inspect.FloatType: self._number,
            inspect.BoolType: self._boolean,
            inspect.LiteralType: self._literal,
            inspect.AnyType: self._any,
        }

    def value(self, node: Node, type_: inspect.Type) -> Any:
        return self._readers[type(type_)](node, type_)

    def wrong(self, node: Node, message: str, mend: str) -> Any:
        mark = node.start_mark
        place = Location(self.path, mark.line + 1, mark.column + 1)
        self.findings.append(Finding("definition", Severity.ERROR, message, place, mend))
        return MISSING

    def _metadata(self, node: Node, type_: inspect.Metadata) -> Any:
        before = len(self.findings)
        value = self.value(node, type_.type)
        mend = (type_.extra_json_schema or {}).get("description", "")
        if mend and len(self.findings) > before:
            self.findings[before:] = [replace(finding, mend=mend) for finding in self.findings[before:]]
        return value

    def _struct(self, node: Node, type_: inspect.StructType) -> Any:
        if not isinstance(node, MappingNode):
            return self.wrong(node, f"a mapping is expected here, not {_shown(node)}", "write `key: value` lines")
        fields = {field.encode_name: field for field in type_.fields}
        value = {}
        for key, item in node.value:
            if key.value not in fields:
                self.wrong(key, f"unknown key {shortened(key.value)}", nearest(key.value, fields))
                continue
            if is_empty(item) and not fields[key.value].required:
                continue
            value[key.value] = self.value(item, fields[key.value].type)
        written = {key.value for key, _ in node.value}
        for name, field in fields.items():
            if field.required and name not in written:
                self.wrong(node, f"the key {name!r} is missing", f"add `{name}:`")
        return value

    def _mapping(self, node: Node, type_: inspect.DictType) -> Any:
        if not isinstance(node, MappingNode):
            return self.wrong(node, f"a mapping is expected here, not {_shown(node)}", "write `name: value` lines")
        return {self.value(key, type_.key_type): self.value(item, type_.value_type) for key, item in node.value}

    def _sequence(self, node: Node, type_: Any) -> Any:
        if not isinstance(node, SequenceNode):
            return self.wrong(node, f"a list is expected here, not {_shown(node)}", "write `[a, b]` or `- a` lines")
        return [self.value(item, type_.item_type) for item in node.value]

    def _union(self, node: Node, type_: inspect.UnionType) -> Any:
        # The two kinds of union that a definition has: a type or nothing, and one line of text or a mapping.
        options = [option for option in type_.types if not isinstance(option, inspect.NoneType)]
        if len(options) < len(type_.types) and _is_plain(node) and node.value in _NULLS:
            return None
        chosen = next((item for item in options if isinstance(item, inspect.StructType)), options[0])
        if len(options) > 1 and isinstance(node, ScalarNode):
            chosen = next(item for item in options if item is not chosen)
        return self.value(node, chosen)

    def _text(self, node: Node, type_: inspect.StrType) -> Any:
        if not isinstance(node, ScalarNode):
            return self.wrong(node, f"text is expected here, not {_shown(node)}", "write one line of text")
        if type_.min_length and len(node.value) < type_.min_length:
            return self.wrong(node, "empty text", "write a value")
        # `$` lets a line break through, which a `|` block ends with; every text that has a pattern is one line.
        if type_.pattern and (node.value.endswith("\n") or not re.search(type_.pattern, node.value)):
            return self.wrong(node, f"{_shown(node)} is not of the right form", f"it must match {type_.pattern}")
        return node.value

    def _integer(self, node: Node, type_: inspect.IntType) -> Any:
        if not _is_plain(node) or not _INTEGER.fullmatch(node.value):
            return self.wrong(node, f"a whole number is expected here, not {_shown(node)}", "write e.g. 30")
        return self._within(node, int(node.value), type_)

    def _number(self, node: Node, type_: inspect.FloatType) -> Any:
        if not _is_plain(node) or not _NUMBER.fullmatch(node.value) or not math.isfinite(float(node.value)):
            return self.wrong(node, f"a finite number is expected here, not {_shown(node)}", "write e.g. 0.05")
        return self._within(node, float(node.value), type_)

    def _within(self, node: Node, value: float, type_: inspect.IntType | inspect.FloatType) -> Any:
        if type_.ge is not None and value < type_.ge:
            return self.wrong(node, f"{_shown(node)} is too small", f"write at least {type_.ge}")
        if type_.le is not None and value > type_.le:
            return self.wrong(node, f"{_shown(node)} is too large", f"write at most {type_.le}")
        return value

    def _boolean(self, node: Node, _: inspect.BoolType) -> Any:
        if not _is_plain(node) or node.value not in ("true", "false"):
            return self.wrong(node, f"true or false is expected here, not {_shown(node)}", "write true or false")
        return node.value == "true"

    def _literal(self, node: Node, type_: inspect.LiteralType) -> Any:
        known = {str(value): value for value in type_.values}
        if not isinstance(node, ScalarNode) or node.value not in known:
            word = node.value if isinstance(node, ScalarNode) else ""
            return self.wrong(node, f"{_shown(node)} is not one of the allowed values", nearest(word, known))
        return known[node.value]

    def _any(self, node: Node, _: inspect.Type) -> Any:
        if isinstance(node, MappingNode):
            return {key.value: self._any(item, _) for key, item in node.value}
        if isinstance(node, SequenceNode):
            return [self._any(item, _) for item in node.value]
        return self._plain(node) if _is_plain(node) else node.value

    def _plain(self, node: ScalarNode) -> Any:
        text = node.value
        if text in _NULLS:
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        if _LONG_INTEGER.fullmatch(text):
            return self.wrong(node, f"{_shown(node)} has more than 18 digits", "put it in quotes")
        if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        if _NOT_FINITE.fullmatch(text) or _NUMBER.fullmatch(text):
            return self.wrong(node, f"{_shown(node)} is not a finite number", "write a number, or quotes around text")
        if _DATE.fullmatch(text):
            mend = f'write "{text[:40]}": without them, tools read it differently'
            return self.wrong(node, f"the date {_shown(node)} has no quotes", mend)
        if _UNCLEAR.fullmatch(text):
            mend = "write it plainly (31, 0.5, true), or put quotes around text"
            return self.wrong(node, f"{_shown(node)} is read differently by different tools", mend)
        return text


def _is_plain(node: Node) -> TypeGuard[ScalarNode]:
    return isinstance(node, ScalarNode) and not node.style


def _shown(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return shortened(node.value)
    return "a mapping" if isinstance(node, MappingNode) else "a list"
