"""DVC's cache, read by digest: every byte is hashed again."""

import hashlib
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
