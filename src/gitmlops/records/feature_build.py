"""What `feature build` has made of a view: it lies in the folder of the Parquet files, under DVC like they."""

import msgspec

from gitmlops.records.canonical import Record

FILE = "build.json"
"""Its name."""


class Partition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month of rows, `yyyy-mm.parquet`. sha256: of the file; inputs: digest of all rows that it is computed from."""

    month: str
    rows: int
    sha256: str
    inputs: str


class FeatureBuild(Record, frozen=True, tag_field="schema", tag="gitmlops/feature-build/1"):
    """The partitions that are there. complete: whether they are all of them, so that the folder may be read.

    definition: digest of the definitions of the view's features; engine: what computed the values.
    """

    view: str
    definition: str
    engine: str
    complete: bool
    partitions: tuple[Partition, ...]
