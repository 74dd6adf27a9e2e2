"""A folder of pages, shown to the browsers of this machine alone."""

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Pages(SimpleHTTPRequestHandler):
    """Files of the folder and nothing else: no listing, no other name of this machine."""

    server_version, sys_version = "gitmlops", ""

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def parse_request(self) -> bool:
        # A page elsewhere may give its own name this address, and would read what is here.
        if not super().parse_request():
            return False
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname in _NAMES:
            return True
        self.send_error(403, "not a name of this machine")
        return False

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal has the address."""


def serve(folder: Path, port: int, told: Callable[[str], None]) -> None:
    """Serve the folder until somebody interrupts. port: 0 for one that is free; told: is given the address.

    Raises OSError if the port is taken.
    """
    with ThreadingHTTPServer((HOST, port), partial(_Pages, directory=str(folder))) as server:
        told(f"http://{HOST}:{server.server_address[1]}/")
        server.serve_forever()
