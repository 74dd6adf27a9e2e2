"""Packs as reports: all of them, and one with its checks and what it leaves open."""

from collections.abc import Iterator, Mapping

from gitmlops.gate.rules.left_open import left_open
from gitmlops.gate.rules.metrics import INPUTS, METRICS
from gitmlops.gate.rules.packs import Pack
from gitmlops.report import Cell, Report, Table
from gitmlops.specs.policy import Check, Citation, Evidence


def listed(packs: Mapping[str, Pack]) -> Report:
    """A line a pack."""
    rows = tuple(_line(pack) for pack in packs.values())
    columns = ("pack", "status", "applies from", "checks", "left open", "source")
    return Report(
        title="regulation packs",
        summary=("A policy extends one, e.g. `extends: [gitmlops/eu-ai-act@1.0.0]`; it may only tighten it.",),
        tables=(Table("", columns, rows),),
        next_action="Look at one with `gitmlops policy packs ID`.",
    )


def shown(pack: Pack) -> Report:
    """One pack: its source, its checks with their part of the law, and what it leaves to people."""
    policy, columns = pack.policy, ("check", "of", "asks", "left open", "inputs")
    checks = (*map(_check, policy.checks), *map(_document, policy.evidence))
    people = tuple((one.role, one.count) for one in policy.approvals)
    tables = (Table("checks", columns, checks), Table("approvals", ("role", "people"), people))
    return Report(
        title=f"{pack.name}: {policy.title}",
        facts=(*_source(policy.source), ("sha256", pack.sha256)),
        tables=tuple(table for table in tables if table.rows),
        undecided=(
            *((policy.id, one) for one in policy.not_decided),
            *((f"{policy.id}/{check.id}", one) for check in policy.checks for one in check.not_decided),
        ),
    )


def _line(pack: Pack) -> tuple[Cell, ...]:
    policy, source = pack.policy, pack.policy.source or Citation("")
    still = sum(bool(left_open(check)) for check in policy.checks)
    number = len(policy.checks) + len(policy.evidence)
    return pack.name, _words(source.status), source.effective_from, number, still, source.citation


def _source(source: Citation | None) -> Iterator[tuple[str, Cell]]:
    if source is None:
        return
    told = (
        ("source", source.citation),
        ("address", source.url),
        ("status", _words(source.status)),
        ("applies from", source.effective_from),
        ("until", source.effective_to),
        ("superseded by", source.superseded_by),
        ("reviewed", source.reviewed),
    )
    yield from ((name, value) for name, value in told if value)


def _check(check: Check) -> tuple[Cell, ...]:
    limit = check.threshold or check.margin or ""
    asks = f"{check.metric} {check.op} {limit}".rstrip()
    inputs = INPUTS[METRICS[check.metric].family]
    return check.id, check.citation, f"{asks}, {check.enforcement}", ", ".join(left_open(check)), inputs


def _document(asked: Evidence) -> tuple[Cell, ...]:
    limits = (
        asked.bound_to and f"about {_words(asked.bound_to)}",
        asked.max_age and f"at most {asked.max_age} old",
        asked.headings and f"with {len(asked.headings)} headings",
    )
    asks = ", ".join(one for one in (asked.kind, *limits, asked.enforcement) if one)
    inputs = INPUTS[METRICS["document_gaps"].family]
    return f"evidence-{asked.kind}", asked.citation, asks, "", inputs


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")
