"""Events of issues and pull requests: of all that GitHub tells, that the base of a pull request was changed."""

from tests.github.server.answers import Page
from tests.github.server.clock import stamp
from tests.github.server.issues import existing_issue
from tests.github.server.pulls import Retargeting
from tests.github.server.routing import Call, Json, route
from tests.github.server.users import user_json


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/events", "issues=read", "pull_requests=read")
def events_of_issue(call: Call) -> Page:
    issue = existing_issue(call)
    return Page(issue.pull.retargetings if issue.pull else [], lambda one: _retargeting_json(call, one))


def _retargeting_json(call: Call, event: Retargeting) -> Json:
    return {
        "id": event.id,
        "node_id": f"BRCE_{event.id}",
        "url": f"{call.repository.url}/issues/events/{event.id}",
        "actor": user_json(call.github.url, event.actor),
        "event": "base_ref_changed",
        "commit_id": None,
        "commit_url": None,
        "created_at": stamp(event.created),
        "performed_via_github_app": None,
    }
