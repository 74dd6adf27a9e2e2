"""A branch of its own beside the project's: read and added to without a checkout, shared with a remote."""

from collections.abc import Callable, Mapping

from gitmlops.adapters.git.batches import blobs
from gitmlops.adapters.git.identity import author
from gitmlops.adapters.git.remote_refs import answering, at_remote
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

Files = Mapping[str, bytes]
"""Path, FOLDER/NAME, -> content."""
Merge = Callable[[Files, Files], Files]
"""What the remote has (without one, what is here) and what is here -> what there shall be."""

ATTEMPTS = 20
"""How often a push is tried while others push, too."""


def here(repository: Repository, branch: str) -> str:
    """SHA of the branch in this clone, empty if there is none."""
    return _sha(repository, f"refs/heads/{branch}")


def known(repository: Repository, branch: str, remote: str) -> str:
    """SHA of the branch as the remote had it when this clone last looked, empty if it was not there."""
    return _sha(repository, _tracked(branch, remote))


def tips(repository: Repository, branch: str, remote: str) -> frozenset[str]:
    """SHAs of the branch here and as the remote had it when this clone last looked, in one call of git."""
    refs = (f"refs/heads/{branch}", _tracked(branch, remote))
    return frozenset(repository.git("for-each-ref", "--format=%(objectname)", *refs).split())


def fetch(repository: Repository, branch: str, remote: str) -> str:
    """SHA of the branch at the remote, brought here; empty if it has none. Raises ToolError if it does not answer."""
    there = at_remote(repository, f"refs/heads/{branch}", remote)
    if there and there != known(repository, branch, remote):
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        with answering(remote):
            repository.git("fetch", *options, remote, f"+refs/heads/{branch}:{_tracked(branch, remote)}")
    return known(repository, branch, remote) if there else ""


def read(repository: Repository, commit: str) -> Files:
    """The files of a commit of such a branch; none of no commit."""
    if not commit:
        return {}
    listed = repository.git("ls-tree", "-r", "-z", commit).split("\0")
    shas = {path: about.split()[2] for about, _, path in (entry.partition("\t") for entry in listed if entry)}
    if not shas:
        return {}
    wanted = sorted({*shas.values()})
    answer = repository.git_bytes("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in wanted).encode())
    contents = blobs(answer, wanted)
    return {path: contents[sha] for path, sha in sorted(shas.items())}


def keep(repository: Repository, branch: str, merge: Merge, *, message: str, remote: str | None) -> None:
    """Bring the branch, here and at the remote, to what `merge` makes of both.

    `merge` is asked again whenever somebody else was quicker. Raises ToolError if the remote does not answer or does
    not take it: it is kept here then, and goes along the next time.
    """
    for _ in range(ATTEMPTS):
        ours = here(repository, branch)
        theirs, silent = _asked(repository, branch, remote)
        published = theirs if remote else ours
        wanted = merge(read(repository, published), read(repository, ours))
        made = _commit(repository, wanted, published or ours, message)
        if remote is None or silent:
            if not _moved(repository, branch, made, before=ours):
                continue
            if silent:
                raise _kept_here(branch, silent)
            return
        try:
            pushed = made == theirs or _pushed(repository, branch, made, theirs, remote)
        except ToolError:
            _moved(repository, branch, made, before=ours)
            raise
        if pushed:
            _moved(repository, branch, made, before=ours)
            return
    what = f"others push {branch} again and again; nothing was written"
    raise ToolError(what, where=remote or str(repository.root), mend="run the command again")


def _asked(repository: Repository, branch: str, remote: str | None) -> tuple[str, ToolError | None]:
    """SHA at the remote; if it does not answer, the one that it had, and why."""
    if remote is None:
        return "", None
    try:
        return fetch(repository, branch, remote), None
    except ToolError as error:
        return known(repository, branch, remote), error


def _moved(repository: Repository, branch: str, commit: str, *, before: str) -> bool:
    """Whether the branch here is now at the commit: not if somebody has moved it since `before`."""
    try:
        repository.git("update-ref", f"refs/heads/{branch}", commit, before)
    except ToolError:
        if here(repository, branch) == before:
            raise
        return False
    return True


def _pushed(repository: Repository, branch: str, made: str, theirs: str, remote: str) -> bool:
    """False if somebody else has pushed since. Raises ToolError for another refusal."""
    ref = f"refs/heads/{branch}"
    lease = f"--force-with-lease={ref}:{theirs}"
    try:
        repository.git("push", "--quiet", "--no-follow-tags", lease, remote, f"{made}:{ref}")
    except ToolError as error:
        after = fetch(repository, branch, remote)
        if after == made:
            return True  # only the answer was lost
        if after == theirs and "lock" not in error.what:
            raise _kept_here(branch, error) from error
        return False
    repository.git("update-ref", _tracked(branch, remote), made)
    return True


def _kept_here(branch: str, error: ToolError) -> ToolError:
    mend = f"see that you may push {branch} (in a workflow: `contents: write`); the next run sends it along"
    return ToolError(f"kept on the branch {branch} here only: {error.what}", where=error.where, mend=mend)


def _commit(repository: Repository, files: Files, parent: str, message: str) -> str:
    """SHA of a commit with these files beside the parent's; the parent if nothing differs."""
    folders: dict[str, dict[str, str]] = {}
    for path, content in files.items():
        folder, _, name = path.partition("/")
        folders.setdefault(folder, {})[name] = repository.git("hash-object", "-w", "--stdin", stdin=content).strip()
    trees = {folder: _tree(repository, {name: f"100644 blob {sha}" for name, sha in names.items()})
             for folder, names in folders.items()}  # fmt: skip
    tree = _tree(repository, {folder: f"040000 tree {sha}" for folder, sha in trees.items()})
    if parent and repository.tree(parent) == tree:
        return parent
    parents = ("-p", parent) if parent else ()
    return repository.git(*author(repository), "commit-tree", *parents, "-m", message, tree).strip()


def _tree(repository: Repository, entries: Mapping[str, str]) -> str:
    listed = "".join(f"{about}\t{name}\0" for name, about in sorted(entries.items()))
    return repository.git("mktree", "-z", stdin=listed.encode()).strip()


def _tracked(branch: str, remote: str) -> str:
    return f"refs/remotes/{remote}/{branch}"


def _sha(repository: Repository, ref: str) -> str:
    return repository.git("for-each-ref", "--format=%(objectname)", ref).strip()
