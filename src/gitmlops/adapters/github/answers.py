"""What GitHub answered, read: how long to wait, what it refuses and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

NO_ANSWER = 0
"""The status of an answer that did not come, or not whole."""
MOVED = 301
"""The status of every answer that sends somewhere else."""
_BROKEN = (NO_ANSWER, 500, 502, 503, 504)
_FIRST_PAUSE, _SECONDARY_PAUSE = 1.0, 60.0
_SECONDS = re.compile(r"[0-9]{1,15}")
_TRIES = 4
_LIMIT = re.compile(r"rate limit|abuse detection", re.IGNORECASE)
_TOO_EARLY = re.compile(r"could not resolve to a node", re.IGNORECASE)
_THERE = re.compile(r"already[ _]exists", re.IGNORECASE)


class _Body(msgspec.Struct):
    message: str = ""
    errors: Any = None


@dataclass(frozen=True)
class Answer:
    """Status, headers by their lower-case names, and body; a status of NO_ANSWER has the reason as its body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def broken(self) -> bool:
        """Whether it does not tell what happened: nothing came, or a server in between failed."""
        return self.status in _BROKEN

    @property
    def message(self) -> str:
        """What a refusal says, its details with it."""
        body = self._body()
        details = map(_words, body.errors if isinstance(body.errors, list) else [body.errors])
        return "; ".join(dict.fromkeys(filter(None, (body.message, *details)))) or f"status {self.status}"

    @property
    def says_already_there(self) -> bool:
        """Whether it refuses to create what exists."""
        return self.status == 422 and bool(_THERE.search(self.message))

    def _body(self) -> _Body:
        if self.status == NO_ANSWER:
            return _Body(self.text)
        try:
            return msgspec.json.decode(self.text, type=_Body)
        except (msgspec.MsgspecError, RecursionError):
            return _Body()


def _words(detail: Any) -> str:
    """A detail as GitHub has them: a sentence, or an object with a message, or with a field and a code."""
    if isinstance(detail, str):
        return detail
    if not isinstance(detail, Mapping):
        return ""
    return str(detail.get("message") or " ".join(str(detail[key]) for key in ("field", "code") if detail.get(key)))


def limit_pause(answer: Answer, tries: int, now: float) -> float | None:
    """Seconds that a rate limit asks for before the same request is sent again; None if none refused it.

    `Retry-After` counts, else `x-ratelimit-reset` of a spent limit, else a minute that doubles with every try.
    The least is a second that doubles, too: whoever says "now" again and again is not asked without end.
    """
    asked = _asked_pause(answer, tries, now)
    return None if asked is None else max(asked, _FIRST_PAUSE * 2.0**tries)


def _asked_pause(answer: Answer, tries: int, now: float) -> float | None:
    if answer.status not in (403, 429, 503):
        return None
    if (seconds := _retry_after(answer.headers.get("retry-after", ""), now)) is not None:
        return seconds
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.status != 503 and answer.headers.get("x-ratelimit-remaining") == "0" and _SECONDS.fullmatch(reset):
        # One more: its clock and ours may differ, and a limit that ends this second is not over.
        return max(0.0, int(reset) - now) + 1
    if answer.status == 429 or (answer.status == 403 and _LIMIT.search(answer.message)):
        return _SECONDARY_PAUSE * 2.0**tries
    return None


def _retry_after(value: str, now: float) -> float | None:
    if _SECONDS.fullmatch(value.strip()):
        return float(value)
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        return None


def fault_pause(answer: Answer, tries: int) -> float | None:
    """Seconds after which a broken answer, or one that came before GitHub's own copies agreed, is asked for again."""
    too_early = answer.status == 422 and _TOO_EARLY.search(answer.message)
    return _FIRST_PAUSE * 2.0**tries if (answer.broken or too_early) and tries < _TRIES else None
