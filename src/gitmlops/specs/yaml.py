"""YAML text -> nodes that know their line and column; strangers wrote the text, so everything clever is refused.

The schema, not YAML 1.1, decides what a scalar means (`no`, `012`, `1:30` cannot surprise): see `reader`.
"""

import re

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gitmlops.errors import InputError

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
# The C parser recurses: 200,000 `[` crash it. Brackets are counted before it sees the text.
_FLOW = re.compile(rb"[\[{]+")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(content: bytes, *, path: str) -> tuple[Node, ...]:
    """The root node of each YAML document in `content`; empty documents are left out.

    Raises InputError for text that is not UTF-8, not YAML, too large, nested deeper than 64 levels,
    or that uses aliases, anchors, merge keys, tags or a key twice.
    """
    text = _decode(content, path)
    _refuse_depth(text, path)
    try:
        _refuse_tricks(text, path)
        roots = tuple(node for node in yaml.compose_all(text, Loader=_LOADER) if node is not None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise InputError(f"not YAML: {error.problem or error.context}", where=place, mend="mend the syntax") from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=path, mend="write plain UTF-8 text") from error
    for root in roots:
        _refuse_duplicates(root, path)
    return tuple(root for root in roots if not is_empty(root))


def where(node: Node, path: str) -> str:
    """`file:line:column` of a node, counted from 1."""
    return f"{path}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def is_empty(node: Node) -> bool:
    """Whether the node is a plain empty scalar, as an empty file or `key:` gives."""
    return isinstance(node, ScalarNode) and node.value == "" and not node.style


def _decode(content: bytes, path: str) -> str:
    if len(content) > MAX_BYTES:
        raise InputError(f"{len(content)} bytes, a definition has at most {MAX_BYTES}", where=path, mend="split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", where=path, mend="save the file as UTF-8") from error


def _refuse_depth(text: str, path: str) -> None:
    indents = {len(line) - len(line.lstrip(" -?")) for line in text.splitlines()}
    if len(indents) > MAX_DEPTH or sum(map(len, _FLOW.findall(text.encode()))) > 10_000:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", where=path, mend="write it flatter")
    depth = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        if depth > MAX_DEPTH:
            raise InputError(f"nested deeper than {MAX_DEPTH} levels", where=path, mend="write it flatter")


def _refuse_tricks(text: str, path: str) -> None:
    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError("anchors and aliases are refused", where=place, mend="write the value out")
        if getattr(event, "tag", None):
            raise InputError(f"the tag {event.tag} is refused", where=place, mend="write the plain value")


def _refuse_duplicates(node: Node, path: str) -> None:
    if isinstance(node, SequenceNode):
        for item in node.value:
            _refuse_duplicates(item, path)
    if isinstance(node, MappingNode):
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise InputError("a key must be plain text", where=where(key, path), mend="quote it or name it")
            if key.value == "<<":
                raise InputError("merge keys are refused", where=where(key, path), mend="write the values out")
            if key.value in seen:
                first = seen[key.value].start_mark.line + 1
                raise InputError(
                    f"the key {key.value!r} is here twice (first on line {first})",
                    where=where(key, path),
                    mend="keep one",
                )
            seen[key.value] = key
            _refuse_duplicates(value, path)
