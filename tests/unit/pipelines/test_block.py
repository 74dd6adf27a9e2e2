import pytest

from gitmlops.errors import InputError
from gitmlops.pipelines.compiling.block import body, replace

HAND = """\
# Mine, with  odd   spaces
vars: [a: 1]

stages:   # all of them
    by_hand:   # four spaces
        cmd: echo "${a}"

plots:
- x.json
"""
LINES = ("one:", "  cmd: x")


def test_the_block_goes_beside_hand_written_stages_and_touches_nothing_else() -> None:
    text = replace(HAND, "stages", LINES)
    block = "    # >>> gitmlops\n    one:\n      cmd: x\n    # <<< gitmlops\n"
    assert text == HAND.replace("of them\n", "of them\n" + block)


def test_a_second_replacement_is_the_first_one() -> None:
    once = replace(HAND, "stages", LINES)
    assert replace(once, "stages", LINES) == once
    assert body(once, "stages") == LINES


def test_a_block_is_replaced_where_it_stands() -> None:
    text = "stages:\n  a:\n    cmd: a\n  # >>> gitmlops\n  old:\n  # <<< gitmlops\n  z:\n    cmd: z\n"
    assert replace(text, "stages", LINES) == text.replace("  old:\n", "  one:\n    cmd: x\n")


def test_an_empty_body_takes_the_block_away() -> None:
    assert replace(replace(HAND, "stages", LINES), "stages", ()) == HAND
    assert replace(HAND, "stages", ()) == HAND


def test_a_section_that_held_only_our_block_goes_with_it() -> None:
    text = replace(HAND, "artifacts", LINES)
    assert text.endswith("artifacts:\n  # >>> gitmlops\n  one:\n    cmd: x\n  # <<< gitmlops\n")
    assert replace(text, "artifacts", ()) == HAND
    assert replace(replace("", "stages", LINES), "stages", ()) == ""


def test_a_last_line_without_an_end_gets_one() -> None:
    assert replace("vars: []", "stages", LINES).startswith("vars: []\nstages:\n  # >>> gitmlops\n")
    assert replace("stages:", "stages", LINES).startswith("stages:\n  # >>> gitmlops\n")


def test_the_line_ends_of_windows_stay() -> None:
    text = replace(HAND.replace("\n", "\r\n"), "stages", LINES)
    assert "\r\n    # >>> gitmlops\r\n    one:\r\n" in text
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize("text", ["stages: {}\n", "stages: {a: {cmd: x}}\n", "stages: null # x\n"])
def test_a_section_on_one_line_cannot_take_a_block(text: str) -> None:
    with pytest.raises(InputError, match=r"dvc.yaml:1:1: `stages:` holds its value on the same line"):
        replace(text, "stages", LINES)
    assert replace(text, "stages", ()) == text, "nothing of it is ours"
    assert body(text, "stages") == ()


@pytest.mark.parametrize(
    "inside",
    [
        "  # >>> gitmlops\n",
        "  # <<< gitmlops\n",
        "  # <<< gitmlops\n  # >>> gitmlops\n",
        "  # >>> gitmlops\n  # >>> gitmlops\n  # <<< gitmlops\n",
    ],
)
def test_markers_that_are_no_pair_are_an_error(inside: str) -> None:
    with pytest.raises(InputError, match=r"dvc.yaml:2:1: one `# >>> gitmlops` and then one `# <<< gitmlops`"):
        replace(f"stages:\n{inside}", "stages", LINES)
