"""New annotated tags, in one atomic write."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

from gitmlops.adapters.git import tag_objects
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.tag_objects import NewTag
from gitmlops.adapters.git.tag_reading import Fence, Tag, read_beginning
from gitmlops.errors import Refusal, ToolError


def write(
    repository: Repository,
    new: Sequence[NewTag],
    *,
    fence: Fence,
    seen: Sequence[Tag],
    remote: str | None,
    sign: bool = False,
) -> None:
    """Create tags, all or none, at the remote first (if one is given), then here.

    seen: the tags from which the new ones follow; sign: with the key that git signs with here. Raises Refusal if the
    guarded tags are others by now, there or here; ToolError if the remote refused or could not be reached, or nothing
    was signed. Nothing is changed then, neither there nor here.
    """
    expected = _guarded(fence, seen)
    make = tag_objects.make_signed if sign else tag_objects.make
    objects = [make(repository, tag) for tag in new]
    refs = {f"refs/tags/{tag.name}": sha for tag, sha in zip(new, objects, strict=True)}
    if remote is None:
        _write_here(repository, refs, fence=fence, expected=expected)
        return
    _write_there(repository, refs, fence=fence, expected=expected, remote=remote)
    try:
        _update(repository, [f"create {ref} {sha}" for ref, sha in refs.items()])
    except ToolError as error:
        mend = f"run `{_take(remote, refs)}`"
        raise ToolError(f"the tags are at {remote}, but not here: {error.what}", mend=mend) from error


def require_known(repository: Repository, *, fence: Fence, seen: Sequence[Tag], remote: str) -> None:
    """Raises Refusal if the guarded tags at a remote are others than those seen, ToolError if it does not answer."""
    there = _refs_at(repository, remote, fence)
    _require_same({ref: sha for ref, sha in there.items() if ref != fence.ref}, _guarded(fence, seen), remote)


def _guarded(fence: Fence, seen: Sequence[Tag]) -> Mapping[str, str]:
    return {f"refs/tags/{tag.name}": tag.object for tag in seen if tag.name.startswith(fence.prefixes)}


def _write_here(repository: Repository, refs: Mapping[str, str], *, fence: Fence, expected: Mapping[str, str]) -> None:
    # The fence is read before the tags: whoever writes after this line moves it, and the transaction fails.
    before = repository.git("for-each-ref", "--format=%(objectname)", fence.ref).strip()
    here = {f"refs/tags/{tag.name}": tag.object for tag in read_beginning(repository, fence.prefixes)}
    moved = f"update {fence.ref} {list(refs.values())[-1]} {before or '0' * 40}"
    try:
        if here != expected:
            raise ToolError("other tags appeared")
        _update(repository, [*(f"create {ref} {sha}" for ref, sha in refs.items()), moved])
    except ToolError as error:
        raise Refusal(
            f"somebody else wrote tags here at the same moment ({error.what})", mend="run the command again"
        ) from error


def _write_there(
    repository: Repository, refs: Mapping[str, str], *, fence: Fence, expected: Mapping[str, str], remote: str
) -> None:
    there = _refs_at(repository, remote, fence)
    seen = there.get(fence.ref, "")
    _require_same({ref: sha for ref, sha in there.items() if ref != fence.ref}, expected, remote)
    leases = [f"--force-with-lease={fence.ref}:{seen}", *(f"--force-with-lease={ref}:" for ref in refs)]
    specs = [*(f"{sha}:{ref}" for ref, sha in refs.items()), f"{list(refs.values())[-1]}:{fence.ref}"]
    try:
        repository.git("push", "--quiet", "--atomic", "--no-follow-tags", *leases, remote, *specs)
    except ToolError as error:
        after = _refs_at(repository, remote, fence)
        if refs.items() <= after.items():
            return  # the remote has taken them, only its answer was lost
        if after != there:
            raise _behind(remote, "somebody else wrote tags of this model at the same moment") from error
        mend = f"nothing was tagged; see that you may push tags to {remote}, and run the command again"
        raise ToolError(error.what, where=f"git push {remote}", mend=mend) from error


def _refs_at(repository: Repository, remote: str, fence: Fence) -> Mapping[str, str]:
    patterns = [f"refs/tags/{prefix}*" for prefix in fence.prefixes]
    try:
        listed = repository.git("ls-remote", "--refs", remote, *patterns, fence.ref)
    except ToolError as error:
        mend = "nothing was tagged; see that it can be reached, and run the command again"
        raise ToolError(
            f"{remote} does not answer: {error.what}", where=f"git ls-remote {remote}", mend=mend
        ) from error
    pairs = (line.split("\t") for line in listed.splitlines())
    return {ref: sha for sha, ref in pairs}


def _require_same(there: Mapping[str, str], here: Mapping[str, str], remote: str) -> None:
    if moved := sorted(ref for ref in there.keys() & here.keys() if there[ref] != here[ref]):
        mend = f"{remote}'s are what others see: take them with `{_take(remote, moved)}`, then run the command again"
        raise Refusal(f"tags here are not those of the same name at {remote}: {_named(moved)}", mend=mend)
    if missing := sorted(there.keys() - here.keys()):
        raise _behind(remote, f"{remote} has tags that are not here: {_named(missing)}")
    if surplus := sorted(here.keys() - there.keys()):
        mend = f"push what should count with `git push {remote} TAG`, or keep this one here too with --local"
        raise Refusal(f"{remote} lacks tags that are here: {_named(surplus)}", mend=mend)


def _behind(remote: str, what: str) -> Refusal:
    return Refusal(what, mend=f"run `git fetch --tags {remote}`, look at what changed, and run the command again")


def _take(remote: str, refs: Iterable[str]) -> str:
    """The command that puts the remote's tags in the place of those here: a fetch of all tags replaces none."""
    return shlex.join(("git", "fetch", "--force", remote, *(f"{ref}:{ref}" for ref in sorted(refs))))


def _named(refs: Iterable[str]) -> str:
    names = [ref.removeprefix("refs/tags/") for ref in refs]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _update(repository: Repository, lines: Sequence[str]) -> None:
    repository.git("update-ref", "--stdin", stdin="\n".join(["start", *lines, "commit", ""]).encode())
