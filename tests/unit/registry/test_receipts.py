"""A verdict in one line a check, as it stands in the tag."""

import pytest

from gitmlops.records.receipt import CheckResult
from gitmlops.registry.files.receipts import gate_lines


def check(value: str, *, op: str = ">=", outcome: str = "passed", of: str = "", bound: str = "") -> CheckResult:
    return CheckResult(
        policy="quality",
        policy_version="1.0.0",
        check="auc",
        enforcement="hard-mandatory",
        outcome=outcome,  # type: ignore[arg-type]
        metric="roc_auc",
        op=op,
        value=value,
        threshold="0.6",
        slice=of,
        bound=bound,
    )


@pytest.mark.parametrize(
    ("checks", "line"),
    [
        ([check("0.7")], "quality/auc=0.7 >= 0.6 passed"),
        ([check("0.7", of="a=1"), check("0.65", of="a=2")], "quality/auc[a=2, worst of 2]=0.65 >= 0.6 passed"),
        (
            [check("0.1", op="<=", of="a=1"), check("0.2", op="<=", of="a=2")],
            "quality/auc[a=2, worst of 2]=0.2 <= 0.6 passed",
        ),
        (
            [check("0.1", of="a=1", outcome="waived"), check("0.05", of="a=2")],
            "quality/auc[a=1, worst of 2]=0.1 >= 0.6 waived",
        ),
        ([check("0.7", of="a=1"), check("", of="a=2", outcome="not_applicable")], "quality/auc[a=1]=0.7 >= 0.6 passed"),
        ([check("", of="a=1", outcome="not_applicable")] * 2, "quality/auc=none >= 0.6 not_applicable"),
        ([check("0.7", op="noninferior", bound="-0.004")], "quality/auc=-0.004 noninferior 0.6 passed"),
        ([check("what?", of="a=1"), check("0.7", of="a=2")], "quality/auc[a=2, worst of 2]=0.7 >= 0.6 passed"),
    ],
)
def test_a_check_is_one_line_with_its_worst_slice(checks: list[CheckResult], line: str) -> None:
    assert gate_lines(checks) == (line,)


def test_advisory_checks_do_not_stand_in_the_tag() -> None:
    from msgspec.structs import replace

    assert gate_lines([replace(check("0.7"), enforcement="advisory")]) == ()
