"""What GitHub finds wrong with the CODEOWNERS file of the default branch."""

import msgspec

from gitmlops.adapters.github.client import Client

_READ = "contents: read"


class OwnersError(msgspec.Struct, frozen=True):
    """A line that does not do what it says, as an owner who is not there or may not write."""

    path: str
    line: int
    column: int
    kind: str
    source: str = ""
    suggestion: str | None = None


class _Errors(msgspec.Struct, frozen=True):
    errors: list[OwnersError]


def errors(client: Client) -> tuple[OwnersError, ...]:
    """The mistakes, in the order of the file; none where there is no such file. Raises GitHubError."""
    found = client.find(client.path("codeowners", "errors"), _Errors, _READ)
    return tuple(found.errors) if found else ()
