"""Content brought from DVC's remotes by its digest, for a tree that strangers made.

DVC sees none of their files: neither a configuration, which could name another storage or a program to be run, nor
pointers, which could import from anywhere. It gets a folder with the configuration that we name and pointers of ours.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from gitmlops.adapters.dvc import command, projects, sharing
from gitmlops.adapters.dvc.cache import is_digest
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError

_REMOTE = re.compile(r"""'remote "(.+)"'""")


def remotes(repository: Repository, configuration: bytes) -> Sequence[str]:
    """Names of the remotes of a configuration and of what this machine adds to it, the default one first.

    configuration: of `.dvc/config`. Raises InputError if it is none.
    """
    settings = sharing.settings(repository, configuration)
    default = settings.get("core", {}).get("remote", "")
    named = sorted(found[1] for name in settings if (found := _REMOTE.fullmatch(name)))
    return sorted(named, key=lambda name: name != default)


def bring(repository: Repository, wanted: Iterable[Output]) -> None:
    """Bring content as the work tree's own configurations say: that of the DVC project around each file.

    Does nothing where there is no remote. Raises as `fetch` does.
    """
    configured = {folder: _configuration(folder) for folder in projects.folders(repository)}
    asked = {folder: text for folder, text in configured.items() if remotes(Repository(folder), text)}
    for folder, outputs in by_project(repository, asked, wanted).items():
        fetch(Repository(folder), asked[folder], outputs)


def by_project(
    repository: Repository, folders: Collection[Path], outputs: Iterable[Output]
) -> Mapping[Path, Sequence[Output]]:
    """Folder of a DVC project -> those outputs that no nearer one is around, each content once.

    Of a monorepo each project has its own remote.
    """
    found: dict[Path, dict[str, Output]] = {folder: {} for folder in folders}
    for output in outputs:
        around = next((one for one in (repository.root / output.path).parents if one in found), None)
        if around:
            found[around][output.md5] = output
    return {folder: tuple(kept.values()) for folder, kept in found.items()}


def _configuration(folder: Path) -> bytes:
    file = folder / ".dvc" / "config"
    return file.read_bytes() if file.is_file() else b""


def fetch(repository: Repository, configuration: bytes, wanted: Iterable[Output]) -> None:
    """Bring the content of outputs to the cache of a repository, from the first of the remotes that has it.

    Raises InputError if the configuration is none, ToolError for what no remote has.
    """
    with TemporaryDirectory(prefix="gitmlops-") as name:
        folder = Path(name).resolve()
        cache = sharing.alone(repository, configuration, folder)
        missing = {output.md5: output for output in wanted if is_digest(output.md5) and not cache.holds(output)}
        failed: ToolError | None = None
        for remote in remotes(repository, configuration):
            if not missing:
                return
            failed = _fetch_from(remote, missing.values(), folder)
            missing = {md5: output for md5, output in missing.items() if not cache.holds(output)}
        if missing:
            where = ", ".join(sorted(one.path for one in missing.values())[:5])
            what = failed.what if failed else "in none of the DVC remotes"
            mend = (
                "see that the remote can be reached with this machine's credentials; run `dvc push` where it was made"
            )
            raise ToolError(what, where=where, mend=mend) from failed


def _fetch_from(remote: str, wanted: Iterable[Output], folder: Path) -> ToolError | None:
    """What DVC says of what the remote lacks; the rest is brought."""
    files = pointers(wanted)
    for name, text in files.items():
        (folder / name).write_text(text)
    try:
        command.fetch(Repository(folder), [*files], remote=remote)
    except ToolError as error:
        return error
    return None


def pointers(wanted: Iterable[Output]) -> Mapping[str, str]:
    """Pointer files by their names: of what strangers wrote there are digests in them, and nothing else."""
    return {
        f"{output.md5[:32]}.dvc": f"outs:\n- md5: {output.md5}\n  hash: md5\n  path: {content(output)}\n"
        for output in wanted
    }


def content(output: Output) -> str:
    """The path that its pointer file gives to an output."""
    return f"content-{output.md5[:32]}"
