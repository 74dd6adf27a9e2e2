import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitmlops.errors import InputError
from gitmlops.pipelines.planning.parameters import parse_value, set_value

TEXT = """\
# Délai: first line
params:   # what moves
  day: "2013-01-31"  # last day
  n: 7
  word: plain words # said
  empty:
  flow: {a: [1, 2], b: x}
  block:
    - 1
  long: |
    two
    lines
"""


@pytest.mark.parametrize(
    ("keys", "value", "old", "new"),
    [
        ("params.day", "2013-02-28", '"2013-01-31"  #', '"2013-02-28"  #'),
        ("params.n", 8, "n: 7\n", "n: 8\n"),
        ("params.n", 0.001, "n: 7\n", "n: 0.001\n"),
        ("params.word", "other", "plain words #", '"other" #'),
        ("params.empty", True, "empty:\n", "empty: true\n"),
        ("params.flow", [], "{a: [1, 2], b: x}", "[]"),
        ("params.flow.a", {"c": None}, "[1, 2]", '{"c": null}'),
        ("params.flow.b", "y: z # 'é'", "b: x}", "b: \"y: z # 'é'\"}"),
    ],
)
def test_only_the_value_changes(keys: str, value: object, old: str, new: str) -> None:
    assert set_value(TEXT, keys.split("."), value) == TEXT.replace(old, new)


def test_the_line_ends_of_windows_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert set_value(text, ["params", "n"], 8) == text.replace("n: 7", "n: 8")


def test_a_byte_order_mark_stays_where_it_is() -> None:
    assert set_value("\ufeff" + TEXT, ["params", "n"], 8) == "\ufeff" + TEXT.replace("n: 7", "n: 8")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("params.m", "there is no params.m; did you mean 'n'|there is no params.m; known"),
        ("prams.n", "there is no prams; did you mean 'params'?"),
        ("params.n.x", "there is no params.n.x"),
        ("params.block", "is written over several lines; edit the file by hand"),
        ("params.long", "is written over several lines; edit the file by hand"),
        ("params", "is written over several lines; edit the file by hand"),
    ],
)
def test_a_value_that_cannot_be_found_or_replaced_is_an_error(keys: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        set_value(TEXT, keys.split("."), 1)


@given(st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.booleans())
def test_whatever_is_written_reads_back_or_is_refused(before: str, value: object) -> None:
    text = f"{{a: {json.dumps(before, ensure_ascii=True)}, n: 1, z: é}}\n"
    try:
        edited = set_value(text, ["n"], value)
    except InputError:
        return
    read = YAML(typ="safe").load(edited)  # as DVC reads it
    assert read == {"a": before, "n": value, "z": "é"}


def test_a_value_that_is_no_json_is_text() -> None:
    assert parse_value("2013-01-31") == "2013-01-31"
    assert parse_value("NaN") == "NaN"
    assert parse_value("012") == "012"
    assert parse_value("") == ""


def test_json_keeps_its_type() -> None:
    assert parse_value("7") == 7
    assert parse_value("true") is True
    assert parse_value('{"a": [1]}') == {"a": [1]}
    assert parse_value('"7"') == "7"


def test_a_number_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be inf"):
        set_value(TEXT, ["params", "n"], parse_value("1e999"))
