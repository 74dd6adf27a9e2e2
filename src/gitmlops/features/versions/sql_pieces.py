"""A SELECT in pieces, as it is kept once it was parsed."""

from msgspec import Struct


class Projection(Struct, frozen=True, array_like=True):
    """One entry of the list after SELECT; `optional` if the rows are the same without it."""

    name: str
    canonical: str
    names: frozenset[str]
    star: bool
    optional: bool


class Statement(Struct, frozen=True, array_like=True):
    """A SELECT in pieces; no projections where leaving one out could change the rows: then `canonical` has them all."""

    canonical: str
    names: frozenset[str] | None
    projections: tuple[Projection, ...] = ()
