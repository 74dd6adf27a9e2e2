"""The outputs of a version as they were released, and as they lie in a tree where they were made again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.errors import ToolError
from gitmlops.registry.files.contents import sha256
from gitmlops.registry.reproduction.outputs import Files

WHOLE = "."


@dataclass(frozen=True)
class Released:
    """Where the content of a version's outputs may be."""

    tree: CommitTree
    caches: Sequence[Cache]

    def files(self, output: Output) -> Files | None:
        """The files of an output; None if one of them is not on this machine, or not as it was recorded."""
        held = self._in_git(output.path)
        return held or next((found for cache in self.caches if (found := _cached(cache, output))), None)

    def _in_git(self, path: str) -> Files:
        if self.tree.digest(path):
            return {WHOLE: self.tree.read(path)}
        inside = f"{path}/"
        return {
            name.removeprefix(inside): self.tree.read(name)
            for name in self.tree.paths()
            if name.startswith(inside) and self.tree.digest(name)
        }


def _cached(cache: Cache, output: Output) -> Files | None:
    try:
        if not output.md5.endswith(".dir"):
            return {WHOLE: cache.read(output)}
        listing = cache.listing(output)
        return {name: cache.read(Output(f"{output.path}/{name}", md5, 0)) for name, md5 in listing.items()}
    except ToolError:
        return None


def made(place: Path) -> Files:
    """The files of an output that lies on disk."""
    if not place.is_dir():
        return {WHOLE: place.read_bytes()}
    return {
        file.relative_to(place).as_posix(): file.read_bytes() for file in sorted(place.rglob("*")) if file.is_file()
    }


def digests(before: Files, after: Files) -> Iterator[tuple[str, str]]:
    """SHA-256 of each file then and now: where another output names the one, it may name the other."""
    for name in before.keys() & after.keys():
        yield sha256(before[name]), sha256(after[name])
