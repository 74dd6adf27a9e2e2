"""The cases of policies that a branch changes: whoever has written some has them judged before the change is merged."""

from collections.abc import Iterator
from dataclasses import replace

from gitmlops.gate.policy_tests.reporting import test
from gitmlops.gate.sides.base_and_head import POLICIES, WAIVERS, Side
from gitmlops.report import Finding, Severity
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import PolicyTest

RULE = "policy-test"


def of_change(base: Side, head: Side) -> tuple[Finding, ...]:
    """What `gitmlops policy test` says of the policies of the head that have cases on either side.

    Nothing where the branch changes none of them, nor a case. Policies that nobody has written cases for are no matter
    of this: their own repository decides whether it wants some.
    """
    tested = {name for side in (base, head) for name in side.definitions.all(PolicyTest)}
    names = sorted(tested & {*head.definitions.all(Policy)})
    if not names or not _changed(base, head):
        return ()
    report = test(head.definitions, names)
    return (*_failing(report.findings), *_told(report.passed, f"{report.summary[0]}: {report.verdict}"))


def _changed(base: Side, head: Side) -> bool:
    paths = {path for side in (base, head) for path in side.tree.paths() if path.startswith(POLICIES)}
    return any(base.tree.digest(path) != head.tree.digest(path) for path in paths if not path.startswith(WAIVERS))


def _failing(found: tuple[Finding, ...]) -> Iterator[Finding]:
    for one in found:
        if one.severity is not Severity.PASS:
            yield replace(one, rule=f"{RULE}/{one.rule}")


def _told(passed: bool, what: str) -> Iterator[Finding]:
    if passed:
        yield Finding(RULE, Severity.PASS, what)
