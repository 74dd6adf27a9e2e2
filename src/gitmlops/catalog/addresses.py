"""Where pages are: names of files that are safe on every system, whatever a stranger calls a model."""

import hashlib
import posixpath
import re
from urllib.parse import quote, urlsplit

_SAFE = re.compile(r"[a-z0-9][a-z0-9_.@-]{0,79}")
_UNSAFE = re.compile(r"[^a-z0-9_@-]+")
_DIGITS = 8

FOLDERS = {
    "model": "models", "feature view": "features", "on-demand feature": "features", "feature set": "sets",
    "policy": "policies", "pipeline": "pipelines", "component": "components",
}  # fmt: skip
"""Kind of page -> the folder of a repository that its pages are in."""


def file_name(name: str) -> str:
    """A name as part of a path: itself where that is safe, else what is left of it and a digest that tells it apart.

    Capital letters are not: on some systems `A` and `a` are one file.
    """
    if _SAFE.fullmatch(name) and not name.endswith("."):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    kept = _UNSAFE.sub("-", name.casefold()).strip("-")[:60]
    return f"{kept}-{digest}".lstrip("-")


def page(shelf: str, kind: str, name: str) -> str:
    """The page of a definition of a repository, which `shelf` names."""
    return f"{shelf}/{FOLDERS[kind]}/{file_name(name)}.html"


def version_page(shelf: str, model: str, version: str) -> str:
    """The page of a version of a model."""
    return f"{shelf}/models/{file_name(model)}/{file_name(version)}.html"


def anchor(name: str) -> str:
    """The id of a row on a page."""
    return f"feature-{file_name(name)}"


def outward(text: str) -> str:
    """An address that a page may link to: of http or https and with a host; empty for everything else."""
    if not text.startswith(("https://", "http://")) or any(character <= " " for character in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    # A password has no place on a page, and no address that only looks like another host's.
    return text if parts.hostname and "@" not in parts.netloc else ""


def href(to: str, path: str) -> str:
    """What a link from the page at `path` says: a relative path, or the address as it is."""
    if outward(to):
        return to
    target, hash_, part = to.partition("#")
    near = posixpath.relpath(target, posixpath.dirname(path) or ".")
    return quote(near, safe="/@") + (f"{hash_}{quote(part)}" if part else "")
