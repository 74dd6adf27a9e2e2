"""YAML text -> nodes that know their line and column; strangers wrote the text, so everything clever is refused.

The schema, not YAML 1.1, decides what a scalar means (`no`, `012`, `1:30` cannot surprise): see `reader`.
"""

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gitmlops.errors import InputError

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNTAGGED = ""
_TRICKY = (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)


def compose(content: bytes, *, path: str, max_bytes: int = MAX_BYTES) -> tuple[Node, ...]:
    """The root node of each YAML document in `content`; empty documents are left out, nodes carry no tags.

    Raises InputError for text that is not UTF-8, not YAML, too large, nested deeper than 64 levels,
    or that uses aliases, anchors, merge keys, tags or a key twice.
    """
    text = _decode(content, path, max_bytes)
    composing = _Composing(path)
    try:
        for event in _events(text):
            composing.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _place(mark, path) if mark else path
        raise InputError(f"not YAML: {error.problem or error.context}", where=place, mend="mend the syntax") from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=path, mend="write plain UTF-8 text") from error
    return tuple(root for root in composing.roots if not is_empty(root))


def is_empty(node: Node) -> bool:
    """Whether the node is a plain empty scalar, as an empty file or `key:` gives."""
    return isinstance(node, ScalarNode) and node.value == "" and not node.style


def _decode(content: bytes, path: str, max_bytes: int) -> str:
    if len(content) > max_bytes:
        raise InputError(f"{len(content)} bytes, the file may have {max_bytes}", where=path, mend="split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", where=path, mend="save the file as UTF-8") from error


def _events(text: str) -> Iterator[Any]:
    """What the parser sees, one at a time: whoever stops listening stops the parser."""
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


class _Open:
    """A mapping or list whose end has not come yet; key: the one that waits for its value."""

    __slots__ = ("key", "known", "node")

    def __init__(self, node: MappingNode | SequenceNode) -> None:
        self.node = node
        self.key: ScalarNode | None = None
        self.known: dict[str, int] = {}


class _Composing:
    """Events -> nodes, with a stack of our own: the C composer recurses, and 200,000 `[` crash it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.roots: list[Node] = []
        self._stack: list[_Open] = []

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind in _TRICKY and (event.anchor or event.tag):
            raise self._trick(event)
        if kind is yaml.ScalarEvent:
            self._put(ScalarNode(_UNTAGGED, event.value, event.start_mark, event.end_mark, event.style))
        elif kind is yaml.MappingStartEvent:
            self._enter(MappingNode(_UNTAGGED, [], event.start_mark, event.end_mark, event.flow_style))
        elif kind is yaml.SequenceStartEvent:
            self._enter(SequenceNode(_UNTAGGED, [], event.start_mark, event.end_mark, event.flow_style))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._stack.pop().node.end_mark = event.end_mark
        elif kind is yaml.AliasEvent:
            raise self._trick(event)

    def _enter(self, node: MappingNode | SequenceNode) -> None:
        if len(self._stack) == MAX_DEPTH:
            raise self._wrong(node, f"nested deeper than {MAX_DEPTH} levels", "write it flatter")
        self._put(node)
        self._stack.append(_Open(node))

    def _put(self, node: Node) -> None:
        if not self._stack:
            self.roots.append(node)
            return
        inside = self._stack[-1]
        if isinstance(inside.node, SequenceNode):
            inside.node.value.append(node)
        elif inside.key is not None:
            inside.node.value.append((inside.key, node))
            inside.key = None
        else:
            inside.key = self._key(node, inside.known)

    def _key(self, node: Node, known: dict[str, int]) -> ScalarNode:
        if not isinstance(node, ScalarNode):
            raise self._wrong(node, "a key must be plain text", "quote it or name it")
        if node.value == "<<" and not node.style:
            raise self._wrong(node, "merge keys are refused", "write the values out")
        if node.value in known:
            first = known[node.value]
            raise self._wrong(
                node, f"the key {shortened(node.value)} is here twice (first on line {first})", "keep one"
            )
        known[node.value] = node.start_mark.line + 1
        return node

    def _trick(self, event: Any) -> InputError:
        if event.anchor:
            return self._wrong(event, "anchors and aliases are refused", "write the value out")
        return self._wrong(event, f"the tag {shortened(event.tag)} is refused", "write the plain value")

    def _wrong(self, at: Any, what: str, mend: str) -> InputError:
        return InputError(what, where=_place(at.start_mark, self.path), mend=mend)


def shortened(text: str) -> str:
    """The text in quotes, as Python would write it, cut at 60 characters: safe to show, whoever wrote it."""
    return repr(text) if len(text) <= 60 else repr(text[:57] + "...")


def _place(mark: Any, path: str) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}"
