"""Requests to one repository of GitHub: sent with patience, never doubled, answered with types."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from github.Requester import Requester

from gitmlops.adapters.github import access
from gitmlops.adapters.github.answers import MOVED, Answer, fault_pause, limit_pause
from gitmlops.adapters.github.connection import connect, exchange
from gitmlops.adapters.github.refusals import GitHubError, NotFound, Unclear, moved, no_repository, refused
from gitmlops.errors import ToolError

T = TypeVar("T")

LONGEST_WAIT = 15 * 60.0
"""Seconds that all requests of a client wait together before one is given up: a job costs money while it waits."""
_PAGE, _MOST_PAGES = 100, 1000
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_VIEWER = {"query": "query { viewer { login databaseId } }"}


@dataclass(frozen=True)
class Clock:
    """What tells the time, in seconds since 1970, and what waits; tests bring their own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Request:
    """One request. needs: the permission that it takes; again: whether it does no harm twice."""

    verb: str
    path: str
    needs: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    again: bool = True


class Viewer(msgspec.Struct, frozen=True):
    """Whose token it is; `[bot]` is part of an App's login."""

    login: str
    id: int | None = None


class _GraphqlViewer(msgspec.Struct):
    login: str
    databaseId: int | None = None


class _Viewing(msgspec.Struct):
    viewer: _GraphqlViewer


class _Queried(msgspec.Struct):
    data: _Viewing | None = None


