"""Files of a commit, read and written one by one."""

import base64
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.github.server.answers import Answer, Refused, conflict, created, not_found, problem, unprocessable
from tests.github.server.commits import commit, commit_json
from tests.github.server.refs import move_ref
from tests.github.server.repository import ZERO, Repository
from tests.github.server.routing import Call, route

Json = Any
_MODES = {"100644": "file", "100755": "file", "120000": "symlink", "160000": "submodule", "040000": "dir"}


def _entry_json(repository: Repository, ref: str, line: str) -> Json:
    """An entry of `git ls-tree --long`."""
    facts, path = line.split("\t", 1)
    mode, _, sha, size = facts.split()
    own = f"{repository.url}/contents/{quote(path)}?ref={quote(ref)}"
    html = f"{repository.html_url}/blob/{quote(ref)}/{quote(path)}"
    kind = "trees" if _MODES[mode] == "dir" else "blobs"
    blob = f"{repository.url}/git/{kind}/{sha}"
    return {
        "type": _MODES[mode],
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": 0 if size == "-" else int(size),
        "url": own,
        "html_url": html,
        "git_url": blob,
        "download_url": html.replace("/blob/", "/raw/"),
        "_links": {"self": own, "git": blob, "html": html},
    }


@route("GET /repos/{owner}/{repo}/contents/{path}", "contents=read")
def show(call: Call) -> Json:
    repository, path = call.repository, call.path["path"].strip("/")
    ref = call.query.get("ref", repository.default_branch)
    sha = repository.commit_sha(ref.removeprefix("refs/heads/").removeprefix("refs/tags/"))
    kind = repository.git.sha(f"{sha}:{path}")
    if kind is None:
        raise not_found()
    if repository.git.line("cat-file", "-t", kind) == "tree":
        listed = repository.git.run("ls-tree", "-z", "--long", sha, "--", *([f"{path}/"] if path else []))
        return [_entry_json(repository, ref, line) for line in listed.split("\0")[:-1]]
    line = repository.git.run("ls-tree", "-z", "--long", sha, "--", path).rstrip("\0")
    text = repository.git.run("cat-file", "blob", kind).encode(errors="surrogateescape")
    content = base64.encodebytes(text).decode()
    return _entry_json(repository, ref, line) | {"encoding": "base64", "content": content}


@route("PUT /repos/{owner}/{repo}/contents/{path}", "contents=write", level="write")
def write(call: Call) -> Answer:
    repository, path = call.repository, call.path["path"]
    branch = call.get("branch", repository.default_branch)
    parent = repository.branch(branch)
    if parent is None and repository.git.refs("refs/heads/"):
        raise Refused(problem(404, f"Branch {branch} not found"))
    there = repository.git.sha(f"{parent}:{path}") if parent else None
    if there and call.get("sha") is None:
        raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
    if there != call.get("sha"):
        raise conflict(f"{path} does not match {call.get('sha')}")
    content = base64.b64decode(call.body["content"])
    made = _commit(call, parent, path, content)
    move_ref(call, f"refs/heads/{branch}", parent or ZERO, made)
    entry = _entry_json(
        repository, branch, repository.git.run("ls-tree", "-z", "--long", made, "--", path).rstrip("\0")
    )
    body = {"content": entry, "commit": _commit_part(repository, made)}
    return Answer(200, body) if there else created(body)


def _commit_part(repository: Repository, sha: str) -> Json:
    shown = commit_json(repository, commit(repository.git, sha))
    inner = shown.pop("commit")
    return {key: shown[key] for key in ("sha", "node_id", "html_url", "parents")} | inner


def _commit(call: Call, parent: str | None, path: str, content: bytes) -> str:
    """A commit on top of `parent` with one file changed, made with an index of its own."""
    git = call.repository.git
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "content").write_bytes(content)
        blob = git.line("hash-object", "-w", "--no-filters", str(Path(folder) / "content"))
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if parent:
            git.run("read-tree", parent, environment=index)
        git.run("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", environment=index)
        tree = git.run("write-tree", environment=index).strip()
    named = call.get("author", {"name": call.user.login, "email": call.user.email})
    person = {
        f"GIT_{role}_{kind.upper()}": named[kind] for role in ("AUTHOR", "COMMITTER") for kind in ("name", "email")
    }
    parents = ["-p", parent] if parent else []
    return git.run("commit-tree", tree, *parents, "-F", "-", given=call.body["message"], environment=person).strip()
