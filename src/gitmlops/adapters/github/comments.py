"""One comment of ours on an issue or a pull request, kept up to date: found by its marker and its author."""

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.outward import body_with
from gitmlops.adapters.github.refusals import NotFound
from gitmlops.adapters.github.settling import settle
from gitmlops.plain_text import marker

_NEEDS = "pull-requests: write"


class Author(msgspec.Struct, frozen=True):
    """Who wrote something."""

    id: int
    login: str


class Comment(msgspec.Struct, frozen=True):
    """A comment. user: None for an account that was deleted."""

    id: int
    html_url: str
    body: str | None = None
    user: Author | None = None


def upsert(client: Client, number: int, key: str, text: str, rest: str = "") -> Comment:
    """The one comment on an issue or pull request that carries this key and is ours, now with this text.

    text: Markdown, escaped already; rest: address at which a reader finds what had no room.
    Of several that others make at the same moment the oldest stays. Raises GitHubError.
    """
    body = body_with(key, text, rest)
    return settle(
        find=lambda: find(client, number, key),
        create=lambda: _create(client, number, key, body),
        update=lambda comment: _update(client, comment, body),
        remove=lambda comment: _remove(client, comment),
        number=lambda comment: comment.id,
    )


def find(client: Client, number: int, key: str) -> tuple[Comment, ...]:
    """Our comments with this key, oldest first. Anyone can write a marker: only the author makes a comment ours."""
    path = client.path("issues", number, "comments")
    every = client.pages(path, Comment, _NEEDS)
    return tuple(sorted((one for one in every if is_ours(client, one.user, one.body, key)), key=lambda one: one.id))


def is_ours(client: Client, author: Author | None, body: str | None, key: str) -> bool:
    """Whether an author is us, and a text begins with the marker of a key."""
    if author is None or not (body or "").startswith(marker(key)):
        return False
    viewer = client.viewer
    return author.id == viewer.id if viewer.id is not None else author.login == viewer.login


def _create(client: Client, number: int, key: str, body: str) -> Comment:
    path = client.path("issues", number, "comments")
    return client.once(path, {"body": body}, Comment, _NEEDS, lambda: next(iter(find(client, number, key)), None))


def _update(client: Client, comment: Comment, body: str) -> Comment | None:
    """None if somebody has deleted it."""
    if comment.body == body:
        return comment
    try:
        return client.put("PATCH", client.path("issues", "comments", comment.id), {"body": body}, Comment, _NEEDS)
    except NotFound:
        return None


def _remove(client: Client, comment: Comment) -> None:
    client.delete(client.path("issues", "comments", comment.id), _NEEDS)
