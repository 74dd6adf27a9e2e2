"""`gitmlops adopt`: a DVC project becomes a gitmlops project, and nothing that it had is another."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gto.api
import pytest
from tests import dvc_shapes
from tests.conftest import GitRepo
from tests.dvc_shapes import copy
from tests.gate_lab import says
from tests.tiny_project import command

from gitmlops.adapters.dvc import cache, pointers
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree

SHAPES: dict[str, Callable[[Path], GitRepo]] = {
    "get-started": dvc_shapes.get_started,
    "registry-only": dvc_shapes.registry_only,
    "monorepo": dvc_shapes.monorepo,
}


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> GitRepo:
    name = str(request.param)
    return copy(SHAPES[name](tmp_path_factory.getbasetemp() / f"shape-{name}"), tmp_path / name)


@pytest.fixture
def started(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> GitRepo:
    return copy(dvc_shapes.get_started(tmp_path_factory.getbasetemp() / "shape-get-started"), tmp_path / "started")


def contents(repo: GitRepo) -> dict[str, bytes]:
    """Every file of the work tree, git's configuration and refs."""
    files = (
        path for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.relative_to(repo.root).parts
    )
    kept = {str(path.relative_to(repo.root)): path.read_bytes() for path in files}
    scratch = (".dvc/tmp/", ".dvc/cache/runs/")
    plain = {path: content for path, content in kept.items() if not any(part in path for part in scratch)}
    return {**plain, ".git/config": (repo.root / ".git/config").read_bytes(), "refs": repo.git_bytes("show-ref")}


def dvc_status(repo: GitRepo) -> list[str]:
    """What `dvc status` says in each DVC project."""
    folders = [path.parent for path in sorted(repo.root.rglob(".dvc")) if path.is_dir()]
    return [command(GitRepo(folder), "dvc", "status", "--json") for folder in folders]


def gto_show(repo: GitRepo) -> object:
    return gto.api.show(str(repo.root))


