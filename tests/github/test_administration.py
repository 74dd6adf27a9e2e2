"""Rulesets and settings of a repository: read, compared with what a file wants, set, and nothing else touched."""

import json

import pytest
from tests.github.asking import ask, operations, refusal
from tests.github.server import faults

from gitmlops.adapters.github import rulesets, settings
from gitmlops.adapters.github.wanted import missing
from gitmlops.errors import InputError

MAIN = {
    "name": "main",
    "target": "branch",
    "enforcement": "active",
    "bypass_actors": [],
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": "gate"}],
            },
        },
    ],
}
TAGS = {"name": "releases", "target": "tag", "enforcement": "active", "rules": [{"type": "creation"}]}


def file(*wanted: object) -> bytes:
    return json.dumps(wanted).encode()


@pytest.fixture
def owner(github, acme_shop):
    return ask(github.url, github.token("acme"))


@pytest.fixture
def writer(github, acme_shop):
    return ask(github.url, github.token("ada"))


def test_what_is_missing_is_made_and_then_nothing_differs(owner, acme_shop):
    wanted = rulesets.parse(file(MAIN, TAGS), "rulesets.json")
    differences = rulesets.compare(owner, wanted)
    assert [(one.ruleset["name"], one.id) for one in differences] == [("main", None), ("releases", None)]
    rulesets.apply(owner, differences)
    assert rulesets.compare(owner, wanted) == ()
    assert sorted(one.name for one in acme_shop.rulesets.values()) == ["main", "releases"]


def test_an_export_of_githubs_own_is_a_file_that_wants_nothing_new(owner):
    rulesets.apply(owner, rulesets.compare(owner, rulesets.parse(file(MAIN, TAGS), "x")))
    exported = json.dumps(list(rulesets.read(owner))).encode()
    assert rulesets.compare(owner, rulesets.parse(exported, "exported.json")) == ()


def test_what_somebody_changed_is_named_and_set_back(owner, acme_shop):
    wanted = rulesets.parse(file(MAIN), "x")
    rulesets.apply(owner, rulesets.compare(owner, wanted))
    [ruleset] = acme_shop.rulesets.values()
    ruleset.enforcement, ruleset.rules = "disabled", (*ruleset.rules[1:], {"type": "required_linear_history"})
    [difference] = rulesets.compare(owner, wanted)
    assert difference.keys == ("enforcement", "rules.deletion", "rules.required_linear_history")
    rulesets.apply(owner, (difference,))
    assert rulesets.compare(owner, wanted) == ()
    assert len(acme_shop.rulesets) == 1


def test_rulesets_of_other_names_are_left_alone(owner, acme_shop):
    rulesets.apply(owner, rulesets.compare(owner, rulesets.parse(file(TAGS), "x")))
    rulesets.apply(owner, rulesets.compare(owner, rulesets.parse(file(MAIN), "x")))
    assert sorted(one.name for one in acme_shop.rulesets.values()) == ["main", "releases"]


def test_what_was_made_meanwhile_is_not_made_again(owner, acme_shop):
    differences = rulesets.compare(owner, rulesets.parse(file(TAGS), "x"))
    rulesets.apply(owner, differences)
    rulesets.apply(owner, differences)
    assert len(acme_shop.rulesets) == 1


@pytest.mark.parametrize("served", [False, True])
def test_a_ruleset_is_not_doubled_by_a_fault(github, owner, acme_shop, served):
    github.faults.add("POST */rulesets", faults.server_error(502, served=served))
    rulesets.apply(owner, rulesets.compare(owner, rulesets.parse(file(TAGS), "x")))
    assert len(acme_shop.rulesets) == 1


def test_who_may_not_set_rulesets_is_told_what_is_needed(writer):
    differences = rulesets.compare(writer, rulesets.parse(file(TAGS), "x"))
    words = refusal(rulesets.apply, writer, differences)
    assert "an App with “Administration: read and write” among its repository permissions" in words


