"""What our runner makes of stages is what `dvc repro` makes of them, byte for byte: it works on DVC's internals.

A minor release of DVC for which this passes is added to adapters/dvc/versions.py.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.repo.stages import Files, dvc, lock, make, require_clean, twin

from gitmlops.adapters.dvc import versions

CHAIN = """\
stages:
  z:
    cmd: cat in.txt > a.txt
    deps: [in.txt]
    params: [one, nested.list]
    outs: [a.txt]
  a:
    cmd:
    - cat a.txt > b.txt
    - echo more >> b.txt
    deps: [a.txt]
    params: [nested.list]
    outs: [b.txt]
"""
DIAMOND = """\
stages:
  left: {cmd: cat in.txt > l.txt, deps: [in.txt], outs: [l.txt]}
  last: {cmd: cat l.txt r.txt > out.txt, deps: [l.txt, r.txt], outs: [out.txt]}
  right: {cmd: sleep .2; cat in.txt > r.txt, deps: [in.txt], outs: [r.txt]}
"""
MATRIX = """\
vars: [values.yaml]
stages:
  make:
    matrix: {where: [EWR, JFK], size: [1, 2]}
    cmd: echo ${item.where} ${item.size} ${word} > ${item.where}${item.size}.txt
    deps: [in.txt]
    outs: ["${item.where}${item.size}.txt"]
  each:
    foreach: {x: 1, y: 2}
    do:
      cmd: echo ${item} > ${key}.txt
      deps: [EWR1.txt]
      outs: ["${key}.txt"]
"""
KINDS = """\
stages:
  keep:
    cmd: echo line >> log.txt; mkdir -p sub; cat in.txt > sub/one; cat in.txt > sub/two; echo p > plain.txt
    deps: [in.txt]
    outs:
    - log.txt: {persist: true}
    - sub
    - plain.txt: {cache: false}
  judge:
    cmd: "echo '{\\"x\\": 1}' > metrics.json; echo 'a,b' > plot.csv; cat ../sub/one > ../made.txt"
    wdir: folder
    deps: [../sub]
    outs: [../made.txt]
    metrics: [metrics.json: {cache: false}]
    plots: [plot.csv: {x: a, y: b}]
