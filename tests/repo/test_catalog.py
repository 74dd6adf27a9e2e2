"""`catalog build`: what its pages say of a repository, and what it leaves alone."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import Request, urlopen

import pytest
from tests.conftest import GitRepo
from tests.releasing import POLICY, done, released, team

MOST_BYTES = {
    "index.html": 2_150, "inventory.html": 1_450, "models.html": 1_000, "test/policies/quality.html": 2_400,
    "test/models/churn.html": 8_900, "test/models/churn/v1.0.0.html": 2_500, "test/models/churn/v1.1.0.html": 3_150,
    "assets/catalog.css": 17_500, "assets/catalog.js": 16_000,
}  # fmt: skip
"""What pages may weigh, a tenth more than they do: there are thousands of versions, a hundred bytes more add up."""


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A repository with two released versions of one model, each judged, registered and in production."""
    folder = tmp_path_factory.mktemp("catalog")
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        repo = team(folder)
        released(repo, "first", "second")
    return repo


def build(repo: GitRepo, folder: Path, *options: str, exit_code: int = 0) -> str:
    result = repo.run("catalog", "build", "--output", str(folder), *options)
    assert result.exit_code == exit_code, result.output
    return result.output


def words(page: Path) -> str:
    """The text of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.read_text())).split())


def stages_on(page: Path, seconds: int) -> list[dict[str, object]]:
    """What the data of the date picker say of a moment."""
    data = json.loads(re.search(r"id=stages-data>(.*?)</script>", page.read_text())[1])
    standing = [rows for moment, rows in data["moments"] if moment <= seconds]
    rows = [[data["words"][word] for word in data["rows"][row]] for row in (standing[-1] if standing else [])]
    return [dict(zip(data["columns"], row, strict=True)) for row in rows]


def test_a_model_page_says_what_is_where_and_how_to_go_back(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    said = words(tmp_path / "site/test/models/churn.html")
    assert "prod v1.1.0" in said
    assert 'gitmlops model rollback churn --stage prod --reason "..."' in said
    assert "quality/auc roc_auc >= 0.68 0.71" in said
    assert "verdict passed checks 1 passed, 1 failed" in said
    assert said.index("quality/speed roc_auc") < said.index("quality/auc roc_auc"), "what failed comes first"


def test_who_approved_what_runs_and_on_what_evidence_is_one_click_from_the_overview(
    churn: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(churn, tmp_path / "site")
    assert "No tag names anybody who approved it" in words(tmp_path / "site/test/models/churn.html")
    repo, review = GitRepo(tmp_path / "work"), "https://github.com/acme/churn/pull/7#pullrequestreview-1"
    churn.git("clone", "-q", str(churn.root), str(repo.root))
    newest = churn.git("for-each-ref", "--format=%(taggerdate:unix)", "refs/tags/churn#prod#4").strip()
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"@{newest} +0000")
    repo.git("tag", "-a", "-m", f"x\n\nApproved-by: @grace risk-sme ({review})", "churn#prod#5", "churn@v1.0.0^{}")
    repo.git("fetch", "-q", "origin", "+refs/notes/*:refs/notes/*")
    build(repo, tmp_path / "site")
    assert re.search(r"churn prod v1\.0\.0 [0-9-]{10} @grace \(risk-sme\) passed", words(tmp_path / "site/index.html"))
    assert "href=test/models/churn/v1.0.0.html>" in (tmp_path / "site/index.html").read_text()
    assert f"href={review}>" in (tmp_path / "site/test/models/churn/v1.0.0.html").read_text()
    assert "quality/auc roc_auc >= 0.68 0.71" in words(tmp_path / "site/test/models/churn/v1.0.0.html")
    assert "approved by @grace (risk-sme)" in words(tmp_path / "site/test/models/churn.html")


def test_what_is_not_known_is_said(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    said = words(tmp_path / "site/test/models/churn.html").partition("as monitoring saw it")[2]
    assert said.startswith(" No run is recorded in this clone: gitmlops monitor run churn --record records one.")
    commit = churn.git("rev-parse", "--short=12", "HEAD").strip()
    assert f"From test @ {commit}" in words(tmp_path / "site/inventory.html")


def test_the_date_picker_answers_what_model_show_at_answers(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    times = churn.git("for-each-ref", "--format=%(taggerdate:unix)", "refs/tags").split()
    for seconds in sorted({int(time) for time in times}):
        at = json.loads(done(churn, "show", "churn@v1.0.0", "--at", iso(seconds), "--format", "json"))
        [table] = [table for table in at["tables"] if table["title"] == "Deployment stages"]
        assert stages_on(tmp_path / "site/test/models/churn.html", seconds) == table["rows"]


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def test_the_same_repository_gives_the_same_bytes(churn: GitRepo, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(churn, tmp_path / name)
    one, two = (
        {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two


def test_a_page_weighs_a_few_kilobytes_whatever_it_is_of(churn: GitRepo, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(churn, site)
    weighed = {path: len((site / path).read_bytes()) for path in MOST_BYTES}
    assert {path: weight for path, weight in weighed.items() if weight > MOST_BYTES[path]} == {}


def test_a_folder_that_holds_something_else_stays(churn: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years")
    assert "holds something else than a catalogue" in build(churn, tmp_path / "mine", exit_code=3)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years"


def test_only_what_changed_is_written_again(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    assert "written       0" in build(churn, tmp_path / "site")
    (tmp_path / "site/test/policies/quality.html").write_text("edited by hand")
    assert "written       1" in build(churn, tmp_path / "site")
    assert "Good enough" in words(tmp_path / "site/test/policies/quality.html")


def test_a_dry_run_writes_nothing(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site", "--dry-run")
    assert not (tmp_path / "site").exists()


def test_a_policy_page_says_what_it_asks_and_whom_it_judged(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    said = words(tmp_path / "site/test/policies/quality.html")
    assert "auc roc_auc >= 0.68" in said
    assert "churn low team 1 of 2 checks missed" in said
    assert "churn v1.1.0 prod, staging 1 of 2 checks missed" in said


def test_several_repositories_stand_beside_each_other_and_one_that_is_gone_is_told(
    churn: GitRepo, tmp_path: Path
) -> None:
    options = ("--repo", str(churn.root.parent / "origin.git"), "--repo", str(tmp_path / "gone.git"))
    assert "gone.git does not answer" in build(churn, tmp_path / "site", *options)
    assert "v1.1.0 in prod" in words(tmp_path / "site/models.html")
    assert "gone.git does not answer" in words(tmp_path / "site/index.html")
    build(churn, tmp_path / "site", *options, "--strict", exit_code=1)


def test_of_several_repositories_the_overview_says_the_worst_and_how_much_more_there_is(
    churn: GitRepo, tmp_path: Path
) -> None:
    broken, policy = GitRepo(tmp_path / "broken"), "kind: policy\nid: {0}\n"
    churn.git("clone", "-q", str(churn.root), str(broken.root))
    broken.commit({f"policies/{name}.yaml": policy.format(name) for name in ("one", "two")})
    build(churn, tmp_path / "site", "--repo", str(churn.root), "--repo", str(broken.root))
    overview, [own] = words(tmp_path / "site/index.html"), map(words, (tmp_path / "site").glob("test-of-*/index.html"))
    assert overview.count("policies/one.yaml") == 1
    assert "policies/two.yaml" not in overview
    assert re.search(r"\([0-9]+ more on its page\)", overview)
    assert "policies/two.yaml" in own


def test_a_repository_that_does_not_answer_any_more_is_shown_as_it_was(churn: GitRepo, tmp_path: Path) -> None:
    away = tmp_path / "away.git"
    churn.git("clone", "-q", "--bare", str(churn.root), str(away))
    build(churn, tmp_path / "site", "--repo", f"file://{away}")
    away.rename(tmp_path / "moved.git")
    build(churn, tmp_path / "site", "--repo", f"file://{away}", "--strict", exit_code=1)
    assert "this is what it had when it last did" in words(tmp_path / "site/test/index.html")
    assert "v1.1.0 in prod" in words(tmp_path / "site/models.html")


def test_what_is_new_in_another_repository_is_on_the_next_build(churn: GitRepo, tmp_path: Path) -> None:
    work, away = GitRepo(tmp_path / "work"), tmp_path / "away.git"
    churn.git("clone", "-q", "--bare", str(churn.root), str(away))
    build(churn, tmp_path / "site", "--repo", f"file://{away}")
    churn.git("clone", "-q", str(away), str(work.root))
    work.commit({"policies/quality.yaml": POLICY.replace("Good enough", "Better than that")})
    work.git("push", "-q", "origin", "main")
    assert "does not answer" not in build(churn, tmp_path / "site", "--repo", f"file://{away}")
    assert "Better than that" in words(tmp_path / "site/test/policies/quality.html")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"models/churn.yaml": "kind: model\nname: [\n"}, "models/churn.yaml"),
        ({"policies/quality.yaml": "kind: policy\nid: quality\n"}, "policies/quality.yaml"),
        ({"gitmlops.yaml": "project: 1: 2\n"}, "gitmlops.yaml"),
    ],
)
def test_a_broken_file_is_told_and_the_rest_is_written(
    churn: GitRepo, tmp_path: Path, broken: dict[str, str], said: str
) -> None:
    repo = GitRepo(tmp_path / "work")
    churn.git("clone", "-q", str(churn.root), str(repo.root))
    repo.commit(dict(broken))
    assert said in build(repo, tmp_path / "site", "--strict", exit_code=1)
    build(repo, tmp_path / "site")
    [page] = (tmp_path / "site").glob("*/models/churn.html")
    assert "prod v1.1.0" in words(page)
    assert said in words(tmp_path / "site/index.html")


def test_served_pages_are_for_this_machine_alone(churn: GitRepo, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gitmlops", "catalog", "serve", "--output", str(tmp_path / "site")]
    with subprocess.Popen(command, cwd=churn.root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        address = server.stdout.readline().strip()
        with urlopen(address) as answer:
            assert "churn" in answer.read().decode()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        for request in (Request(address, headers={"Host": "evil.example"}), Request(f"{address}test/models/")):
            with pytest.raises(HTTPError):
                urlopen(request)
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0


def test_an_interrupt_leaves_the_old_site_whole(
    churn: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(churn, tmp_path / "site")
    before = {file: file.read_bytes() for file in (tmp_path / "site").rglob("*.html")}
    (tmp_path / "site/index.html").unlink()
    kept = {file: content for file, content in before.items() if file.name != "index.html"}

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        build(churn, tmp_path / "site", exit_code=130)
    assert all(file.read_bytes() == content for file, content in kept.items())
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    build(churn, tmp_path / "site")
    assert {file: file.read_bytes() for file in (tmp_path / "site").rglob("*.html")} == before


def test_what_a_killed_build_left_beside_the_site_is_removed_an_hour_later(churn: GitRepo, tmp_path: Path) -> None:
    for name in (".site.k1ll3d_0", ".site.k1ll3d_0.former", ".site.atwork_1", ".site.mine", ".site.notours2"):
        (tmp_path / name).mkdir()
        if name != ".site.notours2":
            (tmp_path / name / "catalog.json").write_text("{}")
        if name != ".site.atwork_1":
            os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))
    build(churn, tmp_path / "site")
    left = [".site.atwork_1", ".site.mine", ".site.notours2", "site"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_a_shallow_clone_says_that_versions_may_be_missing_until_it_is_whole(churn: GitRepo, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "shallow")
    churn.git("clone", "-q", "--depth", "1", f"file://{churn.root}", str(repo.root))
    build(repo, tmp_path / "site", "--strict", exit_code=1)
    assert "this clone is shallow, so versions" in words(tmp_path / "site/index.html")
    repo.git("fetch", "-q", "--unshallow", "--tags")
    build(repo, tmp_path / "site")
    assert "shallow" not in words(tmp_path / "site/index.html")
    assert "prod v1.1.0" in words(tmp_path / "site/test/models/churn.html")


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "empty")
    subprocess.run(["git", "init", "-q", str(repo.root)], check=True)
    assert "commit to main first" in build(repo, tmp_path / "site", exit_code=3)
    assert not (tmp_path / "site").exists()


def test_an_empty_repository_is_told_beside_the_others(churn: GitRepo, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "new.git")], check=True)
    build(churn, tmp_path / "site", "--repo", str(tmp_path / "new.git"), "--strict", exit_code=1)
    assert "new.git does not answer: there is no commit in it yet" in words(tmp_path / "site/index.html")


def test_a_token_in_an_address_is_on_no_page(churn: GitRepo, tmp_path: Path) -> None:
    address = "https://user:ghp_secret@127.0.0.1:9/a/b.git"
    told = build(churn, tmp_path / "site", "--repo", address, "--strict", exit_code=1)
    pages = [file.read_text() for file in (tmp_path / "site").rglob("*") if file.is_file()]
    assert "127.0.0.1:9/a/b does not answer" in words(tmp_path / "site/index.html")
    assert not [page for page in (told, *pages) if "ghp_secret" in page]


def test_a_port_that_is_taken_is_told(churn: GitRepo, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = churn.run("catalog", "serve", "--output", str(tmp_path / "site"), "--port", str(port))
    assert result.exit_code == 3
    assert f"--port {port}: cannot be used: Address already in use; name another port" in result.output


def test_hostile_names_are_text_and_lead_out_of_nowhere(churn: GitRepo, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "work")
    churn.git("clone", "-q", str(churn.root), str(repo.root))
    evil = "<img src=x onerror=alert(1)></script>\u202e"
    text = POLICY.replace("title: Good enough", f"title: {json.dumps(evil)}").replace(
        "owner: team", 'owner: team\nsource: {citation: "<b>law</b>", url: "javascript:alert(1)"}'
    )
    repo.commit({"policies/quality.yaml": text})
    repo.git("tag", "-a", "-m", "x", "team/a=Churn/b@v1.0.0-RC.1", "HEAD")
    build(repo, tmp_path / "site")
    pages = {file: file.read_text() for file in (tmp_path / "site").rglob("*.html")}
    assert not [
        file for file, page in pages.items() if "<img" in page or "<b>" in page or re.search("href=.?javascript", page)
    ]
    assert "\\u202e" in pages[tmp_path / "site/test/policies/quality.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "work"]


def test_every_link_leads_to_a_page_that_is_there(churn: GitRepo, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(churn, site)
    for file in site.rglob("*.html"):
        for target in re.findall(r'(?:href|src)="?([^"\s>]*)', file.read_text()):
            path, _, anchor = unquote(unescape(target)).partition("#")
            if "://" in path or path.startswith("data:"):
                continue
            found = (file.parent / path).resolve() if path else file
            assert found.is_file(), (file, target)
            assert not anchor or re.search(f"id={anchor}[ >]", found.read_text()), (file, target)


def test_pages_inside_of_the_repository_are_no_part_of_its_commits(churn: GitRepo, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "work")
    churn.git("clone", "-q", str(churn.root), str(repo.root))
    for _ in range(2):
        assert repo.run("catalog", "build").exit_code == 0
        assert (repo.root / "catalog/index.html").exists()
        assert repo.git("status", "--porcelain") == ""
