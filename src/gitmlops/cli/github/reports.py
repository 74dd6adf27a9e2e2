"""gitmlops github comment, check-run, summary, annotate, issue, pull-request, release: a report, shown at GitHub."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options
from gitmlops.cli.forge import annotations_of, github_client
from gitmlops.cli.show import print_text, say
from gitmlops.errors import UsageError

if TYPE_CHECKING:
    from gitmlops.report import Report

_WHOLE_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def whole_commit(context: click.Context, option: click.Parameter, value: str) -> str:
    if value and not _WHOLE_COMMIT.fullmatch(value):
        raise click.BadParameter("give a full SHA: a name means another commit tomorrow", context, option)
    return value


def _key(context: click.Context, option: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("it is empty; is a variable of the workflow?", context, option)
    return value


report_file = click.argument("report", type=click.Path(path_type=Path), metavar="REPORT")
key = click.option(
    "--key", default="gate", show_default=True, callback=_key, help="Tells what is kept up to date from others of ours."
)
labels = click.option("--label", "labels", multiple=True, help="Give it this label, too.")


@click.command()
@report_file
@click.option("--pull-request", "number", type=click.IntRange(min=1), help="Number of the pull request.")
@click.option(
    "--commit",
    default="",
    callback=whole_commit,
    help="Every open pull request with this head, whatever the report says.",
)
@key
@options.dry_run
def comment(report: Path, number: int | None, commit: str, key: str, dry_run: bool) -> None:
    """Keep one comment on a pull request up to date with REPORT, the JSON of any command's --format json.

    Of comments with our marker only those that this token's account wrote are ours.
    """
    from gitmlops.adapters.github import comments, pull_requests

    if (number is None) == (not commit):
        raise UsageError("which pull request?", mend="give one of --pull-request and --commit")
    text = _markdown(read(report))
    if dry_run:
        print_text(text)
        return
    client = github_client()
    numbers = [number] if number else [one.number for one in pull_requests.of_head(client, commit)]
    for one in numbers:
        print_text(comments.upsert(client, one, key, text, _run()).html_url)
    if not numbers:
        say(f"no open pull request has the head {commit}: nothing was written")


@click.command("check-run")
@report_file
@click.option("--commit", required=True, callback=whole_commit, help="The full SHA that is judged.")
@click.option("--name", default="gitmlops", show_default=True, help="Name of the check.")
def check_run(report: Path, commit: str, name: str) -> None:
    """Write a check run with REPORT and its annotations on a commit. An App's token or GITHUB_TOKEN may do that."""
    from gitmlops.adapters.github import checks

    read_ = read(report)
    check = checks.Check(
        name=name,
        commit=commit,
        key="/".join(os.environ.get(f"GITHUB_{part}", "") for part in ("RUN_ID", "RUN_ATTEMPT")) + f"/{name}",
        conclusion="success" if read_.passed else "failure",
        title=read_.headline,
        summary=_markdown(read_),
        address=_run(),
        annotations=annotations_of(read_),
    )
    print_text(checks.publish(github_client(), check).html_url or "")


@click.command()
@report_file
def summary(report: Path) -> None:
    """Append REPORT to the summary of the job, where GITHUB_STEP_SUMMARY says."""
    from gitmlops.adapters.github import summary

    if not summary.append(os.environ.get("GITHUB_STEP_SUMMARY", ""), _markdown(read(report))):
        say("the summary of this step is full: the end of the report is left out")


@click.command()
@report_file
def annotate(report: Path) -> None:
    """Print REPORT's findings as workflow commands: the runner shows them at their lines, ten of each level."""
    from gitmlops.adapters.github import annotations

    for line in annotations.commands(annotations_of(read(report))):
        print_text(line)


@click.command()
@report_file
@click.option("--key", required=True, callback=_key, help="What it is about: one open issue of ours for each.")
@labels
@click.option("--close", is_flag=True, help="It is over: close the issue with REPORT as its last text.")
@options.dry_run
def issue(report: Path, key: str, labels: tuple[str, ...], close: bool, dry_run: bool) -> None:
    """Keep one open issue up to date with REPORT, or close it."""
    from gitmlops.adapters.github import issues

    read_ = read(report)
    text = _markdown(read_)
    if dry_run:
        print_text(f"{read_.headline}\n\n{text}")
        return
    client = github_client()
    if not close:
        print_text(issues.upsert(client, key, read_.headline, text, labels=labels, rest=_run()).html_url)
        return
    closed = issues.close(client, key, text)
    for one in closed:
        print_text(one.html_url)
    if not closed:
        say(f"no open issue of ours has the key {key}")


@click.command("pull-request")
@report_file
@click.option("--branch", required=True, help="The branch that is proposed; it is pushed already.")
@click.option("--base", default="", help="Where to.  [default: the default branch]")
@click.option("--title", default="", help="Its title.  [default: the report's]")
@click.option("--draft", is_flag=True, help="Open it as a draft.")
@labels
@options.dry_run
def pull_request(
    report: Path, branch: str, base: str, title: str, draft: bool, labels: tuple[str, ...], dry_run: bool
) -> None:
    """Open a pull request with REPORT as its text, or bring the open one of the branch up to date."""
    from gitmlops.adapters.github import pull_requests
    from gitmlops.cli import workspace

    read_ = read(report)
    into = base or workspace.repository().default_branch()
    text = _markdown(read_)
    proposal = pull_requests.Proposal(branch, into, title or read_.headline, text, key=branch, draft=draft)
    if dry_run:
        print_text(f"{proposal.title}\n{branch} into {into}\n\n{text}")
        return
    client = github_client()
    pull, opened = pull_requests.upsert(client, proposal, _run())
    if labels:
        pull_requests.add_labels(client, pull.number, labels)
    print_text(pull.url)
    say(f"pull request {pull.number} {'opened' if opened else 'is up to date'}")


@click.command()
@click.argument("tag")
@report_file
@click.option("--title", default="", help="Its title.  [default: the tag]")
@click.option("--prerelease", is_flag=True, help="Mark it as not ready for production.")
@options.dry_run
def release(tag: str, report: Path, title: str, prerelease: bool, dry_run: bool) -> None:
    """Write the release page of a tag that is at GitHub, with REPORT as its notes."""
    from gitmlops.adapters.github import releases

    notes = releases.Notes(tag, title or tag, _markdown(read(report)), prerelease)
    if dry_run:
        print_text(f"{notes.title}\n\n{notes.text}")
        return
    print_text(releases.upsert(github_client(), notes).html_url)


def read(path: Path) -> "Report":
    """The report in a file. Raises InputError for a link, for what is too large, and for what is no report of ours."""
    from gitmlops.adapters.files import read_regular
    from gitmlops.render import report_file

    return report_file.parse(read_regular(path, report_file.LARGEST), str(path))


def _markdown(report: "Report") -> str:
    from gitmlops.render.formats import render

    return render(report, "markdown")


def _run() -> str:
    """The address of this run, where a reader finds what had no room."""
    from gitmlops.cli.forge import workflow_run

    return workflow_run()
