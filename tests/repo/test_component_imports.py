"""Components of another repository: fetched at a commit, pinned by digest, run from what is committed here."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.conftest import GitRepo

CONTRACT = """\
kind: component
name: shout
version: v3
owner: them
description: Writes in capitals
inputs: {text: {type: any, description: A text}}
outputs: {loud: {type: any, description: The same, louder}}
entry: shout:run
"""
CODE = """\
import ending

def run(inputs, params, outputs):
    outputs["loud"].write_text(inputs["text"].read_text().upper() + ending.MARK)
"""
THEIRS = {
    "ml/shout/component.yaml": CONTRACT.replace("The same, louder", "In capitals"),
    "ml/shout/shout.py": CODE,
    "ml/shout/ending.py": "MARK = '!'\n",
    "ml/shout/more/words.txt": "words\n",
    "ml/other.py": "1 / 0\n",
    "setup.py": "import os; os.system('touch /tmp/owned')\n",
}
CANARY = "import pathlib\npathlib.Path({place!r}).write_text('it ran')\n"


@pytest.fixture
def theirs(tmp_path: Path) -> GitRepo:
    there = tmp_path / "theirs"
    subprocess.run(["git", "init", "-q", "-b", "main", str(there)], check=True)
    repo = GitRepo(there)
    repo.commit(dict(THEIRS))
    return repo


def uses(theirs: GitRepo, commit: str = "", folder: str = "ml/shout") -> str:
    return f"git+file://{theirs.root}@{commit or theirs.git('rev-parse', 'HEAD').strip()}//{folder}"


def pipeline(named: str) -> dict[str, str | bytes]:
    steps = f"  loud:\n    uses: {named}\n    with: {{text: data/in.txt}}\n"
    return {"pipelines/p.yaml": f"kind: pipeline\nname: p\nsteps:\n{steps}", "data/in.txt": "in"}


@pytest.fixture
def work(project: GitRepo, theirs: GitRepo) -> GitRepo:
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=project.root, check=True)
    project.commit(pipeline(uses(theirs)))
    result = project.run("pipeline", "compile")
    assert result.exit_code == 0, result.output
    return project


def folder(work: GitRepo) -> Path:
    return next((work.root / "imports").glob("_*/components/shout"))


def refused(work: GitRepo, theirs: GitRepo, files: dict[str, str | bytes], at: str = "ml/shout") -> str:
    theirs.commit(files)
    work.write(pipeline(uses(theirs, folder=at)))
    before = work.git("status", "--porcelain", "--untracked-files=all")
    result = work.run("pipeline", "compile")
    assert result.exit_code == 3, result.output
    assert work.git("status", "--porcelain", "--untracked-files=all") == before
    return str(result.output)


def test_a_component_is_taken_over_as_it_is_pinned_and_run(work: GitRepo, theirs: GitRepo) -> None:
    commit = theirs.git("rev-parse", "HEAD").strip()
    there = sorted(str(path.relative_to(folder(work))) for path in folder(work).rglob("*") if path.is_file())
    assert there == ["component.yaml", "ending.py", "more/words.txt", "shout.py"]
    lock = yaml.safe_load((work.root / "gitmlops.lock").read_text())
    assert list(lock["components"]) == [uses(theirs)]
    assert f"imports/_{commit[:12]}/components/shout/shout.py" in lock["components"][uses(theirs)]["sha256"]
    assert work.run("pipeline", "run").exit_code == 0
    assert (work.root / "build/p/loud/loud").read_text() == "IN!"
    stage = yaml.safe_load((work.root / "dvc.yaml").read_text())["stages"]["p-loud"]
    assert stage["deps"] == ["data/in.txt", f"imports/_{commit[:12]}/components/shout"]


def test_what_is_here_needs_no_network(work: GitRepo, theirs: GitRepo) -> None:
    work.git("add", "--all")
    theirs.root.rename(theirs.root.with_name("gone"))
    for command in (["check"], ["pipeline", "compile", "--check"], ["pipeline", "compile"], ["pipeline", "run"]):
        result = work.run(*command)
        assert result.exit_code == 0, result.output


def test_check_and_compile_check_fetch_nothing(project: GitRepo, theirs: GitRepo) -> None:
    project.commit(pipeline(uses(theirs)))
    for command in (["check"], ["pipeline", "compile", "--check"]):
        result = project.run(*command)
        assert result.exit_code == 3
        words = "pipelines/p.yaml:5:11: the component 'shout' is not fetched yet; run `gitmlops pipeline compile`"
        assert words in result.output
    assert not (project.root / "imports").exists()


def test_an_edited_file_is_told_and_restored(work: GitRepo) -> None:
    (folder(work) / "ending.py").write_text("MARK = '?'\n")
    (folder(work) / "new.py").write_text("")
    (folder(work) / "shout.py").unlink()
    said = " ".join(work.run("check").output.split())
    assert "ending.py:1:1: edited by hand: it is not what file://" in said
    assert "new.py:1:1: 'shout' has no such file" in said
    assert "shout.py:1:1: a file of 'shout' is not there" in said
    assert work.run("pipeline", "run").exit_code == 3
    assert work.run("pipeline", "compile").exit_code == 0
    assert (folder(work) / "ending.py").read_text() == "MARK = '!'\n"
    assert not (folder(work) / "new.py").exists()
    assert work.run("check").exit_code == 0


def test_another_commit_replaces_the_files_and_runs_the_step_again(work: GitRepo, theirs: GitRepo) -> None:
    work.run("pipeline", "run")
    theirs.commit({"ml/shout/ending.py": "MARK = '!!'\n"})
    work.write(pipeline(uses(theirs)))
    assert work.run("pipeline", "compile").exit_code == 0
    assert len(list((work.root / "imports").iterdir())) == 1
    assert work.run("pipeline", "run").exit_code == 0
    assert (work.root / "build/p/loud/loud").read_text() == "IN!!"


def test_a_component_that_no_pipeline_uses_any_more_goes_with_its_pin(work: GitRepo) -> None:
    work.write({"pipelines/p.yaml": "kind: pipeline\nname: p\nsteps: {one: {run: 'touch x', outputs: {x: x}}}\n"})
    assert "does not know this file" not in work.run("check").output
    assert work.run("pipeline", "compile").exit_code == 0
    assert not (work.root / "imports").exists()
    assert "components" not in yaml.safe_load((work.root / "gitmlops.lock").read_text())


def test_imported_features_and_components_keep_each_others_pins(work: GitRepo, theirs: GitRepo) -> None:
    before = (work.root / "gitmlops.lock").read_bytes()
    entity = "kind: entity\nname: e\nkeys: [{name: k, dtype: string}]\nowner: o\ndescription: d\n"
    theirs.commit({"features/entities/e.yaml": entity})
    work.write({"gitmlops.yaml": f"project: t\nimports: [{{name: they, git: 'file://{theirs.root}', rev: main}}]\n"})
    assert work.run("feature", "import").exit_code == 0
    assert work.run("check").exit_code == 0, work.run("check").output
    assert work.run("pipeline", "compile").output == "dvc.yaml is up to date\n"
    work.write({"gitmlops.yaml": "project: t\n"})
    work.run("feature", "import")
    assert (work.root / "gitmlops.lock").read_bytes() == before


def test_a_file_that_nobody_pinned_is_told(work: GitRepo) -> None:
    work.write({"imports/_0123456789ab/components/x/x.py": ""})
    assert (
        "imports/_0123456789ab/components/x/x.py:1:1: gitmlops.lock does not know this file" in work.run("check").output
    )


def test_list_shows_what_was_taken_over(work: GitRepo, theirs: GitRepo) -> None:
    assert uses(theirs) in work.run("component", "list", "--format", "json").stdout
    assert "Writes in capitals" in work.run("component", "show", "shout").stdout


def test_nothing_of_theirs_runs_on_the_way(work: GitRepo, theirs: GitRepo, tmp_path: Path) -> None:
    place = tmp_path / "canary"
    code = CANARY.format(place=str(place)) + CODE
    theirs.commit({"ml/shout/shout.py": code, ".gitattributes": "* filter=evil\n", "ml/shout/conftest.py": code})
    theirs.git("config", "filter.evil.smudge", f"touch {place}")
    work.write(pipeline(uses(theirs)))
    for command in (["pipeline", "compile"], ["check"], ["pipeline", "status"], ["component", "list"]):
        assert work.run(*command).exit_code == 0
    assert not place.exists()


def test_what_dvc_or_pytest_would_run_by_itself_stays_there(work: GitRepo, theirs: GitRepo) -> None:
    evil = "stages:\n  evil:\n    cmd: touch owned\n    outs: [owned]\n"
    more = {
        "dvc.yaml": evil,
        "deep/dvc.yaml": evil,
        "x.dvc": "outs: []\n",
        "test_x.py": "1 / 0\n",
        "conftest.py": "1 / 0\n",
    }
    theirs.commit({f"ml/shout/{path}": content for path, content in more.items()})
    work.write(pipeline(uses(theirs)))
    assert work.run("pipeline", "compile").exit_code == 0
    there = sorted(str(path.relative_to(folder(work))) for path in folder(work).rglob("*") if path.is_file())
    assert there == ["component.yaml", "ending.py", "more/words.txt", "shout.py"]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("git+https://host/org/repo@main//c", "'main' is no whole commit SHA; a tag or branch can move"),
        ("git+https://host/org/repo@abcdef0//c", "'abcdef0' is no whole commit SHA"),
        ("git+https://host/org/repo//c", "names no folder of a repository"),
        (f"git+https://host/org/repo@{'a' * 40}", "names no folder of a repository"),
        (f"git+https://host/org/repo@{'a' * 40}//../c", "'../c' is no folder"),
        (f"git+ext::sh -c id@{'a' * 40}//c", "'ext::sh -c id' is no address"),
        (f"git+https://me:secret@host/x@{'a' * 40}//c", "is no address"),
        (f"git+https://host/x@{'a' * 40}//c/1x", "'1x' is no name of a component"),
    ],
)
def test_an_address_that_git_shall_not_see_is_refused_where_it_stands(project: GitRepo, named: str, words: str) -> None:
    project.commit(pipeline(f'"{named}"'))
    for command in (["check"], ["pipeline", "compile"]):
        result = project.run(*command)
        assert result.exit_code == 3
        assert "pipelines/p.yaml:5:11: " in result.output
        assert words in " ".join(result.output.split())


def test_a_commit_that_is_not_there_is_a_failure_of_git(project: GitRepo, theirs: GitRepo) -> None:
    project.commit(pipeline(uses(theirs, commit="a" * 40)))
    result = project.run("pipeline", "compile")
    assert result.exit_code == 4
    assert f"file://{theirs.root}: not fetched: " in result.output


def test_what_is_no_component_is_refused(work: GitRepo, theirs: GitRepo) -> None:
    assert "there is no ml/component.yaml" in refused(work, theirs, {}, at="ml")
    assert "there is no ml/nothing/component.yaml" in refused(work, theirs, {}, at="ml/nothing")
    wrong = CONTRACT.replace("version: v3", "versoin: v3")
    assert "ml/shout/component.yaml:3:1: unknown key" in refused(work, theirs, {"ml/shout/component.yaml": wrong})
    other = THEIRS["ml/shout/component.yaml"].replace("name: shout", "name: whisper")
    assert "'whisper' is in the folder 'shout'" in refused(work, theirs, {"ml/shout/component.yaml": other})


def test_code_that_lies_elsewhere_in_their_repository_is_told_with_its_line(work: GitRepo, theirs: GitRepo) -> None:
    said = refused(work, theirs, {"ml/shout/shout.py": "import ending\nfrom ml import other\n" + CODE})
    assert "ml/shout/shout.py:2: it imports 'ml' of its own repository, which does not come with it" in said


@pytest.mark.slow
def test_links_and_folders_without_end_are_refused(work: GitRepo, theirs: GitRepo) -> None:
    (theirs.root / "ml/shout/link").symlink_to("/etc/passwd")
    assert "ml/shout/link: a symbolic link" in refused(work, theirs, {})
    (theirs.root / "ml/shout/link").unlink()
    tree = theirs.git("rev-parse", "HEAD:ml/shout/more").strip()
    for _ in range(12):  # 2 to the power of 12 folders in a few objects
        lines = f"040000 tree {tree}\ta\n040000 tree {tree}\tb\n"
        made = subprocess.run(
            ["git", "mktree"], cwd=theirs.root, input=lines, text=True, check=True, capture_output=True
        )
        tree = made.stdout.strip()
    theirs.git("read-tree", "--prefix=ml/shout/deep", tree)
    theirs.git("commit", "-q", "-m", "deep")
    work.write(pipeline(uses(theirs)))
    result = work.run("pipeline", "compile")
    assert result.exit_code == 3
    assert "a folder of more than 500 files is not taken from another repository" in result.output
