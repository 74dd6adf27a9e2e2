"""The fragment: what one shard of a run has finished, on its way to the join. Anybody may have written it."""

from typing import Annotated

from msgspec import Meta, Struct

from gitmlops.records.canonical import Record
from gitmlops.records.import_lock import Commit
from gitmlops.specs.fields import RepositoryPath, Text

MAX_SHARDS = 1000
ShardNumber = Annotated[int, Meta(ge=1, le=MAX_SHARDS, description=f"a whole number of 1 to {MAX_SHARDS}")]


class UncachedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of an output that is not in DVC's cache. path: from the repository's root; content: in base64."""

    path: RepositoryPath
    content: bytes


class FinishedStage(Struct, frozen=True, forbid_unknown_fields=True):
    """A stage. lock: what dvc.lock says of it, as JSON text, which keeps the order of DVC's keys."""

    stage: Text
    lock: Text
    files: tuple[UncachedFile, ...] = ()


class LockFragment(Record, frozen=True, tag_field="schema", tag="gitmlops/dvc-lock-fragment/1"):
    """Shard `shard` of `shards` of a run at a commit; of a pipeline (of all of dvc.yaml where empty), some steps."""

    commit: Commit
    pipeline: str
    steps: tuple[str, ...]
    shard: ShardNumber
    shards: ShardNumber
    finished: tuple[FinishedStage, ...]
