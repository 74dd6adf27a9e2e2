"""The gitmlops command: a table of what there is."""

import atexit
import gc
import os

import click

from gitmlops import __version__
from gitmlops.cli.boundary import Boundary
from gitmlops.cli.lazy import Entry

COMMANDS = {
    "init": Entry("gitmlops.cli.init:init", "Write a new project from a template."),
    "adopt": Entry("gitmlops.cli.adopt:adopt", "Make a gitmlops project of an existing DVC project."),
    "demo": Entry("gitmlops.cli.demo:demo", "Go through the life of a model on real data."),
    "check": Entry("gitmlops.cli.check:check", "Validate every definition file."),
    "doctor": Entry(
        "gitmlops.cli.doctor:doctor", "Look whether tags, released files and GitHub are as they should be."
    ),
    "feature": Entry("gitmlops.cli.feature.group:feature", "Features: search, show, get, build, test, serve, diff."),
    "pipeline": Entry("gitmlops.cli.pipeline.group:pipeline", "Pipelines: list, show, graph, compile, run, compare."),
    "component": Entry("gitmlops.cli.component:component", "Components: list, show, new, run."),
    "gate": Entry("gitmlops.cli.gate.command:gate", "Judge a branch by the policies of its base."),
    "evidence": Entry("gitmlops.cli.evidence:evidence", "Attest predictions that the gate cannot make itself."),
    "policy": Entry("gitmlops.cli.policy.group:policy", "Policies: list, show, test, what got tighter or looser."),
    "waiver": Entry("gitmlops.cli.waiver:waiver", "Waivers: let a model file miss a check until a day."),
    "document": Entry("gitmlops.cli.document:document", "Documents: date what people wrote of a model or its data."),
    "model": Entry("gitmlops.cli.model.group:model", "Models: register, promote, roll back, see what ran when."),
    "audit": Entry("gitmlops.cli.audit:audit", "What an auditor asks for: the inventory, or all of a version."),
    "monitor": Entry("gitmlops.cli.monitor.group:monitor", "Compare served predictions with the baseline."),
    "retrain": Entry("gitmlops.cli.retrain.command:retrain", "Write the retraining branch that an alarm asks for."),
    "sync": Entry("gitmlops.cli.sync:sync", "Merge the base into a branch, locks by stage and by feature."),
    "merge-driver": Entry("gitmlops.cli.merge_driver:merge_driver", "Merge dvc.lock or a feature lock for git."),
    "catalog": Entry("gitmlops.cli.catalog.group:catalog", "Pages of features, models and policies, for a browser."),
    "github": Entry("gitmlops.cli.github.group:github", "GitHub: write the workflows, and what they call."),
    "hook": Entry("gitmlops.cli.hook:hook", "What pre-commit calls."),
}


@click.group(cls=Boundary, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gitmlops")
@click.option("-C", "directory", metavar="DIR", help="Run as if started in DIR.")
def main(directory: str | None) -> None:
    """Your git repository is the ML platform: features, pipelines, models and policies are reviewed files."""
    # Definitions are many small objects that live to the end: looking for garbage every 700 costs a third of `check`.
    gc.set_threshold(20_000)
    # Python would look through all of it again, several times, before it ends.
    atexit.register(gc.freeze)
    if directory:
        try:
            os.chdir(directory)
        except OSError as error:
            raise click.UsageError(f"{directory}: {error.strerror}") from error
