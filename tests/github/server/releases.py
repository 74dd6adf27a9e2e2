"""Release pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.github.server.answers import NOTHING, Answer, Page, created, invalid, not_found
from tests.github.server.clock import stamp
from tests.github.server.repository import ZERO, Repository
from tests.github.server.routing import Call, route
from tests.github.server.users import User, user_json

Json = Any


@dataclass
class Release:
    """A release of a tag; a draft has none yet."""

    id: int
    author: User
    tag: str
    target: str
    created: datetime
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    published: datetime | None = None


def release_json(repository: Repository, release: Release) -> Json:
    """Give a release."""
    own = f"{repository.url}/releases/{release.id}"
    return {
        "id": release.id,
        "node_id": f"RE_{release.id}",
        "url": own,
        "html_url": f"{repository.html_url}/releases/tag/{release.tag}",
        "assets_url": f"{own}/assets",
        "upload_url": f"{own}/assets{{?name,label}}",
        "tarball_url": f"{repository.url}/tarball/{release.tag}",
        "zipball_url": f"{repository.url}/zipball/{release.tag}",
        "tag_name": release.tag,
        "target_commitish": release.target,
        "name": release.name,
        "body": release.body or "",
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": False,
        "created_at": stamp(release.created),
        "published_at": stamp(release.published),
        "author": user_json(repository.github.url, release.author),
        "assets": [],
    }


@route("GET /repos/{owner}/{repo}/releases", "contents=read")
def list_releases(call: Call) -> Page:
    repository = call.repository
    sees_drafts = repository.level(call.user) in ("write", "maintain", "admin")
    found = [one for one in reversed(repository.releases.values()) if sees_drafts or not one.draft]
    return Page(found, lambda one: release_json(repository, one))


@route("POST /repos/{owner}/{repo}/releases", "contents=write", level="write")
def create_release(call: Call) -> Answer:
    repository, tag = call.repository, call.body["tag_name"]
    if any(one.tag == tag and not one.draft for one in repository.releases.values()):
        raise invalid("Release", "tag_name", "already_exists")
    target = call.get("target_commitish", repository.default_branch)
    release = Release(call.github.next_id(), call.user, tag, target, call.github.clock.tick())
    _change(call, release)
    repository.releases[release.id] = release
    return created(release_json(repository, release))


def _change(call: Call, release: Release) -> None:
    for name in ("name", "body", "draft", "prerelease"):
        setattr(release, name, call.get(name, getattr(release, name)))
    release.tag = call.get("tag_name", release.tag)
    if not release.draft and release.published is None:
        _ensure_tag(call, release)
        release.published = call.github.clock.tick()


def _ensure_tag(call: Call, release: Release) -> None:
    """GitHub makes a lightweight tag where there is none of that name."""
    git, ref = call.repository.git, f"refs/tags/{release.tag}"
    if git.sha(ref) is None:
        sha = call.repository.git.sha(f"{release.target}^{{commit}}")
        if sha is None:
            raise invalid("Release", "target_commitish", "invalid")
        git.run("update-ref", ref, sha, ZERO)


def _existing(call: Call) -> Release:
    release = call.repository.releases.get(call.number("release_id"))
    if release is None:
        raise not_found()
    return release


@route("GET /repos/{owner}/{repo}/releases/{release_id}", "contents=read")
def show_release(call: Call) -> Json:
    return release_json(call.repository, _existing(call))


@route("GET /repos/{owner}/{repo}/releases/tags/{tag}", "contents=read")
def release_of_tag(call: Call) -> Json:
    for release in call.repository.releases.values():
        if release.tag == call.path["tag"] and not release.draft:
            return release_json(call.repository, release)
    raise not_found()


@route("GET /repos/{owner}/{repo}/releases/latest", "contents=read")
def latest_release(call: Call) -> Json:
    found = [one for one in call.repository.releases.values() if not one.draft and not one.prerelease]
    if not found:
        raise not_found()
    return release_json(call.repository, found[-1])


@route("PATCH /repos/{owner}/{repo}/releases/{release_id}", "contents=write", level="write")
def update_release(call: Call) -> Json:
    release = _existing(call)
    _change(call, release)
    return release_json(call.repository, release)


@route("DELETE /repos/{owner}/{repo}/releases/{release_id}", "contents=write", level="write")
def delete_release(call: Call) -> Answer:
    del call.repository.releases[_existing(call).id]
    return NOTHING
