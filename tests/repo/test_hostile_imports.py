"""What another repository may try through an import: to be run, or to change under the models that pin it."""

import subprocess
from pathlib import Path

import pytest
from tests.conftest import GitRepo

ENTITY = "kind: entity\nname: shop\nkeys: [{name: shop_id, dtype: int64}]\nowner: o\ndescription: d\n"
SOURCE = """\
kind: source
name: tx
path: data
timestamp: paid_at
columns: {shop_id: int64, paid_at: timestamp, amount: float64}
owner: o
description: d
"""
VIEW = """\
kind: feature_view
name: spend
owner: o
description: d
entities: [shop]
source: tx
features: [{name: amount, dtype: float64, description: d}]
"""
HOSTILE = "stages: {x: {cmd: touch sprung}}\n"
CENTRAL = {
    "features/entities/shop.yaml": ENTITY,
    "features/sources/tx.yaml": SOURCE,
    "features/views/spend.yaml": VIEW,
    "data/tx.csv": "shop_id,paid_at,amount\n1,2024-05-01,60\n",
}


@pytest.fixture
def central(project: GitRepo, tmp_path: Path) -> GitRepo:
    """A repository of features whose data git keeps itself, which the project imports at the tip of main."""
    there = tmp_path / "central"
    subprocess.run(["git", "init", "-q", "-b", "main", str(there)], check=True)
    repo = GitRepo(there)
    repo.commit(CENTRAL)
    project.commit(
        {"gitmlops.yaml": f"project: test\nimports: [{{name: central, git: 'file://{there}', rev: main}}]\n"}
    )
    return repo


def test_of_a_folder_of_data_only_tables_are_taken(project: GitRepo, central: GitRepo) -> None:
    central.commit({"data/dvc.yaml": HOSTILE, "data/conftest.py": "raise SystemExit\n", "data/Makefile": "all:\n"})
    result = project.run("feature", "import")
    assert result.exit_code == 0, result.output
    assert [file.name for file in (project.root / "imports/central/data").iterdir()] == ["tx.csv"]


@pytest.mark.parametrize("path", ["dvc.yaml", "conftest.py", "features/sources"])
def test_a_source_that_is_no_table_is_refused(project: GitRepo, central: GitRepo, path: str) -> None:
    central.commit(
        {
            "dvc.yaml": HOSTILE,
            "conftest.py": "raise SystemExit\n",
            "features/sources/tx.yaml": SOURCE.replace("path: data", f"path: {path}"),
        }
    )
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert f"{path} is no Parquet and no CSV" in " ".join(result.stderr.split())
    assert not (project.root / "imports").exists()


@pytest.mark.parametrize("module", ["conftest", "test_money", "money_test"])
def test_a_transform_that_pytest_would_run_is_refused(project: GitRepo, central: GitRepo, module: str) -> None:
    transform = f"transform: {{python: 'code.{module}:clean'}}\n"
    central.commit(
        {f"code/{module}.py": "def clean(rows):\n    return rows\n", "features/views/spend.yaml": VIEW + transform}
    )
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert f"code/{module}.py: pytest would run it here" in " ".join(result.stderr.split())
    assert not (project.root / "imports").exists()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("features/views/dvc.yaml", VIEW.replace("name: spend", "name: other")),
        ("features/locks/dvc.lock", "stages: {x: {outs: [{path: ../../../../data/ours.csv, md5: d41d8cd98f}]}}\n"),
    ],
)
def test_a_file_that_dvc_would_read_as_its_own_is_refused(
    project: GitRepo, central: GitRepo, path: str, content: str
) -> None:
    central.commit({path: content})
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert f"{path}: DVC would read it here as its own" in " ".join(result.stderr.split())
    assert not (project.root / "imports").exists()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("features/views/spend.yaml", "source: tx", "source: tx\nttl: 1d"),
        ("features/sources/tx.yaml", "timestamp: paid_at\n", "timestamp: paid_at\ntimezone: Europe/Paris\n"),
    ],
)
def test_an_import_that_moves_to_something_else_under_the_same_version_is_refused(
    project: GitRepo, central: GitRepo, path: str, old: str, new: str
) -> None:
    pins = 'kind: feature_set\nname: churn\nowner: us\ndescription: d\nfeatures: ["central/spend@v1:amount"]\n'
    assert project.run("feature", "import").exit_code == 0
    project.commit({"features/sets/churn.yaml": pins})
    assert old in CENTRAL[path]
    central.commit({path: CENTRAL[path].replace(old, new)})
    assert project.run("feature", "import", "--update").exit_code == 0
    result = project.run("feature", "diff", "HEAD", "--check")
    says = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "`central/spend@v1` is pinned, and changes under the same version: amount" in says
    assert "keep `rev:` of central as it was, and ask its owners to keep this version beside `version: 2`" in says
