"""The files that are written beside an existing DVC project: definitions with what is known, and what must be said."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from gitmlops.scaffold.adopting.numbers import Kind, Measured
from gitmlops.scaffold.adopting.project import Candidate
from gitmlops.scaffold.templates import SCHEMAS, NewFile

_MEGABYTE = 1_000_000
_PRODUCTION = ("prod", "production")
_MERGING = (
    "# Locks merge by stage. Once in every clone: gitmlops merge-driver --install",
    "dvc.lock merge=gitmlops linguist-generated",
)


@dataclass(frozen=True)
class Draft:
    """A model's definition. name: what it is called here."""

    name: str
    candidate: Candidate
    kind: Kind

    @property
    def path(self) -> str:
        """The definition's file."""
        return f"models/{self.name}.yaml"

    @property
    def rows(self) -> str:
        """The folder of its evaluation files, which are yet to be made."""
        return str(PurePosixPath(self.candidate.project, "evaluation", self.name))


def drafts(candidates: Sequence[Candidate]) -> tuple[Draft, ...]:
    """A draft for each model, under a name that a definition can have and no other one has."""
    taken: set[str] = set()
    found = []
    for candidate in candidates:
        name = _free(candidate, taken)
        taken.add(name)
        kinds = [one.known.kind for one in candidate.numbers]
        found.append(Draft(name, candidate, max(set(kinds), key=kinds.count) if kinds else "binary"))
    return tuple(found)


def files(project: str, found: Sequence[Draft], stages: Sequence[str], branch: str) -> tuple[NewFile, ...]:
    """`gitmlops.yaml`, `.gitattributes`, a definition for each model, and policies with their cases.

    branch: the one that others build on.
    """
    written = {"gitmlops.yaml": _project(project, stages, branch), ".gitattributes": _text(_MERGING)}
    written |= {draft.path: _model(project, draft) for draft in found}
    if found:
        written |= dict(_policies(project, found))
    return tuple(NewFile(PurePosixPath(path), text.encode()) for path, text in sorted(written.items()))


