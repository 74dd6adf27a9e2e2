"""Features of another repository: imported, pinned, checked, and joined with the data that DVC fetches for them."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas
import pytest
from tests.conftest import GitRepo
from tests.payments import DEFINITIONS, SOURCE

from gitmlops.adapters.git import elsewhere, foreign

CENTRAL = {
    "gitmlops.yaml": "project: central\n",
    **DEFINITIONS,
    "features/sources/tx.yaml": SOURCE.replace("tx.csv", "tx.parquet"),
    "features/locks/spend@v2.lock": "# a lock\n",
    "features/sets/theirs.yaml": "kind: feature_set\nname: theirs\nowner: o\ndescription: d\nfeatures: []\n",
    "policies/loose.yaml": "kind: policy\n",
}
PINS = """\
kind: feature_set
name: churn
owner: us
description: What churn learns from
features: ["central/spend@v2:amount_7d", "central/spend@v2:large"]
"""
VIEW = "imports/central/features/views/spend.yaml"
TX = "customer_id,paid_at,amount\n007,2024-05-01T12:00:00,60\n007,2024-05-05,150\n008,2024-05-05,20\n"


def dvc(repo: GitRepo, *arguments: str) -> None:
    command = [sys.executable, "-m", "dvc", *arguments, "--quiet"]
    done = subprocess.run(command, cwd=repo.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def url(repo: GitRepo) -> str:
    return f"file://{repo.root}"


def wants(repo: GitRepo, rev: str, **more: str) -> dict[str, str]:
    lines = [f"  - {{name: {name}, git: '{address}', rev: {rev}}}" for name, address in more.items()]
    return {
        "gitmlops.yaml": "\n".join(
            ["project: test", "imports:", f"  - {{name: central, git: '{url(repo)}', rev: {rev}}}", *lines, ""]
        )
    }


@pytest.fixture
def central(tmp_path: Path) -> GitRepo:
    """A repository of features whose data git keeps itself, tagged v1."""
    there = tmp_path / "central"
    subprocess.run(["git", "init", "-q", "-b", "main", str(there)], check=True)
    repo = GitRepo(there)
    as_csv = CENTRAL["features/sources/tx.yaml"].replace("tx.parquet", "tx.csv")
    repo.commit({**CENTRAL, "features/sources/tx.yaml": as_csv, "data/tx.csv": TX})
    repo.git("tag", "-a", "v1", "-m", "v1")
    return repo


@pytest.fixture
def imported(project: GitRepo, central: GitRepo) -> GitRepo:
    project.commit({**wants(central, "v1"), "features/sets/churn.yaml": PINS})
    result = project.run("feature", "import")
    assert result.exit_code == 0, result.output
    project.commit(message="import central")
    return project


def test_definitions_are_taken_over_as_they_are_and_pinned_by_commit(imported: GitRepo, central: GitRepo) -> None:
    assert (imported.root / VIEW).read_text() == CENTRAL["features/views/spend.yaml"]
    lock = (imported.root / "gitmlops.lock").read_text()
    assert f"commit: {central.git('rev-parse', 'HEAD').strip()}" in lock
    assert "rev: v1" in lock and f"{VIEW}: " in lock
    assert imported.run("check").exit_code == 0


def test_what_is_not_a_feature_stays_there(imported: GitRepo) -> None:
    files = {
        str(file.relative_to(imported.root / "imports/central")) for file in (imported.root / "imports").rglob("*.*")
    }
    assert files == {
        "features/entities/customer.yaml",
        "features/sources/tx.yaml",
        "features/views/spend.yaml",
        "features/locks/spend@v2.lock",
        "data/tx.csv",
    }


def test_features_of_an_import_are_joined_like_our_own(imported: GitRepo) -> None:
    imported.write({"rows.csv": "customer_id,event_timestamp\n007,2024-05-06\n009,2024-05-06\n"})
    result = imported.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 0, result.output
    frame = pandas.read_parquet(imported.root / "frame.parquet")
    assert frame["amount_7d"].tolist()[0] == 210.0
    assert frame["large"].tolist()[0] == 1.0
    assert frame[["amount_7d", "large"]].isna().sum(axis=1).tolist() == [0, 2]


OWN = """\
kind: feature_view
name: {name}
owner: us
description: d
entities: [central/customer]
source: {source}
{more}
features:
  - {{name: {feature}, dtype: float64, description: d}}
