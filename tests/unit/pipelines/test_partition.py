"""How the stages of a run are dealt to shards."""

import random
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gitmlops.pipelines.running.partition import partition

Needs = dict[str, list[str]]


@dataclass(frozen=True)
class Stage:
    name: str
    needs: tuple[str, ...]
    runs: bool = True
    travels: bool = True


def stages(needs: Needs, *, data: str = "", always: str = "") -> list[Stage]:
    """data: stages without a command; always: those that DVC always runs; names separated by spaces."""
    return [
        Stage(name, tuple(before), name not in data.split(), name not in always.split())
        for name, before in needs.items()
    ]


def dealt(needs: Needs, shards: int, **kinds: str) -> list[str]:
    """The stages of each shard, and last those of the join, each in alphabetical order."""
    parts = partition(stages(needs, **kinds), shards)
    return [" ".join(sorted(part)) for part in (*parts, {*needs}.difference(*parts))]


DIAMOND: Needs = {"first": [], "left": ["first"], "right": ["first"], "last": ["left", "right"]}
MATRIX: Needs = {
    "clean": [],
    **{f"train@{where}": ["clean"] for where in "abc"},
    **{f"judge@{where}": [f"train@{where}"] for where in "abc"},
    "compare": ["judge@a", "judge@b", "judge@c"],
}


def test_each_branch_of_a_diamond_has_its_shard_which_makes_what_both_need_and_the_join_makes_the_last_stage() -> None:
    assert dealt(DIAMOND, 2) == ["first left", "first right", "last"]


def test_the_runs_of_a_matrix_go_with_what_needs_one_of_them_alone() -> None:
    assert dealt(MATRIX, 3) == [*(f"clean judge@{where} train@{where}" for where in "abc"), "compare"]
    assert dealt(MATRIX, 2) == ["clean judge@a judge@b train@a train@b", "clean judge@c train@c", "compare"]


def test_pipelines_that_have_nothing_in_common_are_kept_whole() -> None:
    needs = {name: ([f"{name[0]}{int(name[1]) - 1}"] if name[1] != "0" else []) for name in ("a0", "a1", "b0", "b1")}
    assert dealt(needs, 2) == ["a0 a1", "b0 b1", ""]


def test_branches_that_share_much_share_a_shard() -> None:
    needs: Needs = {}
    for pipeline in "ab":
        needs |= {f"{pipeline}{n}": [f"{pipeline}{n - 1}"] if n else [] for n in range(9)}
        needs |= {f"{pipeline}{end}": [f"{pipeline}8"] for end in "xy"}
    first, second, join = dealt(needs, 2)
    assert {name[0] for name in first.split()} == {"a"}
    assert {name[0] for name in second.split()} == {"b"}
    assert join == ""


def test_stages_that_need_nothing_are_dealt_evenly() -> None:
    parts = partition(stages({f"s{number}": [] for number in range(8)}), 3)
    assert sorted(map(len, parts)) == [2, 3, 3]


def test_a_chain_is_one_shards_and_the_others_have_nothing() -> None:
    assert dealt({"a": [], "b": ["a"], "c": ["b"]}, 3) == ["a b c", "", "", ""]


def test_a_stage_that_is_cheaper_to_run_than_to_spread_is_not_spread() -> None:
    assert dealt({**DIAMOND, "last": ["left"], "right": ["last"]}, 2)[2] == ""


def test_data_cost_nothing_and_go_where_they_are_needed() -> None:
    needs = {"x.dvc": [], "y.dvc": [], "a": ["x.dvc"], "b": ["y.dvc"]}
    assert dealt(needs, 2, data="x.dvc y.dvc") == ["a x.dvc", "b y.dvc", ""]


def test_what_dvc_always_runs_is_the_joins_and_so_is_what_needs_it() -> None:
    needs: Needs = {"ask": [], "use": ["ask"], "other": []}
    assert dealt(needs, 2, always="ask") == ["other", "", "ask use"]


def test_nothing_to_run_is_dealt_to_nobody() -> None:
    assert partition([], 2) == (frozenset(), frozenset())


@given(seed=st.integers(0, 10**6), size=st.integers(1, 40), shards=st.integers(1, 6))
def test_every_shard_has_all_that_its_stages_need_whatever_the_graph_and_the_order_it_is_told_in(
    seed: int, size: int, shards: int
) -> None:
    chance = random.Random(seed)
    needs = {f"s{n}": [f"s{m}" for m in chance.sample(range(n), min(n, chance.randrange(3)))] for n in range(size)}
    told = stages(needs, always="s1" if seed % 2 else "")
    parts = partition(told, shards)
    assert len(parts) == shards
    for part in parts:
        assert all(set(needs[name]) <= part for name in part)
    left = {*needs}.difference(*parts)
    assert max(map(len, parts)) + len(left) <= size
    chance.shuffle(told)
    assert partition(told, shards) == parts


def test_three_hundred_branches_are_dealt_to_256_jobs_of_one_or_two_each() -> None:
    needs: Needs = {"clean": [], **{f"train@{number}": ["clean"] for number in range(300)}}
    parts = partition(stages(needs, data="clean"), 256)
    assert len(parts) == 256
    assert {*needs} == {"clean"}.union(*parts)
    assert max(len(part - {"clean"}) for part in parts) == 2
