"""An alert as the JSON that a webhook takes: ours, Slack's, or what a template of the repository makes of it."""

import json
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gitmlops.errors import InputError
from gitmlops.monitor.alerting.alerts import Alert
from gitmlops.plain_text import visible
from gitmlops.report import Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.NOTE: "info", Severity.PASS: "info"}
_LARGEST = 64 * 1024
_LONGEST_SLACK = 2_900
"""Characters of a section; Slack takes 3,000."""


def values(alert: Alert) -> dict[str, Any]:
    """What our own JSON holds, and what a template may use."""
    return {
        "schema": "gitmlops/alert/1",
        "id": alert.id,
        "model": alert.model,
        "incident": alert.incident,
        "subject": alert.subject,
        "news": alert.what,
        "over": alert.is_over,
        "severity": _SEVERITIES[alert.severity],
        "title": visible(alert.title),
        "text": visible(alert.text),
        "next_action": visible(alert.next_action),
        "look_first": [{"column": visible(name), "change": visible(words)} for name, words in alert.look_first],
        "address": alert.address,
    }


def own(alert: Alert) -> bytes:
    """Our own JSON."""
    return _written(values(alert))


def slack(alert: Alert) -> bytes:
    """What Slack's incoming webhooks take: text without markup, so that nothing in it mentions anybody."""
    lines = [f"{alert.text}", *(f"{name}: {words}" for name, words in alert.look_first)]
    lines += [f"Next: {alert.next_action}"] * bool(alert.next_action) + [alert.address] * bool(alert.address)
    text = "\n".join(visible(line) for line in lines)[:_LONGEST_SLACK]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": visible(alert.title)[:150], "emoji": False}},
        {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}},
    ]
    return _written({"text": _escaped(visible(alert.title)), "blocks": blocks})


def of_template(alert: Alert, template: str, *, path: str) -> bytes:
    """What a template makes of an alert, which has to be JSON. Nothing but the alert is within its reach.

    Raises InputError if it cannot be filled in, or does not make JSON.
    """
    environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    try:
        text = environment.from_string(template).render(alert=values(alert))
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, MemoryError, RecursionError) as error:
        mend = 'write e.g. {"summary": {{ alert.title | tojson }}}'
        raise InputError(f"the template cannot be filled in: {error}", where=path, mend=mend) from error
    if len(text) > _LARGEST:
        raise InputError(f"the template makes more than {_LARGEST:,} characters", where=path, mend="write less")
    try:
        return _written(json.loads(text))
    except (ValueError, RecursionError) as error:
        mend = "write every value with `| tojson`"
        raise InputError(f"the template does not make JSON: {error}", where=path, mend=mend) from error


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
