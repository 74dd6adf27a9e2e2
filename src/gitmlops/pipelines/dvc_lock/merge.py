"""Two versions of a `dvc.lock` -> one, stage by stage: lines of two stages that stand together are no conflict.

A stage that is not in the lock runs again. That makes leaving one out the right answer wherever both sides changed it.
"""

from collections.abc import Mapping

from gitmlops.errors import InputError
from gitmlops.specs.yaml import MappingNode, Node, ScalarNode, compose, is_empty

MAX_BYTES = 1 << 24
_STAGES = "stages"
_MEND = "take one side (`git checkout --ours` or `--theirs`), then run `gitmlops pipeline run`"

Texts = Mapping[str, str]
"""The lines of each entry, by its key."""


def merged(base: bytes, ours: bytes, theirs: bytes, *, path: str) -> tuple[bytes, tuple[str, ...]]:
    """The lock with the changes of both sides, and the stages that are left out because both changed them.

    A stage that one side removed and the other changed is such a stage, too. What neither changed keeps its bytes.
    Raises InputError if a side is no lock that DVC could read, or if they differ in what is no stage.
    """
    before, mine, other = _known(base, path), _entries(ours, f"{path} (ours)"), _entries(theirs, f"{path} (theirs)")
    sections, both = _three_way(before[0], mine[0], other[0])
    if both:
        what = f"both sides changed {', '.join(both)}"
        raise InputError(what, where=path, mend=_MEND)
    stages, left_out = _three_way(before[1], mine[1], other[1])
    lines = [f"{_STAGES}:\n{''.join(stages.values())}" if stages else f"{_STAGES}: {{}}\n"]
    content = "".join([*sections.values(), *lines]).encode()
    # Sides that are indented differently, for one, do not make one file.
    if [{*entries} for entries in _entries(content, path)] != [{*sections}, {*stages}]:
        raise InputError("the sides are written in different ways", where=path, mend=_MEND)
    return content, left_out


def _three_way(base: Texts, ours: Texts, theirs: Texts) -> tuple[Texts, tuple[str, ...]]:
    """Entries in our order, then what only the other side has; and the keys that both changed, each in its own way."""
    found, both = {}, []
    for key in dict.fromkeys((*ours, *theirs)):
        was, mine, other = base.get(key), ours.get(key), theirs.get(key)
        if mine == other or other == was:
            kept = mine
        elif mine == was:
            kept = other
        else:
            kept = None
            both.append(key)
        if kept is not None:
            found[key] = kept
    return found, tuple(both)


def _known(content: bytes, path: str) -> tuple[Texts, Texts]:
    """What both sides began with. Of one that was broken nothing is known: then all that differs changed on both."""
    try:
        return _entries(content, path)
    except InputError:
        return {}, {}


def _entries(content: bytes, path: str) -> tuple[Texts, Texts]:
    """The sections beside `stages`, and the stages. Raises InputError unless each is written on lines of its own."""
    roots = compose(content, path=path, max_bytes=MAX_BYTES)
    if not roots:
        return {}, {}
    text = content.decode("utf-8-sig")
    sections = _lines(roots[0], text, len(text), path)
    if len(roots) > 1 or _STAGES not in sections:
        raise InputError("not a dvc.lock", where=path, mend=_MEND)
    pairs = _pairs(roots[0], path)
    _, stages = pairs[_STAGES]
    end = min((_start(key) for key, _ in pairs.values() if key.start > stages.start), default=len(text))
    listed = {} if is_empty(stages) or not stages.value else _lines(stages, text, end, path)
    return {key: lines for key, lines in sections.items() if key != _STAGES}, listed


def _lines(node: Node, text: str, end: int, path: str) -> Texts:
    """The lines of each entry of a mapping that ends at `end`."""
    keys = [key for key, _ in _pairs(node, path).values()]
    starts = [_start(key) for key in keys]
    pieces = (text[start:stop] for start, stop in zip(starts, (*starts[1:], end), strict=True))
    return {key.value: piece if piece.endswith("\n") else f"{piece}\n" for key, piece in zip(keys, pieces, strict=True)}


def _pairs(node: Node, path: str) -> Mapping[str, tuple[ScalarNode, Node]]:
    if not isinstance(node, MappingNode) or node.is_flow:
        raise InputError("not as DVC writes it", where=path, mend=_MEND)
    return node.value


def _start(key: ScalarNode) -> int:
    """Where the line of a key begins."""
    return key.start - key.column + 1
