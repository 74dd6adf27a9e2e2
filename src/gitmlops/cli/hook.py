"""gitmlops hook"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.show import finish, say, show

if TYPE_CHECKING:
    from gitmlops.hooks.staged import StagedFile

files = click.argument("files", nargs=-1, type=click.Path())


@click.group()
def hook() -> None:
    """What pre-commit calls; see .pre-commit-hooks.yaml.

    What is staged counts, not what lies on disk. Put `--` before names that may begin with a dash.
    """


@hook.command("large-file")
@click.option("--max-kb", type=click.IntRange(min=1), default=1000, show_default=True, help="Largest size in KiB.")
@files
def large_file(max_kb: int, files: tuple[str, ...]) -> None:
    """Refuse FILES that git would store, too large, and neither DVC nor git-lfs does."""
    from gitmlops.adapters.git.repository import find
    from gitmlops.hooks.large_file import check, gather

    report = check(gather(find(Path.cwd()), files, folder=Path.cwd()), limit=max_kb)
    show(report)
    finish(report)


@hook.command()
@click.option("--fix", is_flag=True, help="Write the notebooks without outputs; exit with 1 if any had some.")
@files
def notebook(fix: bool, files: tuple[str, ...]) -> None:
    """Refuse notebooks with outputs or numbers of runs: rows of data, and a change at every run.

    A cell with the tag `keep_output` keeps its own.
    """
    from gitmlops.hooks.notebook import check

    if fix:
        _clean(files)
        return
    report = check(_staged(files))
    show(report)
    finish(report)


@hook.command()
@files
def pickle(files: tuple[str, ...]) -> None:
    """Refuse files that run code when they are loaded as a pickle. Nothing is loaded, opcodes are read.

    Whatever cannot be followed to its end is refused. Archives (PyTorch's, NumPy's) are looked into.
    """
    from gitmlops.hooks.pickles import check

    report = check(_staged(files))
    show(report)
    finish(report)


@hook.command()
@files
def secrets(files: tuple[str, ...]) -> None:
    """Refuse keys, passwords of DVC remotes, and columns of personal data in heads of data files and notebooks.

    What was found is never shown. A line that must keep it says `pragma: allowlist secret`.
    """
    from gitmlops.hooks.secrets import check

    report = check(_staged(files))
    show(report)
    finish(report)


@hook.command()
@files
def workflows(files: tuple[str, ...]) -> None:
    """Refuse traps in workflows and actions: what lets a stranger in, or a pull request past the gate.

    A line with `# zizmor: ignore[RULE]` is passed over for that rule.
    """
    from gitmlops.hooks.workflows import check

    report = check(_staged(files))
    show(report)
    finish(report)


@hook.command("compile")
def compile_command() -> None:
    """Write dvc.yaml as the pipelines say; exit with 1 if that changed it. Nothing is fetched."""
    import sys

    from gitmlops.cli.pipeline.compile import compile_pipelines

    if compile_pipelines(workspace.repository()):
        say("dvc.yaml written: add it")
        sys.exit(1)


@hook.command()
def lock() -> None:
    """Refuse a dvc.lock or feature locks that are not of what is staged.

    Code, parameters and pointers are compared with what dvc.lock recorded; DVC is not needed.
    """
    from gitmlops.adapters.git.trees import staged
    from gitmlops.cli.feature.versions import checked
    from gitmlops.definitions import PROJECT_FILE
    from gitmlops.hooks.dvc_locks import check
    from gitmlops.report import Report

    tree = staged(workspace.repository())
    found = check(tree)
    features = checked(tree) if tree.digest(PROJECT_FILE) else Report("feature locks")
    report = Report("Locks", (*found.findings, *features.findings), summary=(*found.summary, *features.summary))
    show(report)
    finish(report)


@hook.command("dvc-files")
def dvc_files() -> None:
    """Refuse pointer files that are broken, and outputs of DVC that git has or does not ignore."""
    from gitmlops.adapters.git.trees import staged
    from gitmlops.hooks.dvc_files import check

    report = check(staged(workspace.repository()))
    show(report)
    finish(report)


@hook.command("model-card")
def model_card() -> None:
    """Refuse a model file without a model card, and a card that lacks something or is not as the definition says."""
    from gitmlops.adapters.git.trees import staged
    from gitmlops.hooks.model_cards import check

    repository = workspace.repository()
    workspace.require_project(repository)
    tree = staged(repository)
    report = check(workspace.definitions_in(tree), tree)
    show(report)
    finish(report)


@hook.command()
@click.option("--to", envvar=["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"], default="HEAD", help="What is pushed.")
@click.option("--from", "from_", envvar="PRE_COMMIT_FROM_REF", default="", help="What the remote has of it.")
@click.option("--remote", envvar="PRE_COMMIT_REMOTE_NAME", default=workspace.REMOTE, help="Git's remote.")
def pushed(to: str, from_: str, remote: str) -> None:
    """Refuse to push commits whose data are in no DVC remote.

    Folders are looked into; other storages are asked by DVC, which must be installed beside the hook. Exits with 4
    if a storage does not answer.
    """
    from gitmlops.hooks.pushed import check, commits, gather

    repository = workspace.repository()
    head = repository.resolve(to)
    report = check(
        repository, gather(repository, commits(repository, to=head, known=from_, remote=remote), from_), head
    )
    show(report)
    finish(report)


@hook.command("commit-msg")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def commit_msg(file: Path) -> None:
    """Refuse a commit message that keeps the gate from running (`[skip ci]`), or that holds a secret."""
    from gitmlops.hooks.commit_message import check

    report = check(file.read_text("utf-8", errors="surrogateescape"))
    show(report)
    finish(report)


def _staged(files: tuple[str, ...]) -> "tuple[StagedFile, ...]":
    from gitmlops.hooks.staged import gather

    return gather(workspace.repository(), files, folder=Path.cwd())


def _clean(files: tuple[str, ...]) -> None:
    """Write notebooks without outputs, as they lie on disk: what was staged stays as it is, pre-commit sees it."""
    import sys

    from gitmlops.adapters.files import write_atomic
    from gitmlops.hooks.notebook import cleaned

    changed = 0
    for path in (Path(name) for name in files if Path(name).is_file() and not Path(name).is_symlink()):
        content = path.read_bytes()
        clean = cleaned(content, str(path))
        if clean != content:
            write_atomic(path, clean)
            say(f"cleaned: {path}")
            changed += 1
    if changed:
        sys.exit(1)
