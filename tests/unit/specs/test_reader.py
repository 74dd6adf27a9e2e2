"""Text of a definition -> typed value, or every mistake in it with its place and its mend."""

from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.definitions import KINDS
from gitmlops.errors import InputError
from gitmlops.specs import reader
from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Count, Duration, Json, Name, RepositoryPath, Share, Text, Threshold
from gitmlops.specs.project import Project
from gitmlops.specs.yaml import compose


class Part(Spec, frozen=True):
    name: Name
    share: Share = 0.5


class Whole(Spec, frozen=True, kw_only=True):
    kind: Literal["whole"]
    name: Name = "x"
    text: Text = "x"
    path: RepositoryPath = "a"
    every: Duration = "1d"
    limit: Threshold = "0"
    count: Count = 0
    on: bool = False
    maybe: Name | None = None
    parts: list[Part] = msgspec.field(default_factory=list)
    params: dict[Name, Json] = msgspec.field(default_factory=dict)


def read(text: str, type_: type = Whole):
    return reader.read(compose(text.encode(), path="f.yaml")[0], type_, path="f.yaml")


def value(text: str) -> Whole:
    found, findings = read("kind: whole\n" + text)
    assert findings == ()
    return found


def mistakes(text: str) -> list[str]:
    found, findings = read("kind: whole\n" + text)
    assert found is None
    return [str(finding.error()) for finding in findings]


def parameter(text: str):
    return value(f"params: {{p: {text}}}").params["p"]


def test_a_right_file_is_a_value_with_its_defaults():
    whole = value("parts:\n- {name: a, share: 0.25}\n- name: b\nmaybe: c\ncount: 3\non: true\n")
    assert whole.parts == [Part("a", 0.25), Part("b")]
    assert (whole.maybe, whole.count, whole.on, whole.name) == ("c", 3, True, "x")


def test_a_misspelt_key_is_told_with_the_nearest_known_one():
    assert mistakes("limmit: 1\n") == ["f.yaml:2:1: unknown key 'limmit'; did you mean 'limit'?"]


def test_an_unknown_key_like_no_other_is_told_with_the_known_ones():
    (mistake,) = mistakes("zzz: 1\n")
    assert mistake.startswith("f.yaml:2:1: unknown key 'zzz'; known: count, every, kind, limit")


def test_a_missing_key_is_told_where_the_mapping_begins():
    found, findings = read("name: a\n")
    assert found is None
    assert [str(finding.error()) for finding in findings] == ["f.yaml:1:1: the key 'kind' is missing; add `kind:`"]


def test_all_mistakes_are_told_at_once_in_their_order():
    told = mistakes("nam: a\ncount: -1\nparts:\n- {share: 2}\n- 7\nparams: {when: 2013-01-01}\n")
    assert [mistake.split(": ")[0] for mistake in told] == [
        "f.yaml:2:1",
        "f.yaml:3:8",
        "f.yaml:5:11",
        "f.yaml:5:3",
        "f.yaml:6:3",
        "f.yaml:7:16",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("name: 1a", "'1a' is not of the right form; use letters, digits"),
        ("name: [a]", "text is expected here, not a list; use letters"),
        ("name: |\n  abc\n", "'abc\\n' is not of the right form"),
        ("text: ''", "empty text; write some text"),
        ("text:\n  a: b", "text is expected here, not a mapping"),
        ("path: /etc/passwd", "write a path relative to the repository's root"),
        ("path: a/../../b", "write a path relative to the repository's root"),
        ("path: .git/config", "write a path relative to the repository's root"),
        ("path: a/.dvc/config", "write a path relative to the repository's root"),
        ('path: "a\\nb"', "write a path relative to the repository's root"),
        ("every: 30", "'30' is not of the right form; write a whole number and a unit"),
        ("every: 0d", "write a whole number and a unit"),
        ("limit: .nan", "'.nan' is not of the right form; write a decimal or a ratio"),
        ("limit: 1/0", "'1/0' is not of the right form; write a decimal or a ratio"),
        ("limit: 1e-3", "write a decimal or a ratio"),
        ("count: 1.5", "a whole number is expected here, not '1.5'; write a whole number, 0 or more"),
        ("count: '3'", "a whole number is expected here, not '3'"),
        ("count: 012", "a whole number is expected here, not '012'"),
        ("count: -1", "'-1' is too small; write a whole number, 0 or more"),
        (f"count: {'9' * 5000}", "a whole number is expected here, not '99999"),
        ("on: yes", "true or false is expected here, not 'yes'; write true or false"),
        ("on: no", "true or false is expected here, not 'no'"),
        ("on: 'true'", "true or false is expected here"),
        ("kind: hole", "the key 'kind' is here twice"),
        ("parts: a", "a list is expected here, not 'a'; write `[a, b]` or `- a` lines"),
        ("parts: [a]", "a mapping is expected here, not 'a'; write `key: value` lines"),
        ("parts: [{name: a, share: 1.01}]", "'1.01' is too large; write a share between 0 and 1"),
        ("parts: [{name: a, share: .nan}]", "a finite number is expected here, not '.nan'; write a share"),
        ("parts: [{name: a, share: 1e999}]", "a finite number is expected here, not '1e999'"),
        ("params: [1]", "a mapping is expected here, not a list; write `name: value` lines"),
        ("params: {1a: 1}", "'1a' is not of the right form; use letters"),
    ],
)
def test_each_wrong_value_is_told_with_its_mend(line, words):
    try:
        told = "\n".join(mistakes(line))
    except InputError as error:
        told = str(error)
    assert words in told


