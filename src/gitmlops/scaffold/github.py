"""gitmlops.yaml -> the files below .github/: workflows, CODEOWNERS, rulesets, settings."""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from gitmlops import __version__
from gitmlops.definitions import Definitions
from gitmlops.pipelines.planning.plan import contracts_of
from gitmlops.scaffold import codeowners, logins, rulesets
from gitmlops.scaffold.templates import NewFile, render
from gitmlops.specs.alerts import Alerts
from gitmlops.specs.ci import Ci, RunnerLabel
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline
from gitmlops.specs.project import Project

FOLDER = PurePosixPath(".github")
_WORKFLOWS = FOLDER / "workflows"
_PUBLIC = "github.com"
_PRE_COMMIT = "4.7.0"
# GitHub Enterprise Server has no place for artifacts of v4 and later.
_UPLOAD = {
    True: "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0",
    False: "actions/upload-artifact@ff15f0306b3f739f7b6fd43fb5d26cd321bd4de5 # v3.2.1",
}
_DOWNLOAD = {
    True: "actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131 # v7.0.0",
    False: "actions/download-artifact@9bc31d5ccc31df68ecc42ccf4149144866c47d8a # v3.0.2",
}
_DEPLOY_PAGES = {
    True: "actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128 # v5.0.0",
    False: "actions/deploy-pages@13b55b33dd8996121833dbc1db458c793a334630 # v3.0.1",
}


def files(definitions: Definitions) -> tuple[NewFile, ...]:
    """What belongs below .github/ by the definitions of a project, sorted by path.

    Of the workflows those that `ci:` wants: monitor if a model is watched, deploy if a stage is of production, catalog
    if `ci: catalog` says where to; and one for each pipeline that has `shards:`.
    """
    project = definitions.project
    if project is None:
        raise ValueError("definitions without a project")
    variables = _variables(project, definitions)
    rendered = (
        NewFile(_WORKFLOWS / file.path.name, file.content)
        for file in render("github/workflows", variables)
        if file.path.stem in _wanted(project, definitions)
    )
    written = (
        (FOLDER / "CODEOWNERS", codeowners.text(project)),
        (FOLDER / "rulesets" / "branches.json", rulesets.branches(project)),
        (FOLDER / "rulesets" / "tags.json", rulesets.tags(project)),
        (FOLDER / "settings.json", rulesets.settings()),
    )
    own = (NewFile(path, text.encode()) for path, text in written if text)
    return tuple(sorted((*rendered, *_sharded(project, definitions, variables), *own), key=lambda file: file.path))


def _sharded(project: Project, definitions: Definitions, variables: Mapping[str, Any]) -> Iterator[NewFile]:
    """A workflow for each pipeline that asks for jobs. Raises InputError if one uses a component that is not there."""
    for name, placed in definitions.all(Pipeline).items():
        if placed.spec.shards is not None:
            own = {
                "pipeline": name,
                "shards": placed.spec.shards,
                "numbers": f"[{', '.join(map(str, range(1, placed.spec.shards + 1)))}]",
                "labels": _labels(_asked_for(definitions, placed.spec) or project.ci.runners.train),
            }
            [file] = render("github/sharded", {**variables, **own})
            yield NewFile(_WORKFLOWS / f"pipeline-{name}.yml", file.content)


def _asked_for(definitions: Definitions, pipeline: Pipeline) -> list[RunnerLabel]:
    """All labels that steps ask for: any share may have any of them, and the join runs what a share has left."""
    asked = (contract.spec.resources.runs_on for contract in contracts_of(definitions, pipeline).values())
    every = (label for labels in asked for label in ([labels] if isinstance(labels, str) else labels))
    return list(dict.fromkeys(every))


def _wanted(project: Project, definitions: Definitions) -> set[str]:
    cannot = {
        "monitor": not _monitored(definitions),
        "deploy": not _production(project),
        "catalog": project.ci.catalog is None,
    }
    return {name for name in project.ci.workflows if not cannot.get(name, False)}


def _variables(project: Project, definitions: Definitions) -> Mapping[str, Any]:
    ci, public = project.ci, project.ci.host == _PUBLIC
    wanted = _wanted(project, definitions)
    lock = project.environment or ""
    return {
        # In quotes where it could be a number or a truth to YAML.
        "branch": ci.branch if ci.branch == "main" else json.dumps(ci.branch),
        "runners": {name: _labels(getattr(ci.runners, name)) for name in ("gate", "train", "monitor", "release")},
        "gate_action": _action(ci, ""),
        "setup_action": _action(ci, "/setup"),
        "upload_action": _UPLOAD[public],
        "download_action": _DOWNLOAD[public],
        "deploy_pages_action": _DEPLOY_PAGES[public],
        "index": ci.package_index,
        "app": ci.app,
        "remote": ci.remote,
        "login_to_read": logins.steps(ci.login, "read"),
        "login_of_pull_request": logins.steps(ci.login, "read", only_if=logins.OF_OURS),
        "login_to_write": logins.steps(ci.login, "write"),
        "token": "${{ steps.app.outputs.token }}" if ci.app else "${{ github.token }}",
        "stages": f"[{', '.join(stage.name for stage in project.stages)}]",
        "production": _production(project),
        "dispatches": "deploy" in wanted and not ci.app,
        "monitored": " ".join(_monitored(definitions)),
        "requirements": lock if lock.endswith(".txt") else "",
        "secrets": sorted({*_secrets(project.alerts), *_secrets_of_models(definitions)}),
        "pre_commit": _PRE_COMMIT,
    }


def _labels(labels: RunnerLabel | list[RunnerLabel]) -> str:
    """The labels as a workflow names them; that somebody wants a machine of their own is their decision."""
    every = [labels] if isinstance(labels, str) else labels
    text = every[0] if len(every) == 1 else f"[{', '.join(every)}]"
    return f"{text} # zizmor: ignore[self-hosted-runner] gitmlops.yaml asks for it" if "self-hosted" in every else text


def _action(ci: Ci, folder: str) -> str:
    """The action of gitmlops, or what lies in a folder of it, as a workflow uses it."""
    if ci.action is None:
        excuse = "# zizmor: ignore[unpinned-uses] pin it: `ci: action` in gitmlops.yaml"
        return f"gitmlops/gitmlops{folder}@v{__version__} {excuse}"
    name, _, commit = ci.action.partition("@")
    return f"{name}{folder}@{commit}"


def _production(project: Project) -> str:
    """The last stage of production, which is what deploys; empty if there is none."""
    return next((stage.name for stage in reversed(project.stages) if stage.production), "")


def _monitored(definitions: Definitions) -> list[str]:
    return [name for name, placed in definitions.all(Model).items() if placed.spec.monitoring]


def _secrets_of_models(definitions: Definitions) -> Iterator[str]:
    for placed in definitions.all(Model).values():
        if placed.spec.monitoring and placed.spec.monitoring.alerts:
            yield from _secrets(placed.spec.monitoring.alerts)


def _secrets(alerts: Alerts) -> Iterator[str]:
    """The variables that channels of alerts read."""
    for slack in alerts.slack.values():
        yield slack.url_secret
    for webhook in alerts.webhooks.values():
        yield from filter(None, (webhook.url_secret, webhook.signing_secret))
    for email in alerts.email.values():
        yield from filter(None, (email.user_secret, email.password_secret))
