"""gitmlops pipeline compile, and dvc.yaml as other commands need it."""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import Present
    from gitmlops.definitions import Definitions


@click.command("compile")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit with 1 if dvc.yaml is not up to date.")
@options.staged
def compile_command(check_only: bool, staged: bool) -> None:
    """Write the pipelines as DVC stages into dvc.yaml, beside hand-written ones.

    Components of other repositories (`uses: git+https://HOST/PATH@COMMIT//FOLDER`) are fetched to imports/ first, and
    pinned in gitmlops.lock: commit both. Nothing of theirs is run. --check fetches nothing.
    """
    from gitmlops.cli import workspace
    from gitmlops.cli.show import say

    if staged and not check_only:
        raise click.UsageError("--staged looks; it needs --check")
    repo = workspace.repository()
    if not check_only and _fetch(repo):
        say("imports/ and gitmlops.lock written: read what came, and commit it")
    if check_only:
        current, new = _compiled_of_index(repo) if staged else compiled(repo, workspace.definitions(repo))
        if current != new:
            _refuse_stale(current, new)
    say("dvc.yaml written" if not check_only and compile_pipelines(repo) else "dvc.yaml is up to date")


def compile_pipelines(repository: "Repository") -> bool:
    """Write the pipelines into dvc.yaml, unless they are there; whether it was written. Raises GitmlopsError."""
    from gitmlops.cli.workspace import definitions

    return write_compiled(repository, *compiled(repository, definitions(repository)))


def compiled(repo: "Repository", known: "Definitions") -> tuple[str, str]:
    """The text of dvc.yaml as it is, and as it should be. Raises InputErrors with all that is wrong with the wiring."""
    from gitmlops.adapters.git.trees import WorkTree

    return _compiled(WorkTree(repo), known, _read(repo, "dvc.yaml"))


def _compiled_of_index(repo: "Repository") -> tuple[str, str]:
    from gitmlops.adapters.git.trees import staged
    from gitmlops.cli import workspace

    workspace.require_project(repo)
    tree = staged(repo)
    current = _text(tree.read("dvc.yaml"), "dvc.yaml") if tree.digest("dvc.yaml") else ""
    return _compiled(tree, workspace.definitions_in(tree), current)


def _compiled(tree: "Present", known: "Definitions", current: str) -> tuple[str, str]:
    from functools import cache, partial

    from gitmlops.features.wiring import check as features
    from gitmlops.features.wiring.selection import closure
    from gitmlops.pipelines.compiling import code
    from gitmlops.pipelines.compiling.compile import compile
    from gitmlops.pipelines.contracts import presence
    from gitmlops.pipelines.wiring import check as pipelines
    from gitmlops.report import raise_errors

    # Stages can be written before their data are there; running them looks for the data.
    found = (*features.check(known, lambda _: True), *presence.check(known, tree), *pipelines.check(known))
    raise_errors(found)
    files = cache(partial(closure, known, tree))
    return current, compile(known, closure=files, code=partial(code.files, tree), current=current)


def _fetch(repo: "Repository") -> bool:
    """Bring components of other repositories to what the pipelines say; whether anything was written."""
    from gitmlops.adapters.files import replace_all
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.workspace import definitions
    from gitmlops.pipelines.contracts import fetching

    written = fetching.writes(definitions(repo), WorkTree(repo))
    replace_all(repo.root, written)
    return bool(written)


def _refuse_stale(current: str, new: str) -> None:
    from difflib import unified_diff

    from gitmlops.errors import Refusal
    from gitmlops.pipelines.compiling.compile import edited_by_hand

    names = ("dvc.yaml", "dvc.yaml as compiled")
    click.echo("".join(unified_diff(current.splitlines(True), new.splitlines(True), *names, n=1)), nl=False)
    what = "was edited between the markers" if edited_by_hand(current) else "is older than the definitions"
    raise Refusal(what, where="dvc.yaml", mend="run `gitmlops pipeline compile` and commit it")


def _read(repo: "Repository", path: str) -> str:
    file = repo.root / path
    return _text(file.read_bytes(), path) if file.exists() else ""


def _text(content: bytes, path: str) -> str:
    from gitmlops.errors import InputError

    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", where=path, mend="save the file as UTF-8") from error


def write_compiled(repo: "Repository", current: str, new: str) -> bool:
    if current != new:
        write(repo, "dvc.yaml", new)
    return current != new


def write(repo: "Repository", path: str, text: str) -> None:
    from gitmlops.adapters.files import write_atomic

    write_atomic(repo.root / path, text.encode())
