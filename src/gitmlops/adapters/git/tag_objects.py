"""Objects of annotated tags: written without a ref, signed or not."""

import tempfile
from dataclasses import dataclass

from gitmlops.adapters.git.repository import ENVIRONMENT, Repository
from gitmlops.adapters.system import process
from gitmlops.errors import ToolError

_MEND = "see that `git tag --sign` works here: look at `git config user.signingKey` and `gpg.format`"
# What git asks the repository's own settings to sign; nothing else of them takes part.
_SETTINGS = r"^(user\.signingkey|gpg\..*|user\.name|user\.email)$"


@dataclass(frozen=True)
class NewTag:
    """An annotated tag to be written."""

    name: str
    commit: str
    time: int
    message: str


def make(repository: Repository, tag: NewTag) -> str:
    """Write the object of a tag; its SHA. Raises ToolError."""
    person = repository.git("var", "GIT_COMMITTER_IDENT").rsplit(" ", 2)[0]
    header = f"object {tag.commit}\ntype commit\ntag {tag.name}\ntagger {person} {tag.time} +0000"
    return repository.git("mktag", stdin=f"{header}\n\n{tag.message.rstrip()}\n".encode()).strip()


def make_signed(repository: Repository, tag: NewTag) -> str:
    """Write the object of a tag, signed as `git tag --sign` would here; its SHA. Raises ToolError.

    git makes a ref with it: in a repository of a moment, which shares our objects, so that nobody sees it here.
    """
    objects = repository.git("rev-parse", "--path-format=absolute", "--git-path", "objects").strip()
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as folder:
        process.run("git", "init", "--quiet", "--bare", "--template=", folder, environment=ENVIRONMENT)
        where = {**ENVIRONMENT, "GIT_DIR": folder, "GIT_OBJECT_DIRECTORY": objects}
        dated = {**where, "GIT_COMMITTER_DATE": f"{tag.time} +0000"}
        named = ("--cleanup=verbatim", "--file=-", "--end-of-options", tag.name, tag.commit)
        message = f"{tag.message.rstrip()}\n".encode()
        try:
            process.run("git", *_settings(repository), "tag", "--sign", *named, environment=dated, stdin=message)
        except ToolError as error:
            raise ToolError(f"not signed: {error.what}", where=tag.name, mend=_MEND) from error
        sha = process.run("git", "rev-parse", f"refs/tags/{tag.name}", environment=where).strip()
    # git 2.39 makes a tag without a signature, and says nothing, where the SSH key is not there.
    if " SIGNATURE-----" not in repository.git("cat-file", "tag", sha):
        raise ToolError("not signed: git found no key", where=tag.name, mend=_MEND)
    return sha


def _settings(repository: Repository) -> tuple[str, ...]:
    try:
        listed = repository.git("config", "--null", "--get-regexp", _SETTINGS).split("\0")
    except ToolError:  # none of them is set
        return ()
    pairs = (line.partition("\n") for line in listed if line)
    return tuple(word for name, _, value in pairs for word in ("-c", f"{name}={value}"))