"""
pytestmark = pytest.mark.slow

FROZEN = CHAIN.replace("  a:\n", "  a:\n    frozen: true\n")
FILES: Files = {
    "in.txt": "in\n",
    "params.yaml": "one: 1\nnested: {list: [1, 2.5, x], other: 7}\n",
    "values.yaml": "word: hello\n",
    "folder/readme": "",
}


def both(ours: GitRepo, theirs: GitRepo, *arguments: str) -> None:
    """Run both; their locks, and what git is to ignore, are the same, and all is clean."""
    result = ours.run("pipeline", "run", *arguments)
    assert result.exit_code == 0, result.output
    dvc(theirs.root, "repro", *arguments)
    assert lock(ours) == lock(theirs)
    for ignored in theirs.root.rglob(".gitignore"):
        assert (ours.root / ignored.relative_to(theirs.root)).read_text() == ignored.read_text()
    assert ours.git("status", "--porcelain") == theirs.git("status", "--porcelain")
    require_clean(ours)


@pytest.fixture
def pair(tmp_path: Path) -> Callable[[str], tuple[GitRepo, GitRepo]]:
    def build(stages: str) -> tuple[GitRepo, GitRepo]:
        ours = make(tmp_path / "ours", {**FILES, "dvc.yaml": stages})
        return ours, twin(ours)

    return build


def test_the_installed_dvc_is_one_that_this_file_has_passed_with() -> None:
    assert versions.tested(), f"DVC {versions.installed()}: add it to TESTED when the rest of this file passes"


@pytest.mark.parametrize("stages", [CHAIN, DIAMOND, MATRIX, KINDS], ids=["chain", "diamond", "matrix", "kinds"])
def test_a_run_leaves_what_dvc_repro_leaves_at_first_and_after_a_change(pair, stages: str) -> None:
    ours, theirs = pair(stages)
    both(ours, theirs)
    for repo in (ours, theirs):
        repo.write({"in.txt": "changed\n", "params.yaml": "one: 2\nnested: {list: [3], other: 7}\n"})
    both(ours, theirs)


def test_stages_that_are_added_changed_and_removed_keep_their_place_in_the_lock(pair) -> None:
    ours, theirs = pair(DIAMOND)
    both(ours, theirs)
    first, rest = DIAMOND.split("  left", 1)
    for stages in (
        f"{first}  early: {{cmd: echo e > e.txt, outs: [e.txt], deps: [in.txt]}}\n  left{rest}",  # added
        DIAMOND.replace("cat in.txt > l.txt", "cat in.txt in.txt > l.txt"),  # removed, another one changed
        "stages:\n" + DIAMOND.split("\n", 3)[1] + "\n",  # two removed
    ):
        for repo in (ours, theirs):
            repo.write({"dvc.yaml": stages})
        both(ours, theirs)


def test_a_frozen_stage_is_left_as_it_is(pair) -> None:
    ours, theirs = pair(CHAIN)
    both(ours, theirs)
    for repo in (ours, theirs):
        repo.write({"dvc.yaml": FROZEN, "in.txt": "changed\n"})
    both(ours, theirs)
    assert (ours.root / "b.txt").read_text() == "in\nmore\n"


def test_a_stage_that_ran_before_comes_from_the_run_cache(pair) -> None:
    ours, theirs = pair(CHAIN.replace("cat in.txt > a.txt", "echo ran >> ../ran-$(basename $PWD); cat in.txt > a.txt"))
    both(ours, theirs)
    for content in ("other\n", "in\n"):
        for repo in (ours, theirs):
            repo.write({"in.txt": content})
        both(ours, theirs)
    assert (ours.root.parent / "ran-ours").read_text() == "ran\n" * 2


def test_without_the_run_cache_it_runs_again(pair) -> None:
    ours, _ = pair(CHAIN.replace("cat in.txt > a.txt", "echo ran >> ../ran; cat in.txt > a.txt"))
    for content in ("in\n", "other\n", "in\n"):
        ours.write({"in.txt": content})
        assert ours.run("pipeline", "run", "--no-run-cache").exit_code == 0
        assert (ours.root / "a.txt").read_text() == content
    assert (ours.root.parent / "ran").read_text() == "ran\n" * 3
    require_clean(ours)


def test_deleted_outputs_come_back_from_the_cache(pair) -> None:
    ours, theirs = pair(KINDS)
    both(ours, theirs)
    for repo in (ours, theirs):
        (repo.root / "made.txt").unlink()
        (repo.root / "sub/one").unlink()
    both(ours, theirs)


def test_data_that_dvc_add_tracks_is_taken_up_when_it_changes(pair) -> None:
    ours, theirs = pair(CHAIN)
    for repo in (ours, theirs):
        repo.git("rm", "-q", "--cached", "in.txt")
        dvc(repo.root, "add", "-q", "in.txt")
    both(ours, theirs)
    for repo in (ours, theirs):
        repo.write({"in.txt": "changed\n"})
    both(ours, theirs)
    assert (ours.root / "in.txt.dvc").read_text() == (theirs.root / "in.txt.dvc").read_text()


def test_named_stages_and_forced_ones_are_those_of_dvc(pair) -> None:
    ours, theirs = pair(CHAIN)
    both(ours, theirs)
    both(ours, theirs, "--force")


def test_a_file_that_dvc_add_tracks_is_said_to_be_checked_and_not_to_run(pair) -> None:
    ours, _ = pair(CHAIN)
    ours.git("rm", "-q", "--cached", "in.txt")
    dvc(ours.root, "add", "-q", "in.txt")
    said = ours.run("pipeline", "run").output
    stages = len(re.findall(r"^\w+: done", said, re.MULTILINE))
    assert f"1 up to date, {stages} run" in said
    assert f"1 checked, {stages} run" in ours.run("pipeline", "run", "--force").output


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_outputs_may_be_links_into_the_cache(pair, link: str) -> None:
    ours, theirs = pair(KINDS)
    for repo in (ours, theirs):
        dvc(repo.root, "config", "cache.type", link)
    both(ours, theirs)
    for repo in (ours, theirs):
        repo.write({"in.txt": "changed\n"})
    both(ours, theirs)


def test_autostage_puts_the_lock_into_gits_index(pair) -> None:
    ours, theirs = pair(CHAIN)
    for repo in (ours, theirs):
        dvc(repo.root, "config", "core.autostage", "true")
    both(ours, theirs)
    assert "dvc.lock" in ours.git("diff", "--cached", "--name-only").split()


def test_a_command_may_call_dvc_and_finds_dvcs_variables(pair) -> None:
    stages = f"""\
stages:
  asks:
    cmd: {sys.executable} -m dvc status -q; echo $DVC_STAGE > out.txt
    deps: [in.txt]
    outs: [out.txt]
"""
    ours, theirs = pair(stages.replace("status -q;", "config core.autostage true --local;"))
    both(ours, theirs)
    assert (ours.root / "out.txt").read_text() == "asks\n"
