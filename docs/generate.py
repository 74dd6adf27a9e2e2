"""Writes docs/reference from the code: schemas, definition files, commands, components, exit codes.

`python docs/generate.py` writes; `--check` writes nothing and fails if a page is not what would be written.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from inspect import signature
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args

import click
import msgspec
from msgspec import inspect

from gitmlops import errors, features, plugins
from gitmlops.cli import boundary
from gitmlops.cli.main import main
from gitmlops.definitions import KINDS, PROJECT_FILE
from gitmlops.gate.rules.left_open import left_open
from gitmlops.gate.rules.metrics import INPUTS, METRICS, Metric
from gitmlops.gate.rules.packs import FOLDER, Pack, packs
from gitmlops.pipelines.contracts.library import LIBRARY_FOLDER, Contract, library
from gitmlops.pipelines.showing import contract as showing
from gitmlops.records import prediction_log
from gitmlops.records.approval import SignedApproval
from gitmlops.records.attestation import Attestation
from gitmlops.records.audit_index import AuditIndex
from gitmlops.records.baseline import Baseline
from gitmlops.records.card import Card
from gitmlops.records.feature_build import FeatureBuild
from gitmlops.records.feature_statistics import ViewStatistics
from gitmlops.records.lock_fragment import LockFragment
from gitmlops.records.look import Look
from gitmlops.records.manifest import Manifest
from gitmlops.records.monitoring_history import AlertTold, MonitoringRun, Retraining
from gitmlops.records.online_store import OnlineStoreContents
from gitmlops.records.prediction_log import Prediction
from gitmlops.records.profile import Profile
from gitmlops.records.source_snapshots import SourceSnapshots
from gitmlops.records.statement import Statement
from gitmlops.records.watch_state import WatchState
from gitmlops.specs.model import TaskKind
from gitmlops.specs.policy import Check, Evidence
from gitmlops.specs.project import Project
from gitmlops.specs.schema import json_schema

REFERENCE = Path(__file__).parent / "reference"
FILES: Mapping[str, tuple[str, type[msgspec.Struct]]] = {"gitmlops": (PROJECT_FILE, Project), **KINDS}
RECORDS = {
    "prediction": Prediction,
    "receipt": Statement,
    "look": Look,
    "audit-index": AuditIndex,
    "signed-approval": SignedApproval,
    "attestation": Attestation,
    "baseline": Baseline,
    "profile": Profile,
    "card": Card,
    "manifest": Manifest,
    "feature-build": FeatureBuild,
    "feature-statistics": ViewStatistics,
    "online-store": OnlineStoreContents,
    "dvc-lock-fragment": LockFragment,
    "source-snapshots": SourceSnapshots,
    "monitoring-run": MonitoringRun,
    "alert-told": AlertTold,
    "retraining": Retraining,
    "watch-state": WatchState,
}
TASK_KINDS = get_args(TaskKind)
NOTE = "<!-- Written by docs/generate.py from the code: change the code and run `make docs`. -->\n"
REGULATIONS = """
Policies that come with gitmlops, for `extends:` of your own: [how to use one](../how-to/use-a-regulation-pack.md), and
[what they are and are not](../explanation/regulations-as-code.md).