def test_nothing_that_was_there_is_another_and_dvc_and_gto_say_what_they_said(shape: GitRepo) -> None:
    files, status, registry = contents(shape), dvc_status(shape), gto_show(shape)
    dry = shape.run("adopt", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert contents(shape) == files
    result = shape.run("adopt")
    assert result.exit_code == 0, result.output
    after = contents(shape)
    assert {path: after[path] for path in files} == files
    assert "gitmlops.yaml" in after.keys() - files.keys()
    assert all(line.startswith("?? ") for line in shape.git("status", "--porcelain").splitlines())
    assert dvc_status(shape) == status
    assert gto_show(shape) == registry


def test_what_is_written_can_be_checked_shown_and_run_at_once_and_taken_back(shape: GitRepo) -> None:
    before = contents(shape)
    told = json.loads(shape.run("adopt", "--format", "json").stdout)
    assert shape.run("check").exit_code == 0, shape.run("check").output
    assert shape.run("policy", "test").exit_code == 0, shape.run("policy", "test").output
    assert shape.run("pipeline", "compile", "--check").exit_code == 0
    status = shape.run("pipeline", "status")
    assert (status.exit_code, "up to date" in status.stdout) == (0, True), status.output
    ran = shape.run("pipeline", "run")
    assert ran.exit_code == 0, ran.output
    shown = shape.run("model", "list", "--format", "json").stdout
    for name in gto.api.show(str(shape.root)):
        assert f'"{name}"' in shown
        assert shape.run("model", "show", name).exit_code == 0
    undo = told["facts"]["to undo"]
    subprocess.run(shlex.split(undo), cwd=shape.root, check=True, capture_output=True)
    assert contents(shape) == before


def test_what_is_known_of_a_model_is_in_its_draft(started: GitRepo) -> None:
    result = started.run("adopt", "--project", "questions")
    draft = (started.root / "models/text-classification.yaml").read_text()
    for line in (
        'artifact: "model.pkl"',
        "tags: [nlp, classification]",
        'intended_use: "Whether a question should have the R language tag"',
        "task: {kind: binary, label: label}",
    ):
        assert line in draft
    assert "pipeline" not in draft
    project = (started.root / "gitmlops.yaml").read_text()
    assert "project: questions\n" in project
    assert '- {name: "dev"}\n- {name: "prod", production: true}' in project
    policy = (started.root / "policies/as-good-as-now-text-classification.yaml").read_text()
    assert "metric: roc_auc" in policy
    assert "enforcement: advisory" in policy
    says(result, "found 1 DVC project, 1 dvc.yaml file, 3 stages, 1 model file, 1 version", exit_code=0)


def test_what_is_there_already_stays_and_what_to_add_is_said(started: GitRepo) -> None:
    (started.root / ".github/workflows/gate.yml").write_text("ours")
    says(
        started.run("adopt"),
        ".pre-commit-config.yaml:1:1: is there already; add to its `repos:` the line `- {repo: https://github.com/gitmlops",
        ".gitattributes:1:1: is there already; add `dvc.lock merge=gitmlops`",
        ".github/workflows/gate.yml:1:1: is there already; it stays as it is",
        exit_code=0,
    )
    assert (started.root / ".github/workflows/gate.yml").read_text() == "ours"
    assert (started.root / ".github/workflows/receipt.yml").exists()


def test_the_receipt_is_made_of_pushes_to_the_branch_that_others_build_on(started: GitRepo) -> None:
    started.git("branch", "-m", "main", "master")
    assert started.run("adopt").exit_code == 0
    assert 'branches: ["master"]' in (started.root / ".github/workflows/receipt.yml").read_text()
    assert '"verdict/master"' in (started.root / ".github/rulesets/branches.json").read_text()
    assert started.run("github", "files", "--check").exit_code == 0


def test_what_cannot_be_drafted_is_told_with_the_mend(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    base = tmp_path_factory.getbasetemp()
    artifacts = copy(dvc_shapes.registry_only(base / "shape-registry-only"), tmp_path / "artifacts")
    says(
        artifacts.run("adopt"),
        "churn: models/churn.pkl is not under DVC, where the gate reads models; `git rm --cached models/churn.pkl`",
        "dvc.yaml:6:5: segment: its file 's3://mycorp/segm.pt' is not in this repository",
        "the tags have the stages dev, staging: none of them is taken for production",
        exit_code=0,
    )
    folders = copy(dvc_shapes.monorepo(base / "shape-monorepo"), tmp_path / "folders")
    says(
        folders.run("adopt"),
        "found 2 DVC projects, 4 dvc.yaml files, 2 stages, 2 model files, 1 version in the tags",
        "text-classification: its versions are tagged as nlp:text-classification",
        exit_code=0,
    )
    draft = (folders.root / "models/text-classification.yaml").read_text()
    assert 'artifact: "nlp/model.pkl"' in draft
    assert 'data: "nlp/evaluation/text-classification/rows.parquet"' in draft
    assert 'artifact: "cv/models/model.pkl"' in (folders.root / "models/cv.yaml").read_text()
    assert "threshold: 0.92" in (folders.root / "policies/as-good-as-now-text-classification.yaml").read_text()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"gitmlops.yaml": "project: x\n"}, "gitmlops.yaml: is a gitmlops project already; see `gitmlops check`"),
        ({"models/net.yaml": "layers: 3\n"}, "models/net.yaml: would be taken for a model; move it"),
        ({"policies/x.yml": "a: 1\n"}, "policies/x.yml: would be taken for a policy; move it"),
        ({".gitignore": "/policies\n"}, "policies/every-model.yaml: is ignored by git"),
        ({"dvc.yaml": "stages:\n  a: &x {cmd: x}\n"}, "dvc.yaml:2:6: anchors and aliases are refused"),
        (
            {"dvc.yaml": "stages:\n  a: {cmd: x, outs: [models]}\n", "dvc.lock": "schema: '2.0'\nstages:\n  a:\n"
             "    cmd: x\n    outs:\n    - {path: models, md5: 11111111111111111111111111111111.dir, size: 1}\n",
             "models.txt": "x"},
            "models: is tracked by DVC or read by a stage: models/",
        ),
    ],
    ids=["project", "model", "policy", "ignored", "anchor", "tracked"],
)  # fmt: skip
def test_what_stands_in_the_way_is_told_before_anything_is_written(
    started: GitRepo, files: dict[str, str | bytes], said: str
) -> None:
    if "dvc.lock" in files:
        files = {**files, "data/raw.csv.dvc": "outs: []\n"}
        files["dvc.yaml"] = str(files["dvc.yaml"]) + "artifacts: {m: {path: model.pkl, type: model}}\n"
    started.write(files)
    before = contents(started)
    says(started.run("adopt"), said, exit_code=3)
    assert contents(started) == before


