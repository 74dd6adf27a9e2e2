"""DVC's cache, read by digest: every byte is hashed again."""

import hashlib
import json
import subprocess
import sys

import pytest

from gitmlops.adapters.dvc import cache, command, pointers
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.errors import InputError, ToolError


def kept(folder: Cache, content: bytes) -> str:
    """Put content under its digest, as DVC does."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    place = folder.folder / "files" / "md5" / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return md5


@pytest.fixture
def store(tmp_path) -> Cache:
    return Cache(tmp_path / "cache")


def test_a_file_is_read_by_its_digest(store):
    output = Output("m.skops", kept(store, b"model"), 5)
    assert store.has(output)
    assert store.read(output) == b"model"


def test_a_swapped_object_is_refused(store):
    md5 = kept(store, b"judged")
    (store.folder / "files" / "md5" / md5[:2] / md5[2:]).write_bytes(b"swapped")
    with pytest.raises(
        ToolError, match=f"m.skops: the cache holds other bytes under {md5}; remove it and run `dvc fetch`"
    ):
        store.read(Output("m.skops", md5, 6))


def test_a_missing_object_is_told_with_its_mend(store):
    output = Output("m.skops", "0" * 32, 5)
    assert not store.has(output)
    with pytest.raises(ToolError, match=r"m.skops: not in the DVC cache; run `dvc fetch` for this commit first"):
        store.read(output)


@pytest.mark.parametrize(
    "md5", ["", "../../../../etc/passwd", "0" * 31, "G" * 32, "0" * 32 + ".dir/../x", "0" * 32 + "\n"]
)
def test_a_digest_that_is_none_reads_no_file(store, md5):
    assert not store.has(Output("x", md5, 0))
    with pytest.raises(InputError, match="is not an MD5 digest"):
        store.read(Output("x", md5, 0))


def dvc(repo, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words], cwd=repo.root, check=True, capture_output=True)


def test_what_dvc_has_added_is_read_from_the_commit_that_points_at_it(repo):
    opened = Repository(repo.root)
    command.initialise(opened)
    repo.write({"data/a.csv": "1", "data/b/c.csv": "2", "m.skops": "old"})
    dvc(repo, "add", "-q", "data", "m.skops")
    then = repo.commit()
    repo.write({"m.skops": "new"})
    dvc(repo, "add", "-q", "m.skops")
    repo.commit()
    found, store = pointers.read(CommitTree(opened, then)), cache.of(opened)
    assert store.read(found["m.skops"]) == b"old"


def test_the_configured_cache_is_the_one_that_is_read(repo, tmp_path):
    opened = Repository(repo.root)
    with pytest.raises(InputError, match="DVC is not initialised; run `dvc init`"):
        cache.of(opened)
    command.initialise(opened)
    assert cache.of(opened).folder == repo.root / ".dvc" / "cache"
    dvc(repo, "cache", "dir", "--local", str(tmp_path / "shared"))
    assert cache.of(opened).folder == tmp_path / "shared"
    repo.write({".dvc/config.local": "[cache]\n    dir = ../relative\n"})
    assert cache.of(opened).folder == repo.root / "relative"


@pytest.mark.parametrize("text", [b"words", b"[cache\n", b"\xff\xfe"])
def test_a_broken_configuration_is_told(repo, text):
    repo.write({".dvc/config": text})
    with pytest.raises(InputError, match=r"not a DVC configuration: .*; mend .dvc/config"):
        cache.of(Repository(repo.root))


def folder_of(store: Cache, **files: bytes) -> Output:
    """A folder with these files, as DVC keeps it."""
    listed = [{"md5": kept(store, content), "relpath": name} for name, content in sorted(files.items())]
    md5 = kept(store, json.dumps(listed).encode())
    place = store.folder / "files" / "md5" / md5[:2]
    (place / md5[2:]).rename(place / f"{md5[2:]}.dir")
    return Output("data", f"{md5}.dir", 0)


def test_a_folder_is_taken_with_its_files_and_hashed_on_the_way(store, tmp_path):
    folder, other = folder_of(store, a=b"one", b=b"two"), Cache(tmp_path / "other")
    assert store.holds(folder)
    assert not other.holds(folder)
    other.take(folder, store)
    assert other.holds(folder)
    other.require(folder)
    assert other.listing(folder) == store.listing(folder)


def test_a_part_that_is_missing_or_swapped_is_named(store, tmp_path):
    folder, other = folder_of(store, a=b"one", b=b"two"), Cache(tmp_path / "other")
    md5 = store.listing(folder)["b"]
    place = store.folder / "files" / "md5" / md5[:2] / md5[2:]
    place.write_bytes(b"2")
    for wrong in (lambda: other.take(folder, store), lambda: store.require(folder)):
        with pytest.raises(ToolError, match=r"data/b: the cache holds other bytes"):
            wrong()
    assert not other.holds(folder)
    place.unlink()
    assert not store.holds(folder)


@pytest.mark.parametrize("listing", [b"[1]", b'[{"md5": 1}]', b"no json", b'{"a": 1}'])
def test_a_list_that_is_none_of_dvcs_is_told(store, listing):
    md5 = kept(store, listing)
    place = store.folder / "files" / "md5" / md5[:2]
    (place / md5[2:]).rename(place / f"{md5[2:]}.dir")
    with pytest.raises(ToolError, match=r"data: not a folder of DVC's"):
        store.listing(Output("data", f"{md5}.dir", 0))


def test_a_digest_that_leaves_the_cache_writes_nothing(store, tmp_path):
    other = Cache(tmp_path / "other")
    with pytest.raises(InputError, match="is not an MD5 digest"):
        other.take(Output("data", "../../../out", 0), store)
    assert not other.folder.exists()


@pytest.mark.parametrize(
    "path", ["../.git/config", "/etc/passwd", "a/../../b", ".git/hooks/post-checkout", ".dvc/config", "a\\..\\b", "."]
)
def test_a_list_whose_paths_leave_the_folder_is_refused(store, path):
    output = folder_of(store, **{path: b"[core]\n fsmonitor = id\n"})
    with pytest.raises(ToolError, match="leaves it; do not trust it, and do not run `dvc pull`"):
        store.listing(output)
