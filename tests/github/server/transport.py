"""git over HTTP: `git http-backend` behind the same tokens."""

import base64
import os
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.github.server.answers import Answer, Refused
from tests.github.server.repository import ZERO, Repository
from tests.github.server.routing import LEVELS
from tests.github.server.rules import has_rules
from tests.github.server.users import Token

if TYPE_CHECKING:
    from tests.github.server.github import GitHub
    from tests.github.server.serving import Request

_ASKS = Answer(401, None, {"WWW-Authenticate": 'Basic realm="GitHub"'})
RawAnswer = tuple[int, dict[str, str], bytes]


def is_git(path: str) -> bool:
    """Say whether a path is git's, e.g. /acme/shop.git/info/refs."""
    return ".git/" in path and path.rsplit(".git/", 1)[1] in ("info/refs", "git-upload-pack", "git-receive-pack")


def serve_git(github: "GitHub", request: "Request") -> RawAnswer:
    """Give git's answer to a fetch or a push."""
    parts = urlsplit(request.target)
    full_name, service = parts.path.lstrip("/").rsplit(".git/", 1)
    writes = "git-receive-pack" in (service, parts.query.removeprefix("service="))
    with github.lock:
        token = _token(github, request)
        if token is None:
            return 401, _ASKS.headers, b"Invalid username or token.\n"
        try:
            owner, name = unquote(full_name).split("/")
            repository = github.visible_repository(owner, name, token.user)
        except Refused:
            return 404, {}, b"Repository not found.\n"
        if not _may(repository, token, writes):
            return 403, {}, f"Permission to {repository.full_name}.git denied to {token.user.login}.\n".encode()
    answer = _backend(repository, token, request, service)
    if writes:
        with github.lock:
            _record_pushes(repository, token, request.body)
    return answer


def _token(github: "GitHub", request: "Request") -> Token | None:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        secret = base64.b64decode(secret).decode().partition(":")[2]
    return github.tokens.get(secret)


def _may(repository: Repository, token: Token, writes: bool) -> bool:
    least = "write" if writes else "read"
    return token.allows(f"contents={least}") and LEVELS.index(repository.level(token.user)) >= LEVELS.index(least)


def _backend(repository: Repository, token: Token, request: "Request", service: str) -> RawAnswer:
    environment = os.environ | {
        "GIT_PROJECT_ROOT": str(repository.git.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{service}",
        "QUERY_STRING": urlsplit(request.target).query,
        "REQUEST_METHOD": request.method,
        "REMOTE_USER": token.user.login,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }
    if has_rules(repository):
        address = urlsplit(repository.github.url).netloc
        environment |= {"GITHUB_OF_TESTS": address, "GITHUB_REPOSITORY_OF_PUSH": repository.full_name}
    command = ["git", "-c", "http.receivepack=true", "http-backend"]
    done = subprocess.run(command, env=environment, input=request.body, capture_output=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return int(headers.pop("Status", "200").split(" ")[0]), headers, body


def _record_pushes(repository: Repository, token: Token, body: bytes) -> None:
    """Keep the moves that the push asked for and that took place."""
    after = repository.git.refs("refs/")
    for old, new, ref in _commands(body):
        if after.get(ref, ZERO) == new != old:
            repository.record_push(token.user, ref, old, new)


def _commands(body: bytes) -> Iterator[tuple[str, str, str]]:
    """The moves at the head of a push: lines with their length, up to an empty one."""
    while (size := int(body[:4] or b"0", 16)) > 4:
        line, body = body[4:size], body[size:]
        old, new, ref = line.split(b"\0")[0].decode().strip().split(" ", 2)
        yield old, new, ref
