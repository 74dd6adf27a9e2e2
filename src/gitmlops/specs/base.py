"""What every definition has in common."""

import msgspec


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A definition as written: immutable, no unknown keys."""
