"""gitmlops monitor alert: what the history knows, told to those whom nobody has told yet."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.forge import annotations_of, github_client
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.cli.monitor.monitored import watched
from gitmlops.cli.show import print_text, say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.reaching import webhooks
    from gitmlops.monitor.alerting.alerts import Alert
    from gitmlops.monitor.recording.history import History
    from gitmlops.specs.alerts import Alerts, Email, Issue, Slack, Webhook

Tell = Callable[["Alert"], None]


@click.command()
@click.argument("model", required=False)
@options.dry_run
def alert(model: str | None, dry_run: bool) -> None:
    """Tell the alarm of MODEL that stands, how its retraining ended, what comes no more, and its end; everybody once.

    The channels are under `alerts:` in gitmlops.yaml, or under `monitoring:` of the model. All that it reads is the
    history that `gitmlops monitor run --record` writes. If a channel does not take it, the others are told, the exit
    code is 4, and the next call tries again. Without MODEL: the one model that has `monitoring:`.
    """
    repository = workspace.repository()
    placed = watched(workspace.definitions(repository), model)
    name = placed.spec.name
    history = monitor_history.gather(repository, name)
    history.require_whole()
    alerts = _alerts(repository, placed.spec.monitoring)
    channels = dict(_channels(repository, alerts, history))
    if not channels:
        say("no channel is named under `alerts:`: nobody was told")
        return
    if dry_run:
        _show(history, channels)
        return
    _tell_all(repository, history, channels)
    if alerts.issue:
        _refresh_issue(alerts.issue, history)


def _alerts(repository: "Repository", monitoring: object) -> "Alerts":
    """The model's own channels, else those of the project."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load_project

    own: Alerts | None = getattr(monitoring, "alerts", None)
    return own or load_project(WorkTree(repository)).alerts


def _channels(repository: "Repository", alerts: "Alerts", history: "History") -> Iterator[tuple[str, Tell]]:
    """The channels by the names under which the history remembers what they took."""
    if alerts.issue:
        yield "issue", _issue(alerts.issue, history)
    for name, slack in alerts.slack.items():
        yield f"slack/{name}", _slack(slack)
    for name, webhook in alerts.webhooks.items():
        yield f"webhooks/{name}", _webhook(repository, webhook)
    for name, email in alerts.email.items():
        yield f"email/{name}", _email(email)
    if alerts.summary:
        yield "summary", _summary
    if alerts.annotations:
        yield "annotations", _annotate


def _show(history: "History", channels: Mapping[str, Tell]) -> None:
    from gitmlops.monitor.alerting.alerts import due

    for channel in channels:
        for one in due(history, channel):
            print_text(f"would tell {channel}: {one.title}")


def _tell_all(repository: "Repository", history: "History", channels: Mapping[str, Tell]) -> None:
    from gitmlops.cli.forge import workflow_run
    from gitmlops.errors import GitmlopsError, ToolError
    from gitmlops.monitor.alerting.alerts import due
    from gitmlops.records.monitoring_history import AlertTold

    told: list[AlertTold] = []
    failed: list[str] = []
    for channel, tell in channels.items():
        for one in due(history, channel):
            try:
                tell(one)
            except GitmlopsError as error:
                failed.append(f"{channel}: {error}")
                break
            say(f"told {channel}: {one.title}")
            told.append(
                AlertTold(
                    model=history.model, time=monitor_history.now(), run=workflow_run(), channel=channel,
                    subject=one.subject, what=one.what,
                )
            )  # fmt: skip
    if told:
        monitor_history.add(repository, history.model, lambda _: told, message=f"Tell of {history.model}")
    elif not failed:
        say("everybody knows already: nothing was told")
    if failed:
        raise ToolError("; ".join(failed), mend="mend it, and run the command again: who was told is not told twice")


def _issue(issue: "Issue", history: "History") -> Tell:
    """One issue an incident, which holds the alarm and how its retraining ended."""

    def tell(one: "Alert") -> None:
        from gitmlops.adapters.github import issues

        if one.is_over:
            issues.close(github_client(), _key(one.model, one.incident), _markdown(one))
        else:
            _write_issue(issue, history, one.incident)

    return tell


