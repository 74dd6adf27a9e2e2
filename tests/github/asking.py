"""The adapter's client at a server of a test, with a clock that does not wait."""

import time
from collections.abc import Callable, Sequence

import pytest
from tests.github.server.github import Served

from gitmlops.adapters.github.access import Access, Token
from gitmlops.adapters.github.client import Client, Clock
from gitmlops.errors import GitmlopsError


class Waits(list[float]):
    """The waits that a client asked for; its clock goes on by them without any time passing."""

    def clock(self) -> Clock:
        return Clock(now=lambda: time.time() + sum(self), sleep=self.append)


def ask(url: str, token: str, repository: str = "acme/shop", waits: Waits | None = None, timeout: int = 30) -> Client:
    clock = (Waits() if waits is None else waits).clock()
    return Client(Access(url, Token(token), repository), clock, timeout)


def operations(requests: Sequence[Served], verb: str) -> list[str]:
    """The operations of one verb that a server carried out or refused, in order."""
    return [one.operation for one in requests if one.operation.startswith(f"{verb} ")]


def refusal(call: Callable[..., object], *arguments: object, **options: object) -> str:
    """What an error says."""
    with pytest.raises(GitmlopsError) as told:
        call(*arguments, **options)
    return str(told.value)
