"""gitmlops pipeline run --shard, gitmlops pipeline join: one run in several clones"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.dvc_lock.fragments import Joined
    from gitmlops.pipelines.running.run import Options


def run_share(
    shard: str,
    name: str | None,
    only: Sequence[str],
    settings: Sequence[str],
    *,
    force: bool,
    run_cache: bool,
    jobs: int | None,
    keep_going: bool,
) -> None:
    """Run the stages of a shard, and print the path of its fragment."""
    from gitmlops.cli.pipeline.running import definition_files, talk, tell
    from gitmlops.cli.show import print_text
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.errors import UsageError
    from gitmlops.pipelines.running.certificate import Certificate
    from gitmlops.records.lock_fragment import LockFragment

    number, of = _parsed(shard)
    if settings:
        mend = "commit the value first: every shard and the join need the same one"
        raise UsageError("--set is not for a shard", mend=mend)
    repo = repository()
    certificate = Certificate(repo.root, [name or "", *only, f"shard {shard}"])
    known = definitions(repo)
    _prepare(repo, known)
    begun = LockFragment(repo.resolve("HEAD"), name or "", tuple(only), number, of, finished=())
    targets, options = _asked(
        known, begun.pipeline, only, jobs=jobs, keep_going=keep_going, force=force, run_cache=run_cache
    )
    files = definition_files(repo)
    from gitmlops.pipelines.running.shards import run_shard

    share = run_shard(repo.root, targets, begun, options, certificate=certificate, definitions=files, talk=talk)
    print_text(str(share.fragment.relative_to(repo.root)))
    if share.outcome:
        tell(repo.root, share.outcome)


@click.command()
@click.argument("fragments", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FRAGMENT...")
@click.option("--jobs", type=click.IntRange(min=1), help="CPUs to use at once; all of the machine's unless given.")
@click.option("--keep-going", is_flag=True, help="After a failure, run what does not need the step that failed.")
def join(fragments: tuple[Path, ...], jobs: int | None, keep_going: bool) -> None:
    """Take over what the shards of a run have finished (`pipeline run --shard`), and run what is left.

    A FRAGMENT is the file that a shard has written; whose is missing, its stages run here.
    """
    from gitmlops.cli.pipeline.running import definition_files, talk, tell
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.pipelines.dvc_lock.fragments import joined, read
    from gitmlops.pipelines.running.certificate import Certificate

    repo = repository()
    together = joined({str(path): read(path) for path in fragments}, commit=repo.resolve("HEAD"))
    certificate = Certificate(repo.root, [together.pipeline, *together.steps])
    known = definitions(repo)
    _prepare(repo, known)
    targets, options = _asked(known, together.pipeline, together.steps, jobs=jobs, keep_going=keep_going)
    files = definition_files(repo)
    _tell_what_is_wanting(together)
    from gitmlops.pipelines.running import shards

    outcome = shards.join(repo.root, targets, together, options, certificate=certificate, definitions=files, talk=talk)
    tell(repo.root, outcome)


def _parsed(shard: str) -> tuple[int, int]:
    """Number and count. Raises UsageError."""
    import re

    from gitmlops.errors import UsageError
    from gitmlops.records.lock_fragment import MAX_SHARDS

    found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", shard)
    if not found or not int(found[1]) <= int(found[2]) <= MAX_SHARDS:
        mend = f"write I/N, from 1/N to N/N, N at most {MAX_SHARDS}"
        raise UsageError(f"--shard {shard} is no share of a run", mend=mend)
    return int(found[1]), int(found[2])


def _prepare(repo: "Repository", known: "Definitions") -> None:
    """Look whether this can work here, and compile. Data may be at the remote only: what is missing, its stage says."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import versions
    from gitmlops.adapters.dvc.sharing import require_remote
    from gitmlops.cli.pipeline.compile import compiled, write_compiled
    from gitmlops.cli.show import say
    from gitmlops.errors import InputError
    from gitmlops.pipelines.executing import failure

    dvc.require_installed()
    dvc.require(repo)
    versions.require_tested("sharding")
    require_remote(repo)
    if write_compiled(repo, *compiled(repo, known)):
        say("dvc.yaml written")
    if not (repo.root / "dvc.yaml").exists():
        raise InputError("there is no pipeline to run", mend="write one, see `gitmlops pipeline --help`")
    failure.forget(repo.root)


def _asked(
    known: "Definitions",
    name: str,
    only: Sequence[str],
    *,
    jobs: int | None,
    keep_going: bool,
    force: bool = False,
    run_cache: bool = True,
) -> tuple[list[str], "Options"]:
    """The stages of the choice, none where that is all of dvc.yaml, and how to run them."""
    from gitmlops.cli.pipeline.choice import chosen_steps
    from gitmlops.cli.pipeline.running import cpus, warm
    from gitmlops.pipelines.running.run import Options

    steps = chosen_steps(known, name, only)
    targets = [step.stage for step in steps] if name or only else []
    return targets, Options(jobs or cpus(), force, keep_going, warm(steps), run_cache)


def _tell_what_is_wanting(together: "Joined") -> None:
    from gitmlops.cli.pipeline.running import talk

    for number in together.missing:
        talk(f"there is no fragment of shard {number}/{together.shards}: its stages run here")
    for stage, shards in together.disagreeing.items():
        made = " and ".join(map(str, shards))
        talk(f"{stage}: the shards {made} made it differently, so it is not deterministic; that of {shards[0]} counts")
