"""A released version made again: what must be found and named, and what must be left alone."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from tests.conftest import GitRepo
from tests.repo.stages import dvc

MODEL = """\
kind: model
name: m
pipeline: p
artifact: models/m.txt
feature_set: f
owner: us
risk_tier: low
intended_use: Tests.
not_intended_for: Anything else.
task: {kind: binary, label: late}
evaluation: {data: data/rows.parquet, labels: data/labels.parquet, id: row_id}
"""
STAGES = """\
stages:
  prepare:
    cmd: mkdir -p build && tr a-z A-Z < data/in.txt > build/mid.txt
    deps: [data/in.txt]
    outs: [build/mid.txt]
  train:
    cmd: sh scripts/train.sh
    deps: [build/mid.txt, scripts, requirements.txt]
    params: [rate, depth]
    outs: [models/m.txt]
    metrics: [metrics.json: {cache: false}]
"""
TRAIN = """\
cat build/mid.txt params.yaml > models/m.txt
printf '{"auc": %s, "rows": 3}' "$(cat ${OUTSIDE:-/dev/null} | grep . || echo 0.75)" > metrics.json
"""
LOCK = "tiny==1.0 --hash=sha256:{0}\nother==2.1 --hash=sha256:{0}\n".format("0" * 64)
FILES: dict[str, str | bytes] = {
    "gitmlops.yaml": "project: test\nenvironment: requirements.txt\n",
    "models/m.yaml": MODEL,
    "dvc.yaml": STAGES,
    "params.yaml": "rate: 0.1\ndepth: {most: 3, least: 1}\n",
    "scripts/train.sh": TRAIN,
    "requirements.txt": LOCK,
    "data/in.txt": "what it learns from\n",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        root = tmp_path_factory.mktemp("reproduce") / "work"
        subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
        repo = GitRepo(root)
        dvc(root, "init", "-q")
        (root.parent / "storage").mkdir()
        dvc(root, "remote", "add", "-q", "-d", "storage", "../storage")
        repo.write(FILES)
        dvc(root, "add", "-q", "data/in.txt")
        run_and_commit(repo)
        dvc(root, "push", "-q")
        return repo


@pytest.fixture
def small(made: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A copy whose v1.0.0 was released; temporary files of what it runs are in a folder of their own."""
    shutil.copytree(made.root.parent, tmp_path / "copy", symlinks=True)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    repo = GitRepo(tmp_path / "copy" / "work")
    release(repo, "v1.0.0")
    return repo


def run_and_commit(repo: GitRepo) -> None:
    dvc(repo.root, "repro", "-q")
    repo.commit(message="Train")


def release(repo: GitRepo, version: str, *trailers: str) -> None:
    message = "A version\n\n" + "\n".join(trailers)
    repo.git("tag", "-a", f"m@{version}", "-m", message)


def reproduced(repo: GitRepo, version: str = "v1.0.0", *options: str, code: int = 0) -> Result:
    before = state(repo)
    result = repo.run("model", "reproduce", f"m@{version}", *options)
    assert result.exit_code == code, result.output
    after = state(repo)
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == set()
    return result


def state(repo: GitRepo) -> dict[str, object]:
    """All that a reproduction leaves alone: of what is computed anew at any time, nobody need know."""
    derived = (".dvc/tmp/", ".git/gitmlops/")
    paths = sorted(path for path in repo.root.rglob("*") if path.is_file())
    files = [path for path in paths if not path.relative_to(repo.root).as_posix().startswith(derived)]
    return {
        **{str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files},
        "refs": repo.git("for-each-ref"),
        "work trees": repo.git("worktree", "list"),
        "temporary files": sorted(temporary(repo).iterdir()),
    }


def temporary(repo: GitRepo) -> Path:
    return repo.root.parent.parent / "temporary"


def verdicts(result: Result) -> dict[str, str]:
    """Output -> verdict, from the text of a report."""
    rows = result.stdout.partition("\nOutputs\n")[2].partition("\n\n")[0].splitlines()[1:]
    return {row.split()[0]: "identical" if "identical" in row.split()[2] else row.split()[2] for row in rows}


