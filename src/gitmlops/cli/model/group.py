"""gitmlops model: the registry."""

import click

from gitmlops.cli.lazy import Entry, LazyGroup

COMMANDS = {
    "list": Entry("gitmlops.cli.model.history:list_", "Every model, its latest version, what is in which stage."),
    "show": Entry("gitmlops.cli.model.history:show", "One version: evidence, stages, since when, by whom, why."),
    "history": Entry("gitmlops.cli.model.history:history", "Everything that happened to a model."),
    "diff": Entry("gitmlops.cli.model.diff:diff", "Two versions side by side: what differs, and who changed it."),
    "register": Entry("gitmlops.cli.model.releases:register", "Make a merged, judged commit a version."),
    "approve": Entry(
        "gitmlops.cli.model.approve:approve", "Approve a version with a signed note, where reviews cannot."
    ),
    "approvals": Entry("gitmlops.cli.model.approve:approvals", "Who has approved a version, and who is missing."),
    "promote": Entry("gitmlops.cli.model.releases:promote", "Put a version into a deployment stage."),
    "rollback": Entry("gitmlops.cli.model.rollback.command:rollback", "Put the version before back into a stage."),
    "deprecate": Entry("gitmlops.cli.model.retirement:deprecate", "Say that nobody shall begin to use a model."),
    "deregister": Entry("gitmlops.cli.model.retirement:deregister", "Say that a version is none."),
    "remove": Entry("gitmlops.cli.model.retirement:remove", "Take a model out of a deployment stage."),
    "verify": Entry("gitmlops.cli.model.verify:verify", "Whether what the tags of a version claim is so."),
    "parse-ref": Entry("gitmlops.cli.model.verify:parse_ref", "What a workflow is to deploy, for $GITHUB_OUTPUT."),
    "card": Entry("gitmlops.cli.model.card:card", "The model card of a version, for people or as CycloneDX."),
    "reproduce": Entry("gitmlops.cli.model.reproduce:reproduce", "Make a version again; compare it with the release."),
    "bias-audit": Entry(
        "gitmlops.cli.model.bias_audit:bias_audit", "Rates and impact ratios by sex, race and both, to be published."
    ),
    "get": Entry("gitmlops.cli.model.get:get", "Write the files of a version, verified, to a folder."),
    "predict": Entry("gitmlops.cli.model.predict:predict", "Score a table with a version; write the prediction log."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def model() -> None:
    """Models: register, promote, roll back, see what ran when."""
