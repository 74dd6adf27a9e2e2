"""A commit of another repository, read as data: nothing is checked out, so that no filter, hook or submodule runs.

Its owner may mean harm: protocols, sizes and numbers of files are limited, links are refused. Credentials are those
that git's own helpers know, and are never printed.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.git.batches import blobs
from gitmlops.adapters.git.foreign import ask, fetch, git, git_bytes, limited
from gitmlops.errors import InputError

MAX_FILE = 1 << 20
MAX_FILES = 20_000
MAX_TOTAL = 1 << 26
_MAX_FOLDER = 1 << 22
_MAX_BELOW = 500
_FETCHED = "refs/gitmlops/fetched"
_REGULAR = ("100644", "100755")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=@ -]*(/[A-Za-z0-9_][A-Za-z0-9_.+=@ -]*)*")
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True)
class Entry:
    """A file of the commit; link: whether it is a symbolic link or a submodule instead."""

    path: str
    sha: str
    link: bool


@dataclass(frozen=True)
class Resolved:
    """What a revision names there: a commit, by a full ref, or by itself where the revision is a SHA."""

    commit: str
    ref: str

    @property
    def is_tag(self) -> bool:
        """Whether a tag names it, which is not supposed to move."""
        return self.ref.startswith("refs/tags/")


@dataclass(frozen=True)
class Elsewhere:
    """A repository without a work tree that holds one commit of `url`."""

    folder: Path
    url: str
    commit: str

    def listed(self, folder: str) -> tuple[Entry, ...]:
        """The files directly in a folder, sorted by path; none if there is no such folder."""
        answer = git(self.folder, "cat-file", "--batch-check", stdin=f"{self.commit}:{folder}\n".encode()).split()
        if len(answer) < 3 or answer[1] != "tree":
            return ()
        if int(answer[2]) > _MAX_FOLDER:
            raise self._wrong(folder, f"a folder of {answer[2]} bytes")
        return self._entries(f"{folder}/")

    def below(self, folder: str) -> tuple[Entry, ...]:
        """Every file in a folder and the folders in it, sorted by path; none if there is no such folder.

        Raises InputError if there are too many: a few objects of git can stand for any number of files.
        """
        found: list[Entry] = []
        folders = [folder]
        for seen, place in enumerate(folders):
            if seen + len(found) > _MAX_BELOW:
                raise self._wrong(folder, f"a folder of more than {_MAX_BELOW} files")
            found += self.listed(place)
            folders += self._folders(place)
        return tuple(sorted(found, key=lambda entry: entry.path))

    def file(self, path: str) -> Entry | None:
        """The file at a path, or None."""
        return next((entry for entry in self._entries(path) if entry.path == path), None)

    def read(self, entries: Iterable[Entry]) -> Mapping[str, bytes]:
        """Contents by path.

        Raises InputError for a link, a name that is no plain path or differs from another one in case alone, for a file
        over 1 MB, and if there are too many.
        """
        wanted = {entry.path: entry for entry in entries}
        self._require_plain(wanted.values())
        if len(wanted) > MAX_FILES:
            raise self._wrong("", f"{len(wanted)} files, {MAX_FILES} may be read")
        shas = list(dict.fromkeys(entry.sha for entry in wanted.values()))
        self._require_small(shas, {entry.sha: entry.path for entry in wanted.values()})
        contents = self._contents(shas)
        return {path: contents[entry.sha] for path, entry in sorted(wanted.items())}

    def _entries(self, path: str) -> tuple[Entry, ...]:
        listed = git_bytes(self.folder, "ls-tree", "-z", "--full-tree", self.commit, "--", path).split(b"\0")
        fields = ((name, about.split(b" ")) for about, _, name in (entry.partition(b"\t") for entry in listed) if name)
        return tuple(
            Entry(name.decode("utf-8", "backslashreplace"), about[2].decode(), about[0].decode() not in _REGULAR)
            for name, about in sorted(fields)
            if about[1] != b"tree"
        )

    def _folders(self, path: str) -> list[str]:
        listed = git_bytes(
            self.folder, "ls-tree", "-d", "-z", "--full-tree", "--name-only", self.commit, "--", f"{path}/"
        )
        return sorted(name.decode("utf-8", "backslashreplace") for name in listed.split(b"\0") if name)

    def _require_plain(self, entries: Iterable[Entry]) -> None:
        seen: set[str] = set()
        for entry in entries:
            if entry.link:
                raise self._wrong(entry.path, "a symbolic link or a submodule")
            if not _PATH.fullmatch(entry.path) or {"..", "."} & {*entry.path.split("/")}:
                raise self._wrong(repr(entry.path), "a name of other characters than letters, digits and `_.+=@ -`")
            if entry.path.casefold() in seen:
                raise self._wrong(entry.path, "a name that differs from another one in case alone")
            seen.add(entry.path.casefold())

    def _require_small(self, shas: Sequence[str], paths: Mapping[str, str]) -> None:
        lines = git(self.folder, "cat-file", "--batch-check=%(objectsize)", stdin=_lines(shas)).splitlines()
        total = 0
        for sha, line in zip(shas, lines, strict=True):
            # What the filter of the fetch left out is `missing`.
            size = int(line) if line.isdigit() else MAX_FILE + 1
            total += size
            if size > MAX_FILE:
                raise self._wrong(paths[sha], f"more than {MAX_FILE >> 20} MB")
        if total > MAX_TOTAL:
            raise self._wrong("", f"{total} bytes of definitions, {MAX_TOTAL} may be read")

    def _contents(self, shas: Sequence[str]) -> Mapping[str, bytes]:
        return blobs(git_bytes(self.folder, "cat-file", "--batch", stdin=_lines(shas)), shas)

    def _wrong(self, path: str, what: str) -> InputError:
        where = f"{self.url}@{self.commit[:12]}" + f":{path}" * bool(path)
        return InputError(f"{what} is not taken from another repository", where=where, mend="ask its owners")


@contextmanager
def fetched(url: str, resolved: Resolved) -> Iterator[Elsewhere]:
    """One commit of another repository, without its history, gone at the end of the block.

    Raises ToolError if it cannot be reached or has no such commit, without a word of credentials.
    """
    with _empty() as folder:
        flags = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"]
        wanted = f"{resolved.ref or resolved.commit}:{_FETCHED}"
        with limited():
            fetch(folder, url, wanted, *flags, f"--filter=blob:limit={MAX_FILE + 1}")
        # Otherwise git would fetch what the filter left out as soon as somebody looks at it.
        for section in git(folder, "config", "--name-only", "--get-regexp", r"^core\.|^remote\..*\.promisor$").split():
            if section.startswith("remote."):
                git(folder, "config", "--remove-section", section.removesuffix(".promisor"))
        commit = git(folder, "rev-parse", "--verify", _FETCHED + "^{commit}").strip()
        yield Elsewhere(folder, url, commit)


def resolve(url: str, rev: str) -> Resolved:
    """What a tag, a branch or a commit's SHA names in another repository.

    Raises InputError if nothing has that name, or a tag and a branch have it; ToolError if it cannot be reached.
    """
    if _SHA.fullmatch(rev):
        return Resolved(rev, "")
    refs = [rev] if rev.startswith("refs/") else [f"refs/tags/{rev}", f"refs/heads/{rev}"]
    with _empty() as folder:
        patterns = [pattern for ref in refs for pattern in (ref, f"{ref}^{{}}")]
        answer = ask(folder, url, "ls-remote", "--quiet", "--", url, *patterns)
    found = {ref: sha for sha, _, ref in (line.partition("\t") for line in answer.splitlines()) if _SHA.fullmatch(sha)}
    named = [ref for ref in refs if ref in found]
    if not named:
        raise InputError(f"there is no tag or branch {rev!r}", where=url, mend="mend `rev:`, or push it there")
    if len(named) > 1:
        mend = f"write `rev: refs/tags/{rev}` or `rev: refs/heads/{rev}`"
        raise InputError(f"{rev!r} is a tag and a branch", where=url, mend=mend)
    return Resolved(found.get(f"{named[0]}^{{}}", found[named[0]]), named[0])


@contextmanager
def _empty() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as name:
        folder = Path(name)
        git(folder, "init", "--quiet", "--template=")
        yield folder


def _lines(shas: Iterable[str]) -> bytes:
    return "".join(f"{sha}\n" for sha in shas).encode()
