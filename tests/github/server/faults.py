"""Faults on request: what a real GitHub, or the network before it, does now and then."""

import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.github.server.answers import Answer, invalid, problem, unprocessable

_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


@dataclass(frozen=True)
class Fault:
    """What happens instead of the answer, or after `delay` seconds; `served`: the request was carried out first."""

    answer: Answer | None = None
    delay: float = 0
    cut: bool = False
    served: bool = False


def primary_limit(reset_in: float = 1, status: int = 403) -> Fault:
    """Give GitHub's answer when the hour's requests are used up."""
    reset = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "5000"}
    reset["x-ratelimit-reset"] = str(int(time.time() + reset_in + 0.999))
    body = problem(status, "API rate limit exceeded for user ID 1.").body
    return Fault(Answer(status, body, reset))


def secondary_limit(retry_after: int | None = None, status: int = 403) -> Fault:
    """Give GitHub's answer to too many requests at once, which may leave `Retry-After` out."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(Answer(status, problem(status, _SECONDARY).body, headers))


def server_error(status: int = 502, *, served: bool = False) -> Fault:
    """Give a 5xx; with `served` the request took effect and only its answer was lost."""
    return Fault(Answer(status, problem(status, "Server Error").body), served=served)


def half_closed(*, served: bool = False) -> Fault:
    """Close the connection in the middle of the answer."""
    return Fault(cut=True, served=served)


def slow(seconds: float) -> Fault:
    """Answer rightly, but late: a client with a shorter timeout sees a timeout of a request that took effect."""
    return Fault(delay=seconds, served=True)


def already_exists(resource: str = "ReleaseAsset", name: str = "name") -> Fault:
    """Give the 422 that the loser of a race sees."""
    return Fault(Answer(422, invalid(resource, name, "already_exists").answer.body))


def unresolved_node() -> Fault:
    """Give the 422 of a replica that does not know a new object yet."""
    return Fault(Answer(422, unprocessable("Could not resolve to a node with the global id of 'PR_1'.").answer.body))


@dataclass
class _Planned:
    where: str
    fault: Fault
    times: int


@dataclass
class Faults:
    """Faults that wait for their requests."""

    planned: list[_Planned] = field(default_factory=list)
    met: list[str] = field(default_factory=list)  # the operations that met one, in order

    def add(self, where: str, fault: Fault, times: int = 1) -> None:
        """Plan a fault for operations like `POST */comments` (`*`: any text of method and template), so many times."""
        self.planned.append(_Planned(where, fault, times))

    def take(self, operation: str) -> Fault | None:
        """Give the next fault for an operation and count it."""
        for one in self.planned:
            if one.times and fnmatchcase(operation, one.where):
                one.times -= 1
                self.met.append(operation)
                return one.fault
        return None
