"""Real models made again: elsewhere, under another hash seed, in another environment, and not quite the same."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from tests import tiny_project
from tests.conftest import GitRepo
from tests.repo.stages import dvc
from tests.repo.test_reproduce import MODEL, verdicts

pytestmark = pytest.mark.slow

FIT = str(tiny_project.DEFINITIONS["components/fit/fit.py"])
CONTRACT = str(tiny_project.DEFINITIONS["components/fit/component.yaml"])


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitRepo]:
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        yield tiny_project.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny(released: GitRepo, tmp_path: Path) -> GitRepo:
    return tiny_project.copy(released, tmp_path)


def reproduced(repo: GitRepo, version: str, *options: str, code: int = 0) -> Result:
    result = repo.run("model", "reproduce", version, *options)
    assert result.exit_code == code, result.output
    return result


def retrained(tiny: GitRepo, version: str, files: dict[str, str | bytes]) -> None:
    tiny.write(files)
    tiny_project.command(tiny, "gitmlops", "pipeline", "run", "tiny")
    tiny.commit(message="Train again")
    tiny.git("tag", "-a", f"tiny@{version}", "-m", "another")


def test_a_model_comes_again_byte_for_byte_in_another_clone_under_another_hash_seed(
    tiny: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "clone", "-q", str(tiny.root), str(tmp_path / "elsewhere" / "deeper")], check=True)
    clone = GitRepo(tmp_path / "elsewhere" / "deeper")
    dvc(clone.root, "remote", "modify", "--local", "storage", "url", str(tiny.root.parent / "storage"))
    monkeypatch.setenv("PYTHONHASHSEED", "4711")
    result = reproduced(clone, "tiny@v1.0.0")
    assert set(verdicts(result).values()) == {"identical"}
    assert "nothing says with which packages it was made" in result.stdout
    assert clone.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("setting", "code", "words"),
    [
        ("max_iter", 0, "models/tiny.skops: within tolerance (other bytes; the same predictions)"),
        ("C", 1, "models/tiny.skops: different (other bytes; "),
    ],
)
def test_a_model_of_other_bytes_is_compared_by_its_predictions(
    tiny: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, code: int, words: str
) -> None:
    call = f"LogisticRegression({setting}=float(open(os.environ['OUTSIDE']).read()) or 1)"
    if setting == "max_iter":
        call = call.replace("float", "int")
    outside = tmp_path / "outside"
    outside.write_text("300")
    monkeypatch.setenv("OUTSIDE", str(outside))
    code_of_fit = "import os\n" + FIT.replace("LogisticRegression()", call)
    retrained(tiny, "v1.1.0", {"components/fit/fit.py": code_of_fit})
    outside.write_text("400" if setting == "max_iter" else "0.000001")
    said = " ".join(reproduced(tiny, "tiny@v1.1.0", code=code).stdout.split())
    assert words in said
    if code:
        assert "predictions differ, by at most" in said


def test_a_component_that_is_declared_not_deterministic_says_so_in_the_verdict(
    tiny: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1")
    monkeypatch.setenv("OUTSIDE", str(outside))
    fit = "import os\n" + FIT.replace(
        "LogisticRegression()", "LogisticRegression(C=float(open(os.environ['OUTSIDE']).read()))"
    )
    contract = CONTRACT.replace("entry:", "deterministic: false\nentry:")
    retrained(tiny, "v1.1.0", {"components/fit/fit.py": fit, "components/fit/component.yaml": contract})
    outside.write_text("0.000001")
    said = " ".join(reproduced(tiny, "tiny@v1.1.0", code=1).stdout.split())
    assert "stage tiny-fit, or one that it needs, is declared `deterministic: false`" in said


def test_the_released_flights_model_comes_again_with_its_manifest(trained_project: Path, tmp_path: Path) -> None:
    shutil.copytree(trained_project, tmp_path / "flights", symlinks=True)
    flights = GitRepo(tmp_path / "flights")
    flights.git("tag", "-a", "flight-delay@v1.0.0", "-m", "first")
    result = reproduced(flights, "flight-delay@v1.0.0")
    assert set(verdicts(result).values()) == {"identical"}
    assert "the environment is the recorded one" in result.stdout
    assert flights.git("status", "--porcelain") == ""
    _another_environment_is_named(flights)


def _another_environment_is_named(flights: GitRepo) -> None:
    """As if it had been trained with another release of numpy on another processor."""
    path = "models/flight-delay.manifest.json"
    manifest = json.loads((flights.root / path).read_text())
    numpy = next(each for each in manifest["packages"] if each.startswith("numpy=="))
    manifest["packages"] = [("numpy==1.0" if each == numpy else each) for each in manifest["packages"]]
    manifest |= {"cpu": "a slide rule", "threads": 9}
    content = json.dumps(manifest, sort_keys=True, separators=(",", ":")) + "\n"
    old = hashlib.md5((flights.root / path).read_bytes(), usedforsecurity=False).hexdigest()
    lock = (flights.root / "dvc.lock").read_text()
    new = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
    flights.commit({path: content, "dvc.lock": lock.replace(old, new)})
    flights.git("tag", "-a", "flight-delay@v1.1.0", "-m", "second")
    result = reproduced(flights, "flight-delay@v1.1.0")
    said = " ".join(result.stdout.split())
    assert f"1 packages differ: numpy: 1.0 -> {numpy.partition('==')[2]}" in said
    assert "cpu: a slide rule -> " in said
    assert "threads: 9 -> 2" in said
    assert f"numpy: 1.0 -> {numpy.partition('==')[2]}" in result.stderr
    assert verdicts(result)[path] == "within"


STAGES = """\
stages:
  train:
    cmd: python -c "import tiny; print(tiny.ANSWER)" > models/m.txt
    deps: [LOCK]
    outs: [models/m.txt]
