"""What is wrong with CODEOWNERS: owners who are not there, or who may not write."""

from collections.abc import Iterator
from typing import Any

from tests.github.server.answers import not_found
from tests.github.server.git import GitFailed
from tests.github.server.repository import Repository
from tests.github.server.routing import LEVELS, Call, route

Json = Any
_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


@route("GET /repos/{owner}/{repo}/codeowners/errors", "contents=read")
def codeowners_errors(call: Call) -> Json:
    for place in _PLACES:
        try:
            text = call.repository.git.run("show", f"{call.repository.default_branch}:{place}")
        except GitFailed:
            continue
        return {"errors": [*_errors(call.repository, place, text)]}
    raise not_found()


def _errors(repository: Repository, place: str, text: str) -> Iterator[Json]:
    for number, line in enumerate(text.splitlines(), start=1):
        for owner in line.partition("#")[0].split()[1:]:
            if not _may_write(repository, owner.removeprefix("@")):
                suggestion = f"make sure {owner} exists and has write access to the repository"
                yield {
                    "line": number,
                    "column": line.index(owner) + 1,
                    "kind": "Unknown owner",
                    "source": line,
                    "suggestion": suggestion,
                    "message": f"Unknown owner on line {number}: {suggestion}\n\n  {line}",
                    "path": place,
                }


def _may_write(repository: Repository, owner: str) -> bool:
    organization, _, team = owner.rpartition("/")
    if organization:
        every = repository.github.teams_by_id.values()
        return any((one.organization.login, one.slug) == (organization, team) for one in every)
    user = repository.github.users.get(owner.lower())
    return user is not None and LEVELS.index(repository.level(user)) >= LEVELS.index("write")
