"""Report -> SARIF 2.1.0, which GitHub shows beside the lines of a pull request."""

from typing import Any
from urllib.parse import quote

from gitmlops import __version__
from gitmlops.plain_text import visible
from gitmlops.render.cells import shown
from gitmlops.render.json import dumps
from gitmlops.report import UNDECIDED, Finding, Location, Report, Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
# GitHub refuses a file in which one result has no place.
_NOWHERE = Location("gitmlops.yaml")


def render(report: Report) -> str:
    """The report's errors, warnings and notes as SARIF; what passed is no result."""
    found = report.of(*_LEVELS)
    rules = sorted({finding.rule for finding in found})
    driver = {
        "name": "gitmlops",
        "version": __version__,
        "informationUri": "https://github.com/gitmlops/gitmlops",
        "rules": [{"id": rule, "shortDescription": {"text": f"{report.title}: {rule}"}} for rule in rules],
    }
    results = [_result(finding, rules) for finding in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    if report.undecided:
        questions = [{"of": visible(asker), "question": _plain(question)} for asker, question in report.undecided]
        run["properties"] = {UNDECIDED: questions}
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    sentence = f"{finding.message}; {finding.mend}" if finding.mend else finding.message
    details = (f"{name}: {shown(value)}" for name, value in finding.details)
    suppressed = [{"kind": "external", "status": "accepted", "justification": _plain(finding.accepted)}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(map(_plain, (sentence, *details)))},
        "locations": [_location(finding.location or _NOWHERE)],
        **({"suppressions": suppressed} if finding.accepted else {}),
    }


def _plain(text: str) -> str:
    """The text without a link: SARIF reads `[words](target)` as one unless the brackets are escaped."""
    return visible(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(place: Location) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.path, errors="replace"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
