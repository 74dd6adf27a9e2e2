"""Branches, tags and commits as REST shows and moves them, under the same rules as a push."""

from typing import Any

from tests.github.server.answers import NOTHING, Answer, Page, Refused, created, not_found, problem, unprocessable
from tests.github.server.commits import (
    changed_files,
    commit,
    commit_json,
    file_json,
    git_commit_json,
    log,
    verification,
)
from tests.github.server.git import GitFailed
from tests.github.server.repository import ZERO, Repository
from tests.github.server.routing import Call, route
from tests.github.server.rules import Move, is_protected, refusals_of_push

Json = Any


def move_ref(call: Call, ref: str, old: str, new: str) -> None:
    """Move, make or delete a ref. Raises: Refused where a rule forbids it."""
    repository = call.repository
    if refusals := refusals_of_push(repository, Move(call.user, ref, old, new)):
        raise Refused(problem(422, "\n".join(refusals)))
    try:
        repository.git.run("update-ref", ref, new, old)
    except GitFailed:
        raise unprocessable("Reference cannot be updated") from None
    repository.record_push(call.user, ref, old, new)


def ref_json(repository: Repository, ref: str, sha: str) -> Json:
    """Give a ref and what it points at: a commit, or the object of an annotated tag."""
    kind = repository.git.line("cat-file", "-t", sha)
    target = {"type": kind, "sha": sha, "url": f"{repository.url}/git/{kind}s/{sha}"}
    return {"ref": ref, "node_id": f"REF_{ref}", "url": f"{repository.url}/git/{ref}", "object": target}


@route("GET /repos/{owner}/{repo}/git/ref/{ref}", "contents=read")
def show_ref(call: Call) -> Json:
    ref = f"refs/{call.path['ref']}"
    found = call.repository.git.refs(ref)
    if ref not in found:
        raise not_found()
    return ref_json(call.repository, ref, found[ref])


@route("GET /repos/{owner}/{repo}/git/matching-refs/{ref}", "contents=read")
def matching_refs(call: Call) -> Page:
    repository, prefix = call.repository, f"refs/{call.path['ref']}"
    found = [(ref, sha) for ref, sha in repository.git.refs("refs/").items() if ref.startswith(prefix)]
    return Page(found, lambda one: ref_json(repository, *one))


@route("POST /repos/{owner}/{repo}/git/refs", "contents=write", level="write")
def create_ref(call: Call) -> Answer:
    git, ref, sha = call.repository.git, call.body["ref"], call.body["sha"]
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise unprocessable(f"{ref} is not a valid ref name.")
    if git.sha(ref):
        raise unprocessable("Reference already exists")
    if git.sha(f"{sha}^{{object}}") is None:
        raise unprocessable("Object does not exist")
    move_ref(call, ref, ZERO, sha)
    return created(ref_json(call.repository, ref, sha))


def _existing(call: Call) -> tuple[str, str]:
    ref = f"refs/{call.path['ref']}"
    sha = call.repository.git.refs(ref).get(ref)
    if sha is None:
        raise unprocessable("Reference does not exist")
    return ref, sha


@route("PATCH /repos/{owner}/{repo}/git/refs/{ref}", "contents=write", level="write")
def update_ref(call: Call) -> Json:
    (ref, old), new = _existing(call), call.body["sha"]
    if call.repository.git.sha(f"{new}^{{object}}") is None:
        raise unprocessable("Object does not exist")
    if not call.get("force", False) and not call.repository.git.is_ancestor(old, new):
        raise unprocessable("Update is not a fast forward")
    move_ref(call, ref, old, new)
    return ref_json(call.repository, ref, new)


@route("DELETE /repos/{owner}/{repo}/git/refs/{ref}", "contents=write", level="write")
def delete_ref(call: Call) -> Answer:
    ref, old = _existing(call)
    move_ref(call, ref, old, ZERO)
    return NOTHING


@route("GET /repos/{owner}/{repo}/git/tags/{tag_sha}", "contents=read")
def show_tag(call: Call) -> Json:
    repository, sha = call.repository, call.path["tag_sha"]
    if repository.git.sha(f"{sha}^{{tag}}") != sha:
        raise not_found()
    head, _, message = repository.git.run("cat-file", "tag", sha).partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines())
    name, rest = fields["tagger"].split(" <")
    date = repository.git.line("for-each-ref", "--format=%(taggerdate:iso-strict)", f"--points-at={sha}", "refs/tags")
    return {
        "node_id": f"TA_{sha}",
        "tag": fields["tag"],
        "sha": sha,
        "url": f"{repository.url}/git/tags/{sha}",
        "message": message,
        "tagger": {"name": name, "email": rest.split("> ")[0], "date": date.split("\n")[0]},
        "object": {
            "sha": fields["object"],
            "type": fields["type"],
            "url": f"{repository.url}/git/{fields['type']}s/{fields['object']}",
        },
        "verification": verification(),
    }


