"""One thing where GitHub lets several be: processes that make it at the same moment agree on the oldest."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from gitmlops.errors import ToolError

T = TypeVar("T")

_ROUNDS = 10


def settle(
    *,
    find: Callable[[], Sequence[T]],
    create: Callable[[], T],
    update: Callable[[T], T | None],
    remove: Callable[[T], None],
    number: Callable[[T], int],
) -> T:
    """The oldest of what `find` gives, brought up to date; made if there is none; younger ones are removed.

    update: None if it is gone by now. Who makes one looks again: of two who do so at once the younger one sees both.
    Raises ToolError if others remove it again and again.
    """
    for _ in range(_ROUNDS):
        found = find()
        if not found:
            made = create()
            found = sorted({number(one): one for one in (made, *find())}.values(), key=number)
        for younger in found[1:]:
            remove(younger)
        if (kept := update(found[0])) is not None:
            return kept
    raise ToolError("somebody else removes it whenever it is there", mend="find out who, then run it again")