def _write_issue(issue: "Issue", history: "History", incident: str) -> None:
    from gitmlops.adapters.github import issues
    from gitmlops.monitor.alerting.alerts import standing

    now = [one for one in standing(history) if one.incident == incident]
    key, text = _key(now[0].model, now[0].incident), "\n\n".join(_markdown(each) for each in now)
    client = github_client()
    issues.upsert(client, key, now[0].title, text, labels=issue.labels, rest=now[0].address)


def _refresh_issue(issue: "Issue", history: "History") -> None:
    """Bring the open issues of incidents up to date; one that somebody has closed stays closed."""
    from gitmlops.adapters.github import issues
    from gitmlops.monitor.alerting.alerts import due, standing

    new = {one.incident for one in due(history, "issue")}
    for incident in dict.fromkeys(one.incident for one in standing(history) if one.incident not in new):
        if issues.find(github_client(), _key(history.model, incident)):
            _write_issue(issue, history, incident)


def _key(model: str, incident: str) -> str:
    return f"monitoring {model}/{incident}"


def _slack(slack: "Slack") -> Tell:
    def tell(one: "Alert") -> None:
        from gitmlops.adapters.reaching import webhooks
        from gitmlops.monitor.alerting import bodies

        webhooks.post(_target(slack.url_secret, private=slack.private), bodies.slack(one), {})

    return tell


def _webhook(repository: "Repository", webhook: "Webhook") -> Tell:
    def tell(one: "Alert") -> None:
        from gitmlops.adapters.reaching import webhooks

        body = _body(repository, webhook, one)
        headers: Mapping[str, str] = {"webhook-id": one.id}
        if webhook.signing_secret:
            key = _secret(webhook.signing_secret)
            headers = webhooks.signature(key, id_=one.id, timestamp=int(time.time()), body=body)
        webhooks.post(_target(webhook.url_secret, private=webhook.private), body, headers)

    return tell


def _body(repository: "Repository", webhook: "Webhook", one: "Alert") -> bytes:
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.monitor.alerting import bodies

    if webhook.body is None:
        return bodies.own(one)
    template = WorkTree(repository).read(webhook.body).decode("utf-8", "replace")
    return bodies.of_template(one, template, path=webhook.body)


def _email(email: "Email") -> Tell:
    def tell(one: "Alert") -> None:
        from gitmlops.adapters.reaching import mail
        from gitmlops.plain_text import visible
        from gitmlops.render.formats import render

        user = _secret(email.user_secret) if email.user_secret else ""
        password = _secret(email.password_secret) if email.password_secret else ""
        server = mail.Server(email.host, email.port, email.encryption, user, password)
        text = render(one.report, "text")
        mail.send(server, sender=email.sender, to=email.to, subject=visible(one.title), text=text, id_=one.id)

    return tell


def _summary(one: "Alert") -> None:
    from gitmlops.adapters.github import summary

    summary.append(os.environ.get("GITHUB_STEP_SUMMARY", ""), _markdown(one))


def _annotate(one: "Alert") -> None:
    from gitmlops.adapters.github import annotations

    for line in annotations.commands(annotations_of(one.report)):
        print_text(line)


def _markdown(one: "Alert") -> str:
    from gitmlops.render.formats import render

    return render(one.report, "markdown")


def _target(name: str, *, private: bool) -> "webhooks.Target":
    from gitmlops.adapters.reaching import webhooks

    return webhooks.Target(name, _secret(name), private)


def _secret(name: str) -> str:
    """The value of a variable. Raises UsageError if it is not set."""
    from gitmlops.errors import UsageError

    value = os.environ.get(name, "").strip()
    if not value:
        mend = f"in a workflow: `env: {{{name}: ${{{{ secrets.{name} }}}}}}` of the step"
        raise UsageError(f"{name} is not set", mend=mend)
    return value
