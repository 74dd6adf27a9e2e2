"""Commits, comparisons and the files that a change touches."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.github.server.git import Git
from tests.github.server.users import user_json

if TYPE_CHECKING:
    from tests.github.server.repository import Repository

Json = Any
_FIELDS = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
_STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True)
class Commit:
    """A commit as git stores it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str, str]
    committer: tuple[str, str, str]
    message: str


@dataclass(frozen=True)
class ChangedFile:
    """One file of a diff."""

    name: str
    previous: str
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str | None


def log(git: Git, *span: str) -> list[Commit]:
    """Give commits, newest first."""
    entries = git.run("log", "-z", f"--format={_FIELDS}", *span, "--")
    # -z ends an entry with NUL too, so every entry is ten fields.
    fields = entries.split("\0")
    return [_commit(fields[at : at + 10]) for at in range(0, len(fields) - 9, 10)]


def commit(git: Git, sha: str) -> Commit:
    """Give one commit."""
    return log(git, "-1", sha)[0]


def _commit(fields: list[str]) -> Commit:
    sha, tree, parents, *people, message = fields
    author, committer = (people[0], people[1], people[2]), (people[3], people[4], people[5])
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


def changed_files(git: Git, old: str, new: str) -> list[ChangedFile]:
    """Give the files that differ between two commits, with their patches."""
    names = git.run("diff", "--raw", "--no-abbrev", "-M", "-z", old, new).split("\0")
    counts = git.run("diff", "--numstat", "-M", "-z", old, new)
    patches = _patches(git.run("diff", "-M", "--no-color", "--full-index", old, new))
    found = []
    at = 0
    while at < len(names) - 1:
        blobs, letter = names[at].split(" ")[3], names[at].split(" ")[4][0]
        moved = letter in "RC"
        previous, name = (names[at + 1], names[at + 2]) if moved else ("", names[at + 1])
        at += 3 if moved else 2
        found.append((name, previous, _STATUS[letter], blobs))
    lines = _line_counts(counts)
    return [
        ChangedFile(name, previous, status, blob, *lines[name], patch)
        for (name, previous, status, blob), patch in zip(found, patches, strict=True)
    ]


def _line_counts(text: str) -> dict[str, tuple[int, int]]:
    parts = text.split("\0")
    counts = {}
    at = 0
    while at < len(parts) - 1:
        added, deleted, name = parts[at].split("\t")
        if not name:  # a rename: the names follow
            name = parts[at + 2]
            at += 2
        counts[name] = (0, 0) if added == "-" else (int(added), int(deleted))
        at += 1
    return counts


def _patches(text: str) -> list[str | None]:
    """The hunks of each file, None where there are none (binary, or only renamed)."""
    files = re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1:]
    hunks = [re.search(r"^@@ .*", one, flags=re.MULTILINE | re.DOTALL) for one in files]
    return [found[0].rstrip("\n") if found else None for found in hunks]


def file_json(repository: "Repository", head: str, file: ChangedFile) -> Json:
    """Give what GitHub calls a diff entry."""
    name = quote(file.name)
    own = f"{repository.url}/contents/{name}?ref={head}"
    body = {
        "sha": file.blob,
        "filename": file.name,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{repository.html_url}/blob/{head}/{name}",
        "raw_url": f"{repository.html_url}/raw/{head}/{name}",
        "contents_url": own,
    }
    if file.patch is not None:
        body["patch"] = file.patch
    return body | ({"previous_filename": file.previous} if file.previous else {})


def git_commit_json(commit: Commit) -> Json:
    """Give the part of a commit that git knows."""
    name, email, date = commit.author
    committer_name, committer_email, committer_date = commit.committer
    return {
        "author": {"name": name, "email": email, "date": date},
        "committer": {"name": committer_name, "email": committer_email, "date": committer_date},
        "message": commit.message,
        "verification": verification(),
    }


def verification() -> Json:
    """Give GitHub's word on a commit without a signature."""
    return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def commit_json(repository: "Repository", commit: Commit) -> Json:
    """Give a commit as lists show it; people are known by the e-mail address of their account."""
    own = f"{repository.url}/commits/{commit.sha}"
    github = repository.github
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": own,
        "html_url": f"{repository.html_url}/commit/{commit.sha}",
        "comments_url": f"{own}/comments",
        "commit": git_commit_json(commit)
        | {
            "url": f"{repository.url}/git/commits/{commit.sha}",
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": f"{repository.url}/git/trees/{commit.tree}"},
        },
        "author": user_json(github.url, github.user_of_email(commit.author[1])),
        "committer": user_json(github.url, github.user_of_email(commit.committer[1])),
        "parents": [
            {"sha": sha, "url": f"{repository.url}/commits/{sha}", "html_url": f"{repository.html_url}/commit/{sha}"}
            for sha in commit.parents
        ],
    }
