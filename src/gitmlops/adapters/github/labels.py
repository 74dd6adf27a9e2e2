"""Labels: made where they are missing."""

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.outward import description
from gitmlops.adapters.github.refusals import GitHubError
from gitmlops.errors import InputError

_NEEDS = "issues: write"
_LONGEST_NAME, _LONGEST_DESCRIPTION = 50, 100


class Label(msgspec.Struct, frozen=True):
    """A label. color: six hex digits."""

    name: str
    color: str = "ededed"
    description: str | None = None


def ensure(client: Client, label: Label) -> Label:
    """The label of this name, made if there is none; one that is there stays as people made it. Raises GitHubError."""
    if not label.name.strip() or len(label.name) > _LONGEST_NAME or description(label.name, 60) != label.name:
        mend = f"give it 1 to {_LONGEST_NAME} visible characters"
        raise InputError(f"{label.name!r} cannot be the name of a label", mend=mend)

    def find() -> Label | None:
        return client.find(client.path("labels", label.name), Label, _NEEDS)

    if found := find():
        return found
    words = description(label.description or "", _LONGEST_DESCRIPTION)
    body = {"name": label.name, "color": label.color, "description": words}
    try:
        return client.once(client.path("labels"), body, Label, _NEEDS, find)
    except GitHubError as error:
        if not error.says_already_there:
            raise
        return find() or label
