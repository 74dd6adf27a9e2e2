"""gitmlops waiver"""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.specs.waiver import Waiver


@click.group()
def waiver() -> None:
    """Waivers: let one model file miss one check until a day."""


@waiver.command()
@click.argument("check")
@click.option("--model", required=True, help="Model whose file at HEAD may miss the check.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--approver", required=True, help='Who answers for it, e.g. "@jane".')
@click.option("--expires", default="", help="Last day, YYYY-MM-DD.  [default: as far as the policy allows]")
@click.option("--ticket", default="", help="Where it is followed up.")
@options.dry_run
def new(check: str, model: str, reason: str, approver: str, expires: str, ticket: str, dry_run: bool) -> None:
    """Write a waiver of CHECK (POLICY/CHECK) to policies/waivers.

    It is for the model file of HEAD and the policy's version, and counts once it is merged into the base branch, in a
    pull request before the one that needs it.
    """
    from gitmlops.adapters.files import write_atomic
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli import workspace
    from gitmlops.cli.show import print_text, say
    from gitmlops.errors import InputError, Refusal
    from gitmlops.gate.rules.waiver_wiring import standing
    from gitmlops.specs.fields import seconds
    from gitmlops.specs.policy import Policy

    repository = workspace.repository()
    workspace.require_project(repository)
    definitions = workspace.read_again(WorkTree(repository))
    policy = definitions.get(Policy, check.partition("/")[0]).spec
    today = datetime.now(UTC).date()
    asked = {
        "kind": "waiver",
        "check": check,
        "policy_version": policy.version,
        "model": model,
        "model_sha256": _sha256(repository, model),
        "reason": reason,
        "approver": approver,
        "role": policy.waivers.role,
        "issued": today.isoformat(),
        "expires": expires or (today + timedelta(seconds=seconds(policy.waivers.at_most))).isoformat(),
        "ticket": ticket,
    }
    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in asked.items() if value)
    if why := standing(_parsed(text), definitions):
        raise Refusal(f"it would not count: {why}", where=check, mend="mend it, or change the policy first")
    path = f"policies/waivers/{today:%Y-%m}-{check.replace('/', '-')}-{asked['model_sha256'][:8]}.yaml"
    if (repository.root / path).exists():
        raise InputError("there is a waiver already", where=path, mend="edit it, or remove it first")
    if dry_run:
        say(f"{path} was not written (--dry-run)")
    else:
        write_atomic(repository.root / path, text.encode())
        say(f"written to {path}; commit it in a pull request of its own, which {policy.waivers.role} reviews")
    print_text(text.removesuffix("\n"))


def _parsed(text: str) -> "Waiver":
    """Raises InputErrors for options that no waiver can have."""
    from gitmlops.errors import InputErrors
    from gitmlops.specs import reader
    from gitmlops.specs.waiver import Waiver
    from gitmlops.specs.yaml import compose

    (root,) = compose(text.encode(), path="the waiver")
    found, wrong = reader.read(root, Waiver, path="the waiver")
    if found is None:
        raise InputErrors([one.error() for one in wrong])
    return found


def _sha256(repository: "Repository", name: str) -> str:
    """Of the model file that HEAD has."""
    from gitmlops.cli import workspace
    from gitmlops.registry.files.contents import Contents, sha256
    from gitmlops.specs.model import Model

    artifact = workspace.definitions_at(repository, "HEAD").get(Model, name).spec.artifact
    return sha256(Contents(repository, "HEAD").read(artifact))
