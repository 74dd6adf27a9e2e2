"""gitmlops merge-driver: what git calls for files that we write, see .gitattributes."""

from pathlib import Path

import click


@click.command("merge-driver")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("path")
def merge_driver(base: Path, ours: Path, theirs: Path, path: str) -> None:
    """Merge a feature lock for git, line by line; PATH is its name in the repository.

    \b
    Once in every clone: git config merge.gitmlops.driver "gitmlops merge-driver %O %A %B %P"
    In .gitattributes:   features/locks/*.lock merge=gitmlops
    """
    from gitmlops.adapters.files import write_atomic
    from gitmlops.errors import Refusal, UsageError
    from gitmlops.features import locks

    if not path.startswith(locks.FOLDER):
        raise UsageError(f"{path} is no feature lock", mend=f"use it for {locks.FOLDER}*.lock in .gitattributes")
    text, both = locks.merged(*(file.read_text(errors="replace") for file in (base, ours, theirs)))
    write_atomic(ours, text.encode())
    if both:
        what = f"both sides changed {', '.join(both)}"
        mend = f"merge the definitions, run `gitmlops feature lock`, then `git add {path}`"
        raise Refusal(what, where=path, mend=mend)