def test_bypasses_that_the_token_is_not_shown_are_no_difference_but_a_refusal(owner, writer):
    wanted = rulesets.parse(file(MAIN), "x")
    rulesets.apply(owner, rulesets.compare(owner, wanted))
    words = refusal(rulesets.compare, writer, wanted)
    assert "GitHub does not show who may bypass the ruleset main to this token; use the token of an App" in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a ruleset in JSON"),
        (b"[" * 100_000, "not a ruleset in JSON"),
        (b"3", "not a ruleset in JSON"),
        (b"{}", "a ruleset lacks name, target, enforcement, rules"),
        (file(TAGS, TAGS), "two rulesets have the same name"),
        (file({**TAGS, "name": ["a"]}), "the name of a ruleset is no text"),
    ],
)
def test_a_file_that_holds_no_rulesets_is_the_users_to_mend(content, words):
    with pytest.raises(InputError, match=r"^rules\.json: ") as told:
        rulesets.parse(content, "rules.json")
    assert words in str(told.value)


WANTED = b"""{"repository": {"allow_merge_commit": false, "delete_branch_on_merge": true},
              "workflow": {"can_approve_pull_request_reviews": true}}"""


def test_settings_that_differ_are_named_and_set(owner, acme_shop):
    wanted = settings.parse(WANTED, "settings.json")
    differences = settings.compare(owner, wanted)
    assert "repository.allow_merge_commit" in differences.names
    assert "workflow.can_approve_pull_request_reviews" in differences.names
    settings.apply(owner, wanted, differences)
    assert settings.compare(owner, wanted).names == ()
    assert "merge" not in acme_shop.merge_methods
    assert acme_shop.actions_may_approve


def test_what_is_not_wanted_stays_as_it_is(github, owner):
    wanted = settings.parse(b'{"repository": {"allow_merge_commit": false}}', "x")
    settings.apply(owner, wanted, settings.compare(owner, wanted))
    assert [one.body for one in github.requests if one.operation.startswith("PATCH")] == [{"allow_merge_commit": False}]
    settings.apply(owner, wanted, settings.compare(owner, wanted))
    assert len(operations(github.requests, "PATCH")) == 1
    assert operations(github.requests, "PUT") == []


def test_a_file_without_settings_asks_nothing(github, owner):
    assert settings.compare(owner, settings.parse(b"{}", "x")).names == ()
    assert github.requests == []


def test_settings_that_the_token_is_not_shown_are_no_difference_but_a_refusal(github, writer):
    words = refusal(settings.compare, writer, settings.parse(WANTED, "x"))
    assert "Administration: read" in words


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"repository": {"allow_merges": true}}', b'{"workflow": {"x": 1}}', b'{"colour": {}}']
)
def test_a_file_that_holds_no_settings_is_the_users_to_mend(content):
    with pytest.raises(InputError, match=r"^s\.json: not settings in JSON: .*; it has `repository` and `workflow`"):
        settings.parse(content, "s.json")


@pytest.mark.parametrize(
    ("wanted", "actual", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, ()),
        ({"a": 1}, {"a": 2}, ("a",)),
        ({"a": 1}, {}, ("a",)),
        ({"a": True}, {"a": None}, ("a",)),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, ("a.b",)),
        ({"a": [1, 2]}, {"a": [2, 1]}, ()),
        ({"a": [1, 1]}, {"a": [1, 2]}, ("a",)),
        ({"a": []}, {"a": [1]}, ("a",)),
        ({"a": [{"x": 1}]}, {"a": [{"x": 1, "y": 2}]}, ()),
        ({"r": [{"type": "t"}]}, {"r": [{"type": "t", "parameters": {}}]}, ()),
        ({"r": [{"type": "t"}]}, {"r": [{"type": "u"}]}, ("r.t", "r.u")),
        ({"r": [{"type": "t"}]}, {"r": []}, ("r.t",)),
        ({"r": []}, {"r": [{"type": "t"}]}, ("r.t",)),
        ({"r": [{"type": "t", "p": 1}]}, {"r": [{"type": "t", "p": 2}]}, ("r.t.p",)),
    ],
)
def test_what_is_asked_for_must_be_there_and_lists_hold_nothing_else(wanted, actual, found):
    assert missing(wanted, actual) == found
