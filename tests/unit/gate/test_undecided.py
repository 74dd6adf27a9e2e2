"""What policies leave to people is gathered from all that judged, and asked once."""

from tests.unit.gate.definition_files import RANKS, check, definitions, policy

from gitmlops.gate.rules.undecided import undecided

LAW = policy(RANKS, id_="law") + "not_decided: [Whether the law applies.]\n"
HOUSE = (
    policy(check("metric: brier, op: '<=', threshold: 0.2, not_decided: [Who pays for errors.]"), id_="house")
    + "extends: [law@1.0.0]\nnot_decided: [Who may look.]\n"
)


def test_a_policy_asks_what_it_and_its_checks_and_what_it_extends_ask():
    side = definitions(policies={"law": LAW, "house": HOUSE})
    assert undecided(side, ["house", "law"]) == (
        ("house", "Who may look."),
        ("law", "Whether the law applies."),
        ("house/one", "Who pays for errors."),
    )


def test_a_policy_of_the_other_side_asks_nothing_here():
    assert undecided(definitions(policies={"law": LAW}), ["gone"]) == ()
