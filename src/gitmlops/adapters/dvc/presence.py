"""Whether content is in DVC's remotes, by its digest, without bringing it."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from gitmlops.adapters.dvc import command, fetching, sharing
from gitmlops.adapters.dvc.cache import Cache, is_digest
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

_PORTS = {"http": 80, "https": 443}
_PATIENCE = 10.0


@dataclass(frozen=True)
class Presence:
    """Where content is, by the outputs' paths. held: the remote that has it; lacking: why none of them has it.

    unanswered: why it is not known, as a remote that was not asked may have it.
    """

    held: Mapping[str, str]
    lacking: Mapping[str, str]
    unanswered: Mapping[str, str]


def look(repository: Repository, configuration: bytes, wanted: Sequence[Output]) -> Presence:
    """Which remotes of a `.dvc/config` have the content of files, the default one first.

    In a folder each file is looked at, with its size; whatever else is a storage, DVC asks. Raises InputError if the
    configuration is none.
    """
    held: dict[str, str] = {}
    lacking: dict[str, list[str]] = {output.path: [] for output in wanted}
    silent: list[str] = []
    settings = sharing.settings(repository, configuration)
    for name in fetching.remotes(repository, configuration):
        open_ = [output for output in wanted if output.path not in held]
        if not open_:
            break
        folder = _folder(settings[f"'remote \"{name}\"'"])
        try:
            found = _in_folder(folder, open_) if folder else _at(repository, configuration, name, open_)
        except ToolError as error:
            silent.append(f"{name} was not asked: {error.what}")
            continue
        for output in open_:
            if wrong := found[output.path]:
                lacking[output.path].append(f"{name} {wrong}")
            else:
                held[output.path] = name
    missing = {path: ", ".join(said) for path, said in lacking.items() if path not in held}
    if silent:
        return Presence(held, {}, {path: ", ".join((*filter(None, [said]), *silent)) for path, said in missing.items()})
    return Presence(held, missing, {})


def _folder(remote: Mapping[str, str]) -> Path | None:
    """The folder that a remote is; None for any other storage, and for those that keep versions under files' names."""
    url = remote.get("url", "").removeprefix("file://")
    plain = not {"version_aware", "worktree"} & {key for key, value in remote.items() if value == "true"}
    return Path(url) if plain and url and "://" not in url else None


def _in_folder(folder: Path, wanted: Sequence[Output]) -> Mapping[str, str]:
    """What is wrong with the content of each file there, by path; empty where it is there."""
    if not folder.is_dir():
        raise ToolError(f"there is no folder {folder}", where=str(folder))
    store = Cache(folder)
    return {output.path: _compared(store.size(output), output) for output in wanted}


def _compared(size: int | None, output: Output) -> str:
    if size is None:
        return "lacks it"
    return f"has {size:,} bytes under its digest, not {output.size:,}" if output.size and size != output.size else ""


def _at(repository: Repository, configuration: bytes, remote: str, wanted: Sequence[Output]) -> Mapping[str, str]:
    """The same of a storage that DVC must be asked for. It sees nothing of the repository but the configuration."""
    command.require_installed()
    digests = [output for output in wanted if is_digest(output.md5)]
    with TemporaryDirectory(prefix="gitmlops-") as name:
        folder = Path(name).resolve()
        sharing.alone(repository, configuration, folder)
        pointers = fetching.pointers(digests)
        for file, text in pointers.items():
            (folder / file).write_text(text)
        absent = command.lacking(Repository(folder), [*pointers], remote=remote)
    if absent:
        _require_answer(sharing.settings(repository, configuration)[f"'remote \"{remote}\"'"].get("url", ""))
    known = {output.path for output in digests if fetching.content(output) not in absent}
    return {output.path: "" if output.path in known else "lacks it" for output in wanted}


def _require_answer(url: str) -> None:
    """Raises ToolError if nobody answers at a web address: to DVC everything is missing there then."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return
    try:
        socket.create_connection((parts.hostname, parts.port or _PORTS[parts.scheme]), timeout=_PATIENCE).close()
    except OSError as error:
        raise ToolError(f"{parts.hostname} does not answer: {error.strerror or error}", where=url) from error