def cached(repo: GitRepo, path: str) -> Path:
    """Where the cache keeps a file."""
    md5 = hashlib.md5((repo.root / path).read_bytes(), usedforsecurity=False).hexdigest()
    return repo.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def test_what_was_released_comes_again_and_nothing_else_is_touched(small: GitRepo) -> None:
    (small.root / "scripts/train.sh").write_text("my own work, not committed")
    result = reproduced(small)
    assert "Reproduction of m v1.0.0: reproduced" in result.stdout
    assert "outputs  3 of 3 outputs are identical" in result.stdout
    assert verdicts(result) == dict.fromkeys(("build/mid.txt", "metrics.json", "models/m.txt"), "identical")
    assert "4 inputs are as dvc.lock and the tag say" in result.stdout
    assert "train: done" in result.stderr


def test_other_formats_tell_the_same(small: GitRepo) -> None:
    tables = json.loads(reproduced(small, "v1.0.0", "--format", "json").stdout)["tables"]
    rows = {row["output"]: row["verdict"] for table in tables for row in table["rows"] if table["title"] == "Outputs"}
    assert rows == dict.fromkeys(("build/mid.txt", "metrics.json", "models/m.txt"), "identical")
    assert "# Reproduction of m v1.0.0: reproduced" in reproduced(small, "v1.0.0", "--format", "markdown").stdout


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("scripts/train.sh", TRAIN + "# one more\n", "scripts/train.sh: not what dvc.lock recorded (stage train)"),
        ("params.yaml", "rate: 0.2\ndepth: {most: 3, least: 1}\n", "params.yaml: rate: 0.1 -> 0.2 (stage train)"),
        ("params.yaml", "rate: 0.1\ndepth: {most: 4, least: 1}\n", "params.yaml: depth.most: 3 -> 4 (stage train)"),
        ("params.yaml", "rate: 0.1\ndepth: {most: 3}\n", "params.yaml: depth.least: 1 -> none (stage train)"),
        ("requirements.txt", LOCK.replace("1.0", "1.1"), "requirements.txt: tiny: 1.0 -> 1.1 (stage train)"),
        ("dvc.yaml", STAGES.replace("tr a-z", "tr  a-z"), "dvc.yaml: stage prepare has another command"),
    ],
)
def test_an_input_that_changed_without_a_run_is_named(small: GitRepo, path: str, content: str, words: str) -> None:
    small.commit({path: content})
    release(small, "v1.0.1")
    result = reproduced(small, "v1.0.1", code=1)
    assert "Reproduction of m v1.0.1: different" in result.stdout
    assert words in " ".join(result.stdout.split())
    assert words in result.stderr  # before the stages run, which may take long


def test_other_data_under_an_old_lock_are_named_and_what_comes_of_them(small: GitRepo) -> None:
    small.write({"data/in.txt": "what it learns from!\n"})
    dvc(small.root, "add", "-q", "data/in.txt")
    small.commit()
    release(small, "v1.0.1")
    said = " ".join(reproduced(small, "v1.0.1", code=1).stdout.split())
    assert "data data/in.txt: not what dvc.lock recorded (stage prepare)" in said
    assert "models/m.txt: different (line 1: WHAT IT LEARNS FROM -> WHAT IT LEARNS FROM!) (stage train)" in said


def test_a_changed_byte_of_the_kept_data_is_named_and_nothing_runs(small: GitRepo) -> None:
    kept = cached(small, "data/in.txt")
    kept.chmod(0o644)
    kept.write_text("what it learns From\n")
    result = reproduced(small, code=1)
    assert "data/in.txt: the cache holds other bytes" in result.stdout
    assert "Nothing was run" in result.stdout
    assert "train" not in result.stderr


def test_data_that_only_the_remote_has_are_fetched_and_not_into_the_cache(small: GitRepo) -> None:
    shutil.rmtree(small.root / ".dvc/cache")
    assert verdicts(reproduced(small))["models/m.txt"] == "identical"
    assert not (small.root / ".dvc/cache").exists()


def test_a_changed_byte_at_the_remote_is_named(small: GitRepo) -> None:
    kept = cached(small, "data/in.txt").relative_to(small.root / ".dvc/cache")
    shutil.rmtree(small.root / ".dvc/cache")
    stored = small.root.parent / "storage" / kept
    stored.chmod(0o644)
    stored.write_text("what it learns From\n")
    words = "data/in.txt: neither in the cache nor, with these bytes, at a remote"
    assert words in reproduced(small, code=4).stderr


@pytest.mark.parametrize("with_remote", [True, False])
def test_data_that_are_nowhere_are_named(small: GitRepo, with_remote: bool) -> None:
    cached(small, "data/in.txt").unlink()
    shutil.rmtree(small.root.parent / "storage")
    if not with_remote:
        dvc(small.root, "remote", "remove", "storage")
    result = reproduced(small, code=4)
    assert "data/in.txt: neither in the cache nor, with these bytes, at a remote" in result.stderr
    assert ("there is no remote" in result.stderr) is not with_remote


