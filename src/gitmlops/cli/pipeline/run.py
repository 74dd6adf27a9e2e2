"""gitmlops pipeline run"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.running.certificate import Certificate


@click.command()
@click.argument("name", required=False)
@click.option("--steps", default="", metavar="A,B", help="Only these steps and what they need.")
@click.option("--force", is_flag=True, help="Run steps that are up to date, too.")
@click.option(
    "--no-run-cache", "run_cache", is_flag=True, flag_value=False, default=True,
    help="Run what ran before on the same inputs, too, rather than take what it wrote from DVC's run-cache.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=1), help="CPUs to use at once; all of the machine's unless given.")
@click.option("--keep-going", is_flag=True, help="After a failure, run what does not need the step that failed.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="First change this value in the file.")
@click.option("--shard", metavar="I/N", help="Only share I of N, for `pipeline join`; print the fragment's path.")
def run(
    name: str | None,
    steps: str,
    force: bool,
    run_cache: bool,
    jobs: int | None,
    keep_going: bool,
    settings: tuple[str, ...],
    shard: str | None,
) -> None:
    """Run what is not up to date of pipeline NAME (of all that any dvc.yaml says without a NAME), side by side.

    Of a repository that holds several DVC projects, one runs after the other.

    KEY is `params.x` or `steps.STEP.with.x`; VALUE is a number, true, false, a JSON list or mapping, or else text.
    """
    from gitmlops.cli.pipeline.choice import edited, edits, roots
    from gitmlops.cli.pipeline.running import UP_TO_DATE
    from gitmlops.cli.pipeline.shards import run_share
    from gitmlops.cli.show import say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.pipelines.running.certificate import Certificate

    only = [step for step in steps.split(",") if step]
    if shard is not None:
        run_share(shard, name, only, settings, force=force, run_cache=run_cache, jobs=jobs, keep_going=keep_going)
        return
    repo = repository()
    certificates = {root: Certificate(root, [name or "", *only]) for root in roots(repo, name, only, settings)}
    if not (force or settings) and all(one.holds() for one in certificates.values()):
        say(UP_TO_DATE)
        return
    known = definitions(repo)
    changes = edits(repo, known, name, settings)
    if changes:
        known = edited(repo, changes)
    _prepare(repo, known, name, only, changes, certificates)
    _run(repo, known, name, only, certificates, force=force, run_cache=run_cache, jobs=jobs, keep_going=keep_going)


def run_pipeline(repository: "Repository", name: str) -> None:
    """Compile if needed, then run what is not up to date of a pipeline, without the run-cache. Raises GitmlopsError.

    For models that nobody watches being made: whoever can write the cache could put another one there.
    """
    from gitmlops.cli.workspace import definitions
    from gitmlops.pipelines.running.certificate import Certificate

    certificates = {repository.root: Certificate(repository.root, [name])}
    known = definitions(repository)
    _prepare(repository, known, name, (), {}, certificates)
    _run(repository, known, name, (), certificates, force=False, run_cache=False, jobs=None, keep_going=False)


def _prepare(
    repo: "Repository",
    known: "Definitions",
    name: str | None,
    only: Sequence[str],
    changes: Mapping[str, str],
    certificates: Mapping[Path, "Certificate"],
) -> None:
    """Look at all that can be wrong, then write what is to be written before DVC looks."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.cli.pipeline.choice import chosen_steps, require_data
    from gitmlops.cli.pipeline.compile import compiled, write, write_compiled
    from gitmlops.cli.show import say
    from gitmlops.specs.pipeline import Pipeline

    dvc.require_installed()
    if name or known.all(Pipeline):
        dvc.require(repo)
    current, new = compiled(repo, known)
    require_data(repo, known, chosen_steps(known, name, only), current)
    for path, text in changes.items():
        write(repo, path, text)
        certificates[repo.root].expect(repo.root / path, text.encode())
    if write_compiled(repo, current, new):
        certificates[repo.root].expect(repo.root / "dvc.yaml", new.encode())
        say("dvc.yaml written")


def _run(
    repo: "Repository",
    known: "Definitions",
    name: str | None,
    only: Sequence[str],
    certificates: Mapping[Path, "Certificate"],
    *,
    force: bool,
    run_cache: bool,
    jobs: int | None,
    keep_going: bool,
) -> None:
    """Run the stages of each DVC project that was asked for."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import versions
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.cli.pipeline.choice import chosen_steps, has_stages
    from gitmlops.cli.pipeline.running import cpus, definition_files, talk, tell, warm
    from gitmlops.cli.show import say
    from gitmlops.pipelines.executing import failure

    if not has_stages(repo):
        say("there is no pipeline to run")
        return
    steps = chosen_steps(known, name, only)
    targets = [step.stage for step in steps] if name or only else []
    for root, certificate in certificates.items():
        failure.forget(root)
        if len(certificates) > 1 or root != repo.root:
            say(f"in {root.relative_to(repo.root)}:")
        if not versions.tested():
            untested = f"DVC {versions.installed()} was not tested with gitmlops"
            say(f"{untested}: running plain `dvc repro`, one stage at a time")
            dvc.reproduce(Repository(root), targets, force=force or not run_cache, keep_going=keep_going)
            continue
        from gitmlops.pipelines.running.run import Options
        from gitmlops.pipelines.running.session import run as run_stages

        outcome = run_stages(
            root,
            targets,
            Options(jobs or cpus(), force, keep_going, warm(steps), run_cache),
            certificate=certificate,
            definitions=definition_files(repo),
            talk=talk,
        )
        tell(root, outcome)
