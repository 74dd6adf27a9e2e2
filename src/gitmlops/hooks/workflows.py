"""Traps of workflows: what lets a stranger in, and what lets a pull request past the gate.

Few rules, each of which is nearly always right. Those that zizmor has, too, have its names, and its comments
(`# zizmor: ignore[unpinned-uses]`) count; for everything else there is zizmor.
"""

import re
from collections.abc import Iterator, Sequence

from gitmlops.errors import InputError
from gitmlops.hooks.findings import of_error
from gitmlops.hooks.staged import StagedFile
from gitmlops.hooks.workflow_files import Job, Step, WorkflowFile, child, read, scalar, texts
from gitmlops.report import Finding, Location, Report, Severity
from gitmlops.specs.yaml import MappingNode, Node, ScalarNode

_PINNED = re.compile(r"[^@]+@[0-9a-f]{40}([0-9a-f]{24})?|docker://[^@]+@sha256:[0-9a-f]{64}")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STRANGERS = re.compile(
    r"github\.head_ref|github\.event\.(?:"
    r"(?:issue|pull_request|discussion)\.(?:title|body)|(?:comment|review|review_comment)\.body|pages\b.*page_name|"
    r"(?:head_commit|commits)\b.*(?:message|email|name)|pull_request\.head\.(?:ref|label|repo\.default_branch)|"
    r"workflow_run\.(?:head_branch|display_title|head_commit|pull_requests)|label\.name|release\.(?:name|body)|"
    r"(?:issue|pull_request)\.user\.login|\*)|tojson\(\s*github(?:\.event(?:\.\w+)?)?\s*\)|"
    r"(?:github\.event\.|(?<![\w.]))inputs\.([\w-]+)",
    re.IGNORECASE,
)
"""Text that somebody else chooses: titles, messages, names of branches, and what holds all of them."""
_INDEX = re.compile(r"\s*\[\s*'([^']*)'\s*\]")
"""To GitHub `a['b']` is `a.b`, and letters are the same large and small."""
_HEADS = re.compile(
    r"github\.(?:head_ref|event\.(?:pull_request\.head|workflow_run\.head_|pull_request\.number|number))",
    re.IGNORECASE,
)
_IGNORED = re.compile(r"#\s*(?:zizmor|gitmlops):\s*ignore\[([\w, -]+)\]")
_ALWAYS = re.compile(r"always\(\s*\)|\$\{\{\s*always\(\s*\)\s*\}\}", re.IGNORECASE)
_GATE = re.compile(r"\bgitmlops(?:\s+-C\s+\S+)?\s+gate\b")
_DEAF = re.compile(_GATE.pattern + r"[^\n;&]*\|\|\s*(?:true|:|exit 0)(?!\S)")
_RELEASE = re.compile(r"\bgitmlops(?:\s+-C\s+\S+)?\s+model\s+(?:register|promote|rollback|parse-ref)\b")
_MONITOR = re.compile(r"\bgitmlops(?:\s+-C\s+\S+)?\s+(?:monitor\s+run|retrain)\b")
_PULLS = ("pull_request", "pull_request_target")
LOOSE = ("unpinned-uses", "excessive-permissions", "workflow")
"""Rules of what is weak by itself, or cannot be read, and lets nobody past the gate."""
_WRITES = ("contents", "id-token", "packages", "deployments", "actions")


def check(files: Sequence[StagedFile]) -> Report:
    """A finding for each trap in these workflows and actions."""
    findings = tuple(finding for file in files if file.content is not None for finding in _found(file, file.content))
    return Report("Workflows", findings, summary=(f"{len(files)} files, {len(findings)} findings",))


def _found(file: StagedFile, content: bytes) -> Iterator[Finding]:
    try:
        workflow = read(content, file.name)
    except InputError as error:
        yield of_error(error, rule="workflow", path=file.name)
        return
    if workflow is None:
        return
    lines = content.decode("utf-8", "replace").splitlines()
    for rule, line, message, mend in _traps(workflow):
        if not _is_ignored(rule, lines, line):
            yield _finding(rule, file.name, line, message, mend)


