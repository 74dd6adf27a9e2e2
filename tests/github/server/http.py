"""The listening side: threads, keep-alive, and the ways in which a network fails."""

import contextlib
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from tests.github.server import hook
from tests.github.server.answers import Answer
from tests.github.server.github import GitHub
from tests.github.server.serving import Outcome, Request, serve
from tests.github.server.transport import is_git, serve_git


@contextlib.contextmanager
def listening(github: GitHub) -> Iterator[GitHub]:
    """Serve a GitHub on a free port until the block ends.

    Raises: AssertionError then, if something was asked or answered that GitHub does not describe.
    """
    server = _Server(github)
    github.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield github
    finally:
        server.ends.set()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not github.violations, "\n".join(github.violations)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.ends = threading.Event()  # wakes slow answers when the test is over
        super().__init__(("127.0.0.1", 0), _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is part of the tests; a bug of a handler fails the test that met it."""
        if not isinstance(sys.exception(), OSError):
            self.github.violations.append(traceback.format_exc())


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._read(headers))
        github = self.server.github
        if request.path == hook.PATH:
            self._send(*hook.answer_hook(github, request.body))
        elif is_git(request.path):
            self._send(*serve_git(github, request))
        else:
            self._send_outcome(serve(github, request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _read(self, headers: dict[str, str]) -> bytes:
        if "chunked" not in headers.get("transfer-encoding", ""):
            return self.rfile.read(int(headers.get("content-length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _send_outcome(self, outcome: Outcome) -> None:
        self.server.ends.wait(outcome.fault.delay)
        status, headers, body = _encoded(outcome.answer)
        if outcome.fault.cut:
            self._cut(body)
        else:
            self._send(status, headers, body)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else body)

    def _cut(self, body: bytes) -> None:
        """Promise more than comes."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + 1000))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `github.requests`."""


def _encoded(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return answer.status, kind | answer.headers, b"" if answer.body is None else msgspec.json.encode(answer.body)
