"""Files of the work tree and of commits, the same for whoever reads them."""

import pytest

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree, WorkTree
from gitmlops.errors import InputError, ToolError

FILES: dict[str, str | bytes] = {
    "a.yaml": "one\n",
    "größe 東京/b c.yaml": "",
    "data/d.bin": b"\x00\xff\n\n",
    "x.dvc": "no line break",
    "copy.yaml": "one\n",
}


def trees(repo) -> tuple[WorkTree, CommitTree]:
    opened = Repository(repo.root)
    return WorkTree(opened), CommitTree(opened, opened.resolve("HEAD"))


def test_both_trees_have_the_same_paths_and_contents(repo):
    repo.commit(FILES)
    for tree in trees(repo):
        assert tree.paths() == tuple(sorted(FILES))
        found = {path: tree.read(path) for path in tree.paths()}
        assert found == {path: text if isinstance(text, bytes) else text.encode() for path, text in FILES.items()}


def test_the_work_tree_has_what_is_new_and_lacks_what_is_ignored_or_gone(repo):
    repo.commit({"gone": "", "kept": "", ".gitignore": "ignored\n"})
    repo.write({"new": "n", "ignored": "i"})
    (repo.root / "gone").unlink()
    work, commit = trees(repo)
    assert work.paths() == (".gitignore", "kept", "new")
    assert commit.paths() == (".gitignore", "gone", "kept")
    assert work.exists("ignored")
    assert not work.exists("gone")


def test_a_commit_stays_what_it_was(repo):
    repo.commit({"a.yaml": "old"})
    _, commit = trees(repo)
    repo.commit({"a.yaml": "new", "b.yaml": ""})
    assert commit.paths() == ("a.yaml",)
    assert commit.read("a.yaml") == b"old"


def test_a_link_is_never_read(repo, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (repo.root / "models").mkdir()
    (repo.root / "models" / "m.yaml").symlink_to(tmp_path / "secret")
    repo.commit()
    for tree in trees(repo):
        assert tree.paths() == ("models/m.yaml",)
        with pytest.raises(InputError, match=r"models/m.yaml: a symbolic link; put the file itself here"):
            tree.read("models/m.yaml")
    assert trees(repo)[1].digest("models/m.yaml") == ""


def test_a_folder_that_is_a_link_is_not_entered(repo, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "p.yaml").write_text("kind: policy\n")
    (repo.root / "policies").symlink_to(tmp_path / "elsewhere")
    repo.commit()
    work, commit = trees(repo)
    assert "policies/p.yaml" not in (*work.paths(), *commit.paths())


def test_a_file_that_is_not_there_is_told(repo):
    repo.commit()
    work, commit = trees(repo)
    with pytest.raises(InputError, match=r"a.yaml: no such file"):
        work.read("a.yaml")
    with pytest.raises(InputError, match=r"a.yaml: not in commit [0-9a-f]{12}; commit the file"):
        commit.read("a.yaml")


def test_a_folder_where_a_file_should_be_is_told(repo):
    repo.commit({"a.yaml/b": ""})
    with pytest.raises(InputError, match=r"a.yaml: cannot be read: Is a directory"):
        trees(repo)[0].read("a.yaml")


def test_equal_contents_have_equal_digests(repo):
    repo.commit(FILES)
    _, commit = trees(repo)
    assert commit.digest("a.yaml") == commit.digest("copy.yaml") != commit.digest("x.dvc")
    assert commit.digest("nothing") == ""


def test_definitions_of_a_commit_come_in_one_call_of_git(repo, monkeypatch, tmp_path):
    repo.commit({f"features/views/v{n}.yaml": f"name: v{n}\n" for n in range(50)})
    _, commit = trees(repo)
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    for n in range(50):
        assert commit.read(f"features/views/v{n}.yaml") == f"name: v{n}\n".encode()
    assert (tmp_path / "trace").read_text().count("git cat-file") == 1


def test_a_commit_without_files_has_none(repo):
    repo.commit()
    work, commit = trees(repo)
    assert work.paths() == commit.paths() == ()


def test_a_commit_that_is_not_here_is_a_failure_of_git(repo):
    repo.commit()
    with pytest.raises(ToolError):
        CommitTree(Repository(repo.root), "0" * 40).paths()


def test_a_submodule_is_no_file(repo, tmp_path):
    repo.commit({"a": ""})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repo.git("commit", "-qm", "submodule")
    assert trees(repo)[1].paths() == ("a",)


def test_all_that_is_held_at_a_path_is_found_links_in_the_place_of_a_folder_included(repo):
    repo.write({"data/a.csv": "1", "data/deep/b.csv": "2", "data-too": "3"})
    (repo.root / "link").symlink_to("data")
    repo.commit()
    _, commit = trees(repo)
    assert set(commit.held("data")) == {"data/a.csv", "data/deep/b.csv"}
    assert set(commit.held("data/a.csv")) == {"data/a.csv"}
    assert [entry[:6] for entry in commit.held("link/a.csv").values()] == ["120000"]
    assert commit.held("dat") == {}
