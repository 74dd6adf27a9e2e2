"""models/documents/<name>.yaml: what people wrote of a model or of its data, as evidence that policies ask for."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Day, Name, RepositoryPath, Text
from gitmlops.specs.project import Member
from gitmlops.specs.waiver import Sha256

ContentDigest = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{64}$", description="run `gitmlops document new`, which writes it"),
]
Authors = Annotated[list[Member], Meta(min_length=1, description='name who answers for it, e.g. ["@jane"]')]


class Document(Spec, frozen=True, kw_only=True):
    """A document and what it is about: it says something of these bytes as of this day, and of no others.

    type: what policies ask for, e.g. datasheet, dpia, validation-report, bias-audit; file: the document, in git;
    sha256: of the file, so that an edited one is dated anew; date: when it was written or last confirmed;
    by: who answers for it; data: path -> digest of the data that it describes; model_sha256: of the model file.
    `gitmlops document new` writes one. Models name it in `documents:`.
    """

    kind: Literal["document"]
    name: Name
    type: Name
    title: Text
    file: RepositoryPath
    sha256: Sha256
    date: Day
    by: Authors
    data: dict[RepositoryPath, ContentDigest] = {}
    model_sha256: Sha256 | None = None
