"""What a repository gives the catalogue: its pages, and its part of what the whole site lists and finds."""

import msgspec

from gitmlops.catalog.page import Page, Shown


class Listed(msgspec.Struct, frozen=True, tag=True):
    """A row of one of the site's lists. here: which list, as the navigation calls it."""

    here: str
    row: tuple[Shown, ...]


class Found(msgspec.Struct, frozen=True, array_like=True):
    """Something that search finds. text: what leads to it beside its name."""

    kind: str
    name: str
    to: str
    text: str


class Holding(msgspec.Struct, frozen=True):
    """One repository. problems: what is wrong with it, as its page says; day: by which days left were counted."""

    name: str
    title: str
    origin: str
    made_from: str
    pages: tuple[Page, ...] = ()
    listed: tuple[Listed, ...] = ()
    found: tuple[Found, ...] = ()
    inventory: tuple[tuple[Shown, ...], ...] = ()
    problems: tuple[str, ...] = ()