Every check leaves evidence in the gate's report and receipt: value, limit, number of rows, the interval where one was
shown to hold, and the digests of model, rows and labels that they are of. **open** is what the source does not say and
your policy must.
"""
SCALARS = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.BoolType: "true or false",
    inspect.AnyType: "any value",
    inspect.NoneType: "nothing",
}


def pages() -> Iterator[tuple[str, str]]:
    """Path below docs/reference and content of every page."""
    for name, (_, type_) in FILES.items():
        yield f"schemas/{name}.json", _json(json_schema(type_, title=name))
    for name, record in RECORDS.items():
        yield f"schemas/{name}.json", _json(json_schema(record, title=f"gitmlops {name}"))
    yield "files.md", "\n".join([NOTE, "# Definition files", *_files()])
    yield (
        "cli.md",
        "\n".join(
            [NOTE, "# Commands", *_commands(main, click.Context(main, info_name="gitmlops", **main.context_settings))]
        ),
    )
    yield "components.md", "\n".join([NOTE, "# Components of the library", *map(_component, library())])
    yield "metrics.md", "\n".join([NOTE, "# Metrics of policies", *_metrics(), ""])
    yield "regulations.md", "\n".join([NOTE, "# Regulation packs", REGULATIONS, *map(_pack, packs().values()), ""])
    yield "python.md", "\n".join([NOTE, "# Python", *_python()])
    yield "prediction-log.md", "\n".join([NOTE, "# The prediction log", "", *_prediction_log(), ""])
    yield "exit-codes.md", "\n".join([NOTE, "# Exit codes", "", *_exit_codes(), ""])


def _json(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _files() -> Iterator[str]:
    for name, (pattern, type_) in FILES.items():
        yield f"\n## {name}\n\n`{pattern}`, schema [{name}.json](schemas/{name}.json)\n"
        for struct in _structs(inspect.type_info(type_)):
            if struct.cls is not type_:
                yield f"\n### {name}: {struct.cls.__name__}\n"
            yield _docstring(struct.cls) + "\n\n| key | value | |\n| --- | --- | --- |"
            yield from (_field(field) for field in struct.fields)


def _prediction_log() -> Iterator[str]:
    yield _docstring(prediction_log)
    (struct,) = _structs(inspect.type_info(Prediction))
    yield "\n## As a JSON object\n\nSchema [prediction.json](schemas/prediction.json).\n"
    yield _docstring(Prediction) + "\n\n| key | value | |\n| --- | --- | --- |"
    yield from (_field(field) for field in struct.fields)


def _structs(type_: inspect.Type) -> list[inspect.StructType]:
    """The struct, and the structs that its fields hold, each once."""
    found = [type_] if isinstance(type_, inspect.StructType) else []
    for child in _children(type_):
        found += [struct for struct in _structs(child) if struct.cls not in {known.cls for known in found}]
    return found


def _children(type_: inspect.Type) -> list[inspect.Type]:
    if isinstance(type_, inspect.StructType):
        return [field.type for field in type_.fields]
    if isinstance(type_, inspect.UnionType):
        return list(type_.types)
    inside = (getattr(type_, name, None) for name in ("type", "item_type", "key_type", "value_type"))
    return [child for child in inside if isinstance(child, inspect.Type)]


def _field(field: inspect.Field) -> str:
    default = field.default_factory() if field.default is msgspec.NODEFAULT and not field.required else field.default
    shown = msgspec.json.encode(default).decode() if not field.required and default not in (None, "", [], {}) else ""
    when = "required" if field.required else f"default `{shown}`" if shown else "optional"
    form = _form(field.type).replace("|", "\\|")
    return f"| `{field.encode_name}` | {_words(field.type)} | {'; '.join(filter(None, (when, form)))} |"


def _words(type_: inspect.Type) -> str:
    if isinstance(type_, inspect.Metadata):
        return _words(type_.type)
    if isinstance(type_, inspect.LiteralType):
        return " or ".join(f"`{value}`" for value in sorted(map(str, type_.values)))
    if isinstance(type_, inspect.UnionType):
        return " or ".join(_words(item) for item in type_.types if not isinstance(item, inspect.NoneType))
    if isinstance(type_, inspect.DictType):
        return f"mapping of names to: {_words(type_.value_type)}"
    if isinstance(type_, inspect.ListType | inspect.VarTupleType):
        return f"list of: {_words(type_.item_type)}"
    return type_.cls.__name__ if isinstance(type_, inspect.StructType) else SCALARS[type(type_)]


def _form(type_: inspect.Type) -> str:
    """How the value is written, in the words in which a mistake is mended."""
    if isinstance(type_, inspect.Metadata):
        return str((type_.extra_json_schema or {}).get("description", ""))
    return "" if isinstance(type_, inspect.StructType) else next(filter(None, map(_form, _children(type_))), "")


def _commands(command: click.Command, context: click.Context) -> Iterator[str]:
    # terminal_width, and not the reader's: the same page everywhere.
    context.terminal_width = 100
    yield f"\n## {context.command_path}\n\n```text\n{context.get_help()}\n```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (below := command.get_command(context, name)) is not None and not below.hidden:
                yield from _commands(below, click.Context(below, info_name=name, parent=context))


def _python() -> Iterator[str]:
    for module in (features, plugins):
        yield f"\n`from {module.__name__} import {', '.join(module.__all__)}`"
        for name in module.__all__:
            found = getattr(module, name)
            yield f"\n## {name}\n"
            yield from _signature(name, found)
            if isinstance(found, type):
                for member in sorted(one for one in vars(found) if not one.startswith("_")):
                    value = vars(found)[member]
                    if callable(value) or isinstance(value, property):
                        yield f"\n### {name}.{member}\n"
                        yield from (
                            [_docstring(value.fget)] if isinstance(value, property) else _signature(member, value)
                        )


def _signature(name: str, found: Any) -> Iterator[str]:
    text = re.sub(r"\(self(, )?", "(", str(signature(found)))
    # A type that is only named for type checkers is a text here.
    text = re.sub(r"(: |-> )'([^']+)'", r"\1\2", text)
    yield f"```python\n{name}{text}\n```\n\n{_docstring(found)}"


def _component(contract: Contract) -> str:
    spec = contract.spec
    lines = [
        f"\n## {contract.uses}\n\n{spec.description}\n",
        "; ".join(f"{name}: {words}" for name, words in showing.behaviour(spec)) + "\n",
        "| | name | type | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for name, given in spec.inputs.items():
        lines.append(
            f"| input{', optional' * given.optional} | `{name}` | {_cell(showing.takes(given))} | {given.description} |"
        )
    for name, parameter in spec.params.items():
        default = "" if parameter.default is None else f", default `{json.dumps(parameter.default)}`"
        optional = ", optional" if parameter.optional else default
        lines.append(
            f"| parameter{optional} | `{name}` | {_cell(showing.value(parameter))} | {parameter.description} |"
        )
    for name, made in spec.outputs.items():
        lines.append(f"| output | `{name}` | {_cell(showing.makes(made))} | {made.description} |")
    example = (LIBRARY_FOLDER / spec.name / "example.yaml").read_text()
    lines.append(f"\nA step that uses it, of the pipeline that a test runs:\n\n```yaml\n{example}```")
    return "\n".join(lines)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _metrics() -> Iterator[str]:
    """A table for the metrics of labels and scores, one for those that compare groups, and one for each family."""
    families = dict.fromkeys(metric.family for metric in METRICS.values())
    for title, of in (("scores", ""), ("groups", "groups"), *((name, name) for name in families if name)):
        yield f"\n## {title}\n\n| metric | of | better | what it is | a check may have |"
        yield "| --- | --- | --- | --- | --- |"
        for name, metric in METRICS.items():
            if of == (metric.family or ("groups" if metric.between_groups else "")):
                of_tasks = "every task" if set(metric.tasks) == set(TASK_KINDS) else ", ".join(metric.tasks)
                allowed = ", ".join(_allowed(metric))
                yield f"| `{name}` | {of_tasks} | {metric.better} | {metric.meaning} | {allowed} |"


def _allowed(metric: Metric) -> Iterator[str]:
    yield f"`op: {'>=' if metric.better == 'higher' else '<='}`"
    if metric.by_rows:
        yield "`slice`"
    if "multiclass" not in metric.tasks and "binary" in metric.tasks and not metric.family:
        yield "`of_class`"
    if "ranking" in metric.tasks and not metric.family:
        yield "`k`"
    if metric.bounded:
        yield "`decide: bound`"
    if metric.methods:
        yield f"`op: noninferior` by {', '.join(f'`{name}`' for name in metric.methods)}"
    if metric.tested:
        yield "`op: no-difference`"


def _pack(pack: Pack) -> str:
    policy, source = pack.policy, pack.policy.source
    lines = [f"\n## {policy.id}\n\n{policy.title}. `extends: [{pack.name}]`\n", "| | |\n| --- | --- |"]
    if source:
        cited = {
            "source": f"[{source.citation}]({source.url})" if source.url else source.citation,
            "status": source.status.replace("-", " "),
            "applies from": source.effective_from,
            "until": source.effective_to,
            "superseded by": source.superseded_by,
            "reviewed": source.reviewed or "not confirmed beyond a summary",
        }
        lines += [f"| {name} | {value} |" for name, value in cited.items() if value]
    lines += ["\nWhat a machine does not decide:\n", *(f"- {one}" for one in policy.not_decided)]
    lines += ["\n| check | of | asks | inputs | what a machine does not decide |", "| --- | --- | --- | --- | --- |"]
    lines += [_asked(check) for check in policy.checks]
    lines += [_document(asked) for asked in policy.evidence]
    if policy.approvals:
        people = ", ".join(f"{one.count} {one.role}" for one in policy.approvals)
        lines.append(f"\nIt asks for approval by {people}.")
    text = (FOLDER / "examples" / f"{policy.id}.yaml").read_text()
    lines += [f"\n<details><summary>An example, with limits of its own</summary>\n\n```yaml\n{text}```\n\n</details>"]
    return "\n".join(lines)


def _asked(check: Check) -> str:
    limit = check.threshold or check.margin
    asks = f"`{check.metric} {check.op}{f' {limit}' if limit else ''}`, {check.enforcement}"
    still = f"; open: {', '.join(left_open(check))}" if left_open(check) else ""
    inputs = INPUTS[METRICS[check.metric].family]
    told = (f"`{check.id}` {check.title}", check.citation, asks + still, inputs, " ".join(check.not_decided))
    return f"| {' | '.join(_cell(one) for one in told)} |"


def _document(asked: Evidence) -> str:
    limits = [f"about {asked.bound_to.replace('_', ' ')}"] if asked.bound_to else []
    limits += [f"at most {asked.max_age} old"] if asked.max_age else []
    asks = ", ".join((f"a document of type `{asked.kind}`", *limits, asked.enforcement))
    inputs = INPUTS[METRICS["document_gaps"].family]
    told = (f"`evidence-{asked.kind}` {asked.title}", asked.citation, asks, inputs, " ".join(asked.not_decided))
    return f"| {' | '.join(_cell(one) for one in told)} |"


def _exit_codes() -> Iterator[str]:
    kinds = (errors.Refusal, errors.UsageError, errors.InputError, errors.ToolError)
    yield "| code | meaning |\n| --- | --- |\n| 0 | Done, or looked at and passed. |"
    for kind in sorted(kinds, key=lambda kind: kind.exit_code):
        yield f"| {kind.exit_code} | {_docstring(kind)} |"
    yield f"| {boundary.BUG} | A bug in gitmlops, with a traceback and where to report it. |"
    yield f"| {boundary.INTERRUPTED} | Interrupted. |"


def _docstring(type_: Any) -> str:
    first, _, rest = (type_.__doc__ or "").partition("\n")
    return f"{first}\n{dedent(rest)}".strip()


def _stale(written: Mapping[str, str]) -> list[str]:
    there = {str(path.relative_to(REFERENCE)): path.read_text() for path in REFERENCE.rglob("*") if path.is_file()}
    return sorted(name for name in {*there, *written} if there.get(name) != written.get(name))


def run(*, check: bool) -> None:
    """Write the pages; with `check`, exit with 1 if one would change."""
    written = dict(pages())
    stale = _stale(written)
    if check and stale:
        sys.exit(f"docs/reference is not what the code says: {', '.join(stale)}; run `make docs`")
    for name in stale:
        path = REFERENCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in written:
            path.write_text(written[name])
        else:
            path.unlink()


if __name__ == "__main__":
    run(check="--check" in sys.argv[1:])
