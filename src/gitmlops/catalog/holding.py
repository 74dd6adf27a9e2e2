"""What a repository gives the catalogue: its pages, and its part of what the whole site lists and finds."""

import msgspec

from gitmlops.catalog import addresses
from gitmlops.catalog.page import Page, Shown


class Listed(msgspec.Struct, frozen=True, tag=True):
    """A row of one of the site's lists. of: which list."""

    of: str
    row: tuple[Shown, ...]


class Found(msgspec.Struct, frozen=True, array_like=True):
    """Something that search finds. text: what leads to it beside its name."""

    kind: str
    name: str
    to: str
    text: str


class Drawn(msgspec.Struct, frozen=True, array_like=True):
    """A feature of another repository that is used here. address: of that one; view: what it calls it; row: by whom."""

    address: str
    view: str
    row: tuple[Shown, ...]


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """The page of a view that was imported. address: of the repository it is from; view: what that calls it."""

    path: str
    address: str
    view: str


class Holding(msgspec.Struct, frozen=True):
    """One repository. address: what others know it by, empty where it has no remote; drawn: what it uses of theirs;
    copies: what it has imported of them.

    inventory: rows, by the day by which days left were counted; warnings: what somebody should look at in them;
    problems: what is wrong with what was read, as the repository's page says.
    """

    name: str
    title: str
    origin: str
    made_from: str
    pages: tuple[Page, ...] = ()
    listed: tuple[Listed, ...] = ()
    found: tuple[Found, ...] = ()
    address: str = ""
    drawn: tuple[Drawn, ...] = ()
    copies: tuple[Copy, ...] = ()
    inventory: tuple[tuple[Shown, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def unread(title: str, origin: str, why: str) -> Holding:
    """A repository of which nothing can be shown, but that it should be here and why it is not."""
    name = addresses.file_name(title)
    page = Page(
        path=f"{name}/index.html",
        title=title,
        kind="repository",
        problems=(why,),
    )
    return Holding(name, title, origin, "nothing", (page,), problems=(why,))
