"""One value of a YAML file, changed in place: comments and everything else stay as they are."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.specs import reader
from gitmlops.specs.fields import Json
from gitmlops.specs.hints import nearest
from gitmlops.specs.yaml import MappingNode, ScalarNode, compose, is_empty

_BYTE_ORDER_MARK = "\ufeff"  # which `compose` takes off
_BLOCK_STYLES = ("|", ">")


class EditedTree:
    """A tree in which some files have other contents than on disk."""

    def __init__(self, tree: Tree, contents: Mapping[str, bytes]) -> None:
        self._tree, self._contents = tree, contents

    def paths(self) -> tuple[str, ...]:
        """Every file's path, sorted."""
        return self._tree.paths()

    def read(self, path: str) -> bytes:
        """The content of a file, as edited. Raises InputError if there is none."""
        return self._contents[path] if path in self._contents else self._tree.read(path)


def parse_value(text: str) -> Json:
    """The value of `--set KEY=TEXT`: a JSON number, boolean, null, list or mapping, else the text itself."""
    try:
        return json.loads(text, parse_constant=str)
    except json.JSONDecodeError:
        return text


def set_value(text: str, keys: Sequence[str], value: Json) -> str:
    """The text of a YAML file in which the value under `keys` is another one.

    Raises InputError if there is no such key, if the value is written over several lines, or if what was written
    would not read back as the value.
    """
    node = _find(text, keys)
    shown = json.dumps(value, ensure_ascii=False)
    if is_empty(node):
        shown = f" {shown}"
    start, end = (offset + text.startswith(_BYTE_ORDER_MARK) for offset in (node.start, node.end))
    edited = text[:start] + shown + text[end:]
    written, wrong = reader.read(_find(edited, keys), Json, path="")
    if wrong or written != value or type(written) is not type(value):
        raise InputError(f"{'.'.join(keys)} cannot be {value!r}", mend="edit the file by hand")
    return edited


def _find(text: str, keys: Sequence[str]) -> Any:
    roots = compose(text.encode(), path="")
    node: Any = roots[0] if roots else None
    for depth, key in enumerate(keys):
        pairs = node.value if isinstance(node, MappingNode) else {}
        if key not in pairs:
            raise InputError(f"there is no {'.'.join(keys[: depth + 1])}", mend=nearest(key, pairs))
        _, node = pairs[key]
    is_block = node.style in _BLOCK_STYLES if isinstance(node, ScalarNode) else not node.is_flow
    if is_block:
        raise InputError(f"{'.'.join(keys)} is written over several lines", mend="edit the file by hand")
    return node
