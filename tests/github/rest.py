"""REST as it is: a verb, a path, a body; an answer with status, headers and JSON."""

from dataclasses import dataclass, field
from typing import Any

import requests


@dataclass(frozen=True)
class Rest:
    """A GitHub as the holder of a token sees it."""

    url: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, verb: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = path if path.startswith("http") else self.url + path
        return self.session.request(verb, address, json=body, params=query, headers=headers, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        return self._good(self.ask("GET", path, **query))

    def post(self, path: str, body: Any = None) -> Any:
        return self._good(self.ask("POST", path, body))

    def patch(self, path: str, body: Any) -> Any:
        return self._good(self.ask("PATCH", path, body))

    def put(self, path: str, body: Any = None) -> Any:
        return self._good(self.ask("PUT", path, body))

    def delete(self, path: str) -> Any:
        return self._good(self.ask("DELETE", path))

    @staticmethod
    def _good(answer: requests.Response) -> Any:
        assert answer.status_code < 400, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def refused(answer: requests.Response) -> tuple[int, str]:
    """Give the status of a refusal and its words."""
    body = answer.json()
    return answer.status_code, "; ".join([body["message"], *map(str, body.get("errors", []))])