def _free(candidate: Candidate, taken: set[str]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", candidate.name).strip("-_")[:48]
    name = plain if re.match(r"[A-Za-z]", plain) else f"model-{plain}".strip("-")
    names = (name, f"{PurePosixPath(candidate.folder).name}-{name}", *(f"{name}-{number}" for number in range(2, 1000)))
    return next(one for one in names if one not in taken and re.match(r"[A-Za-z]", one))


def _project(name: str, stages: Sequence[str], branch: str) -> str:
    lines = [
        *_header("gitmlops"),
        f"project: {name}",
        "# roles: # who approves models, policies and workflows; without roles nobody is asked",
        '#   ml-engineer: ["@ORGANISATION/TEAM"]',
        '#   risk-sme: ["@ORGANISATION/TEAM"]',
    ]
    lines.append(
        "ci: # `gitmlops github files` writes others that you add: hooks, sync, monitor, release, promote, rollback"
    )
    if branch != "main":
        lines.append(f"  branch: {_quoted(branch)}")
    lines.append("  workflows: [gate, verdict, receipt]")
    if stages:
        lines.append("stages: # those that the tags have; add `after:` and `approvals:` where there is an order")
        lines += [f"- {{name: {_quoted(stage)}{', production: true' * (stage in _one(stages))}}}" for stage in stages]
    return _text(lines)


def _one(stages: Sequence[str]) -> tuple[str, ...]:
    """The stage that serves users, by its name."""
    return tuple(stage for stage in stages if stage in _PRODUCTION)[:1]


def _model(project: str, draft: Draft) -> str:
    declared = draft.candidate.declared
    labels = [label for label in (declared.labels if declared else ()) if _is_name(label)]
    where = f"`artifacts:` of {_quoted(declared.location.path)}" if declared else "an output of dvc.yaml"
    intended = declared.description if declared and declared.description else "Not written down yet."
    guessed = ", a guess by the names of the metrics" if draft.candidate.numbers else ", a guess"
    return _text(
        [
            *_header("model"),
            f"# A draft from {where}: read every line. What makes the model file stays in dvc.yaml.",
            "kind: model",
            f"name: {draft.name}",
            f"artifact: {_quoted(draft.candidate.path)}",
            f"owner: {_quoted(f'{project} team')}",
            "risk_tier: medium # low | medium | high",
            *([f"tags: [{', '.join(labels)}]"] if labels else []),
            f"intended_use: {_quoted(intended)}",
            'not_intended_for: "Not written down yet."',
            f"task: {{kind: {draft.kind}, label: label}} # the column of the labels{guessed}",
            "evaluation: # Parquet files under DVC, one row for each row of the evaluation set, yet to be written",
            f"  data: {_quoted(f'{draft.rows}/rows.parquet')} # the id, columns that results are shown by; no label",
            f"  labels: {_quoted(f'{draft.rows}/labels.parquet')} # the id and the label",
            "  id: id",
            f"  predictions: {_quoted(f'{draft.rows}/predictions.parquet')} # the id and the {_predicted(draft.kind)}",
            "  evidence: declared # for advisory checks; then attested, or scored by the gate from a skops file",
        ]
    )


def _predicted(kind: Kind) -> str:
    return "score, the probability of label 1" if kind == "binary" else "prediction"


def _policies(project: str, found: Sequence[Draft]) -> Iterator[tuple[str, str]]:
    most = max(1, math.ceil(2 * max(draft.candidate.size for draft in found) / _MEGABYTE))
    yield (
        "policies/every-model.yaml",
        _text([*_policy(project, "every-model", "What every model must show"), *_size(most)]),
    )
    yield "policies/tests/every-model.yaml", _text(_size_cases(most))
    for draft in found:
        checked = [one for one in draft.candidate.numbers if one.threshold > 0 and one.known.kind == draft.kind]
        if not checked:
            continue
        id_ = f"as-good-as-now-{draft.name}"[:64].rstrip("-_")
        title = "As good as when gitmlops was adopted"
        lines = [*_policy(project, id_, title), f"scope: {{models: [{draft.name}]}}", "checks:"]
        yield f"policies/{id_}.yaml", _text([*lines, *(line for one in checked for line in _check(one))])
        if draft.kind == "binary":
            yield f"policies/tests/{id_}.yaml", _text([*_score_cases(id_, [_id(one) for one in checked])])


def _policy(project: str, id_: str, title: str) -> tuple[str, ...]:
    about = ("kind: policy", f"id: {id_}", "version: 1.0.0", f"title: {_quoted(title)}")
    return (*_header("policy"), *about, f"owner: {_quoted(f'{project} team')}")


def _size(most: int) -> Iterator[str]:
    yield "checks:"
    yield "- id: size"
    yield "  title: Fits where it is to serve # twice what is there now; write what yours must keep to"
    yield "  metric: model_megabytes"
    yield '  op: "<="'
    yield f"  threshold: {most}"
    yield "  enforcement: hard-mandatory # the gate wants one such check of every model"


def _size_cases(most: int) -> Sequence[str]:
    return (
        *_header("policy_test"),
        "kind: policy_test",
        "policy: every-model",
        "cases:",
        "- name: As large as it may be",
        f'  facts: {{model_megabytes: "{most}"}}',
        "  expect: {size: passed}",
        "- name: Larger",
        f'  facts: {{model_megabytes: "{most + 1}"}}',
        "  expect: {size: failed}",
        "- name: Nothing was measured",
        "  missing: true",
        "  expect: {size: insufficient_evidence}",
    )


def _score_cases(policy: str, checks: Sequence[str]) -> Iterator[str]:
    """Cases that come out so whatever the thresholds are: all but right, and the wrong way round."""

    def expect(outcome: str) -> str:
        return f"  expect: {{{', '.join(f'{check}: {outcome}' for check in checks)}}}"

    yield from (*_header("policy_test"), "kind: policy_test", f"policy: {policy}", "cases:")
    yield from ("- name: Almost always right", "  groups:", "  - {rows: 10000, positives: 5000, roc_auc: 0.9999}")
    yield expect("passed")
    yield from ("- name: The wrong way round", "  groups:")
    yield from ("  - {rows: 10000, positives: 100, selected: 9900, true_positives: 0}", expect("failed"))
    yield from ("- name: Too few rows to tell", "  groups:", "  - {rows: 150, positives: 75, roc_auc: 0.9}")
    yield expect("insufficient_evidence")
    yield from ("- name: No score", "  missing: true", expect("insufficient_evidence"))


def _id(one: Measured) -> str:
    return one.known.metric.replace("_", "-")


def _check(one: Measured) -> Iterator[str]:
    yield f"- id: {_id(one)}"
    yield f"  metric: {one.known.metric}"
    yield f'  op: "{">=" if one.known.floor else "<="}"'
    yield f"  threshold: {one.threshold} # {one.value:.4f} in {_quoted(one.path)}"
    yield "  min_n: 200 # a rule of thumb"
    yield "  enforcement: advisory # until the evidence of its models is more than declared"


def _header(schema: str) -> Sequence[str]:
    return (f"# yaml-language-server: $schema={SCHEMAS}/{schema}.json",)


def _is_name(label: str) -> bool:
    return bool(re.fullmatch(r"[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?", label))


def _quoted(text: str) -> str:
    """A text of somebody's file as YAML that says nothing else."""
    return json.dumps(text, ensure_ascii=False)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
