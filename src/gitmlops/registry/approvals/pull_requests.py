"""Approvals as reviews of the pull request that brought a model: what ties the reviews to the version's commit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.adapters.reviews import Account, PullRequest, ReviewSource
from gitmlops.definitions import load_project
from gitmlops.errors import InputError, Refusal, ToolError
from gitmlops.registry.approvals import accounts
from gitmlops.registry.approvals.requests import Request
from gitmlops.registry.approvals.reviews import Reviewed, count
from gitmlops.registry.approvals.votes import NOTHING_SAID, Approvals, Change, Refused, Subject, together
from gitmlops.registry.files.contents import Contents
from gitmlops.specs.project import Project

_MOST_RUNS = 20


@dataclass(frozen=True)
class PullRequests:
    """The pull requests of a forge. name: `OWNER/NAME` there; branch: the one that they are merged into.

    tip: its newest commit, and base: what that says of people and roles.
    """

    repository: Repository
    remote: str
    forge: ReviewSource
    name: str
    branch: str
    tip: str
    base: Project

    def of(self, subject: Subject) -> Approvals:
        """What reviews say of the model that a commit brought.

        Raises ToolError if the forge cannot be asked, InputError for a team in gitmlops.yaml that is not there.
        """
        found = [one for one in self._merged(subject.commit) if one.base_branch == self.branch]
        if not found:
            what = f"no pull request was merged into {self.branch} with {subject.commit[:12]}"
            return Approvals(notes=(f"{what}; reviews count for the commit that the merge made on {self.branch}",))
        return together(*(self._of_one(one, subject) for one in found))

    def of_request(self, request: Request, *, at: int) -> Approvals:
        """What reviews say of the request to put a version into a stage, once that was merged; nothing without one."""
        commit = self.merged(request)
        if not commit:
            return NOTHING_SAID
        if not request.is_in(CommitTree(self.repository, self.tip).read(request.path)):
            return Approvals(refused=(Refused("everybody", "it asks for something else", request.path),))
        return self.of(Subject(request.model, request.path, "", commit, self.repository.tree(commit), at))

    def of_change(self, change: Change) -> Approvals:
        """What reviews say of a change: of the pull requests that propose its head, or that were merged with it.

        Raises ToolError if the forge cannot be asked, InputError for a team in gitmlops.yaml that is not there.
        """
        head = change.subject.commit
        every = self._merged(head) if self._is_merged(head) else self._proposed(change)
        found = [one for one in every if one.base_branch == self.branch]
        if not found:
            what = f"no pull request into {self.branch} has the head {head[:12]}"
            return Approvals(notes=(f"{what}: push it and open one, or fetch what was pushed since",))
        return together(*(self._of_proposal(one, change) for one in found))

    def _merged(self, commit: str) -> list[PullRequest]:
        return [one for one in self.forge.merged_with(commit) if one.merge_commit == commit]

    def _is_merged(self, commit: str) -> bool:
        """Whether the branch at the forge has a commit, as far as is known here."""
        ref = f"refs/remotes/{self.remote}/{self.branch}"
        return bool(self.repository.git("for-each-ref", ref).strip()) and self.repository.is_ancestor(commit, ref)

    def _proposed(self, change: Change) -> list[PullRequest]:
        """Those of the head itself, or of what the head merges into the base, as GitHub tries it for its workflows."""
        head = change.subject.commit
        parents = self._parents(head)
        heads = [head, *parents[1:]] if len(parents) == 2 and parents[0] == change.base else [head]
        return [pull_request for one in heads for pull_request in self.forge.proposed(one)]

    def _of_proposal(self, pull_request: PullRequest, change: Change) -> Approvals:
        try:
            self._require_seen(pull_request, change)
            rules, dispatchers = self._rules(change.base), self._dispatchers(pull_request, change.base)
        except Refusal as refused:
            return Approvals(refused=(Refused("everybody", refused.what, pull_request.url),))
        return self._counted(self._with_hands(pull_request, rules, dispatchers), rules, change.roles)

    def _require_seen(self, pull_request: PullRequest, change: Change) -> None:
        """Raises Refusal unless the pull request changed every path that differs, and its reviewers saw what is judged.

        A path that the base changed, too, is merged by git: nobody but the gate sees what comes out.
        """
        self._fetch(pull_request)
        name, now = f"pull request {pull_request.number}", change.subject.commit
        if pull_request.merge_commit:
            self._require_merge(pull_request)
        fork = self._fork(change.base, pull_request.head)
        for path in change.paths:
            was, seen = (change.content(commit, path) for commit in (fork, pull_request.head))
            if was == seen:
                raise Refusal(f"{name} did not change {path}")
            if seen != change.content(now, path) and was == change.content(change.base, path):
                raise Refusal(f"{name} has another {path} than is judged")

    def merged(self, request: Request) -> str:
        """The commit that brought the file of a request into the branch; empty if there is no such file."""
        if not CommitTree(self.repository, self.tip).digest(request.path):
            return ""
        last = ("rev-list", "--first-parent", "--max-count=1", self.tip, "--", f":(literal){request.path}")
        return self.repository.git(*last).strip()

    def invitation(self, reference: str, stage: str) -> str:
        """The command that opens a pull request, whose reviews count however long ago the merge was."""
        return f"ask for their reviews with `gitmlops model promote {reference} --to {stage} --request`"

    def _of_one(self, pull_request: PullRequest, subject: Subject) -> Approvals:
        try:
            before = self._brought(pull_request, subject)
            rules, dispatchers = self._rules(before), self._dispatchers(pull_request, before)
        except Refusal as refused:
            return Approvals(refused=(Refused("everybody", refused.what, pull_request.url),))
        return self._counted(self._with_hands(pull_request, rules, dispatchers), rules, accounts.asked_roles(self.base))

    def _with_hands(self, pull_request: PullRequest, rules: Project, dispatchers: tuple[Account, ...]) -> PullRequest:
        """The pull request with everybody who had a hand in it, as far as anybody here knows."""
        commits = tuple(accounts.with_people(commit, rules, self.base) for commit in pull_request.commits)
        return replace(pull_request, commits=commits, dispatchers=dispatchers)

    def _rules(self, before: str) -> Project:
        """Raises Refusal if the base had none before the merge that can be read."""
        try:
            return load_project(CommitTree(self.repository, before))
        except InputError as error:
            raise Refusal(f"gitmlops.yaml of {before[:12]}, before the merge: {error}") from error

    def _counted(self, pull_request: PullRequest, before: Project, asked: Sequence[str]) -> Approvals:
        """By the roles that the base had before the pull request and has now: it gives nobody a role for itself."""
        given = self.forge.reviews(pull_request.number)
        named = accounts.teams(before, asked) | accounts.teams(self.base, asked)
        own = {team for team in named if team.partition("/")[0].casefold() == self._owner.casefold()}
        members = {team: self.forge.team(team) for team in sorted(own)}
        had, have = (accounts.holders(side, asked, members) for side in (before, self.base))
        authors = {review.author for review in given if review.author}
        writers = frozenset(author.id for author in authors if author.is_person and self.forge.may_write(author))
        roles = {role: had[role] & have[role] for role in had}
        counted = count(Reviewed(pull_request, given, roles, had, writers))
        notes = tuple(f"{team} is no team of {self._owner}, so nobody has a role by it" for team in sorted(named - own))
        return Approvals(counted.votes, counted.refused, (*counted.notes, *notes))

    @property
    def _owner(self) -> str:
        """The account of the repository, whose teams count: others have none of its accounts in their hands."""
        return self.name.partition("/")[0]

    def _dispatchers(self, pull_request: PullRequest, before: str) -> tuple[Account, ...]:
        """Who started the runs that commits of the pull request name in their trailer `Run`, as `retrain` writes it.

        Raises Refusal for more than anybody wants to ask: among them the one that matters would hide.
        """
        told = ("log", "--no-show-signature", "--format=%(trailers:key=Run,valueonly=true)")
        lines = self.repository.git(*told, pull_request.head, f"^{before}").split()
        run = re.compile(rf"https?://[^/\s]+/{re.escape(self.name)}/actions/runs/([0-9]{{1,18}})", re.IGNORECASE)
        numbers = sorted({int(match[1]) for line in lines if (match := run.fullmatch(line))})
        if len(numbers) > _MOST_RUNS:
            raise Refusal(f"its commits name {len(numbers)} runs, of which no more than {_MOST_RUNS} are asked")
        return tuple(account for number in numbers for account in self.forge.dispatchers(number))

    def _brought(self, pull_request: PullRequest, subject: Subject) -> str:
        """The commit of the base branch before the merge, as far as it is known.

        Raises Refusal unless the reviewed head has the model file that was merged, and the pull request changed it:
        who reviews words in a README approves no model that somebody else merged before.
        """
        self._fetch(pull_request)
        name, head, merge = f"pull request {pull_request.number}", pull_request.head, pull_request.merge_commit
        joined, parents = self._require_merge(pull_request), self._parents(merge)
        # A squash or a rebase is no descendant of the head: with it the head shares what it shared with the base.
        fork = self._fork(parents[0] if joined else merge, head)
        pins = [Contents(self.repository, commit).pin(subject.artifact) for commit in (fork, head, merge)]
        if pins[0] == pins[1]:
            raise Refusal(f"{name} did not change {subject.artifact}: register the commit of the one that did")
        if pins[1] != pins[2]:
            raise Refusal(f"{name} had another {subject.artifact} than was merged")
        return parents[0] if joined else self._base_of(pull_request) or fork

    def _require_merge(self, pull_request: PullRequest) -> bool:
        """Whether a merge commit joined the head to the base, no squash or rebase. Raises Refusal for a mere push."""
        head, merge = pull_request.head, pull_request.merge_commit
        if self._parents(merge)[1:] == [head]:
            return True
        if self.repository.is_ancestor(head, merge):
            raise Refusal(f"pull request {pull_request.number} was pushed to {self.branch}, not merged")
        return False

    def _parents(self, commit: str) -> list[str]:
        return self.repository.git("rev-list", "--parents", "--max-count=1", commit).split()[1:]

    def _fork(self, base: str, head: str) -> str:
        """Where the branch left the base, as the diff that reviewers saw begins."""
        try:
            return self.repository.git("merge-base", base, head).strip()
        except ToolError as error:
            raise Refusal(f"commit {head[:12]} shares no history with {self.branch}") from error

    def _base_of(self, pull_request: PullRequest) -> str:
        """The base branch as the forge has it for a pull request; empty unless that is before the merge."""
        base, merge = pull_request.base, pull_request.merge_commit
        return base if base != merge and self._has(base) and self.repository.is_ancestor(base, merge) else ""

    def _has(self, commit: str) -> bool:
        known = self.repository.git("cat-file", "--batch-check", stdin=f"{commit}\n".encode())
        return known.split()[1:2] == ["commit"]

    def _fetch(self, pull_request: PullRequest) -> None:
        """Bring the head here, which a squash or a rebase leaves behind. Raises ToolError."""
        if self._has(pull_request.head):
            return
        ref = f"refs/pull/{pull_request.number}/head"
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        try:
            self.repository.git("fetch", *options, self.remote, f"+{ref}:refs/gitmlops/pull/{pull_request.number}")
        except ToolError as error:
            mend = f"see that `git fetch {self.remote} {ref}` works here"
            raise ToolError(f"{ref} was not fetched: {error.what}", where=self.remote, mend=mend) from error
