"""DVC's own files, read as data that strangers may have written."""

import subprocess
import sys

import pytest
from tests.conftest import GitRepo
from tests.memory_tree import Files

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.pointers import Output, covering, held
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.errors import InputError

MD5 = "0" * 32
LOCK = f"""schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - path: data
      md5: {MD5}.dir
    params: {{params.yaml: {{seed: 7, when: '2013-01-01'}}}}
    outs:
    - path: models/m.skops
      hash: md5
      md5: {MD5}
      size: 741632
    - path: build/frames
      hash: md5
      md5: {MD5}.dir
      size: 12
      nfiles: 2
"""


def pointer(path: str = "flights", size: object = 5) -> str:
    return f"outs:\n- md5: {MD5}.dir\n  size: {size}\n  nfiles: 3\n  hash: md5\n  path: {path}\n"


def read(files: dict[str, str]) -> dict[str, Output]:
    return dict(pointers.read(Files(files)))


def dvc(repo: GitRepo, *arguments: str) -> str:
    """What DVC itself says."""
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=repo.root, check=True, capture_output=True, text=True).stdout


def refusal(files: dict[str, str]) -> str:
    with pytest.raises(InputError) as caught:
        read(files)
    return str(caught.value)


def test_outputs_of_pointers_and_locks_are_known_by_their_path():
    found = read({"data/flights.dvc": pointer(), "dvc.lock": LOCK, "sub/dvc.lock": LOCK})
    assert found == {
        "data/flights": Output("data/flights", f"{MD5}.dir", 5),
        **{
            f"{folder}{path}": Output(f"{folder}{path}", md5, size, "train")
            for folder in ("", "sub/")
            for path, md5, size in (("models/m.skops", MD5, 741632), ("build/frames", f"{MD5}.dir", 12))
        },
    }


def test_a_file_written_by_dvc_itself_is_read(repo):
    repo.write({"data/größe 1.csv": "a,b\n1,2\n"})
    dvc(repo, "init", "-q")
    dvc(repo, "add", "-q", "data/größe 1.csv")
    (output,) = pointers.read(WorkTree(Repository(repo.root))).values()
    assert (output.path, output.size, len(output.md5)) == ("data/größe 1.csv", 8, 32)


def test_paths_are_relative_to_the_wdir_that_dvc_itself_honours(repo):
    repo.write(
        {
            "dvc.yaml": (
                "stages:\n  one: {wdir: work, cmd: echo 1 > ../m/one.csv, outs: [../m/one.csv]}\n"
                "  each:\n    foreach: [a, b]\n    do: {wdir: work/deep, cmd: 'touch ${item}.y', outs: ['${item}.y']}\n"
            ),
            "work/deep/.keep": "",
            "m/.keep": "",
            "elsewhere/two.csv": "2\n",
        }
    )
    dvc(repo, "init", "-q")
    dvc(repo, "repro", "-q")
    dvc(repo, "add", "-q", "elsewhere/two.csv")
    (repo.root / "elsewhere/two.csv.dvc").rename(repo.root / "two.dvc")
    (repo.root / "two.dvc").write_text((repo.root / "two.dvc").read_text() + "wdir: elsewhere\n")
    (repo.root / ".gitignore").write_text("/elsewhere/two.csv\n")
    assert "two" not in dvc(repo, "status")
    found = pointers.read(WorkTree(Repository(repo.root)))
    assert sorted(found) == ["elsewhere/two.csv", "m/one.csv", "work/deep/a.y", "work/deep/b.y"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a/x.dvc": "wdir: ../..\n" + pointer()}, "a/x.dvc:1:7: `wdir` '../..' leaves the repository; name a folder"),
        ({"a/x.dvc": "wdir: /tmp\n" + pointer()}, "a/x.dvc:1:7: `wdir` '/tmp' leaves the repository"),
        ({"a/x.dvc": "wdir: ../.git\n" + pointer()}, "a/x.dvc:1:7: `wdir` '../.git' leaves the repository"),
        ({"a/x.dvc": "wdir: [b]\n" + pointer()}, "a/x.dvc:1:7: `wdir` is not a plain path"),
        (
            {"dvc.lock": LOCK, "dvc.yaml": "stages:\n  train:\n    wdir: ${folder}\n    cmd: x\n"},
            "dvc.yaml:3:11: `wdir` is not a plain path, and only DVC could fill it in; write the folder itself",
        ),
        (
            {"dvc.lock": LOCK, "dvc.yaml": "stages:\n  train:\n    do:\n      wdir: ..\n"},
            "dvc.yaml:4:13: `wdir` '..' leaves the repository",
        ),
    ],
)
def test_a_wdir_that_cannot_be_followed_is_refused_at_its_place(files: dict[str, str], words: str):
    assert words in refusal(files)


