"""After any sequence of our verbs, and of what GTO itself writes, GTO and we say the same."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import gto.api
import pytest
from gto.constants import VersionSort
from gto.exceptions import GTOException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import GitRepo
from tests.releasing import done, gto_show, released, team

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.tag_objects import NewTag
from gitmlops.errors import InputError, Refusal
from gitmlops.records.receipt import Digest, Subject
from gitmlops.registry.changing import transitions
from gitmlops.registry.changing.transitions import Candidate
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags import history
from gitmlops.registry.tags.grammar import Action
from gitmlops.registry.tags.history import History
from gitmlops.specs.project import DeploymentStage

STAGES = (DeploymentStage(name="staging"), DeploymentStage(name="prod", production=True))
MODELS = ("churn", "flight-delay")
COMMITS = 8
START = 1_700_000_000

models, stages = st.sampled_from(MODELS), st.sampled_from([stage.name for stage in STAGES])
# Most of what is tried is not refused, so that the stages have something to tell.
operations = st.one_of(
    *[st.tuples(st.just("register"), models, st.integers(0, 99), st.sampled_from(("minor", "patch")))] * 3,
    *[st.tuples(st.just("promote"), models, st.integers(0, 99), stages)] * 5,
    *[st.tuples(st.just("rollback"), models, st.just(0), stages)] * 2,
    st.tuples(st.just("unassign"), models, st.just(0), stages),
    st.tuples(st.just("deregister"), models, st.integers(0, 99), st.just("")),
    st.tuples(st.just("deprecate"), models, st.integers(0, COMMITS - 1), st.just("")),
)
sequences = st.lists(operations, min_size=8, max_size=40)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GitRepo, list[str]]]:
    """A repository with some commits, older than every tag."""
    root = tmp_path_factory.mktemp("gto")
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    repo = GitRepo(root)
    lines = []
    for number in range(COMMITS):
        lines.append(f"commit refs/heads/main\ncommitter a <a@b> {START - 100 + number} +0000\ndata 1\nx")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input="\n".join(lines), text=True, check=True)
    yield repo, repo.git("rev-list", "--reverse", "main").split()


@pytest.fixture(scope="module")
def under_dvc(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRepo, list[str]]:
    """The same, and the models are artifacts of DVC."""
    root = tmp_path_factory.mktemp("dvc")
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=root, check=True)
    artifacts = "".join(f"  {name}:\n    path: models/{name}.skops\n    type: model\n" for name in MODELS)
    repo = GitRepo(root)
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "a")
            patch.setenv(f"GIT_{role}_EMAIL", "a@b")
            patch.setenv(f"GIT_{role}_DATE", f"{START - 100} +0000")
        commits = [repo.commit({"dvc.yaml": f"artifacts:\n{artifacts}"}) for _ in range(COMMITS)]
    return repo, commits


def write(repo: GitRepo, tags: list[NewTag]) -> None:
    """Put these tags in place of all that are there, at once."""
    old = "".join(f"delete {ref}\n" for ref in repo.git("for-each-ref", "--format=%(refname)", "refs/tags").split())
    subprocess.run(["git", "update-ref", "--stdin"], cwd=repo.root, input=old, text=True, check=True)
    new = "".join(
        f"tag {tag.name}\nfrom {tag.commit}\ntagger a <a@b> {tag.time} +0000\ndata {len(tag.message)}\n{tag.message}\n"
        for tag in tags
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.root, input=new, text=True, check=True)


def plan(told: History, operation: tuple[str, str, int, str], commits: list[str], now: int) -> tuple[NewTag, ...]:
    """The tags that an operation writes; none if it is refused."""
    verb, model, number, word = operation
    artifact = told.artifacts.get(model)
    try:
        if verb == "register":
            version = transitions.next_version(artifact, bump=word)
            taken = {event.tag.commit for event in artifact.registrations()} if artifact else set()
            free = [commit for commit in commits if commit not in taken]
            return transitions.register(told, candidate(model, free[0]), version=version, now=now).tags
        if verb == "deprecate":
            return (NewTag(f"{model}@deprecated#{100 + now - START}", commits[number], now, "x"),)
        if verb == "unassign":
            promotion = told.artifact(model).standing(word)[-1]
            return (NewTag(f"{model}#{word}!#{100 + now - START}", promotion.tag.commit, now, "x"),)
        if verb == "rollback":
            return transitions.rollback(
                told, name=model, stage=word, to="", motive=transitions.Motive("worse"), now=now
            ).tags
        versions = told.artifact(model).versions
        version = versions[number % len(versions)].version
        if verb == "deregister":
            return (NewTag(f"{model}@{version}!", told.artifact(model).version(version).commit, now, "x"),)
        return transitions.promote(told, STAGES, name=model, version=version, to=word, now=now).tags
    except (Refusal, InputError, IndexError, ZeroDivisionError):
        return ()


def candidate(model: str, commit: str) -> Candidate:
    digest = Digest("m", "0", 0)
    subject = Subject(
        model=model, verdict="passed", evidence="scored", artifact=digest, data=(digest,), policies=(), checks=()
    )
    return Candidate(model, commit, 0, "t", "s", "b", "r", subject)


def told_of(tags: list[NewTag]) -> History:
    """The history of tags that are not written yet."""
    from gitmlops.adapters.git.tag_reading import Tag

    read = [Tag(tag.name, tag.name, tag.commit, tag.time, "a", "a@b", tag.message) for tag in tags]
    return history.replay(read, now=START + 10_000)


def ours(repo: GitRepo) -> dict[str, dict[str, object]]:
    told = history.read(Repository(repo.root))
    [table] = reports.listing(told, at=None).tables
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    return {str(row.pop("model")): {key: cell for key, cell in row.items() if key == "latest" or cell} for row in rows}


GTO_WORDS = {
    Action.REGISTER: "registration",
    Action.DEREGISTER: "deregistration",
    Action.PROMOTE: "assignment",
    Action.REMOVE: "unassignment",
    Action.DEPRECATE: "deprecation",
}


def events(repo: GitRepo) -> list[tuple[object, ...]]:
    """Everything that happened, as our history has it: when, what, to which stage, by whom, on which commit, by which
    tag."""
    told = history.read(Repository(repo.root)).artifacts
    return sorted(
        (event.tag.time, GTO_WORDS[event.name.action], name, event.name.stage or None, event.tag.tagger,
         event.tag.commit, event.tag.name)
        for name, artifact in told.items()
        for event in artifact.events
    )  # fmt: skip


def gto_events(repo: GitRepo) -> list[tuple[object, ...]]:
    """The same as `gto history` has it."""
    return sorted(
        (int(row["timestamp"].timestamp()), row["event"], row["artifact"], row["stage"], row["author"], row["commit"],
         row["ref"])
        for row in gto.api.history(str(repo.root))
        if row["event"] != "commit"
    )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(sequences)
@pytest.mark.slow
def test_after_any_sequence_gto_shows_the_same_versions_and_stages(
    empty: tuple[GitRepo, list[str]], sequence: list[tuple[str, str, int, str]]
) -> None:
    repo, commits = empty
    tags: list[NewTag] = []
    for step, operation in enumerate(sequence):
        tags += plan(told_of(tags), operation, commits, max([START + step, *(tag.time + 1 for tag in tags)]))
    write(repo, tags)
    assert ours(repo) == gto_show(repo)
    assert events(repo) == gto_events(repo)


def gto_does(repo: GitRepo, operation: tuple[str, str, int, str], commits: list[str]) -> None:
    """What an operation is to GTO itself; nothing if it refuses."""
    verb, model, number, word = operation
    root = str(repo.root)
    artifact = history.read(Repository(repo.root)).artifacts.get(model)
    taken = [version.commit for version in artifact.versions] if artifact else []
    placed = [event.tag.commit for event in artifact.standing(word)] if artifact else []
    # Most of what is tried is not refused; the rest is tried on any commit.
    likely = {"register": [one for one in commits if one not in taken], "unassign": placed, "rollback": placed}
    choice = likely.get(verb, taken) or commits
    commit = choice[number % len(choice)] if number % 5 else commits[number % COMMITS]
    with suppress(GTOException):
        if verb == "register":
            gto.api.register(root, model, commit, bump_minor=word == "minor", bump_patch=word == "patch")
        elif verb == "promote":
            gto.api.assign(root, model, word, ref=commit, skip_registration=bool(number % 2), simple=bool(number % 3))
        elif verb == "deregister":
            gto.api.deregister(root, model, ref=commit, simple=bool(number % 2))
        elif verb == "deprecate":
            gto.api.deprecate(root, model, ref=commit, simple=False)
        else:  # GTO knows no rollback
            gto.api.unassign(root, model, ref=commit, stage=word, simple=False)


def one_by_one(repo: GitRepo, name: str, now: int) -> NewTag:
    """A tag as GTO has written it, at a second of its own: GTO writes several in one."""
    tag = f"refs/tags/{name}"
    commit, message = (
        repo.git("for-each-ref", f"--format={field}", tag) for field in ("%(*objectname)", "%(contents)")
    )
    return NewTag(name, commit.strip(), now, message.strip())


def gto_checks(repo: GitRepo, tag: str) -> dict[str, object]:
    """What `gto check-ref` makes of a tag."""
    [event] = gto.api.check_ref(str(repo.root), tag)
    return {key: getattr(event, key, None) for key in ("artifact", "version", "stage", "ref")}


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(sequences)
def test_whatever_gto_writes_we_read_as_it_does(
    empty: tuple[GitRepo, list[str]], sequence: list[tuple[str, str, int, str]]
) -> None:
    repo, commits = empty
    write(repo, [])
    names: list[str] = []
    for operation in sequence:
        gto_does(repo, operation, commits)
        new = {*repo.git("tag", "--list").split()} - {*names}
        names += sorted(new, key=lambda name: ("#" in name, name))  # an assignment may register first
    write(repo, [one_by_one(repo, name, START + second) for second, name in enumerate(names)])
    assert ours(repo) == gto_show(repo)
    assert events(repo) == gto_events(repo)
    for artifact in history.read(Repository(repo.root)).artifacts.values():
        for event in artifact.events:
            said = gto_checks(repo, event.tag.name)
            assert (said["artifact"], said["ref"]) == (artifact.name, event.tag.name)
            assert (event.name.stage or None) == said["stage"]


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(operations.filter(lambda one: one[0] in ("register", "promote", "rollback")), min_size=8, max_size=40))
def test_after_any_of_our_verbs_dvc_finds_the_same_commit_by_stage_and_version(
    under_dvc: tuple[GitRepo, list[str]], sequence: list[tuple[str, str, int, str]]
) -> None:
    from dvc.repo import Repo

    repo, commits = under_dvc
    tags: list[NewTag] = []
    for step, operation in enumerate(sequence):
        tags += plan(told_of(tags), operation, commits, max([START + step, *(tag.time + 1 for tag in tags)]))
    write(repo, tags)
    with Repo(str(repo.root)) as dvc:
        for name, artifact in history.read(Repository(repo.root)).artifacts.items():
            assert artifact.latest
            assert dvc.artifacts.get_rev(name) == artifact.latest.commit
            for stage in STAGES:
                if promotion := artifact.promotion(stage.name):
                    assert dvc.artifacts.get_rev(name, stage=stage.name) == promotion.tag.commit
                for version in artifact.versions:
                    assert dvc.artifacts.get_rev(name, version=version.version) == version.commit


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sequences)
def test_what_was_in_a_stage_at_a_moment_is_what_the_tags_of_that_moment_tell(
    sequence: list[tuple[str, str, int, str]],
) -> None:
    commits = [f"{number:040x}" for number in range(COMMITS)]
    tags: list[NewTag] = []
    for step, operation in enumerate(sequence):
        tags += plan(told_of(tags), operation, commits, START + step)
    whole = told_of(tags)
    for moment in {tag.time for tag in tags}:
        past = told_of([tag for tag in tags if tag.time <= moment])
        for name, artifact in past.artifacts.items():
            for stage in ("staging", "prod"):
                assert whole.artifact(name).in_stage(stage, moment) == artifact.in_stage(stage)


def test_no_tag_is_older_than_the_one_before() -> None:
    told = told_of([NewTag("churn@v1.0.0", "a" * 40, START + 50, "x")])
    [tag] = transitions.promote(told, STAGES, name="churn", version="v1.0.0", to="staging", now=START).tags
    assert (tag.name, tag.time) == ("churn#staging#1", START + 51)


def by_every_flag(repo: GitRepo) -> Iterator[str]:
    """What GTO says is in prod, whatever flags it is asked with; one promotion a version hides one of two stages."""
    for only, sort, promotions in itertools.product((True, False), VersionSort, (-1, 2)):
        flags = {"registered_only": only, "sort": sort, "assignments_per_version": promotions}
        yield gto.api.show(str(repo.root), **flags)["churn"]["stage"]["prod"]
    for sort, versions in itertools.product(VersionSort, (-1, 1, 2)):
        [first, *_] = gto.api.show(str(repo.root), "churn#prod", sort=sort, versions_per_stage=versions)
        yield first["version"]


def test_dvc_and_gto_with_any_flag_serve_the_good_version_after_a_rollback(tmp_path: Path) -> None:
    from dvc import api as dvc_api
    from dvc.repo import Repo

    work = team(tmp_path)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=work.root, check=True)
    work.commit({"dvc.yaml": "artifacts:\n  churn:\n    path: models/churn.skops\n    type: model\n"})
    released(work, "one", "two")
    with Repo(str(work.root)) as dvc:
        assert dvc.artifacts.get_rev("churn", stage="prod") == commit(work, "v1.1.0")
    done(work, "rollback", "churn", "--reason", "worse", "--yes")
    with Repo(str(work.root)) as dvc:
        assert dvc.artifacts.get_rev("churn", stage="prod") == commit(work, "v1.0.0")
    assert dvc_api.artifacts_show("churn", stage="prod", repo=str(work.root))["rev"] == commit(work, "v1.0.0")
    out = work.root / "got"
    command = ["artifacts", "get", str(work.root), "churn", "--stage", "prod", "--out", str(out)]
    subprocess.run([sys.executable, "-m", "dvc", *command], cwd=work.root, check=True, capture_output=True)
    assert out.read_text() == "one"
    assert set(by_every_flag(work)) == {"v1.0.0"}


def commit(repo: GitRepo, version: str) -> str:
    return repo.git("rev-parse", f"refs/tags/churn@{version}^{{commit}}").strip()
