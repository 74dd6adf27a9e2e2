"""YAML text -> nodes that know their line and column; strangers wrote the text, so everything clever is refused.

The schema, not YAML 1.1, decides what a scalar means (`no`, `012`, `1:30` cannot surprise): see `reader`.
"""

from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct
from yaml import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from gitmlops.errors import InputError

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# Not PyYAML's nodes: a thousand files have 70,000, and these are made in a third of the time. They live to the end,
# and none is part of a circle, so that nobody need look among them for garbage.
class ScalarNode(Struct, frozen=True, gc=False, eq=False):
    """Text. line, column: from 1; start, end: offsets in the text; style: the quote or block sign, empty if plain."""

    value: str
    line: int
    column: int
    start: int
    end: int
    style: str


class SequenceNode(Struct, gc=False, eq=False):
    """A list of nodes, placed like text. is_flow: whether it is written in brackets."""

    value: "list[Node]"
    line: int
    column: int
    start: int
    end: int
    is_flow: bool


class MappingNode(Struct, gc=False, eq=False):
    """Key -> its node and its value's, in their order, placed like text. is_flow: whether it is written in braces."""

    value: "dict[str, tuple[ScalarNode, Node]]"
    line: int
    column: int
    start: int
    end: int
    is_flow: bool


Node = ScalarNode | SequenceNode | MappingNode


def compose(content: bytes, *, path: str, max_bytes: int = MAX_BYTES) -> tuple[Node, ...]:
    """The root node of each YAML document in `content`; empty documents are left out.

    Raises InputError for text that is not UTF-8, not YAML, too large, nested deeper than 64 levels,
    or that uses aliases, anchors, merge keys, tags or a key twice.
    """
    text = _decode(content, path, max_bytes)
    try:
        loader = _LOADER(text)
        try:
            roots = _Composing(path).roots(loader.get_event)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise InputError(f"not YAML: {error.problem or error.context}", where=place, mend="mend the syntax") from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=path, mend="write plain UTF-8 text") from error
    return tuple(root for root in roots if not is_empty(root))


def is_empty(node: Node) -> bool:
    """Whether the node is a plain empty scalar, as an empty file or `key:` gives."""
    return node.value == "" and isinstance(node, ScalarNode) and not node.style


def _decode(content: bytes, path: str, max_bytes: int) -> str:
    if len(content) > max_bytes:
        raise InputError(f"{len(content)} bytes, the file may have {max_bytes}", where=path, mend="split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", where=path, mend="save the file as UTF-8") from error


class _Composing:
    """Events -> nodes, with a stack of our own: the C composer recurses, and 200,000 `[` crash it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._open: list[SequenceNode | MappingNode] = []

    def roots(self, next_event: Callable[[], Any]) -> list[Node]:
        """The roots of the documents. next_event: None after the last; a parser that is not asked goes no further."""
        roots: list[Node] = []
        takers: list[Callable[[Node], None]] = [roots.append]
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                if event.anchor or event.tag:
                    raise self._trick(event)
                mark = event.start_mark  # as `_place`, without its call: most nodes are scalars
                line, column, end = mark.line + 1, mark.column + 1, event.end_mark.index
                takers[-1](ScalarNode(event.value, line, column, mark.index, end, event.style or ""))
            elif kind is MappingStartEvent:
                mapping = MappingNode({}, *self._place(event), bool(event.flow_style))
                takers[-1](mapping)
                takers.append(_Entries(self.path, mapping.value).take)
                self._enter(mapping)
            elif kind is SequenceStartEvent:
                sequence = SequenceNode([], *self._place(event), bool(event.flow_style))
                takers[-1](sequence)
                takers.append(sequence.value.append)
                self._enter(sequence)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                takers.pop()
                self._open.pop().end = event.end_mark.index
            elif kind is AliasEvent:
                raise self._trick(event)
        return roots

    def _place(self, event: Any) -> tuple[int, int, int, int]:
        """Line, column, start and end, as nodes have them."""
        if event.anchor or event.tag:
            raise self._trick(event)
        mark = event.start_mark
        return mark.line + 1, mark.column + 1, mark.index, event.end_mark.index

    def _enter(self, node: SequenceNode | MappingNode) -> None:
        self._open.append(node)
        if len(self._open) > MAX_DEPTH:
            raise _wrong(self.path, node, f"nested deeper than {MAX_DEPTH} levels", "write it flatter")

    def _trick(self, event: Any) -> InputError:
        where = f"{self.path}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
        if event.anchor:
            return InputError("anchors and aliases are refused", where=where, mend="write the value out")
        return InputError(f"the tag {shortened(event.tag)} is refused", where=where, mend="write the plain value")


class _Entries:
    """The entries of one mapping, of which keys and values come in turn."""

    __slots__ = ("_key", "entries", "path")

    def __init__(self, path: str, entries: dict[str, tuple[ScalarNode, Node]]) -> None:
        self.path, self.entries = path, entries
        self._key: ScalarNode | None = None

    def take(self, node: Node) -> None:
        if (key := self._key) is not None:
            self.entries[key.value] = (key, node)
            self._key = None
            return
        if not isinstance(node, ScalarNode):
            raise _wrong(self.path, node, "a key must be plain text", "quote it or name it")
        if node.value == "<<" and not node.style:
            raise _wrong(self.path, node, "merge keys are refused", "write the values out")
        if node.value in self.entries:
            first = self.entries[node.value][0].line
            message = f"the key {shortened(node.value)} is here twice (first on line {first})"
            raise _wrong(self.path, node, message, "keep one")
        self._key = node


def _wrong(path: str, node: Node, what: str, mend: str) -> InputError:
    return InputError(what, where=f"{path}:{node.line}:{node.column}", mend=mend)


def shortened(text: str) -> str:
    """The text in quotes, as Python would write it, cut at 60 characters: safe to show, whoever wrote it."""
    return repr(text) if len(text) <= 60 else repr(text[:57] + "...")
