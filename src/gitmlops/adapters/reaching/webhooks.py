"""JSON posted to an address that a secret holds: no redirection, no private network unless it is allowed, no proxy."""

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gitmlops.errors import InputError, ToolError

_TIMEOUT = 10.0
_PAUSES = (0.5, 2.0)
"""Seconds before a server that did not answer, or is busy, is tried again."""
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Target:
    """Where to. name: of the variable that holds the address, which no message shows; private: see specs/alerts.py."""

    name: str
    address: str
    private: bool = False


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> None:
    """Send JSON. Raises InputError for an address that cannot be meant, ToolError if it is not taken."""
    parts = _parts(target)
    answer = "no answer"
    for pause in (*_PAUSES, None):
        try:
            status = _sent(target, parts, body, headers)
        except (OSError, http.client.HTTPException) as error:
            answer = f"{type(error).__name__}"
        else:
            if 200 <= status < 300:
                return
            answer = f"HTTP {status}"
            if status not in _AGAIN:
                break
        if pause:
            time.sleep(pause)
    sends_elsewhere = answer.startswith("HTTP 3")
    mend = "give the address that it sends to" if sends_elsewhere else "look at the receiver, then tell again"
    raise ToolError(f"the webhook was not taken: {answer}", where=target.name, mend=mend)


def signature(key: str, *, id_: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers that Standard Webhooks asks for: HMAC-SHA256 of `id.timestamp.body`, in base64 behind `v1,`.

    key: `whsec_` and base64, or any other text, whose bytes are the key.
    """
    signed = hmac.new(_key(key), f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _key(key: str) -> bytes:
    if not key.startswith("whsec_"):
        return key.encode()
    try:
        return base64.b64decode(key.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        mend = "write base64 behind `whsec_`, or a key without it"
        raise InputError("the signing key is no base64", mend=mend) from error


def _parts(target: Target) -> SplitResult:
    try:
        parts = urlsplit(target.address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    schemes = ("https", "http") if target.private else ("https",)
    plain = target.address.isascii() and target.address.isprintable() and " " not in target.address
    if not plain or parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc or port == 0:
        mend = "write https://HOST/PATH, without user and password; http:// is for `private: true` alone"
        raise InputError("this is no address of a webhook", where=target.name, mend=mend)
    return parts


def _sent(target: Target, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
    """Status of the answer. The connection goes to the very address that was looked at: a name may change its mind."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    connection.sock = _connected(target, host, port, tls=parts.scheme == "https")
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        sent = {"content-type": "application/json", "user-agent": "gitmlops", "host": parts.netloc, **headers}
        connection.request("POST", path, body, sent)
        return connection.getresponse().status
    finally:
        connection.close()


def _connected(target: Target, host: str, port: int, *, tls: bool) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ips = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not target.private and not all(map(_is_public, ips)):
        mend = "name a public one, or write `private: true` beside it"
        raise InputError("the address is of a private network", where=target.name, mend=mend)
    plain = socket.create_connection((str(ips[0]), port), timeout=_TIMEOUT)
    if not tls:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _is_public(ip: Ip) -> bool:
    """Whether the whole internet may reach it, the IPv4 address within an IPv6 one, too."""
    if isinstance(ip, ipaddress.IPv6Address):
        teredo = ip.teredo[1] if ip.teredo else None
        nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else None
        within = ip.ipv4_mapped or ip.sixtofour or teredo or nat64
        if within:
            return _is_public(within)
    return ip.is_global and not ip.is_multicast
