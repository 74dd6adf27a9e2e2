"""The wire to GitHub: PyGithub's requester, which knows authentication, proxies and connections, and nothing else."""

from collections.abc import Mapping
from typing import Any

import github
from github.Requester import Requester
from requests.exceptions import RequestException, RetryError
from urllib3.util import Retry

from gitmlops.adapters.github.access import Access
from gitmlops.adapters.github.answers import MOVED, NO_ANSWER, Answer

# PyGithub would follow a redirection without the query: a filter that is lost gives another thing than was asked for.
_NO_REDIRECTION = Retry(total=0, read=False, allowed_methods=None, status_forcelist=(301, 302, 303, 307, 308))


def connect(access: Access, timeout: int) -> Requester:
    """A requester that sends every request once: PyGithub would repeat POST, too, and wait without telling."""
    return github.Github(
        auth=github.Auth.Token(access.token.reveal()),
        base_url=access.url,
        timeout=timeout,
        user_agent="gitmlops",
        retry=_NO_REDIRECTION,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ).requester


def exchange(requester: Requester, verb: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
    """The answer to one request, sent once; whatever goes wrong on the way is an Answer with NO_ANSWER.

    One that sends somewhere else is not followed: it is an Answer with MOVED.
    """
    try:
        status, headers, text = requester.requestJson(verb, path, dict(query), None, body)
    except RetryError:
        return Answer(MOVED, {}, "")
    except (RequestException, UnicodeError) as error:
        return Answer(NO_ANSWER, {}, str(error))
    if status == 200 and not text.lstrip().startswith(("{", "[")):
        return Answer(NO_ANSWER, {}, "what came is no JSON")
    return Answer(status, headers, text)
