"""gitmlops merge-driver: what git calls for files that we write, see .gitattributes."""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository


def _install(context: click.Context, _: click.Parameter, asked: bool) -> None:
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import repository

    if asked and not context.resilient_parsing:
        install(repository())
        say("git merges dvc.lock by stage and feature locks by feature, in this clone")
        context.exit()


@click.command("merge-driver")
@click.option(
    "--install", is_flag=True, is_eager=True, expose_value=False, callback=_install, help="Tell git of it, and exit."
)
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("path")
def merge_driver(base: Path, ours: Path, theirs: Path, path: str) -> None:
    """Merge a dvc.lock by stage, or a feature lock by feature, as git asks for it; PATH is its name in the repository.

    \b
    Once in every clone (`init` does it): gitmlops merge-driver --install
    In .gitattributes:                    dvc.lock merge=gitmlops
                                          features/locks/*.lock merge=gitmlops
    """
    from gitmlops.errors import UsageError
    from gitmlops.features.versions import locks

    if PurePosixPath(path).name == "dvc.lock":
        _merge_stages(base, ours, theirs, path)
    elif path.startswith(locks.FOLDER):
        _merge_features(base, ours, theirs, path)
    else:
        mend = f"use it for dvc.lock and {locks.FOLDER}*.lock in .gitattributes"
        raise UsageError(f"{path} is neither a dvc.lock nor a feature lock", mend=mend)


def install(repository: "Repository") -> None:
    """Tell git how it calls us, in this clone: by this Python, as no environment is active where an editor merges."""
    repository.git("config", "merge.gitmlops.driver", driver())


def driver() -> str:
    """The command line by which git calls us."""
    import shlex
    import sys

    python = shlex.quote(sys.executable).replace("%", "%%")
    return f"{python} -P -m gitmlops merge-driver -- %O %A %B %P"


def _merge_stages(base: Path, ours: Path, theirs: Path, path: str) -> None:
    from gitmlops.adapters.files import write_atomic
    from gitmlops.cli.show import say
    from gitmlops.pipelines.dvc_lock.merge import merged
    from gitmlops.plain_text import visible

    content, left_out = merged(*(file.read_bytes() for file in (base, ours, theirs)), path=path)
    write_atomic(ours, content)
    if left_out:
        names = ", ".join(map(visible, left_out))
        say(f"{visible(path)}: both sides changed {names}: `gitmlops pipeline run` runs what is left out, then commit")


def _merge_features(base: Path, ours: Path, theirs: Path, path: str) -> None:
    from gitmlops.adapters.files import write_atomic
    from gitmlops.errors import Refusal
    from gitmlops.features.versions import locks

    text, both = locks.merged(*(file.read_text(errors="replace") for file in (base, ours, theirs)))
    write_atomic(ours, text.encode())
    if both:
        what = f"both sides changed {', '.join(both)}"
        mend = f"merge the definitions, run `gitmlops feature lock`, then `git add {path}`"
        raise Refusal(what, where=path, mend=mend)
