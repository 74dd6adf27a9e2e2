"""What the strict YAML reading refuses, and that no text can crash it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.specs.yaml import MAX_BYTES, MAX_DEPTH, MappingNode, ScalarNode, compose


def refusal(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(InputError) as caught:
        compose(content, path="f.yaml")
    return str(caught.value)


def test_nodes_know_their_line_and_column():
    (root,) = compose(b"a: 1\nb:\n  - x\n", path="f.yaml")
    assert isinstance(root, MappingNode)
    _, items = root.value["b"]
    (item,) = list(items.value)
    assert (item.value, item.line, item.column) == ("x", 3, 5)


def test_scalars_stay_the_text_that_was_written():
    (root,) = compose(b"[no, 012, 1:30, 2013-01-01, ~, 'no', .nan]", path="f.yaml")
    assert [item.value for item in root.value] == ["no", "012", "1:30", "2013-01-01", "~", "no", ".nan"]
    assert [bool(item.style) for item in root.value] == [False] * 5 + [True, False]


def test_an_empty_file_has_no_document():
    assert compose(b"", path="f.yaml") == compose(b"# only a comment\n", path="f.yaml") == ()
    assert compose(b"---\n---\n", path="f.yaml") == ()


def test_every_document_is_a_root():
    assert len(compose(b"a: 1\n---\nb: 2\n", path="f.yaml")) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    (root,) = compose(b"\xef\xbb\xbfa: 1", path="f.yaml")
    assert [*root.value] == ["a"]


def test_a_key_twice_is_refused_with_the_line_of_the_first():
    assert refusal("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: the key 'a' is here twice (first on line 1); keep one"
    assert "f.yaml:2:10: the key 'x' is here twice (first on line 2)" in refusal("a:\n- {x: 1, x: 2}\n")


def test_the_same_key_in_two_mappings_is_fine():
    assert compose(b"a: {x: 1}\nb: {x: 2}\nc: [{x: 1}, {x: 1}]\n", path="f.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &anchor 1\nb: *anchor\n", "f.yaml:1:4: anchors and aliases are refused; write the value out"),
        ("a: *nothing\n", "f.yaml:1:4: anchors and aliases are refused"),
        ("a: {<<: {b: 1}}\n", "f.yaml:1:5: merge keys are refused; write the values out"),
        (
            "a: !!python/object/apply:os.system [x]\n",
            "the tag 'tag:yaml.org,2002:python/object/apply:os.system' is refused",
        ),
        ("a: !!str 1\n", "the tag 'tag:yaml.org,2002:str' is refused; write the plain value"),
        ("a: ! 1\n", "the tag '!' is refused"),
        ("? [a, b]\n: 1\n", "f.yaml:1:3: a key must be plain text"),
        ("a: [1, 2\n", "not YAML"),
        ("a: b: c\n", "f.yaml:1:5: not YAML: mapping values are not allowed in this context; mend the syntax"),
        ("a:\n\t- b\n", "not YAML"),
        ("a: \x00\n", "not YAML"),
        ("%YAML 9.9\n---\na: 1\n", "not YAML"),
    ],
)
def test_what_is_clever_or_broken_is_refused_where_it_stands(text, words):
    assert words in refusal(text)


def test_a_quoted_merge_sign_is_a_plain_key():
    assert compose(b'"<<": 1', path="f.yaml")


def test_text_that_is_not_utf_8_is_refused():
    assert refusal(b"a: \xff\n") == "f.yaml: not UTF-8 text; save the file as UTF-8"


def test_a_file_of_two_mebibytes_is_refused_unread():
    assert refusal(b"a" * (2 * MAX_BYTES)) == f"f.yaml: {2 * MAX_BYTES} bytes, the file may have {MAX_BYTES}; split it"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "{a: " * 200_000,
        "- " * 200_000,
        "a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 1_000)),
        "[\n" * 200_000,
        "- [" * 1_000,
        "x: [" + "{y: " * 1_000,
    ],
    ids=["lists", "mappings", "block lists", "indentation", "lines", "mixed", "inside"],
)
def test_deep_nesting_is_refused_and_does_not_crash_the_parser(text):
    words = refusal(text)
    assert "nested deeper than 64 levels" in words or "not YAML" in words


@pytest.mark.parametrize(
    "text",
    [
        "a: '" + "[" * 10_000 + "'\n",
        'a: "' + "{" * 10_000 + '"\n',
        "# " + "[" * 10_000 + "\na: 1\n",
        "a: |\n" + "".join(" " * (2 + depth) + "[{\n" for depth in range(200)),
        "a: >\n  " + "- " * 500 + "\n",
        "".join(f"k{number}:{' ' * (number % 90)} 1\n" for number in range(500)),
        "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    ],
    ids=["single quotes", "double quotes", "comment", "literal block", "folded block", "many columns", "64 levels"],
)
def test_brackets_and_blanks_that_nest_nothing_are_no_depth(text):
    assert compose(text.encode(), path="f.yaml")


@given(st.text() | st.text(alphabet="[]{}:-?|>&*!%#,'\" \n\tab<", max_size=80))
def test_any_text_gives_nodes_or_a_refusal(text):
    try:
        roots = compose(text.encode("utf-8", "surrogatepass"), path="f.yaml")
    except InputError as error:
        assert str(error).startswith("f.yaml")
    else:
        assert all(isinstance(root, MappingNode | ScalarNode) or root.value is not None for root in roots)


@given(st.binary())
def test_any_bytes_give_nodes_or_a_refusal(content):
    try:
        compose(content, path="f.yaml")
    except InputError as error:
        assert str(error).startswith("f.yaml")
