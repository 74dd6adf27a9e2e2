"""One run in several clones of a commit: shards make their share, the join takes it over and runs what is left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tests.conftest import GitRepo
from tests.repo.stages import Files, dvc, lock, make, require_clean

# Each command writes down that it ran, beside the clone that it ran in.
RAN = "echo {name} >> ../ran-$(basename $PWD);"
STAGES = f"""\
stages:
  prepare:
    cmd: {RAN.format(name="prepare")} mkdir -p made; cat in.txt > made/one; cat in.txt data.txt > made/two
    deps: [in.txt, data.txt]
    params: [one, nested]
    outs: [made]
  train:
    matrix: {{where: [EWR, JFK, LGA]}}
    cmd: >-
      {RAN.format(name="train@${item.where}")} cat made/* > ${{item.where}}.txt;
      echo ${{item.where}} >> ${{item.where}}.txt
    deps: [made]
    outs: ["${{item.where}}.txt"]
  judge:
    matrix: {{where: [EWR, JFK, LGA]}}
    cmd: >-
      {RAN.format(name="judge@${item.where}")} mkdir -p plots/${{item.where}};
      cat ${{item.where}}.txt > plots/${{item.where}}/a; echo b > plots/${{item.where}}/b;
      echo "{{\\"x\\": $(wc -c < ${{item.where}}.txt)}}" > ${{item.where}}.json;
      echo line >> log-${{item.where}}.txt
    deps: ["${{item.where}}.txt"]
    outs:
    - log-${{item.where}}.txt: {{persist: true}}
    - plots/${{item.where}}: {{cache: false}}
    metrics: ["${{item.where}}.json": {{cache: false}}]
  frozen: {{cmd: echo never, deps: [in.txt], outs: [kept.txt], frozen: true}}
  compare:
    cmd: {RAN.format(name="compare")} cat *.json kept.txt > all.txt
    deps: [EWR.json, JFK.json, LGA.json, kept.txt]
    outs: [all.txt]
"""
FILES: Files = {
    "dvc.yaml": STAGES,
    "in.txt": "in\n",
    "params.yaml": "one: 1\nnested: {z: 1, a: [1, 2.5, {y: 1, b: 2}]}\n",
}


IDENTITY = {
    **{f"GIT_{role}_{what}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "DVC_NO_ANALYTICS": "1",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commit with data at a DVC remote, a persisted output and a frozen stage that ran before, and changed data."""
    folder = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IDENTITY.items():
            patch.setenv(name, value)
        thawed = STAGES.replace(", frozen: true", "").replace("echo never", "echo > kept.txt")
        made = make(folder / "origin", {**FILES, "dvc.yaml": thawed})
        dvc(made.root, "remote", "add", "-q", "--default", "storage", "../storage")
        made.write({"data.txt": "data\n"})
        dvc(made.root, "add", "-q", "data.txt")
        assert made.run("pipeline", "run").exit_code == 0
        made.write({"dvc.yaml": STAGES})
        dvc(made.root, "commit", "-q", "-f", "frozen")
        dvc(made.root, "push", "-q")
        (folder / "ran-origin").unlink()
        made.commit({"in.txt": "changed\n"})
    return folder


@pytest.fixture
def origin(template: Path, tmp_path: Path) -> GitRepo:
    """Its clones lie beside it, and share its remote."""
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    return GitRepo(tmp_path / "origin")


def clone(of: GitRepo, name: str) -> GitRepo:
    root = of.root.with_name(name)
    subprocess.run(["git", "clone", "-q", str(of.root), str(root)], check=True)
    return GitRepo(root)


def ran(repo: GitRepo) -> list[str]:
    """The stages whose commands ran in a clone, sorted."""
    file = repo.root.with_name(f"ran-{repo.root.name}")
    return sorted(file.read_text().split()) if file.exists() else []


def share(repo: GitRepo, number: int, *arguments: str, of: int = 3, code: int = 0) -> Path:
    """Run a shard; its fragment."""
    result = repo.run("pipeline", "run", "--shard", f"{number}/{of}", *arguments)
    assert result.exit_code == code, result.output
    return repo.root / (result.stdout.strip() or "none")


def shares(origin: GitRepo, *numbers: int) -> list[Path]:
    """Run these shards, each in a clone of its own."""
    return [share(clone(origin, f"shard{number}"), number) for number in numbers]


def edited(fragment: Path, name: str, **changes: Any) -> Path:
    """A fragment with another value of some keys, of the run or (`stage_KEY`) of the stage judge@EWR."""
    content = json.loads(fragment.read_bytes())
    (judge,) = (stage for stage in content["finished"] if stage["stage"] == "judge@EWR")
    for key, value in changes.items():
        inside = judge if key.startswith("stage_") else content
        inside[key.removeprefix("stage_")] = value
    changed = fragment.with_name(name)
    changed.write_text(json.dumps(content))
    return changed


def join(repo: GitRepo, *fragments: Path, code: int = 0) -> Result:
    result = repo.run("pipeline", "join", *map(str, fragments))
    assert result.exit_code == code, result.output
    return result


def tree(repo: GitRepo) -> dict[str, bytes]:
    """Every file but git's and DVC's own."""
    files = (file for file in repo.root.rglob("*") if file.is_file() and not {".git", ".dvc"} & {*file.parts})
    return {str(file.relative_to(repo.root)): file.read_bytes() for file in files}


@pytest.mark.slow
def test_three_shards_in_three_clones_make_what_one_machine_makes_and_the_join_runs_its_own_stages_alone(
    origin: GitRepo,
) -> None:
    alone = clone(origin, "alone")
    dvc(alone.root, "pull", "-q")
    assert alone.run("pipeline", "run").exit_code == 0
    fragments = shares(origin, 1, 2, 3)
    joining = clone(origin, "joining")
    said = join(joining, *fragments).output
    assert lock(joining) == lock(alone)
    assert tree(joining) == tree(alone)
    assert joining.git("status", "--porcelain") == alone.git("status", "--porcelain")
    assert [ran(GitRepo(origin.root.with_name(f"shard{number}"))) for number in (1, 2, 3)] == [
        [f"judge@{where}", "prepare", f"train@{where}"] for where in ("EWR", "JFK", "LGA")
    ]
    assert ran(joining) == ["compare"]
    assert "1 run" in said
    require_clean(joining)
    assert (joining.root / "log-EWR.txt").read_text() == "line\nline\n"
    assert "everything is up to date" in joining.run("pipeline", "run").output


def test_a_shard_that_runs_twice_does_nothing_twice_and_writes_the_same_fragment(origin: GitRepo) -> None:
    first = clone(origin, "first")
    fragment = share(first, 1)
    content, done = fragment.read_bytes(), ran(first)
    assert share(first, 1).read_bytes() == content
    assert ran(first) == done
    assert dvc(first.root, "status", "train@EWR", "judge@EWR").count("up to date") == 1


@pytest.mark.slow
def test_stages_of_a_missing_fragment_run_in_the_join_which_says_so(origin: GitRepo) -> None:
    joining = clone(origin, "joining")
    said = join(joining, *shares(origin, 1, 3)).output
    assert "there is no fragment of shard 2/3: its stages run here" in said
    assert ran(joining) == ["compare", "judge@JFK", "train@JFK"]
    require_clean(joining)


@pytest.mark.slow
def test_what_failed_in_a_shard_runs_in_the_join_and_the_rest_of_the_shard_counts(origin: GitRepo) -> None:
    flaky = STAGES.replace("cat made/* >", "test ${item.where} != EWR || test -e ../ok || exit 1; cat made/* >")
    origin.commit({"dvc.yaml": flaky})
    first = clone(origin, "first")
    told = first.run("pipeline", "run", "--shard", "1/2", "--keep-going", "--jobs", "2")
    assert told.exit_code == 4
    assert "stage 'train@EWR' failed" in told.output
    (origin.root.parent / "ok").touch()
    fragments = [first.root / told.stdout.strip(), share(clone(origin, "second"), 2, "--jobs", "2", of=2)]
    assert json.loads(fragments[0].read_bytes())["finished"]
    joining = clone(origin, "joining")
    join(joining, *fragments)
    assert ran(joining) == ["compare", "judge@EWR", "train@EWR"]
    require_clean(joining)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_a_shard_that_is_stopped_leaves_no_fragment_and_goes_on_where_it_was(origin: GitRepo, number: int) -> None:
    waiting = "test -e ../go-on || (touch ../began; sleep 600); cat made/* >"
    origin.commit({"dvc.yaml": STAGES.replace("cat made/* >", waiting)})
    first = clone(origin, "first")
    command = [sys.executable, "-m", "gitmlops", "pipeline", "run", "--shard", "1/3"]
    with subprocess.Popen(command, cwd=first.root, stderr=subprocess.DEVNULL, start_new_session=True) as running:
        wait_for(origin.root.parent / "began")
        running.send_signal(number)
        assert running.wait(60) in (130, -number)
    assert not list(first.root.glob(".dvc/tmp/gitmlops/shards/*"))
    (origin.root.parent / "go-on").touch()
    fragments = [share(first, 1), *shares(origin, 2, 3)]
    assert ran(first) == ["judge@EWR", "prepare", "train@EWR", "train@EWR"]
    joining = clone(origin, "joining")
    join(joining, *fragments)
    assert ran(joining) == ["compare"]
    require_clean(joining)


@pytest.mark.slow
def test_after_a_killed_join_any_run_goes_on_where_it_was(origin: GitRepo) -> None:
    waiting = f"{RAN.format(name='compare')} test -e ../go-on || (touch ../began; sleep 600);"
    origin.commit({"dvc.yaml": STAGES.replace(RAN.format(name="compare"), waiting)})
    fragments = shares(origin, 1, 2, 3)
    joining = clone(origin, "joining")
    command = [sys.executable, "-m", "gitmlops", "pipeline", "join", *map(str, fragments)]
    with subprocess.Popen(command, cwd=joining.root, stderr=subprocess.DEVNULL, start_new_session=True) as running:
        wait_for(origin.root.parent / "began")
        running.kill()
    (origin.root.parent / "go-on").touch()
    assert joining.run("pipeline", "run").exit_code == 0
    assert ran(joining) == ["compare", "compare"]
    require_clean(joining)


@pytest.mark.slow
def test_what_shards_made_differently_is_named_and_the_first_ones_counts(origin: GitRepo) -> None:
    origin.commit({"dvc.yaml": STAGES.replace("cat in.txt > made/one", "pwd > made/one")})
    joining = clone(origin, "joining")
    said = join(joining, *shares(origin, 1, 2, 3)).output
    words = "prepare: the shards 1 and 2 and 3 made it differently, so it is not deterministic; that of 1 counts"
    assert words in said
    assert ran(joining) == ["compare", "judge@JFK", "judge@LGA", "train@JFK", "train@LGA"]
    assert (joining.root / "made/one").read_text().strip() == str(origin.root.with_name("shard1"))
    require_clean(joining)


@pytest.mark.slow
def test_a_shard_that_cannot_push_writes_no_fragment_and_pushes_when_it_runs_again(origin: GitRepo) -> None:
    first, storage = clone(origin, "first"), origin.root.with_name("storage")
    dvc(first.root, "pull", "-q", "data.txt")
    storage.rename(origin.root.with_name("away"))
    storage.write_text("not a folder")
    told = first.run("pipeline", "run", "--shard", "1/3")
    assert told.exit_code == 4
    assert "see that the remote can be reached with this machine's credentials, and run again" in told.output
    assert not list(first.root.glob(".dvc/tmp/gitmlops/shards/*"))
    storage.unlink()
    origin.root.with_name("away").rename(storage)
    fragment = share(first, 1)
    joining = clone(origin, "joining")
    join(joining, fragment)
    assert not {"prepare", "train@EWR"} & {*ran(joining)}


@pytest.mark.slow
def test_content_that_the_remote_has_lost_is_made_again(origin: GitRepo) -> None:
    fragments = shares(origin, 1, 2, 3)
    (md5,) = (
        out["md5"]
        for stage in json.loads(fragments[0].read_bytes())["finished"]
        if stage["stage"] == "train@EWR"
        for out in json.loads(stage["lock"])["outs"]
    )
    (origin.root.with_name("storage") / "files/md5" / md5[:2] / md5[2:]).unlink()
    joining = clone(origin, "joining")
    join(joining, *fragments)
    assert ran(joining) == ["compare", "train@EWR"]
    require_clean(joining)


@pytest.mark.slow
def test_what_dvc_always_runs_or_never_pushes_is_left_to_the_join_with_all_that_needs_it(tmp_path: Path) -> None:
    stages = f"""\
stages:
  asks: {{cmd: "{RAN.format(name="asks")} echo a > a.txt", deps: [in.txt], outs: [a.txt], always_changed: true}}
  after: {{cmd: "{RAN.format(name="after")} cat a.txt > b.txt", deps: [a.txt], outs: [b.txt]}}
  keeps: {{cmd: "{RAN.format(name="keeps")} echo > c.txt", deps: [in.txt], outs: [c.txt: {{push: false}}]}}
  plain: {{cmd: "{RAN.format(name="plain")} echo > d.txt", deps: [in.txt], outs: [d.txt]}}
"""
    origin = make(tmp_path / "origin", {"dvc.yaml": stages, "in.txt": "in\n"})
    dvc(origin.root, "remote", "add", "-q", "--default", "storage", "../storage")
    origin.commit()
    fragments = [share(clone(origin, f"shard{number}"), number, of=2) for number in (1, 2)]
    joining = clone(origin, "joining")
    join(joining, *fragments)
    assert ran(GitRepo(origin.root.with_name("shard1"))) == ["plain"]
    assert ran(GitRepo(origin.root.with_name("shard2"))) == []
    assert ran(joining) == ["after", "asks", "keeps"]


PIPELINE = """\
kind: pipeline
name: late
steps:
  part:
    run: grep ${{ matrix.where }} ${{ inputs.rows }} > ${{ outputs.part }}
    matrix: {where: [EWR, JFK]}
    inputs: {rows: rows.txt}
    outputs: {part: "build/${{ matrix.where }}.txt"}
  count:
    run: cat ${{ inputs.parts }} | wc -l > ${{ outputs.count }}
    inputs: {parts: "${{ steps.part.outputs.part }}"}
    outputs: {count: {path: build/count.json, type: json, cache: false, metric: true}}
  sum:
    run: cat ${{ inputs.count }} > ${{ outputs.sum }}
    inputs: {count: "${{ steps.count.outputs.count }}"}
    outputs: {sum: build/sum.txt}
"""


@pytest.mark.slow
def test_shards_of_some_steps_of_a_pipeline_compile_it_and_the_join_knows_which_steps(tmp_path: Path) -> None:
    files: Files = {"pipelines/late.yaml": PIPELINE, "rows.txt": "EWR 1\nJFK 2\nEWR 3\n"}
    origin = make(tmp_path / "origin", files)
    dvc(origin.root, "remote", "add", "-q", "--default", "storage", "../storage")
    origin.commit()
    fragments = [share(clone(origin, f"shard{number}"), number, "late", "--steps", "count", of=2) for number in (1, 2)]
    joining, alone = clone(origin, "joining"), clone(origin, "alone")
    assert "2 up to date, 1 run" in join(joining, *fragments).output
    assert alone.run("pipeline", "run", "late", "--steps", "count").exit_code == 0
    assert tree(joining) == tree(alone)
    assert (joining.root / "build/count.json").read_text().strip() == "3"
    assert not (joining.root / "build/sum.txt").exists()
    assert joining.run("pipeline", "run").exit_code == 0
    require_clean(joining)


ODD = f"""\
stages:
  below:
    cmd: {RAN.format(name="below")} cat sub/made/deep/x sub/made.sh > b.txt
    deps: [sub/made, sub/made.sh]
    outs: [b.txt]
  odd:
    cmd: {RAN.format(name="odd")} mkdir -p odd; echo > 'odd/a\\b'
    deps: [in.txt]
    outs: [odd: {{cache: false}}]
"""
SUB = """\
stages:
  make:
    cmd: echo make >> ../../ran-sub; mkdir -p made/deep; cat ../in.txt > made/deep/x; echo > made.sh; chmod +x made.sh
    deps: [../in.txt]
    outs: [made: {cache: false}, made.sh: {cache: false}]
"""


@pytest.mark.slow
def test_stages_of_other_folders_executable_files_and_odd_names_come_through_too(tmp_path: Path) -> None:
    origin = make(tmp_path / "origin", {"dvc.yaml": ODD, "sub/dvc.yaml": SUB, "in.txt": "in\n"})
    dvc(origin.root, "remote", "add", "-q", "--default", "storage", "../storage")
    origin.commit({"sub/made/deep/older": "of the last run\n"})
    result = clone(origin, "shard1").run("pipeline", "run", "--shard", "1/2")
    other = clone(origin, "shard2").run("pipeline", "run", "--shard", "2/2")
    told = [origin.root.with_name(f"shard{n}") / each.stdout.strip() for n, each in enumerate((result, other), 1)]
    assert "odd: a fragment cannot tell of all that it made; the join runs it again" in result.output + other.output
    joining, alone = clone(origin, "joining"), clone(origin, "alone")
    join(joining, *told)
    assert alone.run("pipeline", "run").exit_code == 0
    assert ran(joining) == ["odd"]
    assert origin.root.with_name("ran-sub").read_text() == "make\n" * 2  # in one shard, and alone
    assert (lock(joining), tree(joining)) == (lock(alone), tree(alone))
    assert (joining.root / "sub/made.sh").stat().st_mode == (alone.root / "sub/made.sh").stat().st_mode
    require_clean(joining)


def test_data_that_is_nowhere_is_named(origin: GitRepo) -> None:
    shutil.rmtree(origin.root.with_name("storage"))
    result = clone(origin, "first").run("pipeline", "run", "--shard", "1/3")
    assert result.exit_code == 4
    assert "stage 'data.txt.dvc' failed: missing data 'source': data.txt" in result.output


@pytest.mark.slow
def test_what_is_up_to_date_is_pulled_and_not_run_and_a_shard_pulls_what_it_needs_alone(origin: GitRepo) -> None:
    done = clone(origin, "done")
    join(done, *shares(origin, 1, 2, 3))
    done.commit(message="all is up to date")
    dvc(done.root, "push", "-q")
    again = clone(done, "again")
    fragment = share(again, 2)
    assert ran(again) == []
    assert (again.root / "JFK.txt").read_text() == (done.root / "JFK.txt").read_text()
    assert not (again.root / "EWR.txt").exists()
    joining = clone(done, "joining2")
    assert "everything is up to date" in join(joining, fragment).output
    assert ran(joining) == []
    assert lock(joining) == lock(done)


@pytest.mark.parametrize("value", ["0/3", "4/3", "x", "1", "1/0", "-1/3", "1/3/3", " 1/3", "01/3", "1/1001", ""])
def test_a_share_that_there_cannot_be_is_refused(project: GitRepo, value: str) -> None:
    result = project.run("pipeline", "run", f"--shard={value}")
    assert result.exit_code == 2
    assert "is no share of a run; write I/N, from 1/N to N/N, N at most 1000" in result.output


def test_a_shard_with_a_setting_or_without_a_remote_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    repo = make(tmp_path / "repo", FILES)
    setting = repo.run("pipeline", "run", "--shard", "1/2", "--set", "params.x=1")
    assert setting.exit_code == 2
    assert "--set is not for a shard; commit the value first" in setting.output
    alone = repo.run("pipeline", "run", "--shard", "1/2")
    assert alone.exit_code == 4
    assert "DVC has no default remote to push to" in alone.output
    assert repo.git("status", "--porcelain") == ""


def test_a_fragment_of_another_commit_or_run_is_refused(origin: GitRepo) -> None:
    fragment = shares(origin, 1)[0]
    other = edited(fragment, "other.json", shards=4)
    assert "is of another run than" in join(clone(origin, "joining"), fragment, other, code=3).output
    origin.commit(message="next")
    said = join(clone(origin, "later"), fragment, code=3).output
    assert f"{fragment}: is of the commit " in said
    assert "check that commit out, or run the shards of this commit again" in said


def lines(**out: Any) -> str:
    return json.dumps({"cmd": "x", "outs": [out]})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stage_stage": "nothing"}, "there is no stage 'nothing'"),
        ({"stage_stage": "train@JFK"}, "'train@JFK' is no stage of shard 1/3"),
        ({"stage_stage": "compare"}, "'compare' is no stage of shard 1/3"),
        ({"stage_files": [{"path": "../out.txt", "content": ""}]}, "files[0].path"),
        ({"stage_files": [{"path": "/tmp/out.txt", "content": ""}]}, "files[0].path"),
        ({"stage_files": [{"path": ".git/config", "content": ""}]}, "files[0].path"),
        ({"stage_files": [{"path": "in.txt", "content": ""}]}, "in.txt is no output of stage"),
        ({"stage_files": [{"path": "EWR.jsonx", "content": ""}]}, "EWR.jsonx is no output of stage"),
        ({"stage_files": [{"path": "EWR.json", "content": "e30="}]}, "EWR.json is not what the fragment's lines say"),
        ({"stage_files": [{"path": "plots/EWR/a", "content": ""}]}, "plots/EWR is not what the fragment's lines say"),
        (
            {"stage_files": [{"path": path, "content": ""} for path in ("EWR.json", "EWR.json/x")]},
            "EWR.json is not what",
        ),
        ({"stage_files": [{"path": "EWR.json", "content": "%"}]}, "files[0].content"),
        ({"stage_lock": lines(path="a", md5="../../../../etc/passwd")}, "outs[0].md5"),
        ({"stage_lock": lines(path="a", md5="0" * 32, cloud={})}, "cloud"),
        ({"stage_lock": "[" * 100_000}, "is not what DVC would"),
        ({"stage_lock": "not json"}, "is not what DVC would"),
        ({"stage_lock": "[]"}, "is not what DVC would"),
        ({"shard": 4}, "there is no shard 4 of 3"),
        ({"shard": 0}, "$.shard"),
        ({"commit": "HEAD"}, "$.commit"),
        ({"schema": "gitmlops/dvc-lock-fragment/2"}, "upgrade gitmlops"),
        ({"more": 1}, "more"),
        ({"pipeline": "nothing"}, "nothing"),
        ({"steps": ["nothing"]}, "there is no step 'nothing'"),
    ],
)
def test_a_fragment_that_no_shard_could_have_written_is_refused_and_nothing_is_written(
    trusted: tuple[GitRepo, Path], changes: dict[str, Any], words: str
) -> None:
    joining, fragment = trusted
    before = tree(joining)
    said = join(joining, edited(fragment, "hostile.json", **changes), code=3).output
    assert words in said
    assert "Traceback" not in said
    assert tree(joining) == before
    assert joining.git("status", "--porcelain") == ""


@pytest.fixture(scope="module")
def trusted(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRepo, Path]:
    """A clone and the fragment of the first shard, for what changes neither."""
    folder = tmp_path_factory.mktemp("trusted")
    shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IDENTITY.items():
            patch.setenv(name, value)
        return clone(GitRepo(folder / "origin"), "joining"), shares(GitRepo(folder / "origin"), 1)[0]


def test_a_fragment_must_be_a_file_of_a_size_that_one_can_have(trusted: tuple[GitRepo, Path]) -> None:
    joining, fragment = trusted
    link, huge = fragment.with_name("link.json"), fragment.with_name("huge.json")
    link.unlink(missing_ok=True)
    link.symlink_to(fragment)
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    for path in (link, fragment.parent, fragment.with_name("none.json"), Path("/dev/zero")):
        assert f"{path}: not a file; name the fragments" in join(joining, path, code=3).output
    assert "1099511627776 bytes, a fragment has at most 67108864" in join(joining, huge, code=3).output


@pytest.mark.slow
def test_what_is_in_the_way_of_an_output_goes_as_in_any_run_and_nothing_runs_for_it(origin: GitRepo) -> None:
    fragments = shares(origin, 1, 2, 3)
    joining = clone(origin, "joining")
    joining.write({"EWR.txt": "by hand\n", "made/by-hand": ""})
    join(joining, *fragments)
    assert ran(joining) == ["compare"]
    assert not (joining.root / "made/by-hand").exists()
    require_clean(joining)


@pytest.mark.slow
def test_a_link_in_the_way_of_an_output_is_not_followed(origin: GitRepo) -> None:
    fragment = shares(origin, 1)[0]
    joining = clone(origin, "joining")
    (joining.root / "EWR.json").unlink()
    (joining.root / "EWR.json").symlink_to("../elsewhere")
    assert "a symbolic link: what is written there would land elsewhere" in join(joining, fragment, code=3).output
    assert not origin.root.with_name("elsewhere").exists()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)
