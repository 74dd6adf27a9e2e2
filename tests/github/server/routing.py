"""Routes, named as GitHub's OpenAPI description names its operations."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from tests.github.server.answers import Answer, Page, Refused, problem

if TYPE_CHECKING:
    from tests.github.server.github import GitHub
    from tests.github.server.repository import Repository
    from tests.github.server.users import Token, User

Json = Any
LEVELS = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True)
class Call:
    """One request, as a handler sees it."""

    github: "GitHub"
    token: "Token"
    path: dict[str, str]
    query: dict[str, str]
    body: Json

    @property
    def user(self) -> "User":
        return self.token.user

    @property
    def repository(self) -> "Repository":
        """The repository of the path, if the token's user may see it."""
        return self.github.visible_repository(self.path["owner"], self.path["repo"], self.user)

    def number(self, name: str) -> int:
        return int(self.path[name])

    def get(self, name: str, default: Json = None) -> Json:
        """A field of the body, `default` where it is left out or null."""
        value = (self.body or {}).get(name)
        return default if value is None else value


Handler = Callable[[Call], Answer | Page | Json]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True)
class Route:
    """An operation with its handler and what it asks of a token and of the token's user."""

    key: str
    handler: Handler
    permissions: tuple[str, ...]  # alternatives, each e.g. "issues=write"
    level: str  # the least role in the repository
    pattern: re.Pattern[str] = field(repr=False)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        if not self.key.startswith(f"{method} "):
            return None
        found = self.pattern.fullmatch(path)
        return {name.replace("__", "-"): unquote(text) for name, text in found.groupdict().items()} if found else None

    def check_permission(self, call: Call) -> None:
        """Raises: Refused if the token lacks the permission or its user the role."""
        if self.permissions and not any(call.token.allows(one) for one in self.permissions):
            kind = "integration" if call.user.type == "Bot" else "personal access token"
            refusal = problem(403, f"Resource not accessible by {kind}")
            accepted = {"X-Accepted-GitHub-Permissions": "; ".join(self.permissions)}
            raise Refused(Answer(403, refusal.body, accepted))
        if "{repo}" in self.key and self.level != "none":
            level = call.repository.level(call.user)
            if LEVELS.index(level) < LEVELS.index(self.level):
                words = "Must have admin rights to Repository." if self.level == "admin" else "Must have push access."
                raise Refused(problem(403, words))


ROUTES: list[Route] = []


def route(key: str, *permissions: str, level: str = "read") -> Callable[[H], H]:
    """Register a handler for an operation such as `POST /repos/{owner}/{repo}/pulls`."""

    def register(handler: H) -> H:
        ROUTES.append(Route(key, handler, permissions, level, _pattern(key.split(" ", 1)[1])))
        ROUTES.sort(key=_specificity)
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Give the route of a request and the parameters in its path."""
    for one in ROUTES:
        parameters = one.match(method, path)
        if parameters is not None:
            return one, parameters
    return None


_WITH_SLASHES = frozenset({"path", "ref", "branch", "basehead", "name", "environment_name"})


def _pattern(template: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        characters = ".+" if found[1] in _WITH_SLASHES else "[^/]+"
        if found[1] == "path":
            characters = ".*"
        return f"(?P<{found[1].replace('-', '__')}>{characters})"

    return re.compile(re.sub(r"\{([^}]+)\}", group, template))


def _specificity(one: Route) -> list[int]:
    """Words before parameters, and the longer template first: a branch's name may end like its next word."""
    parts = one.key.split("/")
    return [*(0 if part[:1] != "{" else 2 if part[1:-1] in _WITH_SLASHES else 1 for part in parts), 3]