Trap = tuple[str, int, str, str]
"""Rule, line, what is wrong, how to mend it."""


def _traps(workflow: WorkflowFile) -> Iterator[Trap]:
    for step in workflow.steps:
        yield from _unpinned(step)
        yield from _injected(step, _harmless_inputs(workflow))
    for job in workflow.jobs:
        yield from _unpinned(Step(job.node))  # a reusable workflow
    if workflow.jobs:
        yield from _permissions(workflow)
        yield from _strangers_code(workflow)
        yield from _passed_by(workflow)
        yield from _of_releases(workflow)


def _unpinned(step: Step) -> Iterator[Trap]:
    uses = step.uses
    if uses is None or uses.value.startswith(("./", "../")) or _PINNED.fullmatch(uses.value):
        return
    mend = "pin it: owner/name@SHA, and the tag as a comment behind it"
    yield "unpinned-uses", uses.line, f"{uses.value} is whatever its owner makes of it tomorrow", mend


def _harmless_inputs(workflow: WorkflowFile) -> frozenset[str]:
    """Inputs that are no free text."""
    found = (child(node, "inputs") for node in workflow.triggers.values())
    inputs = [(name, node) for one in found if isinstance(one, MappingNode) for name, (_, node) in one.value.items()]
    kinds = {name: kind.value for name, node in inputs if (kind := scalar(node, "type")) is not None}
    return frozenset(name for name, kind in kinds.items() if kind in ("boolean", "number", "choice", "environment"))


def _injected(step: Step, harmless: frozenset[str]) -> Iterator[Trap]:
    for script in step.scripts:
        for match in _EXPRESSION.finditer(script.value):
            found = _STRANGERS.search(_INDEX.sub(r".\1", match[1]))
            if found and found[1] not in harmless:
                line = script.line + script.value.count("\n", 0, match.start()) + (script.style in ("|", ">"))
                mend = 'hand it over by `env:`, and write "$NAME" in the script'
                yield "template-injection", line, f"a stranger's text ({found[0]}) becomes part of a script", mend


def _permissions(workflow: WorkflowFile) -> Iterator[Trap]:
    whole = child(workflow.root, "permissions")
    mend = "write `permissions: {}` on top, and in each job what it needs"
    if isinstance(whole, ScalarNode) and whole.value == "write-all":
        yield "excessive-permissions", whole.line, "every job may write everything", mend
    for job in workflow.jobs:
        own = child(job.node, "permissions")
        if isinstance(own, ScalarNode) and own.value == "write-all":
            yield "excessive-permissions", own.line, f"the job {job.name.value!r} may write everything", mend
        if own is None and whole is None:
            message = f"the job {job.name.value!r} may do whatever the repository's settings say"
            yield "excessive-permissions", job.name.line, message, mend


def _strangers_code(workflow: WorkflowFile) -> Iterator[Trap]:
    if not {"pull_request_target", "workflow_run"} & workflow.triggers.keys():
        return
    for step in workflow.steps:
        said = (step.inputs("ref"), step.inputs("repository")) if step.is_of("actions/checkout") else ()
        theirs = [one for one in said if one is not None and _HEADS.search(_INDEX.sub(r".\1", one.value))]
        for place in theirs[:1]:
            message = "checks out what a stranger wrote, in a job that has the repository's rights and secrets"
            yield (
                "dangerous-triggers",
                place.line,
                message,
                "run it on `pull_request`, and hand its result over as data",
            )


def _passed_by(workflow: WorkflowFile) -> Iterator[Trap]:
    """Ways past a gate that pull requests need."""
    gates = [job for job in workflow.jobs if any(step.is_our_action or step.runs(_GATE) for step in job.steps)]
    pulls = [trigger for trigger in _PULLS if trigger in workflow.triggers]
    if not gates or not pulls:
        return
    for trigger in pulls:
        yield from _of_trigger(workflow.triggers[trigger], trigger)
    for job in gates:
        yield from _of_gate(workflow, job)


