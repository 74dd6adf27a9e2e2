"""A rule that no longer stands is told, and judges until people decide otherwise."""

import pytest
from tests.unit.gate.definition_files import RANKS, definitions, policy

from gitmlops.gate.rules.standing import fallen
from gitmlops.report import Severity


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("status: rescinded, superseded_by: SR 26-2", "quality: SR 11-7 is rescinded, superseded by SR 26-2"),
        ("status: under-rescission", "quality: SR 11-7 is under rescission"),
        ("status: draft", "quality: its reading of SR 11-7 is a draft"),
        ("superseded_by: SR 26-2", "quality: SR 11-7 is superseded by SR 26-2"),
        ('effective_to: "2026-04-17"', "quality: SR 11-7 was in force until 2026-04-17"),
    ],
)
def test_a_rule_that_no_longer_stands_is_a_warning(source: str, said: str) -> None:
    text = policy(RANKS) + f"source: {{citation: SR 11-7, {source}}}\n"
    (finding,) = fallen(definitions(policies={"quality": text}), ["quality"], "2026-04-18")
    assert (finding.message, finding.severity) == (said, Severity.WARNING)
    assert str(finding.location) == "policies/quality.yaml:9:9"


@pytest.mark.parametrize("source", ["", 'source: {citation: SR 26-2, effective_to: "2026-04-18"}\n'])
def test_a_rule_that_stands_is_not_mentioned(source: str) -> None:
    assert fallen(definitions(policies={"quality": policy(RANKS) + source}), ["quality"], "2026-04-18") == ()
