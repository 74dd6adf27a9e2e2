"""gitmlops github rulesets and settings: what a repository at GitHub shall be, compared and set."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options
from gitmlops.cli.forge import github_client
from gitmlops.cli.show import finish, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitmlops.report import Finding

_LARGEST = 1 << 20

apply = click.option("--apply", "applies", is_flag=True, help="Set what differs; it takes `administration: write`.")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@apply
@options.format
def rulesets(files: tuple[Path, ...], applies: bool, format_: str) -> None:
    """Compare the repository's rulesets with JSON files as GitHub exports them. Exit code 1: they differ."""
    from gitmlops.adapters.files import read_regular
    from gitmlops.adapters.github import rulesets

    wanted = [one for file in files for one in rulesets.parse(read_regular(file, _LARGEST), str(file))]
    client = github_client()
    differences = rulesets.compare(client, wanted)
    if applies:
        rulesets.apply(client, differences)
    texts = [f"{one.ruleset['name']}: {one.words}" for one in differences]
    _tell("Rulesets", "ruleset", texts, applies, format_)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@apply
@options.format
def settings(file: Path, applies: bool, format_: str) -> None:
    """Compare how the repository merges and what its workflows may do with a JSON file. Exit code 1: they differ."""
    from gitmlops.adapters.files import read_regular
    from gitmlops.adapters.github import settings

    wanted = settings.parse(read_regular(file, _LARGEST), str(file))
    client = github_client()
    differences = settings.compare(client, wanted)
    if applies:
        settings.apply(client, wanted, differences)
    _tell("Settings", "setting", [f"{name} differs" for name in differences.names], applies, format_)


def _tell(title: str, rule: str, texts: "Sequence[str]", applied: bool, format_: str) -> None:
    from gitmlops.report import Report

    report = Report(title, _findings(rule, texts, applied), outcomes=("as wanted", "not as wanted"))
    show(report, format_)
    finish(report)


def _findings(rule: str, texts: "Sequence[str]", applied: bool) -> "tuple[Finding, ...]":
    from gitmlops.report import Finding, Severity

    if not texts:
        return (Finding(f"github/{rule}", Severity.PASS, "nothing differs from what is wanted"),)
    if applied:
        return tuple(Finding(f"github/{rule}", Severity.NOTE, f"{text}: set") for text in texts)
    return tuple(Finding(f"github/{rule}", Severity.ERROR, text, mend="set it with --apply") for text in texts)
