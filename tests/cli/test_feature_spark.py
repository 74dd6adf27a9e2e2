"""`--engine spark` on a machine that lacks what Spark needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ARGUMENTS = ["feature", "test", "--engine", "spark"]
VIEW = """\
kind: feature_view
name: spend
version: 1
owner: crm
description: Spend
entities: [customer]
source: tx
features:
  - {name: amount, dtype: float64, description: Last payment}
"""


def project(repo: Any) -> None:
    entity = "kind: entity\nname: customer\nkeys: [{name: id, dtype: int64}]\nowner: crm\ndescription: One\n"
    columns = "columns: {id: int64, at: timestamp, amount: float64}\n"
    source = f"kind: source\nname: tx\npath: data/tx.csv\ntimestamp: at\n{columns}owner: crm\ndescription: Payments\n"
    files = {
        "features/entities/customer.yaml": entity,
        "features/sources/tx.yaml": source,
        "gitmlops.yaml": "project: p\n",
    }
    repo.commit({**files, "features/views/spend.yaml": VIEW, "data/tx.csv": "id,at,amount\n1,2024-05-01,2.5\n"})


def run(repo: Any, code: str, path: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [sys.executable, "-c", f"{code}; from gitmlops.cli.main import main; main({ARGUMENTS!r})"],
        cwd=repo.root, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_without_the_package_it_says_which_extra_to_install(repo: Any) -> None:
    project(repo)
    done = run(repo, "import sys; sys.modules['pyspark'] = None", os.environ["PATH"])
    assert (done.returncode, done.stderr) == (4, 'pyspark is not installed; run `pip install "gitmlops[spark]"`\n')


def test_without_java_it_says_what_to_install(repo: Any, tmp_path: Path) -> None:
    project(repo)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git") or "git")
    done = run(repo, "pass", str(programs))
    assert done.returncode == 4
    assert done.stderr.startswith("Spark needs Java 17 or later, and there is none; install it (Debian, Ubuntu: `apt ")
