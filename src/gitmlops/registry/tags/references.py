"""How a person names a version: `NAME`, `NAME@vX.Y.Z` or `NAME#STAGE`."""

import re
from dataclasses import dataclass

from gitmlops.errors import InputError
from gitmlops.registry.tags.history import Artifact, Version
from gitmlops.specs.hints import nearest

_REFERENCE = re.compile(r"(?P<artifact>[^@#\s]+)(?:@(?P<version>[^@#\s]+)|#(?P<stage>[^@#\s]+))?")


@dataclass(frozen=True)
class Reference:
    """A model's name, and a version or a stage of it, or neither."""

    artifact: str
    version: str = ""
    stage: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether it is a model's name alone."""
        return not (self.version or self.stage)


def parse(text: str) -> Reference:
    """What the text means. Raises InputError if it is of another form."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} names no model", mend="write NAME, NAME@vX.Y.Z or 'NAME#STAGE'")
    return Reference(match["artifact"], match["version"] or "", match["stage"] or "")


def pick(artifact: Artifact, reference: Reference, *, production: str, at: int | None = None) -> Version:
    """The version that a reference means, now or at a moment; a bare name: the one in production, else the highest.

    Raises InputError if there is no such version, or nothing in the stage.
    """
    past = artifact.until(at)
    if reference.version:
        return past.version(reference.version)
    placed = past.in_stage(reference.stage or production)
    if placed is None and reference.stage:
        filled = [stage for stage in past.stages if past.in_stage(stage)]
        raise InputError(
            f"no version of {artifact.name} is in {reference.stage!r}", mend=nearest(reference.stage, filled)
        )
    chosen = placed or past.latest
    if chosen is None:
        raise InputError(f"{artifact.name} has no version", mend=f"run `gitmlops model register {artifact.name}`")
    return chosen