"""


def test_our_own_views_read_imported_sources_and_views(imported: GitRepo) -> None:
    sums = "aggregations: [{name: amount_9d, column: amount, fn: sum, window: 9d}]"
    doubled = 'transform: {sql: "SELECT customer_id, paid_at, amount_7d * 2 AS doubled FROM spend"}'
    imported.write(
        {
            "features/views/nine.yaml": OWN.format(name="nine", source="central/tx", feature="amount_9d", more=sums),
            "features/views/twice.yaml": OWN.format(
                name="twice", source="central/spend@v2", feature="doubled", more=doubled
            ),
            "features/sets/ours.yaml": "kind: feature_set\nname: ours\nowner: us\ndescription: d\n"
            'features: ["nine@v1:amount_9d", "twice@v1:doubled"]\n',
            "rows.csv": "customer_id,event_timestamp\n007,2024-05-06\n",
        }
    )
    assert imported.run("check").exit_code == 0, imported.run("check").output
    result = imported.run("feature", "get", "--entities", "rows.csv", "--set", "ours", "--output", "frame.parquet")
    assert result.exit_code == 0, result.output
    frame = pandas.read_parquet(imported.root / "frame.parquet")
    assert frame[["amount_9d", "doubled"]].iloc[0].tolist() == [210.0, 420.0]


def test_data_under_dvc_there_is_pulled_here_from_where_that_repository_keeps_it(
    project: GitRepo, central: GitRepo, tmp_path: Path
) -> None:
    dvc(central, "init")
    dvc(central, "remote", "add", "--default", "store", str(tmp_path / "store"))
    central.commit({"features/sources/tx.yaml": CENTRAL["features/sources/tx.yaml"]})
    frame = pandas.read_csv(central.root / "data/tx.csv", dtype={"customer_id": "string"})
    frame["paid_at"] = pandas.to_datetime(frame["paid_at"], format="ISO8601", utc=True)
    frame.to_parquet(central.root / "data/tx.parquet")
    dvc(central, "add", "data/tx.parquet")
    central.commit()
    dvc(central, "push")
    central.git("tag", "v2")
    dvc(project, "init")
    project.commit({**wants(central, "v2"), "features/sets/churn.yaml": PINS})

    assert project.run("feature", "import").exit_code == 0
    pointer = json.loads((project.root / "imports/central/data/tx.parquet.dvc").read_text())
    assert pointer["deps"][0]["repo"]["rev_lock"] == central.git("rev-parse", "HEAD").strip()
    assert project.run("check").exit_code == 0
    project.write({"rows.csv": "customer_id,event_timestamp\n007,2024-05-06\n"})
    get = ["feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet"]
    assert "dvc pull" in project.run(*get).output
    dvc(project, "pull")
    done = subprocess.run([sys.executable, "-m", "dvc", "status"], cwd=project.root, capture_output=True, text=True)
    assert "changed checksum" not in done.stdout
    assert project.run(*get).exit_code == 0
    assert pandas.read_parquet(project.root / "frame.parquet")["amount_7d"].tolist() == [210.0]
    assert "tx.parquet\n" not in project.git("status", "--short", "--untracked-files=all")
    assert project.run("check").exit_code == 0


def test_what_is_pinned_is_not_fetched_again_so_that_everything_works_without_the_other_repository(
    imported: GitRepo, central: GitRepo
) -> None:
    central.root.rename(central.root.with_name("gone"))
    for command in (["check"], ["feature", "list"], ["feature", "import"], ["feature", "show", "central/spend"]):
        result = imported.run(*command)
        assert result.exit_code == 0, result.output
    assert "as it was" in imported.run("feature", "import").stdout
    assert imported.git("status", "--short") == ""


def test_an_edited_file_is_refused_by_check_and_restored_by_import(imported: GitRepo) -> None:
    text = (imported.root / VIEW).read_text()
    imported.write({VIEW: text.replace("window: 7d", "window: 8d")})
    result = imported.run("check")
    assert result.exit_code == 3
    assert f"{VIEW}:1:1: edited by hand" in result.output
    result = imported.run("feature", "import")
    assert "restored" in result.stdout
    assert (imported.root / VIEW).read_text() == text
    assert imported.run("check").exit_code == 0


def test_a_file_and_a_lock_that_were_edited_to_agree_are_found_and_restored_by_update(imported: GitRepo) -> None:
    before = {path: (imported.root / path).read_bytes() for path in (VIEW, "gitmlops.lock")}
    edited = before[VIEW].replace(b"window: 7d", b"window: 8d")
    digests = [hashlib.sha256(content).hexdigest().encode() for content in (before[VIEW], edited)]
    imported.write({VIEW: edited, "gitmlops.lock": before["gitmlops.lock"].replace(*digests)})
    assert imported.run("check").exit_code == 0
    result = imported.run("feature", "import", "--update")
    assert "did not say what the commit" in result.output
    assert {path: (imported.root / path).read_bytes() for path in before} == before


def test_a_file_that_is_gone_and_one_that_was_put_there_are_refused_and_mended(imported: GitRepo) -> None:
    (imported.root / VIEW).unlink()
    mine = "imports/central/features/views/mine.yaml"
    imported.write({mine: CENTRAL["features/views/spend.yaml"].replace("spend", "mine")})
    said = " ".join(imported.run("check").output.split())
    assert f"{VIEW}:1:1: a file of the import 'central' is not there" in said
    assert f"{mine}:1:1: gitmlops.lock does not know this file" in said
    assert imported.run("feature", "import").exit_code == 0
    assert imported.git("status", "--short") == ""


def test_a_lock_that_does_not_fit_gitmlops_yaml_is_refused(imported: GitRepo, central: GitRepo) -> None:
    imported.write(wants(central, "main"))
    result = imported.run("check")
    assert result.exit_code == 3
    said = " ".join(result.output.split())
    assert "gitmlops.yaml:3:" in said and "gitmlops.lock has 'v1' of central, this says 'main'" in said
    imported.write({"gitmlops.yaml": "project: test\n"})
    assert "gitmlops.yaml imports nothing of that name" in " ".join(imported.run("check").output.split())


def test_an_import_that_was_never_fetched_is_refused(project: GitRepo, central: GitRepo) -> None:
    project.commit(wants(central, "v1"))
    assert "'central' is not imported yet" in project.run("check").output


def test_an_import_that_gitmlops_yaml_drops_is_removed(imported: GitRepo) -> None:
    imported.commit({"gitmlops.yaml": "project: test\n", "features/sets/churn.yaml": ""})
    (imported.root / "features/sets/churn.yaml").unlink()
    result = imported.run("feature", "import")
    assert "removed: central" in result.output
    assert not (imported.root / "imports").exists()
    assert imported.run("check").exit_code == 0


def test_update_takes_what_the_branch_is_now_and_names_the_files_that_change(
    project: GitRepo, central: GitRepo
) -> None:
    project.commit(wants(central, "main"))
    project.run("feature", "import")
    new = CENTRAL["features/views/spend.yaml"].replace("7 days", "seven days")
    central.commit({"features/views/spend.yaml": new})
    assert "as it was" in project.run("feature", "import").stdout
    result = project.run("feature", "import", "--update", "central", "--format", "json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["tables"][0]["rows"][0]["outcome"] == "updated"
    assert report["tables"][1]["rows"] == [{"file": VIEW, "change": "changed"}]
    assert report["findings"] == []
    assert (project.root / VIEW).read_text() == new


def test_what_an_update_means_for_our_models_is_told_before_it_is_merged(project: GitRepo, central: GitRepo) -> None:
    project.commit({**wants(central, "main"), "features/sets/churn.yaml": PINS})
    project.run("feature", "import")
    project.commit(message="import central")
    central.commit(
        {"features/views/spend.yaml": CENTRAL["features/views/spend.yaml"].replace("window: 7d", "window: 8d")}
    )
    project.git("checkout", "-q", "-b", "update")
    project.run("feature", "import", "--update")
    project.commit(message="update central")
    said = project.run("feature", "diff", "main..update").stdout
    assert "central/spend@v2:amount_7d" in said and "behaviour" in said
    said = project.run("feature", "impact", "main..update", "--format", "json").stdout
    assert "central/spend@v2:amount_7d" in said and '"churn"' in said
    assert "churn" in project.run("feature", "impact", "central/spend@v2:amount_7d").stdout


def test_locks_are_not_asked_for_what_is_imported(imported: GitRepo) -> None:
    assert imported.run("feature", "lock").exit_code == 0
    assert imported.run("feature", "lock", "--check").exit_code == 0
    assert imported.run("check").exit_code == 0


def test_a_tag_that_was_moved_is_named_on_update(imported: GitRepo, central: GitRepo) -> None:
    before = central.git("rev-parse", "HEAD").strip()[:12]
    after = central.commit({"features/views/spend.yaml": CENTRAL["features/views/spend.yaml"].replace("7d", "9d")})[:12]
    central.git("tag", "-f", "-a", "v1", "-m", "moved")
    result = imported.run("feature", "import", "--update")
    assert result.exit_code == 0
    assert f"the tag v1 of central was moved: from {before} to {after}" in " ".join(result.stdout.split())


def test_a_commit_can_be_named_by_its_sha_though_no_ref_has_it_any_more(project: GitRepo, central: GitRepo) -> None:
    sha = central.git("rev-parse", "HEAD").strip()
    central.commit({"README.md": "later\n"})
    project.commit(wants(central, sha))
    assert project.run("feature", "import").exit_code == 0
    assert f"commit: {sha}" in (project.root / "gitmlops.lock").read_text()


def test_dry_run_writes_nothing(project: GitRepo, central: GitRepo) -> None:
    project.commit(wants(central, "v1"))
    result = project.run("feature", "import", "--dry-run")
    assert result.exit_code == 0
    assert "imported" in result.stdout and "nothing was written" in result.stderr
    assert project.git("status", "--short") == ""


def test_a_failure_leaves_everything_as_it_was(imported: GitRepo, central: GitRepo) -> None:
    broken = central.root.with_name("broken")
    imported.write(wants(central, "v1", other=f"file://{broken}"))
    before = (imported.root / "gitmlops.lock").read_bytes()
    result = imported.run("feature", "import")
    assert result.exit_code == 4
    assert "does not appear to be a git repository" in result.stderr and "git ls-remote" in result.stderr
    assert (imported.root / "gitmlops.lock").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nope"], 2, "add --update"),
        (["--update", "centrl"], 3, "there is no import 'centrl' in gitmlops.yaml; did you mean 'central'?"),
    ],
)
def test_wrong_calls_say_what_is_right(imported: GitRepo, arguments: list[str], code: int, said: str) -> None:
    result = imported.run("feature", "import", *arguments)
    assert result.exit_code == code
    assert said in result.stderr


def test_a_revision_that_is_not_there_is_named(project: GitRepo, central: GitRepo) -> None:
    project.commit(wants(central, "v9"))
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert "there is no tag or branch 'v9'" in result.stderr


def test_a_name_that_is_a_tag_and_a_branch_is_refused_until_it_is_written_in_full(
    project: GitRepo, central: GitRepo
) -> None:
    central.git("branch", "v1")
    project.commit(wants(central, "v1"))
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert "'v1' is a tag and a branch; write `rev: refs/tags/v1`" in result.stderr
    project.commit(wants(central, "refs/tags/v1"))
    assert project.run("feature", "import").exit_code == 0


def test_a_conflict_in_the_lock_is_called_one(imported: GitRepo) -> None:
    imported.write({"gitmlops.lock": "<<<<<<< a\n=======\n>>>>>>> b\n"})
    result = imported.run("check")
    assert result.exit_code == 3
    assert "a merge conflict; take one side of it, and run `gitmlops feature import`" in " ".join(result.output.split())


# What a repository that means harm, or is broken, can try.


def refused(project: GitRepo, central: GitRepo) -> str:
    """What the import of the tip of main says when it refuses; nothing of it is written."""
    project.commit(wants(central, "main"))
    result = project.run("feature", "import")
    assert result.exit_code == 3, result.output
    assert not (project.root / "imports").exists()
    assert not (project.root / "gitmlops.lock").exists()
    return " ".join(result.stderr.split())


def test_a_definition_that_is_a_link_is_refused(project: GitRepo, central: GitRepo) -> None:
    (central.root / "features/views/passwd.yaml").symlink_to("/etc/passwd")
    central.commit()
    assert "features/views/passwd.yaml: a symbolic link or a submodule is not taken" in refused(project, central)


def test_data_that_is_a_link_is_refused(project: GitRepo, central: GitRepo) -> None:
    (central.root / "data/tx.csv").unlink()
    (central.root / "data/tx.csv").symlink_to("/etc/passwd")
    central.commit()
    assert "data/tx.csv: a symbolic link or a submodule is not taken" in refused(project, central)


@pytest.mark.parametrize("name", ["a\nb.yaml", "a\\b.yaml", "-rf.yaml", "$(id).yaml"])
def test_a_file_name_with_tricks_is_refused(project: GitRepo, central: GitRepo, name: str) -> None:
    central.commit({f"features/views/{name}": CENTRAL["features/views/spend.yaml"]})
    assert "a name of other characters than letters" in refused(project, central)


def test_names_that_differ_in_case_alone_are_refused(project: GitRepo, central: GitRepo) -> None:
    central.commit(
        {"features/views/Spend.yaml": CENTRAL["features/views/spend.yaml"].replace("name: spend", "name: b")}
    )
    assert "differs from another one in case alone" in refused(project, central)


def test_a_definition_of_more_than_a_megabyte_is_refused(project: GitRepo, central: GitRepo) -> None:
    central.commit({"features/views/big.yaml": "# " + os.urandom(700_000).hex() + "\n"})
    assert "features/views/big.yaml: more than 1 MB is not taken" in refused(project, central)


def test_a_repository_that_is_too_large_is_refused_before_it_fills_the_disk(
    project: GitRepo, central: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    central.commit({f"{number}.bin": os.urandom(50_000) for number in range(4)})
    project.commit(wants(central, "main"))
    monkeypatch.setattr(foreign, "_MAX_PACK", 100_000)
    result = project.run("feature", "import")
    assert result.exit_code == 4
    assert "not fetched" in result.stderr
    assert not (project.root / "imports").exists()


def test_more_definitions_than_may_be_read_are_refused(
    project: GitRepo, central: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "MAX_FILES", 3)
    assert "files, 3 may be read" in refused(project, central)
    monkeypatch.setattr(elsewhere, "MAX_FILES", 20)
    monkeypatch.setattr(elsewhere, "MAX_TOTAL", 100)
    assert "bytes of definitions, 100 may be read" in refused(project, central)


def test_a_definition_that_does_not_read_is_told_with_its_place(project: GitRepo, central: GitRepo) -> None:
    central.commit({"features/views/spend.yaml": CENTRAL["features/views/spend.yaml"].replace("owner", "ovner")})
    assert "imports/central/features/views/spend.yaml:4:1: unknown key 'ovner'" in refused(project, central)


def test_a_repository_without_features_is_refused(project: GitRepo, central: GitRepo) -> None:
    central.git("rm", "-rq", "features")
    central.commit()
    assert "there are no feature definitions" in refused(project, central)


def test_data_that_is_nowhere_is_refused(project: GitRepo, central: GitRepo) -> None:
    central.git("rm", "-q", "data/tx.csv")
    central.commit()
    assert "data/tx.csv is neither under DVC nor in git" in refused(project, central)


def test_a_pointer_that_leaves_the_repository_is_refused(project: GitRepo, central: GitRepo) -> None:
    central.git("rm", "-q", "data/tx.csv")
    central.commit({"data/tx.csv.dvc": "outs: [{md5: d41d8cd98f00b204e9800998ecf8427e, path: ../../../x}]\n"})
    assert "leaves the repository" in refused(project, central)


def test_imports_of_an_import_are_not_followed(project: GitRepo, central: GitRepo) -> None:
    central.commit(
        {"features/views/spend.yaml": CENTRAL["features/views/spend.yaml"].replace("[customer]", "[base/customer]")}
    )
    assert "it draws on base/customer, which central imports itself" in refused(project, central)


def test_nothing_of_the_other_repository_is_run(
    project: GitRepo, central: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {sprung}\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[filter "evil"]\n smudge = {trap}\n process = {trap}\n[core]\n hooksPath = {hooks}\n')
    central.commit({".gitattributes": "* filter=evil\n", "conftest.py": f"open('{sprung}', 'w')\n"})
    central.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url(central), "sub")
    central.commit()
    sprung.unlink(missing_ok=True)
    project.commit(wants(central, "main"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    result = project.run("feature", "import")
    assert result.exit_code == 0, result.output
    assert not sprung.exists()
    assert not (project.root / "imports/central/sub").exists()


def test_a_hook_that_calls_us_does_not_lead_the_fetch_into_its_own_repository(
    project: GitRepo, central: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit(wants(central, "v1"))
    monkeypatch.setenv("GIT_DIR", str(project.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(project.root))
    refs = project.git("for-each-ref")
    assert project.run("feature", "import").exit_code == 0
    assert project.git("for-each-ref") == refs
    assert not (project.root / ".git/shallow").exists()


def test_a_rewritten_address_does_not_print_its_token(
    project: GitRepo, central: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[url "https://me:s3cret@localhost:1/"]\n insteadOf = {url(central)}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    project.commit(wants(central, "v1"))
    result = project.run("feature", "import")
    assert result.exit_code == 4
    assert "s3cret" not in result.output


def test_a_link_in_our_own_tree_does_not_lead_the_files_elsewhere(
    project: GitRepo, central: GitRepo, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project.root / "imports").symlink_to(outside)
    project.commit(wants(central, "v1"))
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert "imports: a symbolic link" in result.stderr
    assert not list(outside.iterdir())


def test_a_name_that_the_address_cannot_have_never_reaches_git(project: GitRepo) -> None:
    project.commit({"gitmlops.yaml": "project: p\nimports: [{name: x, git: 'ext::sh -c id', rev: v1}]\n"})
    result = project.run("feature", "import")
    assert result.exit_code == 3
    assert "gitmlops.yaml:2:26: " in result.stderr


# Python transforms of an import: text that is taken over with what it imports.

PYTHON_VIEW = CENTRAL["features/views/spend.yaml"].replace(
    '{sql: "SELECT *, amount > 100 AS large FROM tx"}', '{python: "transforms.spend:clean"}'
)
MODULE = "from .common import LIMIT\n\n\ndef clean(frame):\n    return frame.assign(large=frame.amount > LIMIT)\n"


def test_python_transforms_come_with_what_they_import_relatively(project: GitRepo, central: GitRepo) -> None:
    code = {"transforms/spend.py": MODULE, "transforms/common.py": "LIMIT = 100\n", "transforms/other.py": "1 / 0\n"}
    central.commit({"features/views/spend.yaml": PYTHON_VIEW, **code})
    project.commit({**wants(central, "main"), "features/sets/churn.yaml": PINS})
    assert project.run("feature", "import").exit_code == 0
    there = sorted(path.name for path in (project.root / "imports/central/transforms").iterdir())
    assert there == ["common.py", "spend.py"]
    assert project.run("check").exit_code == 0
    project.write({"rows.csv": "customer_id,event_timestamp\n007,2024-05-06\n"})
    result = project.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 0, result.output
    assert pandas.read_parquet(project.root / "frame.parquet")["large"].tolist() == [1.0]


def test_python_that_imports_its_own_repository_by_its_old_name_is_refused(project: GitRepo, central: GitRepo) -> None:
    module = MODULE.replace("from .common", "from transforms.common")
    central.commit(
        {"features/views/spend.yaml": PYTHON_VIEW, "transforms/spend.py": module, "transforms/common.py": ""}
    )
    said = refused(project, central)
    assert "transforms/spend.py:1:1: it imports 'transforms.common' of its own repository" in said


@pytest.mark.parametrize("name", ["'transforms.common'", "name='transforms.common'"])
def test_python_that_names_a_module_of_its_own_repository_in_a_text_is_refused(
    project: GitRepo, central: GitRepo, name: str
) -> None:
    module = MODULE.replace("from .common", f"import importlib\nimportlib.import_module({name})\nfrom .common", 1)
    central.commit(
        {"features/views/spend.yaml": PYTHON_VIEW, "transforms/spend.py": module, "transforms/common.py": "LIMIT = 1\n"}
    )
    assert "transforms/spend.py:2:1: it imports 'transforms.common' of its own" in refused(project, central)


def test_python_that_is_not_there_or_does_not_parse_is_refused(project: GitRepo, central: GitRepo) -> None:
    central.commit({"features/views/spend.yaml": PYTHON_VIEW})
    assert "there is no module 'transforms.spend'" in refused(project, central)
    central.commit({"transforms/spend.py": "def clean(:\n"})
    assert "transforms/spend.py: not Python that can be read" in refused(project, central)