def _of_trigger(node: Node, trigger: str) -> Iterator[Trap]:
    for filter_ in ("paths", "paths-ignore", "branches-ignore"):
        if (found := child(node, filter_)) is not None:
            message = f"with `{filter_}` the check of a pull request that is left out stays pending for ever"
            yield (
                "gate-filtered",
                found.line,
                message,
                "leave the filter out: the gate is quick where nothing is to judge",
            )
    if "edited" not in texts(child(node, "types")):
        message = (
            f"`{trigger}` without `edited`: a pull request that gets another base keeps the verdict of the old one"
        )
        yield "gate-edited", node.line, message, "write `types: [opened, synchronize, reopened, edited]`"


def _of_gate(workflow: WorkflowFile, job: Job) -> Iterator[Trap]:
    condition = scalar(job.node, "if")
    if condition is not None and not _ALWAYS.fullmatch(condition.value.strip()):
        message = f"the job {job.name.value!r} has an `if`, and a job that is skipped counts as passed"
        yield "gate-skipped", condition.line, message, "decide in a step, or let another job with `if: always()` sum up"
    judging = (step.node for step in job.steps if step.is_our_action or step.runs(_GATE))
    for place in (job.node, *judging):
        going_on = scalar(place, "continue-on-error")
        if going_on is not None and going_on.value != "false":
            yield "gate-skipped", going_on.line, "a refusal that `continue-on-error` makes a success", "take it out"
    for script in (script for step in job.steps for script in step.scripts if _DEAF.search(script.value)):
        yield "gate-skipped", script.line, "a refusal that `||` makes a success", "take it out"
    for name, node in _granted(workflow, job):
        if name in _WRITES and isinstance(node, ScalarNode) and node.value == "write":
            message = f"a job that runs on pull requests has `{name}: write`"
            yield "gate-writes", node.line, message, "let a job on the default branch write, after the merge"
    for step in job.steps:
        yield from _kept_token(step)


def _granted(workflow: WorkflowFile, job: Job) -> Iterator[tuple[str, Node]]:
    own = child(job.node, "permissions")
    granted = own if own is not None else child(workflow.root, "permissions")
    if isinstance(granted, MappingNode):
        yield from ((name, node) for name, (_, node) in granted.value.items())


def _kept_token(step: Step) -> Iterator[Trap]:
    if step.uses is None or not step.is_of("actions/checkout"):
        return
    kept = step.inputs("persist-credentials")
    if kept is None or kept.value != "false":
        message = "the token stays in .git/config, where everything that the branch runs can read it"
        yield "artipacked", step.uses.line, message, "write `with: {persist-credentials: false}`"


def _of_releases(workflow: WorkflowFile) -> Iterator[Trap]:
    for job in workflow.jobs:
        if any(step.runs(_RELEASE) for step in job.steps):
            for step in job.steps:
                yield from _cached(step)
        if any(step.runs(_MONITOR) for step in job.steps):
            yield from _cancelled(workflow, job)


def _cached(step: Step) -> Iterator[Trap]:
    if step.uses is None:
        return
    cache = step.inputs("cache")
    if step.is_of("actions/cache", "actions/cache/restore") or (cache is not None and cache.value):
        message = "a job that releases restores a cache, which jobs of other branches can fill"
        yield "cache-poisoning", step.uses.line, message, "install anew there"


def _cancelled(workflow: WorkflowFile, job: Job) -> Iterator[Trap]:
    for node in (workflow.root, job.node):
        cancel = scalar(child(node, "concurrency"), "cancel-in-progress")
        if cancel is not None and cancel.value == "true":
            message = "a run of monitoring that is cancelled has told, and not remembered"
            yield "monitor-cancelled", cancel.line, message, "write `cancel-in-progress: false`"


def _is_ignored(rule: str, lines: Sequence[str], line: int) -> bool:
    found = _IGNORED.search(lines[line - 1]) if 0 < line <= len(lines) else None
    return found is not None and rule in re.split(r"[, ]+", found[1])


def _finding(rule: str, name: str, line: int, message: str, mend: str) -> Finding:
    return Finding(rule, Severity.ERROR, message, Location(name, line), mend)