def test_a_value_of_the_wrong_kind_is_told_with_the_allowed_ones():
    found, findings = read("kind: hole\n")
    assert found is None
    assert str(findings[0].error()) == "f.yaml:1:7: 'hole' is not one of the allowed values; did you mean 'whole'?"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("1.0.0", "1.0.0"),
        ("'012'", "012"),
        ('"2013-01-01"', "2013-01-01"),
        ("2013-01", "2013-01"),
        ("true", True),
        ("false", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("[1, a, {b: 2}]", [1, "a", {"b": 2}]),
        ("999999999999999999", 999_999_999_999_999_999),
        ("'12345678901234567890'", "12345678901234567890"),
    ],
)
def test_a_parameter_is_what_it_looks_like_and_nothing_is_guessed(written, meant):
    found = parameter(written)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2013-01-01", "the date '2013-01-01' has no quotes; write \"2013-01-01\""),
        ("2013-01-01T10:00:00", "has no quotes"),
        (".nan", "'.nan' is not a finite number"),
        ("-.inf", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("012", "'012' is read differently by different tools; write it plainly (31, 0.5, true), or put quotes"),
        ("0x1f", "read differently"),
        ("1_000", "read differently"),
        (".5", "read differently"),
        ("True", "read differently"),
        ("=", "read differently"),
        ("12345678901234567890", "has more than 18 digits; put it in quotes"),
        ("0" * 5000, "has more than 18 digits"),
        ("9" * 5000, "has more than 18 digits"),
    ],
)
def test_a_parameter_that_dvc_would_read_differently_is_refused(written, words):
    (told,) = mistakes(f"params: {{p: {written}}}")
    assert words in told
    assert len(told) < 300


def test_a_plain_parameter_means_to_dvc_what_it_means_here():
    from dvc.utils.serialize import parse_yaml

    written = ["no", "1:30", "1.0.0", "true", "~", "12", "-3", "0.5", "1e3", "2013-01", "a b", "0", "-0.0", "1E5", "+1"]
    assert [parse_yaml(f"p: {text}", "x")["p"] for text in written] == [parameter(text) for text in written]


def test_a_key_without_a_value_means_the_default():
    assert value("name:\ncount:\nmaybe:\n") == value("")


def test_a_required_key_without_a_value_is_refused():
    (told,) = mistakes("parts: [{name: }]")
    assert "f.yaml:2:16: '' is not of the right form" in told


def test_a_long_stranger_is_cut_in_the_message():
    (told,) = mistakes(f"{'k' * 900}: 1\n")
    assert "kkk...'" in told
    assert len(told) < 300


@pytest.mark.parametrize("type_", [Project, *(type_ for _, type_ in KINDS.values())], ids=lambda type_: type_.__name__)
def test_every_kind_of_definition_can_be_read(type_):
    _, findings = read("nothing: {of: [this]}", type_)
    assert "unknown key 'nothing'" in findings[0].message


YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8) | st.just("name"), inside, max_size=4)
    ),
    max_leaves=12,
)


@given(YAML, st.sampled_from([Whole, Project, *(type_ for _, type_ in KINDS.values())]))
def test_any_document_gives_a_value_or_findings(document, type_):
    try:
        roots = compose(msgspec.yaml.encode(document), path="f.yaml")
    except InputError:
        return
    for root in roots:
        found, findings = reader.read(root, type_, path="f.yaml")
        assert (found is None) == bool(findings)


@given(st.dictionaries(st.sampled_from(Whole.__struct_encode_fields__), YAML))
def test_any_values_of_known_keys_give_a_value_or_findings(document):
    root = compose(msgspec.yaml.encode({"kind": "whole", **document}), path="f.yaml")[0:1]
    for node in root:
        found, findings = reader.read(node, Whole, path="f.yaml")
        assert (found is None) == bool(findings)
