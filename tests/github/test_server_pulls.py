"""The test server's pull requests: as git sees them, and as GitHub tells them."""

import pytest
from github import Auth, Github, GithubException
from tests.conftest import GitRepo
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository


@pytest.fixture
def shop(github: GitHub, repo: GitRepo) -> Repository:
    """acme/shop with a branch `feature`, one commit ahead of main."""
    repo.commit({"a.txt": "one\n"})
    repo.commit({"b.txt": "two\n"}, branch="feature", message="add b")
    shop = github.repository("acme", "shop", repo.root)
    github.collaborator("acme/shop", "ada")
    github.collaborator("acme/shop", "bob")
    return shop


def client(github: GitHub, login: str):
    auth = Auth.Token(github.token(login))
    return Github(base_url=github.url, auth=auth, seconds_between_requests=0, seconds_between_writes=0, retry=None)


def test_pull_request_tells_the_files_and_commits_that_git_sees(
    github: GitHub, shop: Repository, repo: GitRepo
) -> None:
    remote = client(github, "ada").get_repo("acme/shop")
    pull = remote.create_pull("main", "feature", title="Add b", body="why")
    assert pull.head.sha == repo.git("rev-parse", "feature").strip()
    assert [file.filename for file in pull.get_files()] == ["b.txt"]
    assert [one.commit.message for one in pull.get_commits()] == ["add b"]
    assert pull.mergeable is None
    assert remote.get_pull(pull.number).mergeable is True
    with pytest.raises(GithubException) as refused:
        remote.create_pull("main", "feature", title="again")
    assert refused.value.status == 422
    assert "already exists for acme:feature" in str(refused.value)
    [found] = remote.get_pulls(head="acme:feature", state="open")
    assert found.number == pull.number
    pull.create_issue_comment("hello")
    pull.add_to_labels("bug")
    client(github, "bob").get_repo("acme/shop").get_pull(pull.number).create_review(event="APPROVE")
    [review] = pull.get_reviews()
    assert (review.state, review.user.login) == ("APPROVED", "bob")
    merged = pull.merge(merge_method="squash")
    assert merged.merged
    assert shop.branch("main") == merged.sha
