"""`git+https://HOST/PATH@COMMIT//FOLDER`: a component of another repository, and where it lies in this one."""

import re
from dataclasses import dataclass

import msgspec

from gitmlops.errors import InputError
from gitmlops.specs.fields import GitUrl, Name, RepositoryPath
from gitmlops.specs.imported import COMPONENTS, FOLDER

PREFIX = "git+"
_FORM = re.compile(r"git\+(?P<url>.+?)@(?P<commit>[^@/]*)//(?P<path>.+)")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MEND = "write git+https://HOST/PATH@COMMIT//FOLDER"


@dataclass(frozen=True)
class Source:
    """path: the component's folder there; commit: a whole SHA."""

    url: str
    commit: str
    path: str

    @property
    def uses(self) -> str:
        """What a step writes."""
        return f"{PREFIX}{self.url}@{self.commit}//{self.path}"

    @property
    def name(self) -> str:
        """The component's name, which is that of its folder."""
        return self.path.rpartition("/")[2]

    @property
    def key(self) -> str:
        """The component's name among the definitions of this repository."""
        return f"_{self.commit[:12]}/{self.name}"

    @property
    def folder(self) -> str:
        """Where it lies in this repository."""
        return f"{FOLDER}/_{self.commit[:12]}/{COMPONENTS}/{self.name}"


def parse(uses: str) -> Source:
    """What a step's `uses` names in another repository.

    Raises InputError for an address that git shall not see, a commit that is no whole SHA, or a wrong folder.
    """
    match = _FORM.fullmatch(uses)
    if match is None:
        raise InputError(f"{uses!r} names no folder of a repository", mend=_MEND)
    url, commit, path = match["url"], match["commit"], match["path"]
    if not _COMMIT.fullmatch(commit):
        mend = f"a tag or branch can move: write the commit that `git ls-remote {url}` shows"
        raise InputError(f"{commit!r} is no whole commit SHA", mend=mend)
    _require(url, GitUrl, "is no address")
    _require(path, RepositoryPath, "is no folder")
    _require(path.rpartition("/")[2], Name, "is no name of a component")
    return Source(url, commit, path)


def _require(text: str, type_: object, words: str) -> None:
    try:
        msgspec.convert(text, type_)
    except msgspec.ValidationError as error:
        raise InputError(f"{text!r} {words}", mend=_MEND) from error
