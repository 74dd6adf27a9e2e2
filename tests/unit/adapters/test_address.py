"""One address for all clones of a repository, and another one for every other repository."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.adapters.git.address import normalised

HERE = Path("/home/jane/churn")


@pytest.mark.parametrize(
    "url",
    [
        "https://git.acme.com/team/churn",
        "https://git.acme.com/team/churn.git",
        "https://git.acme.com/team/churn/",
        "https://git.acme.com:443/team/churn.git",
        "https://jane:secret@GIT.acme.com/team/churn.git",
        "ssh://git@git.acme.com/team/churn.git",
        "ssh://git@git.acme.com:2222/team/churn.git",
        "git@git.acme.com:team/churn.git",
        "git@git.acme.com:/team/churn.git",
        "git.acme.com:team/churn",
        "git://git.acme.com:9418/team/churn.git",
    ],
)
def test_however_a_clone_reaches_it_a_repository_has_one_address(url):
    assert normalised(url, here=HERE) == "git.acme.com/team/churn"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://git.acme.com:8443/team/churn", "git.acme.com:8443/team/churn"),
        ("https://git.acme.com/team/churn-fork", "git.acme.com/team/churn-fork"),
        ("https://git.acme.com/Team/churn", "git.acme.com/Team/churn"),
        ("../origin.git", "file:///home/jane/origin.git"),
        ("/srv/git/churn.git", "file:///srv/git/churn.git"),
        ("file:///srv/git/churn.git", "file:///srv/git/churn.git"),
    ],
)
def test_other_repositories_and_folders_have_their_own(url, address):
    assert normalised(url, here=HERE) == address


WORD = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


@given(WORD, WORD, WORD)
def test_ssh_and_https_agree_for_every_name(host, owner, name):
    ways = (f"https://{host}.com/{owner}/{name}.git", f"git@{host}.com:{owner}/{name}.git")
    assert len({normalised(url, here=HERE) for url in ways}) == 1