@route("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", "contents=read")
def show_git_commit(call: Call) -> Json:
    repository = call.repository
    full = commit_json(repository, commit(repository.git, repository.commit_sha(call.path["commit_sha"])))
    inner = full["commit"]
    return git_commit_json(commit(repository.git, full["sha"])) | {
        "sha": full["sha"],
        "node_id": full["node_id"],
        "url": inner["url"],
        "html_url": full["html_url"],
        "tree": inner["tree"],
        "parents": full["parents"],
    }


def _short_branch(repository: Repository, name: str, sha: str) -> Json:
    pointed = {"sha": sha, "url": f"{repository.url}/commits/{sha}"}
    return {"name": name, "commit": pointed, "protected": is_protected(repository, name)}


@route("GET /repos/{owner}/{repo}/branches", "contents=read")
def list_branches(call: Call) -> Page:
    repository = call.repository
    found = [(ref.removeprefix("refs/heads/"), sha) for ref, sha in repository.git.refs("refs/heads/").items()]
    if "protected" in call.query:
        found = [one for one in found if is_protected(repository, one[0]) == (call.query["protected"] == "true")]
    return Page(found, lambda one: _short_branch(repository, *one))


@route("GET /repos/{owner}/{repo}/branches/{branch}", "contents=read")
def show_branch(call: Call) -> Json:
    repository, name = call.repository, call.path["branch"]
    sha = repository.branch(name)
    if sha is None:
        raise Refused(problem(404, "Branch not found"))
    own = f"{repository.url}/branches/{name}"
    protected = is_protected(repository, name)
    return {
        "name": name,
        "commit": commit_json(repository, commit(repository.git, sha)),
        "_links": {"html": f"{repository.html_url}/tree/{name}", "self": own},
        "protected": protected,
        "protection": {"enabled": protected},
        "protection_url": f"{own}/protection",
    }


@route("GET /repos/{owner}/{repo}/tags", "contents=read")
def list_tags(call: Call) -> Page:
    repository = call.repository

    def render(ref: str) -> Json:
        name, sha = ref.removeprefix("refs/tags/"), repository.git.sha(f"{ref}^{{commit}}")
        archives = {f"{kind}_url": f"{repository.url}/{kind}/{ref}" for kind in ("zipball", "tarball")}
        pointed = {"sha": sha, "url": f"{repository.url}/commits/{sha}"}
        return {"name": name, "node_id": f"REF_{ref}", "commit": pointed, **archives}

    return Page(list(repository.git.refs("refs/tags/"))[::-1], render)


@route("GET /repos/{owner}/{repo}/commits", "contents=read")
def list_commits(call: Call) -> Page:
    repository, query = call.repository, call.query
    start = repository.commit_sha(query.get("sha", repository.default_branch))
    spans = [f"--{name}={query[name]}" for name in ("since", "until", "author", "committer") if name in query]
    found = log(repository.git, *spans, start)
    return Page(found, lambda one: commit_json(repository, one))


@route("GET /repos/{owner}/{repo}/commits/{ref}", "contents=read")
def show_commit(call: Call) -> Json:
    repository = call.repository
    shown = commit(repository.git, repository.commit_sha(call.path["ref"]))
    empty_tree = repository.git.line("hash-object", "-t", "tree", "-w", "--stdin", given="")
    files = changed_files(repository.git, shown.parents[0] if shown.parents else empty_tree, shown.sha)
    added, deleted = sum(one.additions for one in files), sum(one.deletions for one in files)
    return commit_json(repository, shown) | {
        "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
        "files": [file_json(repository, shown.sha, one) for one in files],
    }


@route("GET /repos/{owner}/{repo}/compare/{basehead}", "contents=read")
def compare(call: Call) -> Json:
    repository, git = call.repository, call.repository.git
    old, _, new = call.path["basehead"].partition("...")
    base, head = repository.commit_sha(old), repository.commit_sha(new)
    fork = git.merge_base(base, head)
    if fork is None:
        raise Refused(problem(404, f"No common ancestor between {old} and {new}."))
    ahead, behind = git.count(f"{base}..{head}"), git.count(f"{head}..{base}")
    own, html = f"{repository.url}/compare/{old}...{new}", f"{repository.html_url}/compare/{old}...{new}"
    return {
        "url": own,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": commit_json(repository, commit(git, base)),
        "merge_base_commit": commit_json(repository, commit(git, fork)),
        "status": "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical",
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit_json(repository, one) for one in reversed(log(git, f"{base}..{head}"))],
        "files": [file_json(repository, head, one) for one in changed_files(git, fork, head)],
    }
