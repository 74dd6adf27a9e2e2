"""Two clones that write at the same moment, again and again: one wins, the other one looks again or says why."""

import itertools
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.racing import MODEL
from tests.releasing import gto_show

from gitmlops.adapters.git.repository import Repository
from gitmlops.registry.tags import history
from gitmlops.registry.tags.grammar import Action

ROUNDS = 200
START = 1_700_000_000
TURNS = (
    ("register minor", "register patch"),
    ("promote staging", "promote prod"),
    ("register minor", "promote prod"),
    ("promote prod", "rollback prod"),
    ("rollback prod", "rollback prod"),
)


class Person:
    """A clone, and the process that works in it."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root / name
        subprocess.run(["git", "clone", "-q", str(root / "origin.git"), str(self.root)], check=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.racing", str(self.root)],
            cwd=Path(__file__).parents[2],
            # Two tags of one person, one second and one content are one tag, which both have written.
            env={**os.environ, "GIT_COMMITTER_NAME": name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        assert line, "it has ended"
        return line

    def leave(self) -> None:
        self.process.communicate()


def origin(root: Path) -> None:
    """A bare repository with more commits than will be registered, older than every tag."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(root / "origin.git")], check=True)
    lines = (
        f"commit refs/heads/main\ncommitter a <a@b> {START - 1000 + number} +0000\ndata 1\nx\n"
        for number in range(ROUNDS)
    )
    command = ["git", "-C", str(root / "origin.git"), "fast-import", "--quiet"]
    subprocess.run(command, input="\n".join(lines), text=True, check=True)


@pytest.mark.slow
def test_of_two_who_write_at_the_same_moment_one_wins_and_the_other_looks_again(tmp_path: Path) -> None:
    origin(tmp_path)
    people = [Person(tmp_path, name) for name in ("ann", "bob")]
    came: list[list[str]] = []
    for number, turns in zip(range(ROUNDS), itertools.cycle(TURNS), strict=False):
        for person, turn in zip(people, turns, strict=True):
            person.say(f"plan {turn} {START + number}")
        assert [person.answer() for person in people] == ["planned", "planned"]
        for person in people:
            person.say("go")
        came.append([person.answer() for person in people])
    for person in people:
        person.leave()
    told = [answer for pair in came for answer in pair]
    beaten = [answer for answer in told if answer.startswith("beaten")]
    assert ["won", "won"] not in came, "the second of two must have looked again"
    assert len(beaten) > ROUNDS / 4
    assert all("somebody else wrote" in answer or "has tags that are not here" in answer for answer in beaten)
    assert_one_story(GitRepo(people[0].root))
    GitRepo(people[1].root).git("fetch", "-q", "--tags", "origin")
    assert GitRepo(people[1].root).git("for-each-ref", "refs/tags") == GitRepo(people[0].root).git(
        "for-each-ref", "refs/tags"
    )


def assert_one_story(repo: GitRepo) -> None:
    """No version twice on a commit, no number twice, no second twice, and gto reads the same."""
    repo.git("fetch", "-q", "--tags", "origin")
    artifact = history.read(Repository(repo.root)).artifact(MODEL)
    registered = Counter(event.tag.commit for event in artifact.registrations())
    numbered = Counter(event.name.counter for event in artifact.events if event.name.counter is not None)
    seconds = Counter(event.tag.time for event in artifact.events)
    assert {*registered.values()} == {*numbered.values()} == {*seconds.values()} == {1}
    assert sorted(numbered) == list(range(1, len(numbered) + 1))
    in_order = [event.name.counter for event in artifact.events if event.name.counter is not None]
    assert in_order == sorted(in_order)
    assert {Action.REGISTER, Action.PROMOTE, Action.REMOVE} == {event.name.action for event in artifact.events}
    placed = {stage: found.version for stage in artifact.stages if (found := artifact.in_stage(stage))}
    assert artifact.latest
    assert gto_show(repo) == {MODEL: {"latest": artifact.latest.version, **placed}}
