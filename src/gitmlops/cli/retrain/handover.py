"""gitmlops retrain --handover: the half of a retraining that runs the project's code, and therefore has no token."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli.forge import workflow_run
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.cli.monitor.group import in_full
from gitmlops.cli.progress import progress
from gitmlops.cli.retrain import carrying
from gitmlops.cli.retrain.retraining import carry_out
from gitmlops.cli.show import finish, say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions, Placed
    from gitmlops.monitor.recording.history import History
    from gitmlops.monitor.retraining_plan import Plan
    from gitmlops.records.monitoring_history import Retraining, RetrainingState
    from gitmlops.report import Report
    from gitmlops.specs.model import Model

RETRAINING = "retraining.json"
REPORTS = ("evidence.json", "monitoring.json", "gate.json")
_DONE = ("proposed", "refused", "kept")
_CLOSED = ("muted", "merged")


def hand_over(
    repository: "Repository", definitions: "Definitions", placed: "Placed[Model]", until: datetime, folder: Path
) -> None:
    """Retrain, and write how it ended, whatever that is. Raises what retraining raises; exits with 1 if refused."""
    from gitmlops.adapters.files import require_free
    from gitmlops.errors import GitmlopsError
    from gitmlops.monitor.retraining_plan import NotRetrained

    require_free(folder)
    model = placed.spec.name
    history = monitor_history.gather(repository, model)
    history.require_whole()
    incident = history.runs[-1].incident if history.runs else ""
    try:
        _retrain(repository, definitions, placed, until, folder, history, incident)
    except GitmlopsError as error:
        state: RetrainingState = error.state if isinstance(error, NotRetrained) else "failed"
        _write(folder, _ended(model, incident, state, str(error)))
        raise


def _retrain(
    repository: "Repository",
    definitions: "Definitions",
    placed: "Placed[Model]",
    until: datetime,
    folder: Path,
    history: "History",
    incident: str,
) -> None:
    from gitmlops.monitor.retraining_plan import plan

    model = placed.spec.name
    with progress(f"judging {model}"):
        judged = in_full(repository, definitions, placed, until)
    wanted = plan(placed, judged.verdict, incident=incident)
    if wanted is None:
        _write(folder, _ended(model, incident, "no alarm", "there is no alarm that asks for retraining"))
        return
    if known := _known(history, wanted):
        _write(folder, known)
        return
    _require_absent(repository, wanted.branch)
    made = carry_out(repository, wanted, placed.spec, judged.report, push=False)
    state: RetrainingState = "trained" if made.gated.passed else "refused"
    ended = _ended(
        model, wanted.incident, state, made.gated.headline, window=wanted.window.label, branch=wanted.branch,
        head=made.head,
    )  # fmt: skip
    _write(folder, ended, (made.evidence, judged.report, made.gated))
    carrying.pack(repository, wanted.branch, folder)
    finish(made.gated)


def _known(history: "History", wanted: "Plan") -> "Retraining | None":
    """What is to be handed over without training: it was done for this window, or nobody wants it any more."""
    of_branch = [one for one in history.retrainings if one.branch == wanted.branch]
    if not of_branch:
        return None
    last, window = of_branch[-1], wanted.window.label
    names = {"window": window, "branch": wanted.branch, "head": last.head}
    if last.state in _CLOSED:
        return _ended(wanted.model, wanted.incident, last.state, last.message, **names)
    if any(one.window == window and one.state in _DONE for one in of_branch):
        message = f"{wanted.branch} was retrained for {window} already"
        return _ended(wanted.model, wanted.incident, "already there", message, **names)
    return None


def _require_absent(repository: "Repository", branch: str) -> None:
    from gitmlops.errors import Refusal

    if repository.has_branch(branch):
        mend = f"push it, or `git worktree prune && git branch -D {branch}`"
        raise Refusal(f"the branch {branch} is here already, nothing was written", mend=mend)


def _ended(
    model: str, incident: str, state: "RetrainingState", message: str, *, window: str = "", branch: str = "",
    head: str = "",
) -> "Retraining":  # fmt: skip
    from gitmlops.records.monitoring_history import Retraining

    return Retraining(
        model=model, time=monitor_history.now(), run=workflow_run(), incident=incident, window=window, branch=branch,
        state=state, message=message, head=head,
    )  # fmt: skip


def _write(folder: Path, ended: "Retraining", reports: "Sequence[Report]" = ()) -> None:
    from gitmlops.adapters.files import write_folder
    from gitmlops.records.canonical import encode
    from gitmlops.render.formats import render

    written = {name: render(report, "json").encode() for name, report in zip(REPORTS, reports, strict=False)}
    write_folder(folder, {**written, RETRAINING: encode(ended)})
    say(f"{ended.state}: {ended.message}; written to {folder}")
