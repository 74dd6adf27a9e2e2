"""The files of a version as its commit names them: from git, or from DVC's cache, hashed on every read."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from gitmlops.adapters.dvc import cache, pointers
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.dvc.pointers import Output, md5_of
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.errors import InputError

COMPANIONS = (".card.md", ".baseline.json", ".manifest.json")
"""What the `package` step writes beside a model file, by the ending that takes the place of the file's own."""
ATTESTATION = (".attestation.json", ".attestation.json.sig")
"""What lies beside a model file whose predictions somebody has attested: the statement, and its signature."""


@dataclass(frozen=True)
class Contents:
    """Files of one commit, whether git or DVC keeps them."""

    repository: Repository
    commit: str

    @cached_property
    def tree(self) -> CommitTree:
        """The files that git keeps."""
        return CommitTree(self.repository, self.commit)

    @cached_property
    def _outputs(self) -> Mapping[str, Output]:
        return pointers.read(self.tree)

    @cached_property
    def _cache(self) -> Cache:
        return cache.of(self.repository)

    def pin(self, path: str) -> str:
        """What names the content of a file, without reading it; empty if the commit has no such file."""
        if blob := self.tree.digest(path):
            return f"blob:{blob}"
        return f"md5:{self._outputs[path].md5}" if path in self._outputs else ""

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises InputError if the commit has no such file, ToolError if its content is not on this machine.
        """
        if self.tree.digest(path):
            return self.tree.read(path)
        if path not in self._outputs:
            mend = "run the pipeline and commit dvc.lock, or mend `artifact:` of the model"
            raise InputError(f"neither in git nor under DVC in commit {self.commit[:12]}", where=path, mend=mend)
        return self._from_work_tree(self._outputs[path]) or self._cache.read(self._outputs[path])

    def under_dvc(self, paths: Iterable[str]) -> tuple[Output, ...]:
        """Those of the files that DVC keeps."""
        return tuple(self._outputs[path] for path in paths if not self.tree.digest(path) and path in self._outputs)

    def missing(self, paths: Iterable[str]) -> tuple[Output, ...]:
        """Those that DVC keeps and that are neither in its cache nor, as they are, in the work tree."""
        kept = self.under_dvc(paths)
        return tuple(one for one in kept if not self._cache.has(one) and self._from_work_tree(one) is None)

    def beside(self, artifact: str) -> tuple[str, ...]:
        """The card, baseline and manifest of a model file that the commit has."""
        paths = (companion(artifact, ending) for ending in COMPANIONS)
        return tuple(path for path in paths if self.pin(path))

    def _from_work_tree(self, output: Output) -> bytes | None:
        """The file that lies in the work tree, if the cache lacks the content and the file is exactly it."""
        file = self.repository.root / output.path
        if self._cache.has(output) or not file.is_file():
            return None
        content = file.read_bytes()
        return content if md5_of(content) == output.md5 else None


def brought(repository: Repository, commit: str, path: str) -> str:
    """The commit of the first-parent history that gave a file the content which `commit` has of it."""
    pin = Contents(repository, commit).pin(path)
    # Whatever can pin it: the file itself, a pointer, or the lock of a pipeline.
    places = (f":(literal){path}", "*.dvc", "*dvc.lock")
    for changed in repository.git("rev-list", "--first-parent", "--parents", commit, "--", *places).splitlines():
        found, *parents = changed.split()
        if not parents or Contents(repository, parents[0]).pin(path) != pin:
            return found
    return commit


def companion(artifact: str, ending: str) -> str:
    """The path beside a model file: `models/a.skops` and `.card.md` give `models/a.card.md`."""
    path = PurePosixPath(artifact)
    return str(path.with_name(path.stem + ending))


def sha256(content: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(content).hexdigest()
