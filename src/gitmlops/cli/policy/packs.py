"""gitmlops policy packs"""

import click

from gitmlops.cli import options


@click.command()
@click.argument("pack", metavar="[ID]", default="")
@options.format
@options.output
def packs(pack: str, format_: str, output: str | None) -> None:
    """The regulations that come with this release: all of them, or the checks of one and what it leaves open.

    A policy uses one by `extends: [gitmlops/ID@VERSION]`. Engineering evidence, not legal advice.
    """
    from gitmlops.cli.show import show
    from gitmlops.errors import InputError
    from gitmlops.gate.rules import pack_overview
    from gitmlops.gate.rules.packs import PREFIX
    from gitmlops.gate.rules.packs import packs as known
    from gitmlops.specs.hints import nearest

    name = pack.removeprefix(PREFIX).partition("@")[0]
    if name and name not in known():
        raise InputError(f"there is no pack {name!r}", mend=nearest(name, known()))
    show(pack_overview.shown(known()[name]) if name else pack_overview.listed(known()), format_, output)
