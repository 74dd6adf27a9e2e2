"""Annotated tags: all of them in one read, new ones in one atomic write."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import Refusal, ToolError

_FIELDS = ("%(refname:strip=2)", "%(objecttype)", "%(objectname)", "%(*objectname)", "%(taggerdate:unix)", "%(taggername)", "%(taggeremail:trim)", "%(contents)")
_END = "%1e"
_FIELD, _RECORD = "\x1f", "\x1e"


@dataclass(frozen=True)
class Tag:
    """An annotated tag as git has it; `time` in seconds since 1970, UTC."""

    name: str
    object: str
    commit: str
    time: int
    tagger: str
    email: str
    message: str


@dataclass(frozen=True)
class NewTag:
    """An annotated tag to be written."""

    name: str
    commit: str
    time: int
    message: str


def read_all(repository: Repository) -> tuple[Tag, ...]:
    """Every annotated tag that points at a commit, in one git call; lightweight tags are left out."""
    listed = repository.git("for-each-ref", "--format=" + "%1f".join(_FIELDS) + _END, "refs/tags")
    return tuple(tag for record in listed.split(_RECORD) if (tag := _parse(record)) is not None)


def write(repository: Repository, new: Sequence[NewTag], *, fence: str, remote: str | None) -> None:
    """Create tags, all or none, first at the remote (if there is one), then here.

    `fence` is a ref that every writer of the same artifact moves from the value it saw: of two writers one wins.
    Raises Refusal if somebody else was first, ToolError if the remote refused or could not be reached;
    nothing is changed then, neither there nor here.
    """
    objects = [_make(repository, tag) for tag in new]
    refs = [(f"refs/tags/{tag.name}", sha) for tag, sha in zip(new, objects, strict=True)]
    refs.append((fence, objects[-1]))
    seen = _value(repository, fence)
    if remote:
        seen = _remote_value(repository, remote, fence)
        _push(repository, remote, refs, fence=fence, seen=seen)
    _update(repository, refs, fence=fence)


def _make(repository: Repository, tag: NewTag) -> str:
    person = repository.git("var", "GIT_COMMITTER_IDENT").rsplit(" ", 2)[0]
    text = f"object {tag.commit}\ntype commit\ntag {tag.name}\ntagger {person} {tag.time} +0000\n\n{tag.message.rstrip()}\n"
    return repository.git("mktag", stdin=text.encode()).strip()


def _push(repository: Repository, remote: str, refs: list[tuple[str, str]], *, fence: str, seen: str) -> None:
    specs = [f"{sha}:{ref}" for ref, sha in refs]
    leases = [f"--force-with-lease={ref}:{seen if ref == fence else ''}" for ref, _ in refs]
    try:
        repository.git("push", "--quiet", "--atomic", *leases, remote, *specs)
    except ToolError as error:
        if "stale info" in error.what or "already exists" in error.what or "cannot lock ref" in error.what:
            raise Refusal(
                "somebody else wrote tags of this model at the same moment",
                mend=f"run `git fetch --tags {remote}` and the command again",
            ) from error
        mend = f"nothing was tagged; see that you can push to {remote}, and run the command again"
        raise ToolError(error.what, where=f"git push {remote}", mend=mend) from error


def _update(repository: Repository, refs: list[tuple[str, str]], *, fence: str) -> None:
    lines = [f"update {ref} {sha}" if ref == fence else f"create {ref} {sha}" for ref, sha in refs]
    try:
        repository.git("update-ref", "--stdin", stdin="\n".join(["start", *lines, "commit", ""]).encode())
    except ToolError as error:
        raise Refusal(f"a tag of this name is here already ({error.what})", mend="run `git fetch --tags`") from error


def _value(repository: Repository, ref: str) -> str:
    return repository.git("for-each-ref", "--format=%(objectname)", ref).strip()


def _remote_value(repository: Repository, remote: str, ref: str) -> str:
    return repository.git("ls-remote", remote, ref).partition("\t")[0].strip()


def _parse(record: str) -> Tag | None:
    fields = record.lstrip("\n").split(_FIELD)
    if len(fields) != len(_FIELDS) or fields[1] != "tag" or not fields[3]:
        return None
    name, _, sha, commit, time, tagger, email, message = fields
    return Tag(name, sha, commit, int(time or 0), tagger, email, message)
