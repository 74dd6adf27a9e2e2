"""The whole state of a GitHub, and the verbs with which a test arranges it."""

import itertools
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.github.server import hook
from tests.github.server.answers import not_found
from tests.github.server.clock import Clock
from tests.github.server.faults import Faults
from tests.github.server.git import Git
from tests.github.server.repository import Repository
from tests.github.server.routing import LEVELS
from tests.github.server.users import Team, Token, User
from tests.github.server.validation import Description

ACTIONS = "github-actions[bot]"
_KNOWN = {"ghost": (10137, "User"), ACTIONS: (41898282, "Bot"), "web-flow": (19864447, "User")}


@dataclass(frozen=True)
class Served:
    """One request that came in, and the status of its answer (0: the connection was cut)."""

    operation: str
    path: str
    query: dict[str, str]
    body: object
    status: int
    login: str


@dataclass
class GitHub:
    """Everything; every handler runs under `lock`."""

    root: Path
    description: Description
    url: str = ""
    clock: Clock = field(default_factory=Clock)
    users: dict[str, User] = field(default_factory=dict)  # by login in lower case
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)  # by full name in lower case
    teams_by_id: dict[int, Team] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    violations: list[str] = field(default_factory=list)
    requests: list[Served] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1001))

    def next_id(self) -> int:
        return next(self._ids)

    # What a test arranges.

    def user(self, login: str, type: str = "User") -> User:
        """Give the account of a login, made where it is not there yet."""
        if login.lower() not in self.users:
            id, kind = _KNOWN.get(login, (self.next_id(), "Bot" if login.endswith("[bot]") else type))
            self.users[login.lower()] = User(id, login, kind, f"{id}+{login}@users.noreply.github.com")
        return self.users[login.lower()]

    @property
    def ghost(self) -> User:
        """The account that stands for deleted ones."""
        return self.user("ghost")

    def delete_user(self, login: str) -> None:
        """Delete an account: what it wrote stays, as the ghost's."""
        user = self.users.pop(login.lower())
        self.tokens = {secret: token for secret, token in self.tokens.items() if token.user is not user}
        for team in self.teams_by_id.values():
            team.members.pop(user.id, None)
        user.id, user.login = self.ghost.id, self.ghost.login

    def rename_user(self, login: str, new: str) -> None:
        """Give an account another login; its old one is free for anybody."""
        user = self.users.pop(login.lower())
        user.login = new
        self.users[new.lower()] = user

    def token(self, login: str, permissions: dict[str, str] | None = None) -> str:
        """Give a new token of a user; `permissions`, e.g. {"issues": "write"}, bounds what it may do."""
        secret = f"ghp_{self.next_id():036}"
        given = None if permissions is None else {"metadata": "read", **permissions}
        self.tokens[secret] = Token(secret, self.user(login), given)
        return secret

    def repository(self, owner: str, name: str, root: Path | None = None, *, organization: bool = False) -> Repository:
        """Give a repository, made where it is not there yet: empty, or with what the git repository at `root` has."""
        full_name = f"{owner}/{name}".lower()
        if full_name not in self.repositories:
            account = self.user(owner, "Organization" if organization else "User")
            git = Git(self._bare(full_name, root))
            self.repositories[full_name] = Repository(self, self.next_id(), account, name, git)
        return self.repositories[full_name]

    def fork(self, full_name: str, login: str) -> Repository:
        """Give the fork of a repository that belongs to a user, made where it is not there yet."""
        parent = self.repositories[full_name.lower()]
        fork = self.repository(login, parent.name, parent.git.path)
        fork.fork_of, fork.private = parent, parent.private
        return fork

    def delete_repository(self, full_name: str) -> None:
        """Delete a repository: pull requests from a fork stay, from an unknown one."""
        gone = self.repositories.pop(full_name.lower())
        for one in self.repositories.values():
            for issue in one.issues.values():
                if issue.pull and issue.pull.source is gone:
                    issue.pull.source = None

    def _bare(self, full_name: str, root: Path | None) -> Path:
        path = self.root / f"{full_name}.git"
        made = ["init", "-q", "--bare", "-b", "main"] if root is None else ["clone", "-q", "--bare", str(root)]
        subprocess.run(["git", *made, str(path)], check=True, capture_output=True)
        hook.install(path)
        return path

    def clone_url(self, owner: str, repo: str, token: str = "") -> str:
        """Give the address for git, with a token in it where one is given."""
        scheme, rest = self.url.split("://")
        return f"{scheme}://{f'x-access-token:{token}@' if token else ''}{rest}/{owner}/{repo}.git"

    def team(self, organization: str, slug: str, *logins: str) -> Team:
        """Give a team of these members (and those that it had)."""
        owner = self.user(organization, "Organization")
        found = [one for one in self.teams_by_id.values() if (one.organization, one.slug) == (owner, slug)]
        team = found[0] if found else Team(self.next_id(), owner, slug)
        self.teams_by_id[team.id] = team
        team.members |= {self.user(login).id: "member" for login in logins}
        return team

    def collaborator(self, full_name: str, login: str, level: str = "write") -> User:
        """Give a user a role in a repository: none, read, triage, write, maintain or admin."""
        assert level in LEVELS, level
        user = self.user(login)
        self.repositories[full_name.lower()].collaborators[user.id] = level
        return user

    def take_violations(self) -> list[str]:
        """Give what GitHub's description refused and forget it, for the test that sends something wrong on purpose."""
        taken, self.violations = self.violations, []
        return taken

    # What handlers ask.

    def is_actions_bot(self, user: User) -> bool:
        return user.login == ACTIONS

    def existing_user(self, login: str) -> User:
        """Give an account. Raises: Refused."""
        if login.lower() not in self.users:
            raise not_found()
        return self.users[login.lower()]

    def user_of_email(self, email: str) -> User | None:
        """Give the account that a commit's address belongs to."""
        return next((user for user in self.users.values() if user.email and user.email == email), None)

    def existing_team(self, organization: str, slug: str) -> Team:
        """Give a team. Raises: Refused."""
        for team in self.teams_by_id.values():
            if (team.organization.login.lower(), team.slug) == (organization.lower(), slug):
                return team
        raise not_found()

    def visible_repository(self, owner: str, name: str, user: User) -> Repository:
        """Give a repository that a user may read. Raises: Refused, as where there is none."""
        repository = self.repositories.get(f"{owner}/{name}".lower())
        if repository is None or repository.level(user) == "none":
            raise not_found()
        return repository