def test_without_dvc_or_without_git_it_says_so(project: GitRepo, tmp_path: Path) -> None:
    says(project.run("adopt"), "DVC is not initialised; run `dvc init`", exit_code=3)
    says(GitRepo(tmp_path).run("adopt"), "not a git repository", exit_code=3)


def test_a_failure_on_the_way_leaves_nothing(started: GitRepo, tmp_path: Path) -> None:
    (started.root / "policies").symlink_to(tmp_path)
    before = contents(started)
    says(started.run("adopt"), "policies: a symbolic link", exit_code=3)
    assert contents(started) == before
    assert [path for path in tmp_path.iterdir() if path.name not in ("started",)] == []


def test_texts_of_a_stranger_stay_texts(started: GitRepo) -> None:
    hostile = {
        '1"}\nkind: policy': {"path": "model.pkl", "type": "model", "desc": 'x"\n# y: {z', "labels": ["a b", "ok"]},
        "-": {"path": "eval/other\nrisk_tier: low.pkl", "type": "model", "desc": "<script>@everyone"},
    }
    started.write({"dvc.yaml": json.dumps({"artifacts": hostile, "metrics": ["eval/metrics.json"]})})
    result = started.run("adopt", "--format", "markdown")
    assert result.exit_code == 0, result.output
    assert "<script>" not in result.stdout
    assert started.run("check").exit_code == 0, started.run("check").output
    tiers = [path.read_text().count("\nrisk_tier: ") for path in (started.root / "models").glob("*.yaml")]
    assert tiers == [1]


def test_each_dvc_project_of_a_monorepo_has_its_own_remote_to_fetch_from(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    shape = dvc_shapes.monorepo(tmp_path_factory.getbasetemp() / "shape-monorepo")
    folders = copy(shape, tmp_path / "monorepo")
    assert folders.run("adopt").exit_code == 0
    for name in ("cv", "nlp"):
        one = GitRepo(folders.root / name)
        command(one, "dvc", "remote", "add", "--quiet", "--default", "storage", str(tmp_path / f"storage-{name}"))
        command(one, "dvc", "push", "--quiet")
    folders.commit()
    for name in ("cv", "nlp"):
        shutil.rmtree(folders.root / name / ".dvc/cache")
    result = folders.run("github", "fetch")
    assert result.exit_code == 0, result.output
    models = ("cv/models/model.pkl", "nlp/model.pkl")
    outputs = pointers.read(WorkTree(Repository(folders.root)))
    known = cache.of(Repository(folders.root))
    assert [known.read(outputs[path]) for path in models] == [b"cv", b"nlp"]
    assert known.folder == folders.root / "cv/.dvc/cache"
    assert not (folders.root / ".dvc").exists()


def test_on_a_full_disk_nothing_is_left(started: GitRepo) -> None:
    before = contents(started)
    command_ = f"ulimit -f 1; exec {sys.executable} -m gitmlops -C {shlex.quote(str(started.root))} adopt"
    done = subprocess.run(["bash", "-c", command_], capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "cannot be written: File too large; nothing was changed" in done.stderr
    assert contents(started) == before


def test_a_version_from_before_can_be_had_by_what_gto_calls_it(
    started: GitRepo, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    assert started.run("adopt").exit_code == 0
    started.commit()
    for reference, folder in (("text-classification@v1.0.0", "version"), ("text-classification#prod", "stage")):
        says(started.run("model", "get", reference, "--output", str(tmp_path / folder)), "v1.0.0", exit_code=0)
        assert (tmp_path / folder / "model.pkl").read_bytes() == (started.root / "model.pkl").read_bytes()
    base = tmp_path_factory.getbasetemp()
    elsewhere = copy(dvc_shapes.registry_only(base / "shape-registry-only"), tmp_path / "artifacts")
    assert elsewhere.run("adopt").exit_code == 0
    elsewhere.commit()
    assert elsewhere.run("model", "get", "churn@v3.0.0", "--output", str(tmp_path / "churn")).exit_code == 0
    says(
        elsewhere.run("model", "get", "segment@v0.4.1", "--output", str(tmp_path / "segment")),
        "segment@v0.4.1: the commit has no gitmlops.yaml, and no dvc.yaml with an artifact segment whose file is there",
        exit_code=3,
    )
