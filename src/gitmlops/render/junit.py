"""Report -> JUnit XML: one test case a finding, so that CI systems list them."""

from xml.sax.saxutils import escape, quoteattr

from gitmlops.plain_text import cut, visible
from gitmlops.render.cells import shown
from gitmlops.report import UNDECIDED, Finding, Report, Severity

_LONGEST_NAME = 200


def render(report: Report) -> str:
    """The report as JUnit XML; errors are failures, warnings and notes pass with words. No clock, no host."""
    cases = [_case(finding) for finding in report.findings] or [_empty(report)]
    failures = len(report.of(Severity.ERROR))
    numbers = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="0"'
    suite = f"<testsuite name={_attribute(report.title)} {numbers}>"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<testsuites {numbers}>",
            suite,
            *cases,
            *_undecided(report),
            "</testsuite>",
            "</testsuites>",
        ]
    )


def _case(finding: Finding) -> str:
    place = f' file={_attribute(finding.location.path)} line="{finding.location.line}"' if finding.location else ""
    name = cut(f"{finding.location}: {finding.message}" if finding.location else finding.message, _LONGEST_NAME)
    head = f"<testcase classname={_attribute(finding.rule)} name={_attribute(name)}{place}>"
    return f"{head}{_outcome(finding)}</testcase>"


def _outcome(finding: Finding) -> str:
    words = _words(finding)
    if finding.severity is Severity.ERROR:
        return f"<failure message={_attribute(finding.message)}>{escape(words)}</failure>"
    if finding.severity is Severity.PASS:
        return ""
    return f"<system-out>{escape(f'{finding.severity.value}: {words}')}</system-out>"


def _undecided(report: Report) -> list[str]:
    """What people decide, as what the whole suite says."""
    if not report.undecided:
        return []
    lines = (f"{visible(asker)}: {visible(question)}" for asker, question in report.undecided)
    words = "\n".join((UNDECIDED, *lines))
    return [f"<system-out>{escape(words)}</system-out>"]


def _words(finding: Finding) -> str:
    details = (f"{visible(name)}: {shown(value)}" for name, value in finding.details)
    return "\n".join((visible(str(finding.error())), *details))


def _empty(report: Report) -> str:
    return f'<testcase classname="gitmlops" name={_attribute(report.headline)}/>'


def _attribute(text: str) -> str:
    return quoteattr(visible(text))
