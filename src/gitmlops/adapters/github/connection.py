"""The wire to GitHub: PyGithub's requester, which knows authentication, proxies and connections, and nothing else."""

from collections.abc import Mapping
from typing import Any

import github
from github.Requester import Requester
from requests.exceptions import RequestException

from gitmlops.adapters.github.access import Access
from gitmlops.adapters.github.answers import NO_ANSWER, Answer


def connect(access: Access, timeout: int) -> Requester:
    """A requester that sends every request once: PyGithub would repeat POST, too, and wait without telling."""
    return github.Github(
        auth=github.Auth.Token(access.token.reveal()),
        base_url=access.url,
        timeout=timeout,
        user_agent="gitmlops",
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ).requester


def exchange(requester: Requester, verb: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
    """The answer to one request, sent once; whatever goes wrong on the way is an Answer with NO_ANSWER."""
    try:
        status, headers, text = requester.requestJson(verb, path, dict(query), None, body)
    except (RequestException, RuntimeError, UnicodeError) as error:
        # RuntimeError: PyGithub's, for a redirection to another host, which does not get our token.
        return Answer(NO_ANSWER, {}, str(error))
    if status == 200 and not text.lstrip().startswith(("{", "[")):
        return Answer(NO_ANSWER, {}, "what came is no JSON")
    return Answer(status, headers, text)
