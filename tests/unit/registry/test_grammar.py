"""The grammar of tag names is GTO's."""

import pytest
from gto.tag import parse_name
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.registry.tags.grammar import Action, TagName, fence, is_version, parse, text, version_key

names = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-_/]{0,8}[a-zA-Z0-9])?", fullmatch=True)
artifacts = st.one_of(names, st.builds("{}:{}".format, st.from_regex(r"[a-zA-Z0-9-_./]{1,6}", fullmatch=True), names))
versions = st.builds(
    "v{}.{}.{}{}".format, *[st.integers(0, 30)] * 3, st.sampled_from(["", "-rc.1", "-alpha", "-0", "+b1", "-a-b.7"])
)
counters = st.one_of(st.none(), st.integers(0, 9999))
tag_names = st.one_of(
    st.builds(TagName, artifacts, st.sampled_from([Action.REGISTER, Action.DEREGISTER]), version=versions),
    st.builds(TagName, artifacts, st.sampled_from([Action.PROMOTE, Action.REMOVE]), stage=names, counter=counters),
    st.builds(TagName, artifacts, st.just(Action.DEPRECATE), counter=counters),
)


@given(tag_names)
def test_what_is_written_is_read_back(name: TagName) -> None:
    assert parse(text(name)) == name


@given(tag_names)
def test_gto_reads_the_same(name: TagName) -> None:
    read = parse_name(text(name))
    assert read["name"] == name.artifact
    assert read.get("version", "") == name.version
    assert read.get("stage", "") == name.stage
    assert read.get("counter") == name.counter
    gto_words = {
        Action.REGISTER: "register",
        Action.DEREGISTER: "deregister",
        Action.PROMOTE: "assign",
        Action.REMOVE: "unassign",
        Action.DEPRECATE: "deprecate",
    }
    assert read["action"].value == gto_words[name.action]


@given(st.text(alphabet="ab1-_/.:=@#v!0 \n", max_size=12))
def test_what_gto_does_not_read_is_not_read(written: str) -> None:
    if written.endswith("\n"):
        return  # gto's `$` lets one line break pass; a git ref cannot have one
    assert (parse(written) is not None) == bool(parse_name(written, raise_on_fail=False))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("churn@v1.2.3", TagName("churn", Action.REGISTER, version="v1.2.3")),
        ("churn@v1.2.3!", TagName("churn", Action.DEREGISTER, version="v1.2.3")),
        ("churn#prod#7", TagName("churn", Action.PROMOTE, stage="prod", counter=7)),
        ("churn#prod", TagName("churn", Action.PROMOTE, stage="prod")),
        ("churn#prod!#8", TagName("churn", Action.REMOVE, stage="prod", counter=8)),
        ("teams/a=churn@v1.0.0", TagName("teams/a:churn", Action.REGISTER, version="v1.0.0")),
        ("churn@deprecated#3", TagName("churn", Action.DEPRECATE, counter=3)),
        ("churn@created", TagName("churn", Action.CREATE)),
    ],
)
def test_each_form_says_one_thing(written: str, expected: TagName) -> None:
    assert parse(written) == expected


@pytest.mark.parametrize(
    "written", ["v1.0.0", "release-1", "churn@1.0.0", "churn@v1.0", "churn@v01.0.0", "-churn@v1.0.0"]
)
def test_other_tags_say_nothing(written: str) -> None:
    assert parse(written) is None


def test_versions_are_ordered_as_semantic_versioning_orders_them() -> None:
    written = "v1.0.0-alpha v1.0.0-alpha.1 v1.0.0-beta.2 v1.0.0-beta.11 v1.0.0-rc.1 v1.0.0 v1.9.0 v1.10.0"
    ordered = written.split()
    as_text = sorted(ordered)
    assert as_text != ordered
    as_text.sort(key=version_key)
    assert as_text == ordered
    assert version_key("0" * 40) < version_key("v0.0.0-0")


@pytest.mark.parametrize(
    ("written", "valid"), [("v1.0.0", True), ("v1.0.0-rc.1", True), ("v1.0.0+b", False), ("1.0.0", False)]
)
def test_a_new_version_has_no_build_data(written: str, valid: bool) -> None:
    assert is_version(written) is valid


def test_the_fence_of_an_artifact_guards_its_tags_alone() -> None:
    guarded = fence("teams/a:churn")
    assert guarded.ref == "refs/gitmlops/serial/teams/a=churn"
    assert "teams/a=churn#prod#1".startswith(guarded.prefixes)
    assert not "teams/a=churn-two@v1.0.0".startswith(guarded.prefixes)
