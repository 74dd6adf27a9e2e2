"""That DVC found all up to date, and with which files: as long as these are untouched, nobody needs to ask DVC again.

What makes a stage run is DVC's to say; this only says that nothing happened since it said no. Any doubt is a no.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap
from pathlib import Path

from gitmlops import __version__
from gitmlops.adapters import stamps
from gitmlops.adapters.stamps import Stamp

FOLDER = Path(".dvc/tmp/gitmlops/clean")
_ENVIRONMENT = ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME", "GIT_DIR", "GIT_CONFIG_GLOBAL")


class Certificate:
    """The certificate of one choice of stages in a repository, as it is asked for now."""

    def __init__(self, root: Path, choice: Sequence[str]) -> None:
        self._path = root / FOLDER / f"{hashlib.sha256(json.dumps(choice).encode()).hexdigest()[:16]}.json"
        self._asked_ns = time.time_ns()
        self._ours: dict[str, bytes] = {}

    def holds(self) -> bool:
        """Whether nothing was touched since it was written."""
        try:
            content = json.loads(self._path.read_bytes())
            if content["for"] != _for() or not stamps.hold(content["files"]):
                return False
            if (aged := stamps.aged(content["files"], now_ns=self._asked_ns)) != content["files"]:
                self._write(aged)  # from now on, nobody reads what a run has just made
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

    def expect(self, path: Path, content: bytes) -> None:
        """Let a file that we write after we began to look be no reason to doubt."""
        self._ours[str(path)] = content

    def write(self, files: Mapping[str, Stamp], given: Iterable[str]) -> None:
        """Say that all was up to date with these files, unless one of those given changed after we began to look."""
        strange = {path: files[path] for path in given if path not in self._ours}
        if stamps.newest_ns(strange) < self._asked_ns and all(starmap(_is, self._ours.items())):
            self._write(files)

    def _write(self, files: Mapping[str, Stamp]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({"for": _for(), "files": files}))
        new.replace(self._path)


def _is(path: str, content: bytes) -> bool:
    try:
        return Path(path).read_bytes() == content
    except OSError:
        return False


def _for() -> dict[str, str]:
    """What else DVC goes by."""
    asked = {name: value for name, value in os.environ.items() if name.startswith("DVC_") or name in _ENVIRONMENT}
    return {**asked, "gitmlops": __version__, "python": sys.version, "user": str(os.getuid())}
