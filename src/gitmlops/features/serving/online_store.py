"""Latest values for serving, read from a SQLite file: no data engine, no data frames."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import index
from os import PathLike
from pathlib import Path
from threading import Lock
from types import TracebackType
from urllib.parse import quote

from gitmlops.errors import InputError
from gitmlops.records.canonical import decode
from gitmlops.records.online_store import OnlineStoreContents, ServedFeature, ServedView
from gitmlops.specs.feature import Key
from gitmlops.specs.hints import nearest

Value = int | float | str | bool | datetime | None
KeyValue = int | str | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TOO_LARGE = 1 << 63
_MEND = "write it with `gitmlops feature export`"


class OnlineStore:
    """A file that `gitmlops feature export` wrote. Threads may share one; it only reads.

    A file that is replaced by a newer one is noticed at the next `get`.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        """Raises InputError if there is no such file, or if it is no serving store."""
        self._path, self._lock = Path(path), Lock()
        self._open()

    @property
    def exported_at(self) -> datetime:
        """The moment whose latest values these are; windows are those that end there. UTC."""
        return _EPOCH + self._contents.exported_at * _MICROSECOND

    @property
    def sets(self) -> tuple[str, ...]:
        """What can be asked for: names of feature sets, and `view@vN`."""
        return tuple(self._contents.sets)

    def get(self, set: str, keys: Mapping[str, KeyValue], *, now: datetime | None = None) -> dict[str, Value]:
        """The features of a set by column, as known at `now` (UTC without an offset; the clock's if it is not given).

        A value that has outlived its TTL is None; so is a window that holds no moment before the export any more.
        Unknown keys and None give None, and 0 for counts. Raises InputError for a set that is not here, for keys that
        are missing, too many, or of another type.
        """
        moment = _micros(datetime.now(UTC) if now is None else now)
        with self._lock:
            self._reopen_if_replaced()
            features = self._of(set)
            views = dict.fromkeys(feature.view for feature in features)
            self._require_keys(views, keys)
            rows = {view: self._row(self._contents.views[view], keys) for view in views}
            exported_at = self._contents.exported_at
        return {one.name: _value(one, rows[one.view], moment, exported_at) for one in features}

    def sample(self, set: str, count: int) -> list[dict[str, KeyValue]]:
        """Keys of which something is known, evenly out of all, at most `count`. Raises InputError like `get`."""
        with self._lock:
            views = dict.fromkeys(feature.view for feature in self._of(set))
            found = [self._keys_of(self._contents.views[view], count) for view in views]
        # What has the most keys decides: a set may join customers with their purchases.
        found.sort(key=lambda keys: len(keys[0]) if keys else 0, reverse=True)
        longest = max((len(keys) for keys in found), default=0)
        rows: list[dict[str, KeyValue]] = []
        for i in range(min(longest, count)):
            row: dict[str, KeyValue] = {}
            for keys in found:
                row = {**keys[i % len(keys)], **row} if keys else row
            rows.append(row)
        return rows

    def knows(self, view: str, keys: Mapping[str, KeyValue]) -> bool:
        """Whether anything is stored of these keys for a view of the store, `name@vN`. Raises InputError like `get`."""
        with self._lock:
            self._require_keys({view: None}, keys)
            return self._row(self._contents.views[view], keys) is not None

    def features(self, set: str) -> tuple[ServedFeature, ...]:
        """What is served for a set. Raises InputError if it is not here."""
        return self._of(set)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> "OnlineStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        if not self._path.is_file():
            raise InputError("no such file", where=str(self._path), mend=_MEND)
        about = self._path.stat()
        # immutable: nobody writes to the file, a new one takes its place; SQLite then needs no locks.
        uri = f"file:{quote(str(self._path.resolve()))}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        try:
            row = connection.execute("SELECT record FROM about").fetchone()
        except sqlite3.DatabaseError as error:
            connection.close()
            raise InputError(f"no serving store: {error}", where=str(self._path), mend=_MEND) from error
        try:
            content = str(row[0]).encode() if row else b""
            self._contents: OnlineStoreContents = decode(content, OnlineStoreContents, path=str(self._path))
        except InputError:
            connection.close()
            raise
        self._connection, self._identity = connection, (about.st_dev, about.st_ino, about.st_mtime_ns)

    def _reopen_if_replaced(self) -> None:
        try:
            about = self._path.stat()
        except FileNotFoundError:  # removed: what is open still answers
            return
        if (about.st_dev, about.st_ino, about.st_mtime_ns) != self._identity:
            before = self._connection
            self._open()
            before.close()

    def _of(self, set_: str) -> tuple[ServedFeature, ...]:
        if set_ not in self._contents.sets:
            mend = nearest(set_, self._contents.sets)
            raise InputError(f"there is no set {set_!r} in the store", where=str(self._path), mend=mend)
        return self._contents.sets[set_]

    def _require_keys(self, views: Mapping[str, None], keys: Mapping[str, KeyValue]) -> None:
        known = {key.name for view in views for key in self._contents.views[view].keys}
        if missing := sorted(known - {*keys}):
            raise InputError(
                f"the key {missing[0]!r} is missing", mend=f"the set has the keys {', '.join(sorted(known))}"
            )
        if odd := sorted({*keys} - known):
            raise InputError(f"the set has no key {odd[0]!r}", mend=nearest(odd[0], known))

    def _row(self, view: ServedView, keys: Mapping[str, KeyValue]) -> Mapping[str, Value] | None:
        given = [_key(key, keys[key.name]) for key in view.keys]
        if None in given:
            return None
        where = " AND ".join(f"k{i} = ?" for i in range(len(given))) or "1"
        cursor = self._connection.execute(f"SELECT * FROM {view.table} WHERE {where}", given)
        row = cursor.fetchone()
        return None if row is None else {name: value for (name, *_), value in zip(cursor.description, row, strict=True)}

    def _keys_of(self, view: ServedView, count: int) -> list[dict[str, KeyValue]]:
        if not view.keys:
            return [{}]
        names = ", ".join(f"k{i}" for i in range(len(view.keys)))
        (rows,) = self._connection.execute(f"SELECT count(*) FROM {view.table}").fetchone()
        numbered = f"SELECT {names}, row_number() OVER (ORDER BY {names}) - 1 AS n FROM {view.table}"
        every = max(1, -(-rows // count))
        found = self._connection.execute(f"SELECT {names} FROM ({numbered}) WHERE n % ? = 0 ORDER BY n", [every])
        return [dict(zip((key.name for key in view.keys), row, strict=True)) for row in found.fetchall()]


def _value(feature: ServedFeature, row: Mapping[str, Value] | None, now: int, exported_at: int) -> Value:
    if feature.until is not None:
        if not exported_at <= now < feature.until:
            return None
        value = feature.empty if row is None else row[feature.field]
    else:
        moment = row["moment"] if row else None
        if row is None or not isinstance(moment, int) or now < moment:
            return None
        if feature.within is not None and now - moment > feature.within:
            return None
        value = row[feature.field]
    if value is None:
        return None
    if feature.dtype == "boolean":
        return bool(value)
    return _EPOCH + int(str(value)) * _MICROSECOND if feature.dtype == "timestamp" else value


def _key(key: Key, value: KeyValue) -> KeyValue:
    if value is None:
        return None
    if key.dtype == "string" and isinstance(value, str) and _is_unicode(value):
        return str(value)
    if key.dtype == "int64" and not isinstance(value, str | bool):
        try:
            number = index(value)
        except TypeError:
            number = _TOO_LARGE
        if -_TOO_LARGE <= number < _TOO_LARGE:
            return number
    message = f"the key {key.name!r} is {type(value).__name__}, its entity says {key.dtype}"
    mend = "give it as text" if key.dtype == "string" else "give it as a whole number of 64 bits"
    raise InputError(message, mend=mend)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _micros(moment: datetime) -> int:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
