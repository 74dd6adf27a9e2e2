"""Merge commits, squashes and rebases, made by git without a work tree."""

from tests.github.server.commits import commit, log
from tests.github.server.git import Git, GitFailed
from tests.github.server.users import User


def merged_tree(git: Git, base: str, head: str) -> str | None:
    """Give the tree of a merge, None where git finds a conflict."""
    try:
        return git.run("merge-tree", "--write-tree", "--allow-unrelated-histories", base, head).splitlines()[0]
    except GitFailed:
        return None


def trial_merge(git: Git, base: str, head: str, number: int) -> str | None:
    """Give the commit that GitHub tries a merge with, at refs/pull/N/merge; None where there is a conflict."""
    tree = merged_tree(git, base, head)
    if tree is None:
        return None
    made = git.line("commit-tree", tree, "-p", base, "-p", head, "-m", f"Merge {head} into {base}")
    git.run("update-ref", f"refs/pull/{number}/merge", made)
    return made


def merge_commit(git: Git, base: str, head: str, author: User, message: str) -> str | None:
    """Give a commit of two parents."""
    tree = merged_tree(git, base, head)
    return tree and _commit(git, tree, [base, head], author, message)


def squash(git: Git, base: str, head: str, author: User, message: str) -> str | None:
    """Give one commit with all of head's changes on top of base."""
    tree = merged_tree(git, base, head)
    return tree and _commit(git, tree, [base], author, message)


def rebase(git: Git, base: str, head: str, committer: User) -> str | None:
    """Give head's own commits copied one by one onto base; authors stay, merge commits are left out."""
    onto = base
    for one in reversed(log(git, "--no-merges", f"{base}..{head}")):
        # A cherry-pick is a three-way merge: this is the base so far, as a child of the commit's parent.
        parent = [word for sha in one.parents[:1] for word in ("-p", sha)]
        stand_in = git.line("commit-tree", f"{onto}^{{tree}}", *parent, "-m", "stand-in")
        tree = merged_tree(git, stand_in, one.sha)
        if tree is None:
            return None
        name, email, date = commit(git, one.sha).author
        author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
        environment = author | _person("COMMITTER", committer)
        onto = git.run(
            "commit-tree", tree, "-p", onto, "-F", "-", given=one.message + "\n", environment=environment
        ).strip()
    return onto


def _commit(git: Git, tree: str, parents: list[str], author: User, message: str) -> str:
    options = [word for parent in parents for word in ("-p", parent)]
    people = _person("AUTHOR", author)
    return git.run("commit-tree", tree, *options, "-F", "-", given=message + "\n", environment=people).strip()


def _person(role: str, user: User) -> dict[str, str]:
    return {f"GIT_{role}_NAME": user.login, f"GIT_{role}_EMAIL": user.email}
