"""From a request to its answer: token, description, faults, permission, handler, pages."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from tests.github.server import routes  # noqa: F401  (their import fills the table of routes)
from tests.github.server.answers import Answer, Page, Refused, not_found, problem
from tests.github.server.faults import Fault
from tests.github.server.github import GitHub, Served
from tests.github.server.routing import Call, Route, find
from tests.github.server.users import Token

Json = Any
_MOST_A_PAGE = 100
_HOURLY = 5000


@dataclass(frozen=True)
class Request:
    """What came over the wire."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Outcome:
    """The answer and what the network does to it."""

    answer: Answer
    fault: Fault


def serve(github: GitHub, request: Request) -> Outcome:
    """Give the answer to a REST request."""
    with github.lock:
        found = find(request.method, request.path)
        operation = found[0].key if found else f"{request.method} {request.path}"
        fault = github.faults.take(operation) or Fault()
        carried_out = fault.served or not (fault.answer or fault.cut)
        answer = _limited(github, _answered(github, request, found)) if carried_out else Answer()
        shown = fault.answer or answer
        github.requests.append(_served(github, request, operation, 0 if fault.cut else shown.status))
        return Outcome(shown, fault)


def _served(github: GitHub, request: Request, operation: str, status: int) -> Served:
    token = _token(github, request)
    login = token.user.login if token else ""
    return Served(operation, request.path, request.query, _json(request.body), status, login)


def _answered(github: GitHub, request: Request, found: tuple[Route, dict[str, str]] | None) -> Answer:
    token = _token(github, request)
    if token is None:
        return problem(401, "Bad credentials" if "authorization" in request.headers else "Requires authentication")
    if request.method == "POST" and request.path in ("/graphql", "/api/graphql"):  # no part of the REST description
        return Answer(200, {"data": {"viewer": {"login": token.user.login, "databaseId": token.user.id}}})
    if found is None:
        github.violations.append(f"{request.method} {request.path}: the test server has no such route")
        return not_found().answer
    route, path = found
    operation = github.description.operation(route.key)
    body = _json(request.body)
    if faults := operation.faults_of_request(path, request.query, body):
        return _violation(github, f"{route.key}: request: ", faults, 400)
    answer = _handled(route, Call(github, token, path, request.query, body), request)
    if faults := operation.faults_of_answer(answer.status, answer.body):
        return _violation(github, f"{route.key}: answer {answer.status}: ", faults, 500)
    return answer


def _violation(github: GitHub, where: str, faults: list[str], status: int) -> Answer:
    github.violations += [where + fault for fault in faults]
    return problem(status, "Not as GitHub's OpenAPI description says: " + "; ".join(faults))


def _handled(route: Route, call: Call, request: Request) -> Answer:
    try:
        route.check_permission(call)
        given = route.handler(call)
    except Refused as refused:
        return refused.answer
    if isinstance(given, Page):
        return _page(given, call, request)
    return given if isinstance(given, Answer) else Answer(200, given)


def _page(page: Page, call: Call, request: Request) -> Answer:
    size = min(int(call.query.get("per_page", "30")), _MOST_A_PAGE)
    number = max(int(call.query.get("page", "1")), 1)
    last = max(-(-len(page.items) // size), 1)
    shown = [page.render(one) for one in page.items[(number - 1) * size : number * size]]
    body: Json = {"total_count": len(page.items), page.key: shown} if page.key else shown
    near = {"prev": number - 1, "first": 1} if number > 1 else {}
    far = {"next": number + 1, "last": last} if number < last else {}
    address = f"{call.github.url}{request.path}"
    links = [
        f'<{address}?{urlencode(call.query | {"page": str(to)})}>; rel="{name}"' for name, to in (near | far).items()
    ]
    return Answer(200, body, {"Link": ", ".join(links)} if links else {})


def _limited(github: GitHub, answer: Answer) -> Answer:
    used = len(github.requests) + 1
    headers = {
        "x-ratelimit-limit": str(_HOURLY),
        "x-ratelimit-remaining": str(max(_HOURLY - used, 1)),
        "x-ratelimit-used": str(used),
        "x-ratelimit-reset": str(int(time.time()) + 3600),
        "x-ratelimit-resource": "core",
    }
    return Answer(answer.status, answer.body, headers | answer.headers)


def _token(github: GitHub, request: Request) -> Token | None:
    _, _, secret = request.headers.get("authorization", "").partition(" ")
    return github.tokens.get(secret.strip())


def _json(body: bytes) -> Json:
    if not body.strip():
        return None
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode(errors="replace")
