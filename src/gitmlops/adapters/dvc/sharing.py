"""A second git work tree that uses the cache and the remotes of the first one."""

import configparser
from pathlib import Path

from gitmlops.adapters.dvc import cache
from gitmlops.adapters.files import write_atomic
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError


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
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in local[name].items()) for name in local.sections()
    ]
    write_atomic(second.root / ".dvc" / "config.local", "".join(lines).encode())


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


def _is_relative(url: str) -> bool:
    return bool(url) and "://" not in url and not Path(url).is_absolute()
