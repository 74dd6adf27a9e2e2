"""The address that names a repository for all of its clones, however each of them reaches it."""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from gitmlops.adapters.git.repository import Repository

_SCP = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[^@/:\s]+):(?P<path>(?!//).+)")
_DEFAULT_PORTS = {"https": 443, "http": 80, "git": 9418}


def address(repository: Repository, remote: str | None) -> str:
    """`HOST/OWNER/NAME` of a remote, the same by HTTPS as by SSH; a folder's path for one on this machine, or None."""
    if remote is None:
        return f"file://{repository.root.resolve()}"
    return normalised(repository.git("remote", "get-url", remote).strip(), here=repository.root)


def resource(repository: Repository, remote: str | None, *, project: str) -> str:
    """The URI of a remote, the same in every clone: `git+https://HOST/OWNER/NAME`, `git+file:///PATH` on this machine.

    Without a remote `pkg:generic/PROJECT`: where a clone lies is nobody else's business.
    """
    if remote is None:
        return f"pkg:generic/{quote(project)}"
    found = address(repository, remote)
    return f"git+{quote(found, safe='/:')}" if found.startswith("file://") else f"git+https://{quote(found, safe='/:')}"


def normalised(url: str, *, here: Path) -> str:
    """An address without protocol, user, password, `.git` and the port that the protocol has anyway.

    Ports of SSH count for nothing: the same server has another one for HTTPS. `here`: what paths are relative to.
    """
    parts = urlsplit(url)
    if "://" in url and parts.scheme != "file":
        port = "" if parts.scheme == "ssh" or parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else parts.port
        return _joined(f"{(parts.hostname or '').lower()}{f':{port}' if port else ''}", parts.path)
    if (match := _SCP.fullmatch(url)) and "://" not in url:
        return _joined(match["host"].lower(), match["path"])
    path = Path(parts.path if parts.scheme == "file" else url)
    return f"file://{(here / path).resolve()}"


def _joined(host: str, path: str) -> str:
    return f"{host}/{path.strip('/').removesuffix('.git')}"