def test_what_covers_a_path_is_its_output_or_a_folder_around_it():
    found = read({"data/flights.dvc": pointer()})
    assert covering("data/flights/2013-01.parquet", found) == covering("data/flights", found) == found["data/flights"]
    assert covering("data/flights2", found) is None
    assert covering("data", found) is None


@pytest.mark.parametrize(
    "path", ["../../x", "a/../../../x", "/etc/passwd", "../.git/x", ".git/config", "a/.dvc/x", "", "''", "."]
)
def test_an_output_outside_the_repository_is_refused(path):
    assert "leaves the repository; do not trust this file" in refusal({"data/x.dvc": pointer(path)})
    lock = LOCK.replace("models/m.skops", path)
    assert "leaves the repository; do not trust this file" in refusal({"dvc.lock": lock})


def test_a_merge_conflict_is_told_with_its_mend():
    conflict = f"<<<<<<< HEAD\n{LOCK}=======\n{LOCK}>>>>>>> other\n"
    assert refusal({"dvc.lock": conflict}) == (
        "dvc.lock: a merge conflict; mend the conflict, or take one side and run `dvc repro`"
    )


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "[" * 200_000, "a: !!python/name:os.system\n", "a: &b 1\nc: *b\n"])
def test_a_broken_pointer_is_refused_and_crashes_nothing(text):
    assert refusal({"data/x.dvc": text}).startswith("data/x.dvc:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "outs:\n",
        "outs: words\n",
        "outs: [words]\n",
        "[]",
        "words",
        "stages: [1]\n",
        "stages: {a: 1}\n",
        "stages: {a: {outs: 1}}\n",
    ],
)
def test_a_pointer_of_another_form_has_no_output(text):
    assert read({"data/x.dvc": text, "dvc.lock": text}) == {}


@pytest.mark.parametrize("size", ["many", "-1", "1e9", "", "9" * 5000])
def test_a_size_that_is_none_counts_as_unknown(size):
    assert read({"data/x.dvc": pointer(size=size)})["data/flights"].size == 0


OLD, NEW = "1" * 32, "2" * 32
TWO_STAGES = f"""stages:
  fit:
    outs: [{{path: m.skops, md5: {NEW}, size: 1}}]
  renamed:
    outs: [{{path: m.skops, md5: {OLD}, size: 1}}]
"""


def test_a_stage_that_dvc_yaml_no_longer_has_does_not_count():
    files = {"dvc.yaml": "stages:\n  fit: {cmd: make, outs: [m.skops]}\n", "dvc.lock": TWO_STAGES}
    assert pointers.read(Files(files))["m.skops"].md5 == NEW


def test_one_path_with_two_contents_is_refused():
    both = "stages:\n  fit: {cmd: make}\n  renamed: {cmd: make}\n"
    with pytest.raises(InputError, match=r"m.skops is 222222222222 for one stage or file and 111111111111 for another"):
        pointers.read(Files({"dvc.yaml": both, "dvc.lock": TWO_STAGES}))


def test_all_that_is_held_under_a_folder_is_found_with_the_folder_around_it():
    outputs = {path: Output(path, MD5, 1) for path in ("data/a", "data/deep/b", "data-too", "whole")}
    assert set(held("data", outputs)) == {"data/a", "data/deep/b"}
    assert set(held("data/a", outputs)) == {"data/a"}
    assert set(held("whole/part", outputs)) == {"whole"}
    assert held("dat", outputs) == {}


def test_a_stage_knows_what_it_was_made_from_inside_the_repository_alone():
    described = "stages:\n  train: {cmd: python train.py, wdir: sub}\n"
    lock = LOCK.replace(
        "    params:", f"    - {{path: ../../outside, md5: {MD5}}}\n    - path: /etc/hosts\n    params:"
    )
    (stage,) = pointers.stages(Files({"dvc.yaml": described, "dvc.lock": lock}))
    assert stage.name == "train"
    assert [(one.path, one.md5) for one in stage.dependencies] == [("sub/data", f"{MD5}.dir")]
    assert [one.path for one in stage.outputs] == ["sub/models/m.skops", "sub/build/frames"]


def test_stages_that_were_removed_are_no_stages():
    assert pointers.stages(Files({"dvc.yaml": "stages: {other: {cmd: x}}\n", "dvc.lock": LOCK})) == ()
