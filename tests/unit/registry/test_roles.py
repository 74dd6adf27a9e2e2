"""People and roles of gitmlops.yaml: what the reader refuses, and what does not fit together."""

import pytest
from tests.memory_tree import Files

from gitmlops.definitions import load
from gitmlops.registry import wiring

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYQtGrHaba4IvRA2Edl2rzw+gWkyejqhIX9dgScPZMK"
RIGHT = f"""\
project: test
people:
  jane: {{id: 583231, keys: ["{KEY} jane@laptop"], emails: [jane@acme.com]}}
  joe: {{id: 2}}
roles:
  risk: ["@jane", "@joe"]
  ml: ["@acme/ml-engineers"]
stages:
- name: staging
- {{name: prod, after: staging, production: true, approvals: {{risk: 2, ml: 3}}}}
"""


def told(text: str) -> list[str]:
    definitions = load(Files({"gitmlops.yaml": text}))
    findings = (*definitions.findings, *wiring.check(definitions))
    return [f"{one.location}: {one.message}; {one.mend}" for one in findings]


def test_people_teams_and_what_stages_ask_of_them_fit_together():
    assert told(RIGHT) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: 2", "id: joe", "4:13: a whole number is expected here, not 'joe'; write the number that GitHub gave"),
        ("id: 2", "id: 0", "4:13: '0' is too small; write the number that GitHub gave the account"),
        ("id: 2", "idd: 2", "4:9: unknown key 'idd'; did you mean 'id'?"),
        (KEY, "ssh-dss AAAA", "is not of the right form; write the public key in one line"),
        (KEY, 'cert-authority,namespaces=* ssh-ed25519 " x', ""),
        (KEY, f"* {KEY}", "is not of the right form; write the public key in one line"),
        ("  joe:", '  "@joe":', "'@joe' is not of the right form; write the login, without `@`"),
        ('"@joe"', "joe", "6:19: 'joe' is not of the right form; write \"@LOGIN\""),
        ('"@joe"', '"@acme/ml/x"', 'is not of the right form; write "@LOGIN"'),
        ('"@joe"', '"@jo"', "6:19: `people:` does not say who @jo is; did you mean 'joe'?"),
        ("{id: 2}", "{}", "4:8: nothing tells an approval of 'joe'; add `id:` for GitHub"),
        ("{id: 2}", "{emails: [joe@acme.com]}", "4:8: nothing tells an approval of 'joe'"),
        ("{id: 2}", "{id: 583231}", "4:13: 'joe' has the same account as 'jane'; one person is one entry"),
        ("{id: 2}", f'{{keys: ["{KEY} other"]}}', "4:16: 'joe' has the same key as 'jane'"),
        ("  joe: {id: 2}", "  joe: {id: 2}\n  JOE: {id: 3}", "5:8: 'JOE' has the same login as 'joe'"),
        ("risk: 2", "risk: 3", "10:68: asks for 3 of risk, which has 2; ask for fewer, or add people"),
        ("risk: 2", "risc: 2", "10:68: there is no role 'risc'; did you mean 'risk'?"),
        ("risk: 2", "risk: 0", "10:68: '0' is too small; write how many people"),
        ("risk: 2", "risk: 21", "10:68: '21' is too large; write how many people"),
    ],
)
def test_what_is_wrong_with_people_and_roles_is_told_at_its_place(old, new, words):
    assert old in RIGHT
    found = " ".join(told(RIGHT.replace(old, new, 1)))
    assert found
    assert words in found


def test_a_stage_that_asks_one_person_for_two_places_is_told():
    text = RIGHT.replace('["@acme/ml-engineers"]', '["@joe"]').replace("risk: 2, ml: 3", "risk: 1, ml: 1")
    assert told(text) == []
    assert told(text.replace('["@jane", "@joe"]', '["@joe"]')) == [
        "gitmlops.yaml:10:61: one person fills one place, so that risk is always missing; ask for fewer, or add people"
    ]


def test_without_people_the_mend_shows_how_one_is_written():
    assert told('project: test\nroles: {risk: ["@jane"]}\n') == [
        "gitmlops.yaml:2:16: `people:` does not say who @jane is; add `people: {jane: {id: NUMBER}}`"
    ]
