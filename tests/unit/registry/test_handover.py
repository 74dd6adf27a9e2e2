"""What a tag or a stage hands over to whoever deploys it, without a repository."""

import pytest
from tests.unit.registry.test_history import A, B, released, renamed, replay, tag

from gitmlops.errors import InputError, Refusal
from gitmlops.registry.reporting.handover import hand_over


@pytest.mark.parametrize("ref", ["m#prod", "m#prod#4", "refs/tags/m#prod#4"])
def test_a_stage_and_the_tag_that_filled_it_hand_over_what_is_in_it(ref: str) -> None:
    assert hand_over(released(), ref).lines() == (
        "name=m", "version=v1.0.0", "stage=prod", f"commit={A}", "tag=m#prod#4", "gate=ungated",
    )  # fmt: skip


@pytest.mark.parametrize("ref", ["m@v1.1.0", "refs/tags/m@v1.1.0"])
def test_a_registration_hands_over_its_version_without_a_stage(ref: str) -> None:
    assert hand_over(released(), ref).lines()[1:5] == ("version=v1.1.0", "stage=", f"commit={B}", "tag=m@v1.1.0")


def test_a_model_of_a_folder_is_named_as_on_the_command_line() -> None:
    history = replay([tag("teams/a=m@v1.0.0", A, 1), tag("teams/a=m#prod#1", A, 2)])
    for ref in ("refs/tags/teams/a=m#prod#1", "teams/a:m#prod"):
        assert hand_over(history, ref).lines()[0] == "name=teams/a:m"


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("m#prod#2", "m#prod#2 was replaced: prod has v1.0.0, by m#prod#4"),
        ("m#prod#1", "m#prod#1 was replaced: prod has v1.0.0, by m#prod#4"),
        ("m#prod!#3", "m#prod!#3 says that something was removed: it deploys nothing"),
    ],
)
def test_a_tag_that_others_have_replaced_or_that_takes_away_deploys_nothing(ref: str, words: str) -> None:
    with pytest.raises(Refusal) as told:
        hand_over(released(), ref)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (tag("m#prod#2", A, 3, annotated=False), "counts for nothing: it is no annotated tag of a model"),
        (tag("m#prod#2", "", 3), "counts for nothing"),
        (tag("v1.0", A, 3), "counts for nothing"),
        (renamed(tag("m#prod#2", A, 3)), "unverified: the tag carries another name inside"),
        (tag("m#prod#2", A, 10**6), "unverified: its date lies in the future"),
        (tag("m#prod#2", B, 3), "promotes a commit that is no version"),
        (tag("m@deprecated", A, 3), "something was deprecated: it deploys nothing"),
    ],
)
def test_what_is_no_promotion_of_ours_is_refused(last, words: str) -> None:
    history = replay([tag("m@v1.0.0", A, 1), tag("m#prod#1", A, 2), last])
    with pytest.raises(Refusal) as told:
        hand_over(history, f"refs/tags/{last.name}")
    assert words in str(told.value)


def test_a_version_that_was_deregistered_is_refused() -> None:
    with pytest.raises(Refusal, match="was deregistered"):
        hand_over(replay([tag("m@v1.0.0", A, 1), tag("m@v1.0.0!", A, 2)]), "refs/tags/m@v1.0.0")


@pytest.mark.parametrize("ref", ["refs/tags/m#prod#9", "m#prod#9", "m@v9.0.0", "m", "x#prod", "m#test", "m prod", ""])
def test_what_is_not_there_is_the_users_to_mend(ref: str) -> None:
    with pytest.raises(InputError):
        hand_over(released(), ref)