"""


def wheel(folder: Path, version: str, answer: int) -> str:
    """A package of one module in a file that installers take; its SHA-256."""
    name = f"tiny-{version}"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny.py", f"ANSWER = {answer}\n")
        archive.writestr(f"{name}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}.dist-info/RECORD", "")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def with_environment(repo: GitRepo, lock: str, files: dict[str, str | bytes]) -> None:
    """A release of what version 1.0 of the package said, on a machine that does not have it."""
    dvc(repo.root, "init", "-q")
    repo.write({"gitmlops.yaml": f"project: t\nenvironment: {lock}\n", "models/m.yaml": MODEL, **files})
    repo.write({"dvc.yaml": STAGES.replace("LOCK", lock), "models/m.txt": "42\n"})
    dvc(repo.root, "commit", "-q", "--force", "train")
    repo.commit()
    repo.git("tag", "-a", "m@v1.0.0", "-m", "first")


def test_the_recorded_requirements_are_installed_and_used(repo: GitRepo) -> None:
    digest = wheel(repo.root / "wheels", "1.0", 42)
    lock = f"--no-index\n--find-links wheels\ntiny==1.0 --hash=sha256:{digest}\n"
    with_environment(repo, "requirements.txt", {"requirements.txt": lock})
    here = repo.run("model", "reproduce", "m")
    assert here.exit_code == 4
    assert "the environment is not the recorded one: tiny: 1.0 -> none" in here.stderr
    result = reproduced(repo, "m", "--environment", "recorded")
    assert verdicts(result) == {"models/m.txt": "identical"}
    assert "requirements.txt, installed anew" in result.stdout
    assert "the environment is the recorded one" in result.stdout


def test_a_package_of_other_bytes_than_the_lock_says_is_not_installed(
    repo: GitRepo, capfd: pytest.CaptureFixture[str]
) -> None:
    wheel(repo.root / "wheels", "1.0", 42)
    lock = f"--no-index\n--find-links wheels\ntiny==1.0 --hash=sha256:{'0' * 64}\n"
    with_environment(repo, "requirements.txt", {"requirements.txt": lock})
    result = reproduced(repo, "m", "--environment", "recorded", code=4)
    assert "requirements.txt: it could not be installed; what the installer said stands above" in result.stderr
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err


def test_the_recorded_uv_lock_is_installed_and_used(repo: GitRepo) -> None:
    wheel(repo.root / "wheels", "1.0", 42)
    project = (
        '[project]\nname = "t"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["tiny"]\n'
        '[tool.uv]\npackage = false\n[tool.uv.sources]\ntiny = {path = "wheels/tiny-1.0-py3-none-any.whl"}\n'
    )
    repo.write({"pyproject.toml": project})
    uv = [sys.executable, "-m", "uv", "lock", "--quiet", "--offline"]
    subprocess.run(uv, cwd=repo.root, check=True)
    with_environment(repo, "uv.lock", {})
    result = reproduced(repo, "m", "--environment", "recorded")
    assert verdicts(result) == {"models/m.txt": "identical"}


@pytest.mark.parametrize(
    ("lock", "content", "words"),
    [
        ("conda-lock.yml", "package: []\n", "only uv.lock and requirements.txt with hashes can be installed"),
        ("uv.lock", "[[package", "uv.lock: not a lock file: "),
    ],
)
def test_an_environment_that_cannot_be_installed_is_said_before_anything_runs(
    repo: GitRepo, lock: str, content: str, words: str
) -> None:
    with_environment(repo, lock, {lock: content})
    result = repo.run("model", "reproduce", "m", "--environment", "recorded")
    assert result.exit_code in (3, 4)
    assert words in result.stderr


def test_an_environment_without_gitmlops_cannot_run_its_steps(repo: GitRepo) -> None:
    digest = wheel(repo.root / "wheels", "1.0", 42)
    lock = f"--no-index\n--find-links wheels\ntiny==1.0 --hash=sha256:{digest}\n"
    with_environment(repo, "requirements.txt", {"requirements.txt": lock})
    stages = STAGES.replace("LOCK", "requirements.txt").replace("python -c", "gitmlops component run p s; python -c")
    repo.commit({"dvc.yaml": stages})
    repo.git("tag", "-a", "m@v1.0.1", "-m", "second")
    result = repo.run("model", "reproduce", "m@v1.0.1", "--environment", "recorded")
    assert result.exit_code == 3
    assert "requirements.txt: it has no gitmlops, which the stages call" in result.stderr


def test_without_a_lock_file_there_is_nothing_to_install(tiny: GitRepo) -> None:
    result = reproduced(tiny, "tiny@v1.0.0", "--environment", "recorded", code=3)
    assert "the version names no lock file of its environment" in result.stderr
