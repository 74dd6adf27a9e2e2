"""Answers and refusals in GitHub's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
_DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Answer:
    """A status with a JSON body, or none."""

    status: int = 200
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A list that is cut into pages; `key` wraps it with its total_count."""

    items: Sequence[Any]
    render: Callable[[Any], Json]
    key: str = ""


class Refused(Exception):
    """Ends a handler with a refusal."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


NOTHING = Answer(204)


def created(body: Json) -> Answer:
    """Give a 201."""
    return Answer(201, body)


def problem(status: int, message: str, **more: Json) -> Answer:
    """Give a refusal with GitHub's usual body."""
    return Answer(status, {"message": message, "documentation_url": _DOCUMENTATION, "status": str(status), **more})


def not_found() -> Refused:
    """Give the 404, which GitHub also answers where a token may not know that something is there."""
    return Refused(problem(404, "Not Found"))


def forbidden(message: str) -> Refused:
    """Give a 403."""
    return Refused(problem(403, message))


def conflict(message: str) -> Refused:
    """Give a 409."""
    return Refused(problem(409, message))


def invalid(resource: str, name: str, code: str, message: str = "") -> Refused:
    """Give the 422 of GitHub's validation, e.g. code `already_exists`, `missing_field`, `invalid`, `custom`."""
    named = {"resource": resource, "field": name, "code": code, "message": message}
    error = {key: value for key, value in named.items() if value}
    return Refused(problem(422, "Validation Failed", errors=[error]))


def unprocessable(message: str) -> Refused:
    """Give a 422 that has a sentence only."""
    return Refused(problem(422, message))


def unprocessable_review(message: str) -> Refused:
    """Give a 422 as reviews and requests for them have it: with the sentence among the errors."""
    return Refused(problem(422, "Unprocessable Entity", errors=[message]))
