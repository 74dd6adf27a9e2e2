"""A model with a history, and those who listen: a webhook's server, a mail server."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from tests import tiny_project
from tests.conftest import GitRepo

from gitmlops.adapters.git.repository import Repository
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.records.monitoring_history import HistoryLine, JudgedWindow, MonitoringRun, Moved, Retraining

MOVED = Moved("amount", "distribution", 0.31, "up: median 812 → 1,040", "alarm")
JUNE = JudgedWindow("2020-06", "2020-06-01", "2020-07-01", "v1.0.0", 3_000, 2_900, "alarm", {"roc_auc": 0.6}, (MOVED,))


def project(repo: GitRepo, alerts: str) -> None:
    """A repository whose gitmlops.yaml names these channels, and whose model tiny is monitored."""
    model = str(tiny_project.DEFINITIONS["models/tiny.yaml"])
    repo.commit({"gitmlops.yaml": f"project: tiny\nalerts: {alerts}\n", "models/tiny.yaml": model})


def remember(repo: GitRepo, *lines: HistoryLine) -> None:
    """Add lines to the history."""
    monitor_history.add(Repository(repo.root), "tiny", lambda _: lines, message="Arrange")


def run(state: str = "alarm", *, incident: str = "2020-06", alarms: str = "performance", **more: Any) -> MonitoringRun:
    """A run as `monitor run --record` writes it."""
    fields = {
        "model": "tiny", "time": "2020-07-05T00:00:00Z", "until": "2020-07-05T00:00:00Z", "commit": "c" * 40,
        "version": "v1.0.0", "state": state, "incident": incident, "alarms": tuple(alarms.split()),
        "reason": "In 2020-06 v1.0.0 was worse.", "next_action": "run `gitmlops retrain tiny`", "windows": (JUNE,),
    }  # fmt: skip
    return MonitoringRun(**{**fields, **more})


def over() -> MonitoringRun:
    """A run that found the alarm to be over."""
    return run("ok", incident="", alarms="", reason="In 2020-07 v1.0.0 was no worse than its reference.", windows=())


def retrained(state: Any, message: str = "", **more: Any) -> Retraining:
    """How a retraining of the incident ended."""
    return Retraining(
        **{
            "model": "tiny", "time": "2020-07-05T00:00:00Z", "incident": "2020-06", "window": "2020-06",
            "branch": "retrain/tiny/2020-06", "state": state, "message": message, **more,
        }
    )  # fmt: skip


class Receiver:
    """A server that notes what is posted to it. answers: statuses that it gives first; then it takes everything."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = ""

    @property
    def texts(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.posts]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.posts.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
            status = receiver.answers.pop(0) if receiver.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{receiver.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Mailbox(Sink):
    """Mails as they came."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[tuple[list[str], bytes]] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        mailbox.port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
