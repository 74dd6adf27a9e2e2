"""Personal data in the heads of data files and in notebooks, by values that cannot be anything else: whole columns.

One address in a text is a contact; a column of addresses is customers. Numbers count only with their check digits.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

DATA = (".csv", ".tsv", ".jsonl", ".ndjson")
_LEAST_VALUES, _MOST_ROWS = 5, 1_000
_LEAST_SHARE = 0.8
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24})")
_RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost|local)$", re.IGNORECASE)
"""Hosts that nobody has (RFC 2606)."""
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?")
_CARD = re.compile(
    r"(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|3[47][0-9]{2}|6(?:011|5[0-9]{2}))(?:[ -]?[0-9]{2,6}){2,4}"
)
_SOCIAL = re.compile(r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}")


def is_email(text: str) -> bool:
    """Whether it is an e-mail address of a host that somebody may have."""
    found = _EMAIL.fullmatch(text)
    return found is not None and not _RESERVED.search(found["host"])


def is_iban(text: str) -> bool:
    """Whether it is an account number whose check digits are right: 1 modulo 97, letters counted from 10 on."""
    if not _IBAN.fullmatch(text):
        return False
    plain = text.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Whether it is a number of a payment card by its first digits, its length and its check digit (Luhn's sum)."""
    if not _CARD.fullmatch(text):
        return False
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return 14 <= len(digits) <= 16 and (sum(digits[::2]) + doubled) % 10 == 0


_KINDS: Mapping[str, Callable[[str], bool]] = {
    "e-mail addresses": is_email,
    "account numbers (IBAN)": is_iban,
    "numbers of payment cards": is_card,
    "social security numbers": lambda text: bool(_SOCIAL.fullmatch(text)),
}


def in_data(name: str, head: bytes) -> Iterator[str]:
    """What columns of a data file hold, from its first rows. name: ends as DATA says; head: its first bytes."""
    text = head.decode("utf-8", "replace")
    columns = _of_lines(text) if name.endswith((".jsonl", ".ndjson")) else _of_table(text, name)
    for column, values in columns.items():
        for kind in _kinds(values):
            yield f"column {_short(column)!r} holds {kind}"


def in_notebook(head: bytes) -> Iterator[str]:
    """What the text of a notebook holds, its outputs first of all."""
    text = head.decode("utf-8", "replace")
    emails = {found[0].lower() for found in _EMAIL.finditer(text) if is_email(found[0])}
    if len(emails) >= _LEAST_VALUES:
        yield f"{len(emails)} different e-mail addresses stand in it"
    for kind, pattern, holds in (
        ("account numbers (IBAN)", _IBAN, is_iban),
        ("numbers of payment cards", _CARD, is_card),
    ):
        numbers = {found[0] for found in pattern.finditer(text) if holds(found[0])}
        if len(numbers) >= _LEAST_VALUES:
            yield f"{len(numbers)} {kind} stand in it"


def _kinds(values: Sequence[str]) -> Iterator[str]:
    different = {value.strip() for value in values} - {""}
    for kind, holds in _KINDS.items():
        found = sum(map(holds, different))
        if found >= _LEAST_VALUES and found >= _LEAST_SHARE * len(different):
            yield kind


def _of_table(text: str, name: str) -> Mapping[str, list[str]]:
    """Values by column, those of the first row as their names."""
    first, _, _ = text.partition("\n")
    delimiter = "\t" if name.endswith(".tsv") else max(",;\t|", key=first.count)
    lines = text.splitlines()[: _MOST_ROWS + 1]
    rows = csv.reader(lines[:-1] if len(lines) > 2 else lines, delimiter=delimiter)  # the last one may be cut off
    columns: list[list[str]] = []
    try:
        for row in rows:
            columns += [[] for _ in range(len(row) - len(columns))]
            for place, value in enumerate(row):
                columns[place].append(value)
    except csv.Error:
        pass  # what was read so far is what there is to judge
    named = {column[0]: column[1:] for column in columns if column}
    # A file without a header has a value of its own in the place of a name.
    return {name: [name, *values] for name, values in named.items()}


def _of_lines(text: str) -> Mapping[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for line in text.splitlines()[:_MOST_ROWS]:
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for name, value in _texts(row, ""):
            columns.setdefault(name, []).append(value)
    return columns


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, str):
        yield name, value


def _short(name: str) -> str:
    """A column's name; a value in its place is not shown."""
    return "without a name" if any(holds(name.strip()) for holds in _KINDS.values()) else name[:60]
