"""What `feature snapshot` has taken out of a warehouse: kept in git, beside the pointers to the data."""

import msgspec

from gitmlops.records.canonical import Record


class Taken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One run. since: what `:since` was, empty without; newest: the newest row's timestamp; RFC 3339 in UTC."""

    path: str
    query: str
    since: str
    time: str
    rows: int
    newest: str
    sha256: str


class SourceSnapshots(Record, frozen=True, tag_field="schema", tag="gitmlops/source-snapshots/1"):
    """Every run whose file is part of the source, oldest first. No URL, user or password is ever in here."""

    source: str
    connection: str
    taken: tuple[Taken, ...]
