"""dvc.lock merged by stage: both sides' changes are kept, and what both changed is left out, so that it runs again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.pipelines.dvc_lock.merge import merged
from gitmlops.specs.yaml import compose

STAGES = ("clean", "train@EWR", "évaluer ✓", "last")


def lock(**digests: str) -> bytes:
    return text({name: digests[name] for name in digests})


def text(digests: dict[str, str]) -> bytes:
    stages = "".join(
        f"  {name}:\n    cmd: echo é\n    outs:\n    - path: o\n      md5: {md5}\n" for name, md5 in digests.items()
    )
    return f"schema: '2.0'\nstages:{chr(10) + stages if digests else ' {}' + chr(10)}".encode()


def of(content: bytes) -> dict[str, str]:
    """Stage -> md5."""
    root: Any = compose(content, path="dvc.lock")[0]
    _, stages = root.value["stages"]
    outputs = {name: stage.value["outs"][1].value[0] for name, (_, stage) in stages.value.items()}
    return {name: output.value["md5"][1].value for name, output in outputs.items()}


def merge(base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, tuple[str, ...]]:
    return merged(base, ours, theirs, path="dvc.lock")


def test_changes_of_neighbouring_stages_are_both_kept_byte_by_byte() -> None:
    content, left_out = merge(lock(a="1", b="1", c="1"), lock(a="2", b="1", c="1"), lock(a="1", b="3", c="1"))
    assert (content, left_out) == (lock(a="2", b="3", c="1"), ())


def test_a_stage_changed_by_both_is_left_out_and_told() -> None:
    content, left_out = merge(lock(a="1", b="1"), lock(a="2", b="1"), lock(a="3", b="4"))
    assert (content, left_out) == (lock(b="4"), ("a",))


def test_a_stage_that_both_added_otherwise_or_one_removed_and_the_other_changed_is_left_out() -> None:
    assert merge(lock(a="1"), lock(a="1", new="2"), lock(a="1", new="3")) == (lock(a="1"), ("new",))
    assert merge(lock(a="1", b="1"), lock(a="1"), lock(a="1", b="2")) == (lock(a="1"), ("b",))
    assert merge(lock(a="1", b="1"), lock(a="1", b="2"), lock(a="1")) == (lock(a="1"), ("b",))


def test_stages_that_one_side_adds_come_last_and_what_it_removes_is_gone() -> None:
    assert merge(lock(a="1"), lock(a="1", b="1"), lock(a="1", c="1")) == (lock(a="1", b="1", c="1"), ())
    assert merge(lock(a="1", b="1"), lock(a="1", b="1"), lock(a="1")) == (lock(a="1"), ())


def test_a_lock_that_loses_all_its_stages_is_still_one() -> None:
    content, left_out = merge(lock(a="1"), lock(a="2"), lock(a="3"))
    assert (content, left_out) == (b"schema: '2.0'\nstages: {}\n", ("a",))
    assert merge(content, content, lock(b="1")) == (lock(b="1"), ())


def test_a_lock_that_both_sides_began_is_merged() -> None:
    assert merge(b"", lock(a="1", b="1"), lock(a="1", c="1")) == (lock(a="1", b="1", c="1"), ())


def test_hand_merged_order_and_a_missing_last_line_break_are_no_changes() -> None:
    turned = lock(b="1", a="1").rstrip()
    assert merge(lock(a="1", b="1"), turned, lock(a="2", b="1")) == (lock(b="1", a="2"), ())


def test_sections_beside_the_stages_are_merged_whole() -> None:
    data = b"datasets:\n- name: d\n  rev: %d\n"
    content, _ = merge(lock(a="1") + data % 1, lock(a="2") + data % 1, lock(a="1") + data % 2)
    assert content == b"schema: '2.0'\n" + data % 2 + lock(a="2").removeprefix(b"schema: '2.0'\n")
    with pytest.raises(InputError, match="both sides changed datasets"):
        merge(lock(a="1") + data % 1, lock(a="1") + data % 2, lock(a="1") + data % 3)


def test_a_base_that_was_broken_leaves_what_both_sides_agree_on() -> None:
    broken = b"<<<<<<< HEAD\n" + lock(a="1")
    assert merge(broken, lock(a="2", b="1"), lock(a="3", b="1")) == (lock(b="1"), ("a",))


@pytest.mark.parametrize(
    ("side", "told"),
    [
        (b"schema: '2.0'\nstages:\n<<<<<<< HEAD\n  a:\n    cmd: x\n=======\n", "not YAML"),
        (lock(a="1") + b"  a:\n    cmd: x\n", "'a' is here twice"),
        (b'{"schema": "2.0", "stages": {"a": {"cmd": "x"}}}', "not as DVC writes it"),
        (b"schema: '2.0'\nstages: [a]\n", "not as DVC writes it"),
        (b"- a\n", "not as DVC writes it"),
        (b"a:\n  cmd: x\n", "not a dvc.lock"),
        (lock(a="1") + b"---\n" + lock(b="1"), "not a dvc.lock"),
        (b"schema: '2.0'\nstages:\n  a: &x\n    cmd: x\n  b: *x\n", "anchors and aliases are refused"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested deeper|maximum nesting depth"),  # ours, or that of newer parsers
    ],
)
def test_a_side_that_is_no_lock_is_told_and_nothing_is_guessed(side: bytes, told: str) -> None:
    for sides in ((side, lock(a="2")), (lock(a="2"), side)):
        with pytest.raises(InputError, match=told) as caught:
            merge(lock(a="1"), *sides)
        assert caught.value.where.startswith("dvc.lock (ours)" if sides[0] is side else "dvc.lock (theirs)")


def test_sides_that_are_indented_differently_are_refused() -> None:
    wide = b"schema: '2.0'\nstages:\n      b:\n        cmd: x\n"
    with pytest.raises(InputError):
        merge(lock(), lock(a="1"), wide)


VERSIONS = st.dictionaries(st.sampled_from(STAGES), st.sampled_from("123"))


@given(VERSIONS, VERSIONS, VERSIONS)
def test_every_stage_is_what_the_one_side_that_changed_it_says_or_is_left_out(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    content, left_out = merge(text(base), text(ours), text(theirs))
    found = of(content)
    for name in STAGES:
        was, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if mine != other and was not in (mine, other):
            assert name in left_out
            assert name not in found
        else:
            assert found.get(name) == (mine if other in (was, mine) else other)
            assert name not in left_out
    assert {*merge(text(base), text(theirs), text(ours))[1]} == {*left_out}
