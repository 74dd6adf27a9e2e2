"""Where GitHub is and who we are: what a workflow's environment says, and the token that nobody sees."""

import logging
import traceback

import pytest
from tests.github.asking import ask, refusal
from tests.github.server.answers import problem
from tests.github.server.faults import Fault

from gitmlops.adapters.github.access import Token, from_environment
from gitmlops.adapters.github.client import Client
from gitmlops.errors import UsageError

SECRET = "ghp_" + "s3cret" * 6
HERE = {"GITHUB_TOKEN": SECRET, "GITHUB_REPOSITORY": "acme/shop"}


@pytest.mark.parametrize(
    ("environ", "origin", "url", "repository"),
    [
        (HERE, "", "https://api.github.com", "acme/shop"),
        ({"GH_TOKEN": SECRET}, "https://github.com/acme/shop.git", "https://api.github.com", "acme/shop"),
        ({"GH_TOKEN": SECRET}, "git@github.com:acme/shop.git", "https://api.github.com", "acme/shop"),
        ({"GH_TOKEN": SECRET}, "ssh://git@github.com:22/acme/shop", "https://api.github.com", "acme/shop"),
        (
            {**HERE, "GITHUB_API_URL": "https://ghe.acme.example/api/v3/"},
            "",
            "https://ghe.acme.example/api/v3",
            "acme/shop",
        ),
        (
            {"GH_TOKEN": SECRET, "GITHUB_API_URL": "https://ghe.acme.example/api/v3"},
            "https://x:y@ghe.acme.example:8443/acme/shop/",
            "https://ghe.acme.example/api/v3",
            "acme/shop",
        ),
        ({**HERE, "GITHUB_API_URL": "http://localhost:4001"}, "", "http://localhost:4001", "acme/shop"),
    ],
)
def test_a_workflow_or_a_clone_says_where_and_what(environ, origin, url, repository):
    access = from_environment(environ, origin)
    assert (access.url, access.repository, access.token.reveal()) == (url, repository, SECRET)


@pytest.mark.parametrize(
    ("environ", "origin", "words"),
    [
        ({}, "", "there is no token for GitHub; set GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": "   "}, "", "there is no token"),
        ({"GITHUB_TOKEN": "a\nb", "GITHUB_REPOSITORY": "a/b"}, "", "holds what no token holds"),
        ({"GITHUB_TOKEN": SECRET}, "", "no repository is named"),
        ({**HERE, "GITHUB_REPOSITORY": "acme"}, "", "'acme' is no repository"),
        ({**HERE, "GITHUB_REPOSITORY": "acme/shop/../x"}, "", "is no repository"),
        ({"GITHUB_TOKEN": SECRET}, "https://evil.example/acme/shop", "origin is at evil.example, which need not be"),
        ({**HERE, "GITHUB_API_URL": "http://api.github.com"}, "", "the token would be readable on the way"),
        ({**HERE, "GITHUB_API_URL": "file:///etc"}, "", "is no address of an API"),
        ({**HERE, "GITHUB_API_URL": "https://me@ghe.example"}, "", "is no address of an API"),
    ],
)
def test_what_is_missing_is_named_with_its_mend(environ, origin, words):
    with pytest.raises(UsageError) as told:
        from_environment(environ, origin)
    assert words in str(told.value)
    assert SECRET not in str(told.value)


def test_the_token_is_in_no_repr_and_no_format():
    client = Client.from_environment(HERE)
    for shown in (repr(client), str(client), f"{client.access.token}", repr(Token(SECRET)), f"{client.access!r}"):
        assert SECRET not in shown
        assert "***" in shown


def test_the_token_is_in_no_error_no_traceback_and_no_log(github, caplog):
    secret = github.token("ada")
    client = ask(github.url, secret, "acme/nothing")
    with caplog.at_level(logging.DEBUG):
        try:
            client.get(client.path("labels"), dict, "issues: read")
        except Exception as error:
            told = "".join(traceback.format_exception(error)) + repr(error.__dict__)
    assert "there is no repository acme/nothing" in told
    assert secret not in told + caplog.text


def test_a_token_that_is_wrong_is_said_to_be(github):
    client = ask(github.url, "ghp_wrong")
    words = refusal(client.get, client.path("labels"), dict, "issues: read")
    assert "the token is wrong or has expired: give a new one in GITHUB_TOKEN" in words
    assert "ghp_wrong" not in words


def test_a_server_that_echoes_the_token_does_not_make_us_print_it(github):
    secret = github.token("ada")
    github.faults.add("GET *", Fault(problem(422, f"bad header: token {secret}")))
    client = ask(github.url, secret)
    words = refusal(client.get, client.path("labels"), dict, "issues: read")
    assert "bad header: token ***" in words
