"""Where GitHub is, who we are there, and which repository is meant: what the environment of a workflow says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gitmlops.errors import UsageError

PUBLIC = "https://api.github.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/(?!\.\.?$)[A-Za-z0-9_.-]+")
_REMOTE = re.compile(r"(?:[a-z+]+://)?(?:[^@/]*@)?(?P<host>[^:/]+)(?::\d+)?[:/](?P<path>.+?)(?:\.git)?/?")
_PUBLIC_HOSTS = ("", "github.com", "ssh.github.com", "www.github.com")
_HERE = ("localhost", "127.0.0.1", "::1")


class Token:
    """A token that is not printed by accident: whatever shows it shows `***`."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "***"

    def reveal(self) -> str:
        """The token itself, for the one header that needs it."""
        return self._secret

    def hidden(self, text: str) -> str:
        """The text without the token, should somebody have echoed it."""
        return text.replace(self._secret, "***")


@dataclass(frozen=True)
class Access:
    """The address of the REST API, a token for it, and a repository as `owner/name`."""

    url: str
    token: Token
    repository: str


def from_environment(environ: Mapping[str, str], origin: str = "") -> Access:
    """What GITHUB_API_URL, GITHUB_TOKEN or GH_TOKEN, and GITHUB_REPOSITORY say.

    origin: address of the remote that is asked outside of a workflow, where there is no GITHUB_REPOSITORY.
    Raises UsageError if something is missing or cannot be meant.
    """
    secret = (environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or "").strip()
    if not secret or not secret.isascii() or not secret.isprintable():
        what = "there is no token for GitHub" if not secret else "GITHUB_TOKEN holds what no token holds"
        mend = "set GITHUB_TOKEN; in a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}` of the step"
        raise UsageError(what, mend=mend)
    host, path = _remote(origin)
    url = environ.get("GITHUB_API_URL") or _api_of(host)
    repository = environ.get("GITHUB_REPOSITORY") or path
    if not _REPOSITORY.fullmatch(repository):
        what = f"{repository!r} is no repository of GitHub" if repository else "no repository is named"
        raise UsageError(what, mend="set GITHUB_REPOSITORY to OWNER/NAME, or run this in a clone of it")
    return Access(_checked(url), Token(secret), repository)


def _remote(origin: str) -> tuple[str, str]:
    """Host and `owner/name` of a remote's address, empty where it has none."""
    found = _REMOTE.fullmatch(origin.strip())
    if not found:
        return "", ""
    return found["host"].lower(), "/".join(found["path"].strip("/").split("/")[-2:])


def _api_of(host: str) -> str:
    """Raises UsageError for another host than github.com: it would get our token because a clone came from there."""
    if host not in _PUBLIC_HOSTS:
        mend = f"set GITHUB_API_URL, for GitHub Enterprise Server https://{host}/api/v3"
        raise UsageError(f"origin is at {host}, which need not be a GitHub", mend=mend)
    return PUBLIC


def _checked(url: str) -> str:
    parts = _parts(url)
    if parts is None:
        raise UsageError(f"{url!r} is no address of an API", where="GITHUB_API_URL", mend=f"write it like {PUBLIC}")
    if parts.scheme == "http" and parts.hostname not in _HERE:
        raise UsageError(
            "the token would be readable on the way", where="GITHUB_API_URL", mend="write it with https://"
        )
    return parts.geturl()


def _parts(url: str) -> SplitResult | None:
    """The address's parts; None if it is none, or has more than an API's."""
    try:
        parts = urlsplit(url.rstrip("/"))
        parts.port  # noqa: B018 - reading it refuses what is no number
    except ValueError:
        return None
    plain = parts.hostname and "@" not in parts.netloc and not parts.query and not parts.fragment
    return parts if plain and parts.scheme in ("http", "https") else None
