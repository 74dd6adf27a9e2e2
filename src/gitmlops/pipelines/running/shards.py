"""A run spread over several clones of one commit: each makes its share, and the join takes over what they made."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gitmlops.adapters.dvc.internal import exchange
from gitmlops.adapters.dvc.internal.workspace import Workspace, opened
from gitmlops.adapters.files import replace_all, write_atomic
from gitmlops.errors import InputError
from gitmlops.pipelines.dvc_lock import fragments
from gitmlops.pipelines.dvc_lock.fragments import Finished, Joined
from gitmlops.pipelines.running import session
from gitmlops.pipelines.running.certificate import Certificate
from gitmlops.pipelines.running.journal import Entry
from gitmlops.pipelines.running.partition import partition
from gitmlops.pipelines.running.run import SCRATCH, Options
from gitmlops.pipelines.running.schedule import GOOD
from gitmlops.pipelines.running.session import Outcome
from gitmlops.records import canonical
from gitmlops.records.lock_fragment import FinishedStage, LockFragment, UncachedFile

MAX_FILES_BYTES = fragments.MAX_BYTES // 2
"""Of all files in a fragment: base64 takes a third more, and there are the stages' lines."""
Talk = Callable[[str], None]


@dataclass(frozen=True)
class Share:
    """What a shard has done. outcome: None if there was nothing to do; fragment: the file that tells the join."""

    outcome: Outcome | None
    fragment: Path


def run_shard(
    root: Path,
    targets: Sequence[str],
    shard: LockFragment,
    options: Options,
    *,
    certificate: Certificate,
    definitions: Iterable[str],
    talk: Talk,
) -> Share:
    """Run the stages of a shard, push what they made, and write its fragment.

    shard: the fragment, with nothing finished. What failed is not in it.
    Raises as `session.run` does, and ToolError if something cannot be pulled or pushed: then there is no fragment.
    """
    path = root / SCRATCH / "shards" / f"{shard.shard}-of-{shard.shards}.json"
    path.unlink(missing_ok=True)
    own = _stages_of(root, targets, shard, talk)
    if not own:
        write_atomic(path, canonical.encode(shard))
        return Share(None, path)
    outcome = session.run(
        root,
        own,
        options,
        certificate=certificate,
        definitions=definitions,
        talk=talk,
        take_over=_with_what_is_at_the_remote,
    )
    finished = _shared(root, own, outcome, talk)
    write_atomic(path, canonical.encode(msgspec.structs.replace(shard, finished=finished)))
    return Share(outcome, path)


def join(
    root: Path,
    targets: Sequence[str],
    joined: Joined,
    options: Options,
    *,
    certificate: Certificate,
    definitions: Iterable[str],
    talk: Talk,
) -> Outcome:
    """Take over what the shards have finished, and run what is left.

    Raises as `session.run` does, and InputError for a stage or file that its shard could not have made.
    """

    def take_over(workspace: Workspace, killed: Mapping[str, Entry]) -> Sequence[str]:
        parts = partition(workspace.nodes, joined.shards)
        fragments.require_own_stages(joined, parts, (node.name for node in workspace.nodes))
        _place(root, workspace, joined.finished.values())
        finished = {name: one.entry for name, one in joined.finished.items()}
        return _with_what_is_at_the_remote(workspace, {**finished, **killed})

    return session.run(
        root,
        targets,
        options,
        certificate=certificate,
        definitions=definitions,
        talk=talk,
        take_over=take_over,
    )


def _with_what_is_at_the_remote(workspace: Workspace, entries: Mapping[str, Entry]) -> Sequence[str]:
    names = workspace.recover(entries)
    exchange.pull(workspace)
    return names


def _stages_of(root: Path, targets: Sequence[str], shard: LockFragment, talk: Talk) -> Sequence[str]:
    with opened(root, targets) as workspace:
        parts = partition(workspace.nodes, shard.shards)
        running = {node.name for node in workspace.nodes if node.runs}
    own = parts[shard.shard - 1]
    left = len(running.difference(*parts))
    talk(f"shard {shard.shard}/{shard.shards}: {len(own & running)} of {len(running)} stages, {left} left to the join")
    return sorted(own)


def _shared(root: Path, own: Sequence[str], outcome: Outcome, talk: Talk) -> tuple[FinishedStage, ...]:
    """What ended well, once it is at the remote."""
    with opened(root, own) as workspace:
        well = outcome.ended.with_end(*GOOD)
        told = [name for name in well if workspace.entry(name)]
        exchange.push(workspace, told)
        return tuple(_told(workspace, told, talk))


def _told(workspace: Workspace, names: Iterable[str], talk: Talk) -> Iterator[FinishedStage]:
    room = MAX_FILES_BYTES
    for name in names:
        outputs = exchange.uncached(workspace, name)
        files = {path: content for output in outputs for path, content in exchange.files_of(workspace, output).items()}
        size = sum(map(len, files.values()))
        if size > room:
            talk(f"{name}: {size} bytes that DVC does not keep are too many for a fragment; the join runs it again")
            continue
        lock = json.dumps(workspace.entry(name), default=str)
        stage = FinishedStage(name, lock, tuple(UncachedFile(path, content) for path, content in files.items()))
        if not fragments.can_be_told(stage):
            talk(f"{name}: a fragment cannot tell of all that it made; the join runs it again")
            continue
        room -= size
        yield stage


def _place(root: Path, workspace: Workspace, finished: Iterable[Finished]) -> None:
    """Write the outputs that DVC does not keep. Raises InputError, before anything is written, for any other file."""
    contents: dict[str, bytes | None] = {}
    executable: list[str] = []
    for one in finished:
        outputs = exchange.uncached(workspace, one.name)
        _require_within(one, outputs)
        for path, called in outputs.items():
            files = {name: content for name, content in one.files.items() if _is_within(name, path)}
            if not files:
                continue
            if exchange.digest(files, path) != one.digests.get(called):
                what = f"{path} is not what the fragment's lines say of stage {one.name!r}"
                raise InputError(what, where=one.path, mend="run this shard again")
            contents |= {**dict.fromkeys(exchange.files_of(workspace, path)), **files}
            executable += [path] if called in one.executable else []
    replace_all(root, contents)
    for path in executable:
        (root / path).chmod((root / path).stat().st_mode | 0o111)


def _require_within(one: Finished, outputs: Iterable[str]) -> None:
    for name in one.files:
        if not any(_is_within(name, path) for path in outputs):
            what = f"{name} is no output of stage {one.name!r} that DVC does not keep"
            raise InputError(what, where=one.path, mend="do not trust this fragment")


def _is_within(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}/")
