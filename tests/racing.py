"""One of two people who write tags of a model at the same moment, as a process: a line asks for a turn, one answers.

`python -m tests.racing CLONE`: `plan VERB WORD NOW` brings the tags here and plans, `go` writes; whoever is beaten
looks again, once.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from gitmlops.adapters.git import tags
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, Refusal
from gitmlops.records.receipt import Digest, Subject
from gitmlops.registry.changing import transitions
from gitmlops.registry.changing.transitions import Candidate, Motive, Plan
from gitmlops.registry.tags import grammar, history
from gitmlops.registry.tags.history import History
from gitmlops.specs.project import DeploymentStage

MODEL = "churn"
STAGES = (DeploymentStage(name="staging"), DeploymentStage(name="prod", production=True))


def turn(repository: Repository, verb: str, word: str, now: int) -> Iterator[str]:
    """What came of a turn: `planned`, then `won`, `nothing`, or `beaten: WHY` and what came of the second look."""
    told, plan = _planned(repository, verb, word, now)
    yield "planned"
    try:
        yield _written(repository, told, plan)
    except Refusal as beaten:
        told, plan = _planned(repository, verb, word, now)
        yield f"beaten: {beaten} / {_written(repository, told, plan)}"


def _planned(repository: Repository, verb: str, word: str, now: int) -> tuple[History, Plan | None]:
    repository.git("fetch", "--quiet", "--tags", "origin")
    told = history.read(repository)
    try:
        return told, _plan(repository, told, verb, word, now)
    except (Refusal, InputError):
        return told, None


def _plan(repository: Repository, told: History, verb: str, word: str, now: int) -> Plan:
    artifact = told.artifacts.get(MODEL)
    if verb == "register":
        taken = {event.tag.commit for event in artifact.registrations()} if artifact else set()
        commits = repository.git("rev-list", "--reverse", "origin/main").split()
        free = next(commit for commit in commits if commit not in taken)
        version = transitions.next_version(artifact, bump=word)
        transitions.require_free(artifact, version, free)
        return transitions.register(told, _candidate(free), version=version, now=now)
    if verb == "rollback":
        return transitions.rollback(told, name=MODEL, stage=word, to="", motive=Motive("worse"), now=now)
    placed = told.artifact(MODEL).in_stage(word)
    others = [version.version for version in told.artifact(MODEL).versions if version != placed]
    if not others:
        raise Refusal("the only version is there")
    chosen = others[-1]
    return transitions.promote(told, STAGES, name=MODEL, version=chosen, to=word, now=now)


def _candidate(commit: str) -> Candidate:
    digest = Digest("m", "0", 0)
    subject = Subject(
        model=MODEL, verdict="passed", evidence="scored", artifact=digest, data=(digest,), policies=(), checks=()
    )
    return Candidate(MODEL, commit, 0, "t", "s", "b", "r", subject)


def _written(repository: Repository, told: History, plan: Plan | None) -> str:
    if plan is None or not plan.tags:
        return "nothing"
    tags.write(repository, plan.tags, fence=grammar.fence(MODEL), seen=told.tags, remote="origin")
    return "won"


if __name__ == "__main__":
    here = Repository(Path(sys.argv[1]))
    for line in sys.stdin:
        _, verb, word, moment = line.split()
        for answer in turn(here, verb, word, int(moment)):
            print(" ".join(answer.split()), flush=True)
            if answer == "planned":
                sys.stdin.readline()
