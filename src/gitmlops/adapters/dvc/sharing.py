"""A second git work tree that uses the cache and the remotes of the first one."""

import configparser
from pathlib import Path

from gitmlops.adapters.dvc import cache
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.files import write_atomic
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, ToolError

_PATHS = ("url", "path", "file")
"""What settings are called that hold a path: `credentialpath`, `keyfile`."""


def share(first: Repository, second: Repository) -> None:
    """Write `.dvc/config.local` of the second: the first one's own settings, its cache, its remotes' folders.

    Relative folders are relative to the configuration file that names them, so they are written in full.
    """
    local = _parser()
    local.read(first.root / ".dvc" / "config.local")
    for section, values in _all(first).items():
        if section.startswith("'remote ") and _is_relative(values.get("url", "")):
            _set(local, section, "url", str((first.root / ".dvc" / values["url"]).resolve()))
    _set(local, "cache", "dir", str(cache.of(first).folder))
    _write(second.root / ".dvc" / "config.local", local)


def isolate(first: Repository, second: Repository, folder: Path) -> Cache:
    """Let the second have the first one's remotes as they are now, and a cache of its own in a folder; that cache.

    The configuration that lies in the second counts for nothing but how commands are written: it may be old, name
    storages that are no more, or name a program to be run.
    """
    kept = {name: values for name, values in _all(second).items() if name in ("parsing", "hydra")}
    settings = {name: _absolute(first, values) for name, values in _all(first).items()} | kept
    local = _parser()
    local.read_dict(settings)
    _set(local, "cache", "dir", str(folder / "cache"))
    _set(local, "core", "site_cache_dir", str(folder / "site"))
    _write(second.root / ".dvc" / "config", local)
    (second.root / ".dvc" / "config.local").unlink(missing_ok=True)
    return Cache(folder / "cache")


def settings(repository: Repository, configuration: bytes) -> dict[str, dict[str, str]]:
    """The sections of a `.dvc/config`, with what this machine's `.dvc/config.local` says beside it; paths in full.

    Raises InputError if the configuration is none.
    """
    parser = _parser()
    try:
        parser.read_string(configuration.decode())
        parser.read(repository.root / ".dvc" / "config.local")
    except (configparser.Error, UnicodeDecodeError) as error:
        what = f"not a DVC configuration: {str(error).splitlines()[0]}"
        raise InputError(what, where=".dvc/config of the base", mend="mend it there") from error
    return {section: _absolute(repository, dict(parser[section])) for section in parser.sections()}


def alone(repository: Repository, configuration: bytes, folder: Path) -> Cache:
    """Let DVC work in a folder without git, by this configuration, with the cache that it names; that cache."""
    local = _parser()
    local.read_dict(settings(repository, configuration))
    kept = Path(local.get("cache", "dir", fallback=str(repository.root / ".dvc" / "cache")))
    _set(local, "cache", "dir", str(repository.root / ".dvc" / kept))
    _set(local, "core", "no_scm", "true")
    _set(local, "core", "site_cache_dir", str(folder / "site"))
    _write(folder / ".dvc" / "config", local)
    return Cache((repository.root / ".dvc" / kept).resolve())


def require_remote(repository: Repository) -> None:
    """Raises ToolError unless DVC has a default remote."""
    if not _all(repository).get("core", {}).get("remote"):
        raise ToolError("DVC has no default remote to push to", mend="run `dvc remote add --default NAME URL`")


def _all(repository: Repository) -> dict[str, dict[str, str]]:
    parser = _parser()
    parser.read([repository.root / ".dvc" / "config", repository.root / ".dvc" / "config.local"])
    return {section: dict(parser[section]) for section in parser.sections()}


def _parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(interpolation=None, strict=False)


def _set(parser: configparser.ConfigParser, section: str, key: str, value: str) -> None:
    if not parser.has_section(section):
        parser.add_section(section)
    parser.set(section, key, value)


def _write(path: Path, parser: configparser.ConfigParser) -> None:
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in parser[name].items())
        for name in parser.sections()
    ]
    write_atomic(path, "".join(lines).encode())


def _absolute(repository: Repository, values: dict[str, str]) -> dict[str, str]:
    """Settings with every path in full: those that DVC reads as relative to the file that they stand in."""
    return {
        key: str((repository.root / ".dvc" / value).resolve())
        if key.endswith(_PATHS) and _is_relative(value)
        else value
        for key, value in values.items()
    }


def _is_relative(url: str) -> bool:
    return bool(url) and "://" not in url and not Path(url).is_absolute()
