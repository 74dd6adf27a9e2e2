"""What a pack leaves to whoever extends it, because its law does not say: a number, or the columns of groups."""

from gitmlops.specs.policy import Check


def left_open(asked: Check) -> tuple[str, ...]:
    """The keys that a check of the same id must still write, in the order of a check; none if nothing can judge more.

    An operator that compares with a threshold that is not there, `noninferior` without a margin, a slice by no column.
    """
    missing = {
        "threshold": asked.op in (">=", "<=", ">", "<") and asked.threshold is None,
        "margin": asked.op == "noninferior" and asked.margin is None,
        "slice": asked.slice is not None and not asked.slice.columns,
    }
    return tuple(key for key, is_open in missing.items() if is_open)
