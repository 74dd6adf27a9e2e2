"""The manifest: with what a model was made, so that it can be made again."""

from gitmlops.records.canonical import Record
from gitmlops.records.receipt import Digest


class Manifest(Record, frozen=True, tag_field="schema", tag="gitmlops/manifest/1"):
    """inputs and outputs by content; packages as `name==version`, sorted; blas: what numpy and
    scipy compute with. threads: how many it was let use, which decides about the last digit of a sum.
    """

    model: str
    pipeline: str
    seed: int
    features: tuple[str, ...]
    inputs: tuple[Digest, ...]
    outputs: tuple[Digest, ...]
    python: str
    platform: str
    packages: tuple[str, ...]
    cpu: str = ""
    blas: tuple[str, ...] = ()
    threads: int = 1