@dataclass(frozen=True)
class Client:
    """A repository of GitHub, as a token may see it."""

    access: access.Access
    clock: Clock = Clock()
    timeout: int = 30

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], origin: str = "", clock: Clock | None = None) -> "Client":
        """The client that a workflow's environment describes. Raises UsageError if something is missing there."""
        return cls(access.from_environment(environ, origin), clock or Clock())

    @property
    def owner(self) -> str:
        """The account that the repository belongs to."""
        return self.access.repository.partition("/")[0]

    def path(self, *parts: str | int) -> str:
        """The path of something in the repository; each part is quoted."""
        return "/".join([f"/repos/{self.access.repository}", *(quote(str(part), safe="") for part in parts)])

    def get(self, path: str, type_: type[T], needs: str, **query: str) -> T:
        """What is at a path. Raises NotFound, GitHubError."""
        return _read(self._send(Request("GET", path, needs, query=query)), type_, path)

    def find(self, path: str, type_: type[T], needs: str, **query: str) -> T | None:
        """What is at a path; None if there is nothing. Raises GitHubError, for a repository that is not seen, too."""
        with suppress(NotFound):
            return self.get(path, type_, needs, **query)
        return None

    def pages(self, path: str, type_: type[T], needs: str, *, key: str = "", **query: str) -> Iterator[T]:
        """Every item of a list, page after page. key: where the list stands in an answer that wraps it."""
        request = Request("GET", path, needs, query={"per_page": str(_PAGE), **query})
        for _ in range(_MOST_PAGES):
            answer = self._send(request)
            if key:
                yield from _read_wrapped(answer, key, type_, path)
            else:
                yield from _read(answer, list[type_], path)  # type: ignore[valid-type]
            following = _NEXT.search(answer.headers.get("link", ""))
            if not following:
                return
            request = Request("GET", following[1], needs)
        raise ToolError(f"the list has more than {_MOST_PAGES * _PAGE:,} items", where=path)

    def put(self, verb: str, path: str, body: Any, type_: type[T], needs: str) -> T:
        """The answer to a write that does no harm twice: PATCH, PUT. Raises NotFound, GitHubError."""
        return _read(self._send(Request(verb, path, needs, body)), type_, path)

    def delete(self, path: str, needs: str) -> None:
        """Remove what is at a path; that it is gone already is fine. Raises GitHubError."""
        with suppress(NotFound):
            self._send(Request("DELETE", path, needs))

    def once(
        self, path: str, body: Any, type_: type[T], needs: str, happened: Callable[[], T | None], verb: str = "POST"
    ) -> T:
        """The answer to a write that must not happen twice.

        happened: asked after no whole answer came, before the write is sent again; what it finds is the answer.
        Raises Unclear if there is still no answer after several tries, NotFound, GitHubError.
        """
        tries = 0
        while True:
            try:
                return _read(self._send(Request(verb, path, needs, body, again=False)), type_, path)
            except Unclear as unclear:
                pause = limit_pause(unclear.answer, tries, self.clock.now()) or fault_pause(unclear.answer, tries)
                if pause is None:
                    raise
                self._wait(pause, unclear.answer, unclear.where)
            if (found := happened()) is not None:
                return found
            tries += 1

    @cached_property
    def viewer(self) -> Viewer:
        """Whose token it is. An App's installation may not ask REST, GraphQL tells it, too."""
        try:
            return self.get("/user", Viewer, "metadata: read")
        except GitHubError as error:
            if error.status not in (403, 404):
                raise
            answer = self._send(Request("POST", self._graphql, "metadata: read", _VIEWER))
            queried = _read(answer, _Queried, "/graphql")
            if queried.data is None:
                raise
            return Viewer(queried.data.viewer.login, queried.data.viewer.databaseId)

    @property
    def _graphql(self) -> str:
        # Not below /api/v3, where an Enterprise Server has REST.
        return self.access.url.removesuffix("/v3") + "/graphql"

    def _send(self, request: Request) -> Answer:
        answer = self._patiently(request)
        if 200 <= answer.status < 300:
            return answer
        if answer.status == MOVED:
            raise moved(self._where(request), self.access.repository)
        if answer.status == 404 and self._patiently(Request("GET", self.path(), request.needs)).status == 404:
            raise no_repository(answer, self._where(request), self.access.repository)
        raise refused(answer, self._where(request), request.needs)

    def _patiently(self, request: Request) -> Answer:
        """The answer after limits and, for what does no harm twice, faults are waited out."""
        limited, broken = 0, 0
        while True:
            answer = self._exchange(request)
            if answer.broken and not request.again:
                return answer
            pause = limit_pause(answer, limited, self.clock.now())
            if pause is None:
                pause, broken = fault_pause(answer, broken), broken + 1
            else:
                limited += 1
            if pause is None:
                return answer
            self._wait(pause, answer, self._where(request))

    def _wait(self, pause: float, answer: Answer, where: str) -> None:
        """Raises GitHubError in place of a wait that would be one too many."""
        if sum(self._waits) + pause > LONGEST_WAIT:
            raise _too_long(answer, where, pause)
        self._waits.append(pause)
        self.clock.sleep(pause)

    @cached_property
    def _waits(self) -> list[float]:
        return []

    def _exchange(self, request: Request) -> Answer:
        answer = exchange(self._requester, request.verb, request.path, request.query, request.body)
        return Answer(answer.status, answer.headers, self.access.token.hidden(answer.text))

    @cached_property
    def _requester(self) -> Requester:
        return connect(self.access, self.timeout)

    def _where(self, request: Request) -> str:
        return f"{request.verb} {request.path.partition('?')[0]}"


def _read(answer: Answer, type_: type[T], path: str) -> T:
    """Raises ToolError for an answer that is other than GitHub's description of it."""
    try:
        return msgspec.json.decode(answer.text or "null", type=type_)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ToolError(f"GitHub answers what it does not describe: {error}", where=path) from error


def _read_wrapped(answer: Answer, key: str, type_: type[T], path: str) -> list[T]:
    wrapped = _read(answer, dict[str, msgspec.Raw], path)
    # Without its list the answer is none: null is no list.
    return _read(Answer(answer.status, {}, bytes(wrapped.get(key, b"null")).decode()), list[type_], path)  # type: ignore[valid-type]


def _too_long(answer: Answer, where: str, pause: float) -> GitHubError:
    what = f"GitHub's rate limit asks to wait {pause:,.0f} seconds more"
    mend = "run it again later, or use an App's token, which has a limit of its own"
    return GitHubError(what, where=where, mend=mend, answer=answer)