def test_a_tag_that_is_not_there_and_a_model_that_is_not_there_name_the_nearest(small: GitRepo) -> None:
    assert "there is no version 'v1.0.9' of m; did you mean 'v1.0.0'?" in reproduced(small, "v1.0.9", code=3).stderr
    result = small.run("model", "reproduce", "n@v1.0.0")
    assert result.exit_code == 3
    assert "no version of a model 'n' was ever registered; known: m" in result.stderr


@pytest.mark.parametrize("under_dvc", [True, False])
def test_a_model_that_no_pipeline_wrote_cannot_be_made_again(small: GitRepo, under_dvc: bool) -> None:
    small.write({"dvc.yaml": STAGES.replace("models/m.txt", "models/n.txt"), "models/m.txt": "from somewhere"})
    small.git("rm", "-q", "--cached", "dvc.lock")
    (small.root / "dvc.lock").unlink()
    if under_dvc:
        dvc(small.root, "add", "-q", "models/m.txt")
    else:
        (small.root / "models/.gitignore").unlink()
    small.commit()
    release(small, "v2.0.0")
    result = small.run("model", "reproduce", "m@v2.0.0")
    how = "it was added with `dvc add`" if under_dvc else "it is a file in git"
    assert result.exit_code == 3
    assert f"models/m.txt: no stage of a pipeline wrote it in m@v2.0.0: {how}" in result.stderr


