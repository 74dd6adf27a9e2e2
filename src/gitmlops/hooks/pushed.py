"""Whether the data of commits that are pushed are in a DVC remote, so that nobody gets pointers to nothing."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops.adapters.dvc import cache, fetching, pointers, presence
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.errors import ToolError
from gitmlops.report import Finding, Location, Report, Severity

_CONFIGURATION = ".dvc/config"
_MEND = "run `dvc push --all-commits`, or `dvc push` at the commit that has it, and push again"


def commits(repository: Repository, *, to: str, known: str, remote: str) -> tuple[str, ...]:
    """Commits that `to` has and the remote has not, if they change what DVC tracks; `to` itself comes first.

    known: a commit that the remote has, empty for none that is known. Raises ToolError.
    """
    others = [f"--remotes={remote}"] if remote and repository.has_remote(remote) else []
    excluded = [f"^{known}"] if known and _is_here(repository, known) else []
    listed = repository.git("rev-list", to, *excluded, "--not", *others, "--", "*.dvc", "*dvc.lock", "dvc.lock")
    return tuple(dict.fromkeys((to, *listed.split())))


def gather(repository: Repository, commits: Sequence[str], known: str) -> Mapping[str, tuple[Output, str]]:
    """What DVC tracks in these commits and not in the known one: by digest, with the commit that has it.

    Of folders every file that this machine knows of. Raises InputError if a commit has a broken pointer.
    """
    before = {output.md5 for output in _outputs(repository, known)} if known and _is_here(repository, known) else set()
    found: dict[str, tuple[Output, str]] = {}
    for commit in commits:
        for output in _outputs(repository, commit):
            if output.md5 and output.md5 not in before:
                found.setdefault(output.md5, (output, commit))
    for output, commit in tuple(found.values()):
        for part in _parts(repository, output):
            found.setdefault(part.md5, (part, commit))
    return found


def check(repository: Repository, wanted: Mapping[str, tuple[Output, str]], to: str) -> Report:
    """A finding for each file that no DVC remote has. Raises ToolError if one that may have it was not asked."""
    tree = CommitTree(repository, to)
    configuration = tree.read(_CONFIGURATION) if tree.digest(_CONFIGURATION) else b""
    summary = (f"{len(wanted)} files and folders under DVC",)
    if not wanted or not fetching.remotes(repository, configuration):
        without = () if not wanted else (_without_remote(),)
        return Report("Pushed data", without, summary=summary)
    # Several versions of a file have one path: the digest is what names each here.
    asked = [Output(md5, md5, 0 if md5.endswith(".dir") else one.size) for md5, (one, _) in wanted.items()]
    seen = presence.look(repository, configuration, asked)
    if seen.unanswered:
        mend = (
            "add `additional_dependencies: [dvc]` (with the extra of your storage, `dvc[s3]`) to the hook, or mend it"
        )
        raise ToolError(next(iter(seen.unanswered.values())), where="dvc remote", mend=mend)
    findings = tuple(_lacking(*wanted[md5], why) for md5, why in sorted(seen.lacking.items()))
    return Report("Pushed data", tuple(sorted(findings, key=lambda one: str(one.location))), summary=summary)


def _is_here(repository: Repository, commit: str) -> bool:
    try:
        repository.git("cat-file", "-e", f"{commit}^{{commit}}")
    except ToolError:
        return False
    return True


def _outputs(repository: Repository, commit: str) -> Iterator[Output]:
    """What DVC keeps of a commit; small outputs that git has are in the commit itself."""
    tree = CommitTree(repository, commit)
    yield from (output for output in pointers.read(tree).values() if not tree.digest(output.path))


def _parts(repository: Repository, output: Output) -> Iterator[Output]:
    """The files of a folder, as its list in this machine's cache has them."""
    if not output.md5.endswith(".dir"):
        return
    store = cache.of(repository)
    if store.has(output):
        for path, md5 in store.listing(output).items():
            yield Output(f"{output.path}/{path}", md5, 0)


def _lacking(output: Output, commit: str, why: str) -> Finding:
    message = f"of commit {commit[:12]} is in no DVC remote: {why}"
    return Finding("not-pushed", Severity.ERROR, message, Location(output.path), _MEND)


def _without_remote() -> Finding:
    message = "DVC has no remote: whoever clones this gets pointers to data that only you have"
    mend = "run `dvc remote add --default NAME URL`, and add .dvc/config"
    return Finding("not-pushed", Severity.WARNING, message, mend=mend)
