"""Rows that have numbers, so that their order can be found again."""

from dataclasses import dataclass

ROW = '"entity row"'
"""A column of row numbers, as SQL writes it. No name of a definition can be this one."""


@dataclass(frozen=True)
class Numbered:
    """What stands after FROM, and the expression for a row's number there (0, 1, ... in their order)."""

    relation: str
    row: str
