"""Notes on objects, under refs/notes/gitmlops/: lines that are added and never replaced, here and at a remote."""

import re

from gitmlops.adapters.git.batches import blobs
from gitmlops.adapters.git.identity import author
from gitmlops.adapters.git.remote_refs import answering, at_remote
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

RECEIPTS = "refs/notes/gitmlops/receipts"
APPROVALS = "refs/notes/gitmlops/approvals"
LOOKS = "refs/notes/gitmlops/looks"
ATTEMPTS = 10
"""How often a push is tried while others push, too. A push is lost only to one that went through."""

# What a server says while somebody else writes the same ref.
_BUSY = re.compile(r"cannot lock ref|Unable to create '.*\.lock'|failed to update ref|incorrect old value")


def read(repository: Repository, ref: str, target: str) -> tuple[bytes, ...]:
    """The lines of the note on an object, each with its line break; none without a note.

    Raises ToolError if notes cannot be read, e.g. for want of the object.
    """
    try:
        content = repository.git_bytes("notes", "--ref", ref, "show", target)
    except ToolError as error:
        if "no note found" not in error.what:
            raise
        return ()
    return tuple(line + b"\n" for line in content.split(b"\n") if line)


def everything(repository: Repository, ref: str) -> tuple[bytes, ...]:
    """The lines of all notes of a ref, each with its line break, in no order. Raises ToolError."""
    shas = sorted({line.partition(" ")[0] for line in repository.git("notes", "--ref", ref, "list").splitlines()})
    if not shas:
        return ()
    answer = repository.git_bytes("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in shas).encode())
    contents = blobs(answer, shas).values()
    return tuple(line + b"\n" for content in contents for line in content.split(b"\n") if line)


def add(repository: Repository, ref: str, target: str, line: bytes) -> None:
    """Add a line to the note on an object (a tree, too), unless it is there already. Raises ToolError.

    Lines are sorted, as a merge of notes leaves them.
    """
    lines = sorted({*read(repository, ref, target), line})
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"".join(lines)).strip()
    repository.git(*author(repository), "notes", "--ref", ref, "add", "--force", "-C", blob, target)


def fetch(repository: Repository, ref: str, remote: str) -> str:
    """SHA of what the remote has as `ref` (empty if nothing), after all its lines were added to those here.

    Raises ToolError if the remote cannot be reached.
    """
    if not at_remote(repository, ref, remote):
        return ""
    fetched = ref.replace("refs/notes/gitmlops/", f"refs/gitmlops/notes/{remote}/")
    with answering(remote):
        repository.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, f"+{ref}:{fetched}")
    # Line by line, each once: what both sides say of one object is kept, and no conflict is left to a person.
    merge = ("notes", "--ref", ref, "merge", "--quiet", "--strategy=cat_sort_uniq", fetched)
    repository.git(*author(repository), *merge)
    return _here(repository, fetched)


def share(repository: Repository, ref: str, remote: str) -> bool:
    """Bring the remote and this clone to the same notes, those of both; whether the remote lacked any.

    Nothing at the remote is ever lost: a push builds on what was fetched, and if somebody else was quicker, the next
    one builds on theirs. Raises ToolError if the remote cannot be reached, or does not take the notes.
    """
    return _share(repository, ref, remote, attempts=ATTEMPTS)


def _share(repository: Repository, ref: str, remote: str, *, attempts: int) -> bool:
    there = fetch(repository, ref, remote)
    here = _here(repository, ref)
    if here == there:
        return False
    try:
        repository.git("push", "--quiet", "--no-follow-tags", remote, f"{here}:{ref}")
    except ToolError as error:
        after = at_remote(repository, ref, remote)
        if after == here:
            return True  # the remote has taken them, only its answer was lost
        if attempts == 1 or (after == there and not _BUSY.search(error.what)):
            raise _not_taken(ref, remote, error) from error
        return _share(repository, ref, remote, attempts=attempts - 1)
    return True


def _here(repository: Repository, ref: str) -> str:
    return repository.git("for-each-ref", "--format=%(objectname)", ref).strip()


def _not_taken(ref: str, remote: str, error: ToolError) -> ToolError:
    mend = f"see that you may push {ref} (in a workflow: `contents: write`), and run the command again"
    return ToolError(f"{remote} did not take the notes: {error.what}", where=f"git push {remote} {ref}", mend=mend)
