"""Whose approval policies ask for: the most of both sides, and never fewer than what is extended."""

import pytest
from tests.unit.gate.definition_files import RANKS, Texts, model, policy

from gitmlops.definitions import Definitions, load_valid
from gitmlops.gate.rules import wiring
from gitmlops.gate.rules.approving import of_policies
from gitmlops.gate.rules.policy_diff import differences
from gitmlops.gate.rules.rechecking import Rules, doubts
from gitmlops.records.receipt import Approval, Digest, Subject

PROJECT = 'project: test\npeople: {jane: {id: 1}}\nroles: {risk: ["@jane"], ml: ["@jane"]}\n'


def side(**policies: str) -> Definitions:
    files = {"gitmlops.yaml": PROJECT, "models/toy.yaml": model()}
    return load_valid(Texts(files | {f"policies/{name}.yaml": text for name, text in policies.items()}))


def asking(approvals: str, *, id_: str = "quality", scope: str = "{}", extends: str = "[]") -> str:
    return policy(RANKS, id_=id_, scope=scope) + f"extends: {extends}\napprovals: {approvals}\n"


def asked(base: Definitions, head: Definitions) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {demand.role: (demand.count, demand.reasons) for demand in of_policies("toy", base, head)}


def told(found: Definitions) -> list[str]:
    return [str(one.error()) for one in wiring.check(found)]


def test_several_policies_ask_for_the_same_people_once() -> None:
    both = side(quality=asking("[{role: risk}]"), more=asking("[{role: risk, count: 2}, {role: ml}]", id_="more"))
    assert asked(both, both) == {"ml": (1, ("more@1.0.0",)), "risk": (2, ("more@1.0.0", "quality@1.0.0"))}


def test_a_branch_does_not_ask_for_fewer_people_than_its_base() -> None:
    before, after = side(quality=asking("[{role: risk, count: 2}]")), side(quality=asking("[{role: risk}]"))
    assert asked(before, after) == {"risk": (2, ("quality@1.0.0",))}
    assert asked(after, before) == {"risk": (2, ("quality@1.0.0",))}
    assert asked(before, side()) == {"risk": (2, ("quality@1.0.0",))}


def test_a_policy_asks_for_nobody_where_it_does_not_judge() -> None:
    elsewhere = side(quality=asking("[{role: risk}]", scope="{tags: [credit]}"))
    assert asked(elsewhere, elsewhere) == {}


def test_what_is_extended_asks_too_and_may_not_be_asked_for_less() -> None:
    base = asking("[{role: risk, count: 2}, {role: ml}]", id_="base", scope="{models: [other]}")
    whole = side(base=base, quality=asking("[]", extends='["base@1.0.0"]'))
    assert asked(whole, whole) == {"ml": (1, ("quality@1.0.0",)), "risk": (2, ("quality@1.0.0",))}
    less = side(base=base, quality=asking("[{role: risk}]", extends='["base@1.0.0"]'))
    assert (
        "policies/quality.yaml:10:13: asks for 1 risk, base for 2: what is extended may only get tighter; "
        "write `count: 2`, or more"
    ) in told(less)


def test_a_role_that_is_not_there_or_is_asked_for_twice_is_told_at_its_place() -> None:
    found = told(side(quality=asking("[{role: rosk}, {role: ml}, {role: ml}]")))
    assert found == [
        "policies/quality.yaml:10:46: ml is asked for approval twice; write one line with the `count`",
        "policies/quality.yaml:10:20: there is no role 'rosk'; did you mean 'risk'?",
    ]


def test_a_policy_may_ask_for_people_alone() -> None:
    people = policy() + "approvals: [{role: risk}]\n"
    assert told(side(quality=people)) == []
    assert told(side(quality=policy())) == [
        "policies/quality.yaml:7:9: there is no check in it; write one, or remove the policy"
    ]


def test_policy_diff_says_whether_more_people_are_asked() -> None:
    before, after = side(quality=asking("[{role: risk, count: 2}]")), side(quality=asking("[{role: risk}, {role: ml}]"))
    assert [one.sentence for one in differences(before, after)] == [
        "quality: approvals.ml from none to 1: tightened",
        "quality: approvals.risk from 2 to 1: loosened",
    ]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([], "has 0 of 1 approvals by ml, which the policies ask"),
        ([Approval("ml"), Approval("risk", "@jane", "github:1")], "has 0 of 1 approvals by ml, which the policies ask"),
        (
            [Approval("ml", "@jane", "github:1"), Approval("risk", "@jane", "github:1")],
            "counts the approval of github:1 2 times",
        ),
    ],
)
def test_a_receipt_that_leaves_out_who_approved_is_no_receipt_of_the_gate(places: list[Approval], said: str) -> None:
    asked_ = asking("[{role: risk}, {role: ml}]")
    both, tree = side(quality=asked_), Texts({"policies/quality.yaml": asked_})
    whole = [Approval("ml", "@joe", "github:2"), Approval("risk", "@jane", "github:1")]
    artifact = Digest("models/toy.skops", "0" * 64, 1)
    subjects = [
        Subject("toy", "passed", "scored", artifact, (), (), (), approvals=tuple(one)) for one in (places, whole)
    ]
    found = [[*doubts(subject, Rules(both, both, tree))] for subject in subjects]
    assert said in found[0]
    assert not any("approval" in doubt for doubt in found[1])
