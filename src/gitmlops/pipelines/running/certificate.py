"""That DVC found all up to date, and with which files: as long as these are untouched, nobody needs to ask DVC again.

What makes a stage run is DVC's to say; this only says that nothing happened since it said no. Any doubt is a no.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gitmlops import __version__
from gitmlops.adapters import stamps
from gitmlops.adapters.stamps import Stamp

FOLDER = Path(".dvc/tmp/gitmlops/clean")
_ENVIRONMENT = ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME", "GIT_DIR", "GIT_CONFIG_GLOBAL")


class Certificate:
    """The certificate of one choice of stages in a repository, as it is asked for now."""

    def __init__(self, root: Path, choice: Sequence[str]) -> None:
        self._root = root
        self._path = root / FOLDER / f"{hashlib.sha256(json.dumps(choice).encode()).hexdigest()[:16]}.json"
        self._asked_ns = time.time_ns()

    def holds(self) -> bool:
        """Whether nothing was touched since it was written."""
        try:
            content = json.loads(self._path.read_bytes())
            return bool(content["for"] == _for() and stamps.hold(content["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def stamped(self, watched: Iterable[str]) -> dict[str, Stamp]:
        """The stamps of files, to be taken before DVC looks at them."""
        own = Path(__file__).parents[2]
        paths = {*watched, *map(str, own.glob("components/*/component.yaml")), str(own / "__init__.py")}
        return stamps.stamp(sorted(paths), now_ns=self._asked_ns)

    def write(self, files: Mapping[str, Stamp]) -> None:
        """Say that all was up to date with these files, unless one changed after we began to look."""
        if stamps.newest_ns(files) >= self._asked_ns:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({"for": _for(), "files": files}))
        new.replace(self._path)


def _for() -> dict[str, str]:
    """What else DVC goes by."""
    asked = {name: value for name, value in os.environ.items() if name.startswith("DVC_") or name in _ENVIRONMENT}
    return {**asked, "gitmlops": __version__, "python": sys.version, "user": str(os.getuid())}
