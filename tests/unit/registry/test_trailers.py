"""Trailers: one line a value, nothing smuggled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.registry.tags.trailers import doubled, message, read

lines = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=30).filter(
    str.strip
)


@given(lines, lines, st.lists(lines, max_size=3))
def test_what_is_written_is_read_back(headline: str, reason: str, gates: list[str]) -> None:
    said = read(message(headline, [("Reason", reason), *(("Gate", gate) for gate in gates)]))
    assert said.one("Reason") == reason.strip()
    assert list(said.all("Gate")) == [gate.strip() for gate in gates]


@given(st.text(max_size=40))
def test_no_value_becomes_two_trailers(reason: str) -> None:
    try:
        written = message("Roll back", [("Reason", reason), ("Model", "abc")])
    except InputError:
        return
    assert set(read(written).values) <= {"Reason", "Model"}


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x0bb", "a\x1b[0m", "a\x85b", "a\u2028b", "\u202eevil", "a\x00b"])
def test_control_characters_are_refused_by_name(value: str) -> None:
    with pytest.raises(InputError, match=r"^Reason: the character .* is not allowed here; write one line"):
        message("Roll back", [("Reason", value)])


def test_a_headline_is_one_line_too() -> None:
    with pytest.raises(InputError, match=r"^message: "):
        message("Register\n\nModel: evil", [])


def test_two_values_for_a_single_valued_key_are_refused() -> None:
    with pytest.raises(InputError, match="two values for Model"):
        message("Register", [("Model", "a"), ("Model", "b")])


def test_two_values_for_a_single_valued_key_are_believed_neither() -> None:
    text = "Register\n\nModel: a\nModel: b\nGate: x\nGate: y"
    said = read(text)
    assert said.one("Model") == ""
    assert doubled(text) == ("Model",)
    assert said.all("Gate") == ("x", "y")


@pytest.mark.parametrize("text", ["", "Model: a", "Register\n\nModel: a\nprose", "Register\n\nModel: a\n\nprose"])
def test_prose_is_no_trailer(text: str) -> None:
    assert read(text).values == {}


def test_values_that_are_empty_are_left_out() -> None:
    assert message("Register", [("Baseline", ""), ("Model", "a")]) == "Register\n\nModel: a\n"
    assert message("Register", []) == "Register\n"