def test_without_dvc_the_extra_is_named(small: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitmlops.adapters.dvc.command.find_spec", lambda _: None)
    assert 'dvc is not installed; install the ML extra: pip install "gitmlops[ml]"' in reproduced(small, code=4).stderr


@pytest.mark.slow
def test_digests_that_the_tag_pins_are_compared(small: GitRepo) -> None:
    content = (small.root / "models/m.txt").read_bytes()
    small.commit()
    release(small, "v1.1.0", f"Model: {hashlib.sha256(content).hexdigest()}")
    assert "the tag's digests that hold  models/m.txt" in reproduced(small, "v1.1.0").stdout
    small.commit()
    release(small, "v1.2.0", f"Model: {'0' * 64}", f"Data: data/in.txt {'1' * 64}")
    said = reproduced(small, "v1.2.0", code=1).stdout
    assert "models/m.txt: its sha256 is" in said
    assert "data/in.txt: its sha256 is" in said


@pytest.mark.parametrize(
    ("now", "options", "code", "words"),
    [
        ("0.7500000001", (), 0, "metrics.json: within tolerance (1 of 2 values differ, by at most 1e-10)"),
        ("0.76", (), 1, "metrics.json: different (auc: 0.75 -> 0.76) (stage train)"),
        ("0.76", ("--tolerance", "0.02"), 0, "metrics.json: within tolerance"),
        ("0.7500000001", ("--tolerance", "0"), 1, "metrics.json: different (auc: 0.75 -> 0.7500000001)"),
    ],
)
def test_metrics_are_compared_value_by_value(
    small: GitRepo, monkeypatch: pytest.MonkeyPatch, now: str, options: tuple[str, ...], code: int, words: str
) -> None:
    (small.root.parent / "outside").write_text(now)
    monkeypatch.setenv("OUTSIDE", str(small.root.parent / "outside"))
    assert words in " ".join(reproduced(small, "v1.0.0", *options, code=code).stdout.split())


def test_a_metric_that_somebody_edited_after_the_run_is_named(small: GitRepo) -> None:
    small.commit({"metrics.json": '{"auc": 0.95, "rows": 3}'})
    release(small, "v1.0.1")
    said = reproduced(small, "v1.0.1", code=1).stdout
    assert "metrics.json: git has other bytes than its stage wrote" in said


@pytest.mark.slow
def test_steps_of_a_pipeline_run_again_as_their_stages_say(small: GitRepo) -> None:
    pipeline = """\
kind: pipeline
name: p
params: {word: hello}
steps:
  make:
    run: printf '%s' ${{ params.word }} | cat ${{ inputs.source }} - > ${{ outputs.model }}
    inputs: {source: data/in.txt}
    outputs: {model: models/m.txt}
  beside:
    run: touch ${{ outputs.it }}
    outputs: {it: build/beside}
"""
    small.write({"dvc.yaml": "", "pipelines/p.yaml": pipeline})
    assert small.run("pipeline", "run").exit_code == 0
    small.commit()
    release(small, "v2.0.0")
    assert verdicts(reproduced(small, "v2.0.0")) == {"models/m.txt": "identical"}
    small.commit({"pipelines/p.yaml": pipeline.replace("hello", "hullo")})
    release(small, "v2.0.1")
    result = reproduced(small, "v2.0.1", code=1)
    assert "pipelines/p.yaml: params.word: hello -> hullo (stage p-make)" in result.stderr
    assert verdicts(result) == {"models/m.txt": "different"}


@pytest.mark.slow
def test_stages_of_a_folder_with_a_matrix_and_a_folder_to_run_in_come_again(small: GitRepo) -> None:
    stages = """\
stages:
  part:
    matrix: {city: [EWR, JFK]}
    wdir: inside
    cmd: echo ${item.city} > ${item.city}.txt
    outs: ["${item.city}.txt"]
  join:
    cmd: mkdir -p ../models && cat inside/EWR.txt inside/JFK.txt ../data/in.txt > ../models/m.txt
    deps: [inside/EWR.txt, inside/JFK.txt, ../data/in.txt]
    outs: [../models/m.txt]
"""
    (small.root / "dvc.lock").unlink()
    (small.root / "dvc.yaml").unlink()
    small.write({"sub/dvc.yaml": stages, "sub/inside/.keep": ""})
    dvc(small.root, "repro", "-q", "sub/dvc.yaml")
    small.commit()
    release(small, "v2.0.0")
    result = reproduced(small, "v2.0.0")
    assert verdicts(result) == dict.fromkeys(("models/m.txt", "sub/inside/EWR.txt", "sub/inside/JFK.txt"), "identical")


def test_a_dvc_that_was_not_tested_runs_plain_dvc_repro_with_a_notice(
    small: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitmlops.adapters.dvc.versions.TESTED", ("2.0",))
    result = reproduced(small)
    assert "was not tested with gitmlops: running plain `dvc repro`" in result.stderr
    assert set(verdicts(result).values()) == {"identical"}


@pytest.mark.slow
def test_outputs_that_are_folders_are_compared_file_by_file(small: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    (small.root.parent / "outside").write_text("then")
    monkeypatch.setenv("OUTSIDE", str(small.root.parent / "outside"))
    script = TRAIN + 'mkdir -p build/parts; echo one > build/parts/a.txt; cat "$OUTSIDE" > build/parts/b.txt\n'
    script = script.replace("${OUTSIDE:-/dev/null}", "/dev/null")
    stages = STAGES.replace("outs: [models/m.txt]", "outs: [models/m.txt, build/parts]")
    small.write({"dvc.yaml": stages, "scripts/train.sh": script})
    run_and_commit(small)
    release(small, "v2.0.0")
    assert verdicts(reproduced(small, "v2.0.0"))["build/parts"] == "identical"
    (small.root.parent / "outside").write_text("now")
    said = " ".join(reproduced(small, "v2.0.0", code=1).stdout.split())
    assert "build/parts: different (b.txt: line 1: then -> now)" in said
    shutil.rmtree(small.root / ".dvc/cache/files")
    said = " ".join(reproduced(small, "v2.0.0", code=1).stdout.split())
    assert "those that were released are neither in the cache nor at a remote" in said


def test_a_negative_tolerance_is_a_usage_error(small: GitRepo) -> None:
    assert small.run("model", "reproduce", "m", "--tolerance", "-1").exit_code == 2


@pytest.mark.slow
def test_a_frozen_stage_is_not_run_and_its_output_is_data(small: GitRepo) -> None:
    frozen = STAGES.replace("  prepare:\n", "  prepare:\n    frozen: true\n")
    small.commit({"dvc.yaml": frozen})
    release(small, "v1.0.1")
    result = reproduced(small, "v1.0.1")
    assert "prepare: running" not in result.stderr
    assert verdicts(result) == {"metrics.json": "identical", "models/m.txt": "identical"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("output", "code", "words"),
    [("models/m.txt", 1, "give it a seed, or a tolerance"), ("build/report.txt", 0, "warning")],
)
def test_what_is_declared_not_deterministic_only_counts_where_it_is_the_model(
    small: GitRepo, monkeypatch: pytest.MonkeyPatch, output: str, code: int, words: str
) -> None:
    meta = "    meta: {gitmlops: {deterministic: false}}\n"
    train = 'cat build/mid.txt > models/m.txt; echo same > build/report.txt; cat "$OUTSIDE" >> ' + output + "\n"
    stages = STAGES.replace(
        "outs: [models/m.txt]\n    metrics: [metrics.json: {cache: false}]\n",
        f"outs: [models/m.txt, build/report.txt]\n{meta}",
    )
    (small.root.parent / "outside").write_text("as it came\n")
    monkeypatch.setenv("OUTSIDE", str(small.root.parent / "outside"))
    small.write({"dvc.yaml": stages, "scripts/train.sh": train})
    run_and_commit(small)
    release(small, "v2.0.0")
    (small.root.parent / "outside").write_text("as it comes\n")
    said = " ".join(reproduced(small, "v2.0.0", code=code).stdout.split())
    assert f"{output}: different" in said
    assert "is declared `deterministic: false`" in said
    assert words in said


def test_a_stage_that_fails_is_named_and_nothing_stays(small: GitRepo) -> None:
    small.commit({"scripts/train.sh": "echo no such city >&2\nexit 7\n"})
    release(small, "v1.0.1")
    result = reproduced(small, "v1.0.1", code=4)
    assert "stage 'train' failed: its command ended with exit code 7" in result.stderr
    assert "no such city" in result.stderr
    assert "scripts/train.sh: not what dvc.lock recorded" in result.stderr


def test_a_lock_without_the_stage_is_no_record(small: GitRepo) -> None:
    text = (small.root / "dvc.lock").read_text()
    start, end = text.index("  prepare:"), text.index("  train:")
    small.commit({"dvc.lock": text[:start] + text[end:]})
    release(small, "v1.0.1")
    assert "dvc.lock does not say what stage prepare wrote" in reproduced(small, "v1.0.1", code=3).stderr


@pytest.mark.slow
def test_storages_of_an_old_commit_are_not_asked_and_its_hooks_do_not_run(small: GitRepo) -> None:
    evil = small.root.parent / "evil"
    shutil.copytree(small.root.parent / "storage", evil)
    before = (small.root / ".dvc/config").read_text()
    small.commit({".dvc/config": before.replace("../../storage", "../../evil")})
    release(small, "v1.0.1")
    small.commit({".dvc/config": before})
    hook = small.root / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\ntouch ../hooked\n")
    hook.chmod(0o755)
    shutil.rmtree(small.root / ".dvc/cache")
    shutil.rmtree(small.root.parent / "storage")
    assert (
        "data/in.txt: neither in the cache nor, with these bytes, at a remote"
        in reproduced(small, "v1.0.1", code=4).stderr
    )
    assert not [*small.root.parent.rglob("hooked")]


@pytest.mark.slow
def test_only_stages_that_lead_to_the_model_run(small: GitRepo) -> None:
    canary = small.root.parent / "canary"
    stages = f"stages:\n  theirs:\n    cmd: touch {canary}; echo x > x.txt\n    outs: [x.txt]\n"
    small.commit({"imports/x/dvc.yaml": stages, "dvc.py": f"open({str(canary)!r}, 'w')\n"})
    release(small, "v1.0.1")
    reproduced(small, "v1.0.1")
    assert not canary.exists()


@pytest.mark.slow
def test_what_came_from_another_repository_must_be_what_was_reviewed(small: GitRepo) -> None:
    imports = 'imports: [{name: x, git: "https://example.com/x.git", rev: v1}]\n'
    small.commit({"gitmlops.yaml": str(FILES["gitmlops.yaml"]) + imports})
    release(small, "v1.0.1")
    assert "'x' is not imported yet" in reproduced(small, "v1.0.1", code=3).stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_or_a_kill_leaves_nothing_behind(small: GitRepo, how: signal.Signals) -> None:
    began = small.root.parent / "began"
    small.commit({"scripts/train.sh": f"touch {began}\nsleep 600 & sleep 600\n"})
    release(small, "v1.0.1")
    before = state(small)
    command = [sys.executable, "-m", "gitmlops", "model", "reproduce", "m@v1.0.1"]
    with subprocess.Popen(command, cwd=small.root, stderr=subprocess.PIPE, start_new_session=True) as running:
        wait_until(began.exists)
        running.send_signal(how)
        running.communicate(timeout=30)
    assert running.returncode == (-how if how is signal.SIGKILL else 130)
    wait_until(lambda: state(small) == before)


def wait_until(holds: object) -> None:
    deadline = time.monotonic() + 60
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)
