"""What a change of a check does: tightens it, loosens it, or makes it another one."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from gitmlops.specs.fields import exact, seconds
from gitmlops.specs.policy import AskedDocument, Check, Slice

Direction = Literal["tightened", "loosened", "changed"]

_ENFORCEMENT = ("advisory", "soft-mandatory", "hard-mandatory")
_STRICTER = {(">=", ">"), ("<=", "<")}
_COUNTS = ("min_n", "min_positives", "min_negatives")


@dataclass(frozen=True)
class Change:
    """One key that differs. before, after: as they are written, empty where the key is not there.

    changed: neither side is the stricter one for every model.
    """

    key: str
    before: str
    after: str
    direction: Direction


def changes(before: Check, after: Check) -> tuple[Change, ...]:
    """What differs between two checks of one id, but for their titles; numbers that are equal do not differ."""
    return tuple(
        Change(key, _written(getattr(before, key)), _written(getattr(after, key)), direction)
        for key, direction in _directions(before, after)
    )


def _directions(before: Check, after: Check) -> Iterator[tuple[str, Direction]]:
    for key in ("metric", "method", "resample_unit", "of_class", "k"):
        if getattr(before, key) != getattr(after, key):
            yield key, "changed"
    if before.op != after.op:
        pair = (before.op, after.op)
        yield "op", "tightened" if pair in _STRICTER else "loosened" if pair[::-1] in _STRICTER else "changed"
    yield from _numbers(before, after)
    if before.document != after.document:
        yield "document", _of_document(before.document, after.document)
    if before.decide != after.decide:
        yield "decide", _if(after.decide == "bound")
    if before.baseline != after.baseline:
        yield "baseline", _of_baseline(before, after)
    if before.slice != after.slice:
        yield "slice", _of_slice(before.slice, after.slice)
    if before.on_small_n != after.on_small_n:
        yield "on_small_n", _if(after.on_small_n == "insufficient_evidence")
    if before.enforcement != after.enforcement:
        yield "enforcement", _if(_ENFORCEMENT.index(after.enforcement) > _ENFORCEMENT.index(before.enforcement))


def _numbers(before: Check, after: Check) -> Iterator[tuple[str, Direction]]:
    for key in ("threshold", "margin"):
        old, new = getattr(before, key), getattr(after, key)
        if old is None or new is None:
            if old != new:
                # What is left open asks for nothing yet.
                yield key, _if(old is None) if _alike(before, after) else "changed"
        elif exact(old) != exact(new):
            # A floor is stricter when it rises; a ceiling, and the margin of a loss, when it falls.
            rises = key == "threshold" and after.op in (">=", ">")
            yield key, _if((exact(new) > exact(old)) == rises)
    if before.confidence != after.confidence:
        # McNemar's test sees fewer differences the surer it must be.
        yield "confidence", _if((after.confidence > before.confidence) != (after.op == "no-difference"))
    leaves_out = "leave_out" in (before.on_small_n, after.on_small_n)
    for key in _COUNTS:
        old, new = (_count(one, key) for one in (before, after))
        if old != new:
            # Where small groups are left out, asking for more rows leaves out more of them.
            yield key, _if((new > old) != leaves_out)


def _alike(before: Check, after: Check) -> bool:
    """Whether both compare with the same kind of thing: a threshold, or a baseline."""
    ordered = {one for pair in _STRICTER for one in pair}
    return before.op == after.op or {before.op, after.op} <= ordered


def _count(check: Check, key: str) -> int:
    found: int | None = getattr(check, key)
    return (100 if check.slice else 0) if found is None else found


def _of_baseline(before: Check, after: Check) -> Direction:
    if before.baseline is None or after.baseline is None:
        return "changed"
    return _if(after.baseline.anchor is not None)


def _of_slice(before: Slice | None, after: Slice | None) -> Direction:
    if before is None or after is None:
        return "changed"
    old, new = set(before.columns), set(after.columns)
    if not old:
        return "tightened" if before.intersectional <= after.intersectional else "changed"
    if before.pool != after.pool:
        return "changed"
    if old <= new and before.intersectional <= after.intersectional and (old == new or not before.intersectional):
        return "tightened"
    if new <= old and after.intersectional <= before.intersectional and (old == new or not after.intersectional):
        return "loosened"
    return "changed"


def _of_document(before: AskedDocument | None, after: AskedDocument | None) -> Direction:
    if before is None or after is None or before.kind != after.kind:
        return "changed"
    return "tightened" if _asks_all(before, after) else "loosened" if _asks_all(after, before) else "changed"


def _asks_all(less: AskedDocument, more: AskedDocument) -> bool:
    """Whether one asks at least for what the other does."""
    ages = [seconds(one.max_age) if one.max_age else inf for one in (less, more)]
    return ages[1] <= ages[0] and less.bound_to in (None, more.bound_to) and {*less.headings} <= {*more.headings}


def _if(tighter: bool) -> Direction:
    return "tightened" if tighter else "loosened"


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, AskedDocument):
        told = (
            value.kind,
            f"of {value.bound_to}" if value.bound_to else "",
            f"at most {value.max_age or 'any age'}",
            f"with {'; '.join(value.headings)}" if value.headings else "",
        )
        return ", ".join(filter(None, told))
    if isinstance(value, Slice):
        return f"by {', '.join(value.columns)}{' and their intersections' if value.intersectional else ''}"
    return f"{value.ref}{f' and {value.anchor}' if value.anchor else ''}" if hasattr(value, "ref") else str(value)
