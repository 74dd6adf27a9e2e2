"""Releases: the page of a tag that is there."""

from dataclasses import dataclass

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.outward import heading, notes_of_release
from gitmlops.adapters.github.refusals import GitHubError
from gitmlops.errors import InputError

_NEEDS = "contents: write"


class Release(msgspec.Struct, frozen=True):
    """A release page."""

    id: int
    html_url: str
    tag_name: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False


@dataclass(frozen=True)
class Notes:
    """What the page shall say. text: Markdown, escaped already."""

    tag: str
    title: str
    text: str
    prerelease: bool = False


def upsert(client: Client, notes: Notes) -> Release:
    """The release page of a tag, now with this title and text.

    Raises InputError without the tag (GitHub would make one that nobody signed, on any commit), GitHubError.
    """
    if client.find(client.path("git", "ref", f"tags/{notes.tag}"), msgspec.Raw, _NEEDS) is None:
        raise InputError(f"there is no tag {notes.tag} at GitHub", mend=f"push it: `git push origin '{notes.tag}'`")
    # GitHub shows the tag itself beside it as it is.
    name = notes.title if notes.title == notes.tag else heading(notes.title)
    body = {"name": name, "body": notes_of_release(notes.text), "prerelease": notes.prerelease}
    if found := find(client, notes.tag):
        return _update(client, found, body)
    try:
        new = {"tag_name": notes.tag, **body}
        return client.once(client.path("releases"), new, Release, _NEEDS, lambda: find(client, notes.tag))
    except GitHubError as error:
        found = find(client, notes.tag) if error.says_already_there else None
        if found is None:
            raise
        return _update(client, found, body)


def find(client: Client, tag: str) -> Release | None:
    """The release page of a tag; None if there is none, or only a draft."""
    return client.find(client.path("releases", "tags", tag), Release, _NEEDS)


def _update(client: Client, release: Release, body: dict[str, object]) -> Release:
    return client.put("PATCH", client.path("releases", release.id), body, Release, _NEEDS)
