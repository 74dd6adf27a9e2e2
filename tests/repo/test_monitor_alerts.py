"""Who is told of an alarm, of its end, and how often: against servers that really listen."""

import base64
import email
import hashlib
import hmac
import json
from collections.abc import Iterator
from email import policy

import pytest
from tests import alerting
from tests.alerting import Receiver
from tests.conftest import GitRepo

from gitmlops.adapters.reaching import webhooks

KEY = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
PAGERDUTY = """\
{"event_action": "{{ 'resolve' if alert.over else 'trigger' }}", "dedup_key": {{ alert.subject | tojson }},
 "payload": {"summary": {{ alert.title | tojson }}, "severity": {{ alert.severity | tojson }}}}
"""
PAGER = "{webhooks: {pager: {url_secret: PAGER_URL, private: true}}}"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(webhooks, "_PAUSES", (0.01, 0.01))
    with alerting.receiving() as receiver:
        monkeypatch.setenv("PAGER_URL", f"{receiver.url}/hook?x=1")
        yield receiver


def test_an_alarm_is_told_once_and_its_end_is_told_once(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    alerting.remember(repo, alerting.run())
    for _ in range(2):
        assert repo.run("monitor", "alert").exit_code == 0
    (first,) = receiver.texts
    assert (first["news"], first["severity"], first["over"]) == ("alarm: performance of v1.0.0", "critical", False)
    assert first["look_first"] == [{"column": "amount", "change": "0.31, up: median 812 → 1,040"}]
    assert first["next_action"] == "run `gitmlops retrain tiny`"
    # The next window is in alarm, too: everybody knows.
    alerting.remember(repo, alerting.run(windows=()))
    repo.run("monitor", "alert", "tiny")
    # Too few rows say nothing of the end.
    alerting.remember(repo, alerting.run("insufficient data", alarms="", windows=()))
    repo.run("monitor", "alert", "tiny")
    assert len(receiver.posts) == 1
    alerting.remember(repo, alerting.over())
    for _ in range(2):
        assert repo.run("monitor", "alert", "tiny").exit_code == 0
    _, last = receiver.texts
    assert (last["over"], last["title"]) == (True, "tiny: the alarm of 2020-06 is over")


def test_what_comes_no_more_is_told_once_though_there_is_no_alarm(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    for time in ("2020-08-01T00:00:00Z", "2020-08-02T00:00:00Z"):
        ended = {"predictions": "2020-06-30T23:59:59Z"}
        alerting.remember(repo, alerting.run("ok", incident="", alarms="", time=time, ended=ended))
        assert repo.run("monitor", "alert", "tiny").exit_code == 0
    (first,) = receiver.texts
    assert (first["title"], first["severity"]) == ("tiny: predictions come no more", "warning")
    assert "no predictions since 2020-06-30T23:59:59Z" in first["text"]
    alerting.remember(repo, alerting.over())
    repo.run("monitor", "alert", "tiny")
    assert receiver.texts[-1]["title"] == "tiny: predictions and outcomes come again"
    assert len(receiver.posts) == 2


def test_that_nobody_could_judge_is_told_and_that_it_is_over(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    reason = "It could not be judged: not readable as Parquet (data/served/july.parquet)."
    undecided = {"alarms": "undecided", "incident": "2020-07-05", "reason": reason, "windows": (), "version": ""}
    alerting.remember(repo, alerting.run("undecided", **undecided))
    for _ in range(2):
        assert repo.run("monitor", "alert").exit_code == 0
    (told,) = receiver.texts
    assert (told["title"], told["severity"]) == ("tiny: undecided alarm since 2020-07-05", "critical")
    assert reason in told["text"]
    alerting.remember(repo, alerting.over())
    assert repo.run("monitor", "alert").exit_code == 0
    assert receiver.texts[-1]["over"]


def test_what_becomes_worse_is_told_again(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    for alarms in ("drift", "performance drift"):
        alerting.remember(repo, alerting.run(alarms=alarms))
        repo.run("monitor", "alert")
    assert [text["severity"] for text in receiver.texts] == ["warning", "critical"]
    assert len({text["id"] for text in receiver.texts}) == 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("refused", "A retrained model is proposed, and the gate refuses it"),
        ("nothing new", "no new data came"),
        ("no labels", "no outcomes came to learn from"),
        ("failed", "Retraining failed: the step fit"),
        ("not pushed", "could not be pushed"),
    ],
)
def test_how_a_retraining_ended_is_told(repo: GitRepo, receiver: Receiver, state: str, words: str) -> None:
    alerting.project(repo, PAGER)
    alerting.remember(repo, alerting.run(), alerting.retrained(state, "the step fit ended with 1"))
    for _ in range(2):
        assert repo.run("monitor", "alert").exit_code == 0
    _, told = receiver.texts
    assert words in told["text"]
    assert told["subject"] == "tiny/2020-06/retraining"


def test_a_webhook_is_signed_as_standard_webhooks_says(
    repo: GitRepo, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER_KEY", KEY)
    alerting.project(repo, PAGER.replace("private", "signing_secret: PAGER_KEY, private"))
    alerting.remember(repo, alerting.run())
    assert repo.run("monitor", "alert").exit_code == 0
    ((path, headers, body),) = receiver.posts
    assert (path, headers["content-type"]) == ("/hook?x=1", "application/json")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = hmac.new(b"0123456789abcdef01234567", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(wanted).decode()}"


def test_a_template_makes_the_body_that_a_receiver_wants(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER.replace("private", "body: alerts/pager.json.j2, private"))
    repo.write({"alerts/pager.json.j2": PAGERDUTY})
    alerting.remember(repo, alerting.run(reason='"}, {"x": "'))
    assert repo.run("monitor", "alert").exit_code == 0
    (body,) = receiver.texts
    assert body == {
        "event_action": "trigger",
        "dedup_key": "tiny/2020-06",
        "payload": {"summary": "tiny v1.0.0: performance alarm since 2020-06", "severity": "critical"},
    }


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{"a": {{ alert.title }}}', "does not make JSON"),
        ('{"a": "{{ alert.nobody }}"}', "cannot be filled in: 'dict object' has no attribute 'nobody'"),
        ("{{ ''.__class__.__mro__ }}", "cannot be filled in: access to attribute '__class__'"),
        ("{% for a in range(10**9) %}{% endfor %}", "cannot be filled in"),
    ],
)
def test_a_template_that_cannot_be_used_is_told_with_its_path_and_sends_nothing(
    repo: GitRepo, receiver: Receiver, template: str, words: str
) -> None:
    alerting.project(repo, PAGER.replace("private", "body: alerts/pager.json.j2, private"))
    repo.write({"alerts/pager.json.j2": template})
    alerting.remember(repo, alerting.run())
    result = repo.run("monitor", "alert")
    assert result.exit_code == 4
    assert "webhooks/pager: alerts/pager.json.j2: the template " in result.stderr
    assert words in result.stderr
    assert not receiver.posts


def test_slack_gets_text_in_which_nothing_is_markup(
    repo: GitRepo, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_URL", receiver.url)
    alerting.project(repo, "{slack: {team: {url_secret: SLACK_URL, private: true}}}")
    alerting.remember(repo, alerting.run(version="v1 <!channel>", reason="*worse* <!here|x> @ann"))
    assert repo.run("monitor", "alert").exit_code == 0
    (body,) = receiver.texts
    assert "&lt;!channel&gt;" in body["text"]
    assert "<" not in body["text"]
    assert {block["text"]["type"] for block in body["blocks"]} == {"plain_text"}
    assert "amount: " not in body["blocks"][1]["text"]["text"]  # of another version


def test_a_redirection_is_not_followed_and_the_next_call_tries_again(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    alerting.remember(repo, alerting.run())
    receiver.answers = [302]
    result = repo.run("monitor", "alert")
    assert result.exit_code == 4
    assert "webhooks/pager: PAGER_URL: the webhook was not taken: HTTP 302" in result.stderr
    assert receiver.url not in result.stderr
    assert repo.run("monitor", "alert").exit_code == 0
    assert [path for path, _, _ in receiver.posts] == ["/hook?x=1", "/hook?x=1"]
    assert receiver.texts[0]["id"] == receiver.texts[1]["id"]


def test_a_receiver_that_is_busy_is_tried_again(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    alerting.remember(repo, alerting.run())
    receiver.answers = [503, 429]
    assert repo.run("monitor", "alert").exit_code == 0
    assert len(receiver.posts) == 3


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1:{port}/", "https://[::1]:{port}/", "https://[::ffff:127.0.0.1]:{port}/",
     "https://localhost:{port}/", "https://169.254.169.254/latest", "https://10.0.0.1/", "https://0.0.0.0:{port}/"],
)  # fmt: skip
def test_a_private_address_is_refused_unless_it_is_allowed(
    repo: GitRepo, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PAGER_URL", address.format(port=receiver.url.rpartition(":")[2]))
    alerting.project(repo, PAGER.replace(", private: true", ""))
    alerting.remember(repo, alerting.run())
    result = repo.run("monitor", "alert")
    assert result.exit_code == 4
    assert "PAGER_URL: the address is of a private network" in result.stderr
    assert not receiver.posts


@pytest.mark.parametrize(
    "address", ["http://example.com/", "ftp://example.com", "https://u:p@example.com", "x y", "https://"]
)
def test_what_is_no_address_is_told_without_showing_it(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PAGER_URL", address)
    alerting.project(repo, PAGER.replace(", private: true", ""))
    alerting.remember(repo, alerting.run())
    result = repo.run("monitor", "alert")
    assert result.exit_code == 4
    assert "PAGER_URL: this is no address of a webhook; write https://" in result.stderr
    assert "example.com" not in result.stderr


def test_mail_says_what_to_look_at_and_cannot_be_given_more_headers(repo: GitRepo) -> None:
    with alerting.mail_server() as mailbox:
        to = "{host: 127.0.0.1, port: %d, encryption: none, sender: ml@example.com, to: [a@example.com, b@example.com]}"
        alerting.project(repo, "{email: {team: " + to % mailbox.port + "}}")
        alerting.remember(repo, alerting.run(alarms="drift\r\nBcc:eve@example.com"))
        result = repo.run("monitor", "alert")
    assert result.exit_code == 0, result.output
    ((recipients, content),) = mailbox.mails
    assert recipients == ["a@example.com", "b@example.com"]
    mail = email.message_from_bytes(content, policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("tiny v1.0.0: drift, Bcc:eve@example.com alarm since 2020-06")
    text = mail.get_content()
    assert "amount 0.31, up: median 812 → 1,040" in " ".join(text.split())


def test_a_mail_server_that_is_not_there_is_told_and_others_are_told_all_the_same(
    repo: GitRepo, receiver: Receiver
) -> None:
    mail = "{host: 127.0.0.1, port: 1, encryption: none, sender: a@example.com, to: [b@example.com]}"
    alerting.project(repo, "{email: {team: " + mail + "}, " + PAGER[1:])
    alerting.remember(repo, alerting.run())
    result = repo.run("monitor", "alert")
    assert result.exit_code == 4
    assert "email/team: 127.0.0.1: the mail was not taken: ConnectionRefusedError" in result.stderr
    assert len(receiver.posts) == 1


def test_the_job_shows_it_in_its_summary_and_as_an_annotation(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = repo.root.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    alerting.project(repo, "{summary: true, annotations: true}")
    alerting.remember(repo, alerting.run(reason="::error::worse"))
    result = repo.run("monitor", "alert")
    assert summary.read_text().startswith("## tiny v1.0.0: performance alarm since 2020-06: critical\n\n- 1 critical\n")
    (line,) = result.stdout.splitlines()
    assert line.startswith("::error title=alert::")
    assert "::error::worse" not in line


def test_a_model_may_have_channels_of_its_own(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, "{webhooks: {all: {url_secret: NOT_SET}}}")
    model = (repo.root / "models/tiny.yaml").read_text()
    repo.commit({"models/tiny.yaml": model.replace("  retrain:\n", f"  alerts: {PAGER}\n  retrain:\n")})
    alerting.remember(repo, alerting.run())
    assert repo.run("monitor", "alert").exit_code == 0
    assert len(receiver.posts) == 1


def test_dry_run_says_whom_it_would_tell(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, PAGER)
    alerting.remember(repo, alerting.run())
    result = repo.run("monitor", "alert", "--dry-run")
    assert result.stdout == "would tell webhooks/pager: tiny v1.0.0: performance alarm since 2020-06\n"
    assert not receiver.posts


@pytest.mark.parametrize("secret", ["GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "lower"])
def test_a_token_of_the_workflow_cannot_be_named_as_a_secret(repo: GitRepo, secret: str) -> None:
    alerting.project(repo, "{webhooks: {pager: {url_secret: " + secret + "}}}")
    result = repo.run("check")
    assert result.exit_code == 3
    assert "is not of the right form" in result.output


def test_without_channels_or_without_news_nobody_is_told(repo: GitRepo, receiver: Receiver) -> None:
    alerting.project(repo, "{}")
    alerting.remember(repo, alerting.over())
    assert "no channel is named under `alerts:`" in repo.run("monitor", "alert").stderr
    alerting.project(repo, PAGER)
    assert "everybody knows already" in repo.run("monitor", "alert").stderr
    shown = json.loads(repo.run("monitor", "history", "--format", "json").stdout)
    assert "Told" not in {table["title"] for table in shown["tables"]}
