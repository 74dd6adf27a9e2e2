"""The parameters with which an estimator does best on rows that it did not see."""

import hashlib
import importlib.metadata
import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import optuna
import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.files import sha256, write_atomic
from gitmlops.adapters.system import threads
from gitmlops.components.parallel import parallel
from gitmlops.components.train.train import learnt_from
from gitmlops.components.tune.journal import Journal, Trial
from gitmlops.components.tune.objective import Objective
from gitmlops.components.tune.space import distributions
from gitmlops.errors import InputError

_DECIDING = ("pandas", "numpy", "scikit-learn", "lightgbm", "optuna")


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the best parameters, all trials and their plot. Raises InputError, also if no trial could be scored.

    A trial is decided by the trials before it and its own number: where a search was interrupted changes nothing.
    """
    rows, labels = learnt_from(inputs["frame"], params["feature_set"], params["label"])
    objective = Objective.of(rows, labels, tables.read(inputs["frame"]), params, path=inputs["frame"])
    journal = Journal(_decided_by(inputs["frame"], rows, params))
    trials = _search(objective, journal, params)
    scored = [trial for trial in trials if trial.score is not None]
    if not scored:
        mend = "mend estimator_params, preprocess or space"
        raise InputError(f"no trial could be scored: {trials[-1].error}", where=str(inputs["frame"]), mend=mend)
    _write(trials, max(scored, key=lambda trial: (trial.score, -trials.index(trial))), params, outputs)
    journal.forget()


def _search(objective: Objective, journal: Journal, params: Mapping[str, Any]) -> tuple[Trial, ...]:
    space, wanted = distributions(params["space"]), params["trials"]
    if wanted < 1:
        raise InputError(f"{wanted} trials find nothing", where="trials", mend="write 1 or more")
    objective.require_known(space)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    done = list(journal.trials())[:wanted]
    for trial in done:
        study.add_trial(_frozen(trial, space))
    if done:
        sys.stderr.write(f"going on after {len(done)} of {wanted} trials\n")
    with parallel(params["backend"], params["jobs"]):
        for number in range(len(done), wanted):
            # A sampler of its own for each trial: the state of one that was killed is not needed.
            study.sampler = optuna.samplers.TPESampler(seed=_seed(params["seed"], number))
            asked = study.ask(space)
            trial = objective.score(asked.params)
            journal.add(trial)
            # Told as it would be read again, so that both ways give the sampler the same trial.
            study.tell(asked, **({"values": trial.score} if trial.score is not None else {"state": _FAILED}))
            sys.stderr.write(f"trial {number + 1} of {wanted}: {trial.error or trial.score}\n")
            done.append(trial)
    return tuple(done)


_FAILED = optuna.trial.TrialState.FAIL


def _frozen(trial: Trial, space: Mapping[str, optuna.distributions.BaseDistribution]) -> optuna.trial.FrozenTrial:
    given: dict[str, Any] = {"params": dict(trial.params), "distributions": dict(space)}
    if trial.score is None:
        return optuna.trial.create_trial(state=_FAILED, **given)
    return optuna.trial.create_trial(value=trial.score, **given)


def _seed(root: int, number: int) -> int:
    """A seed for each trial, 0..2^32 - 1: neighbours of the root seed must not share theirs."""
    return int.from_bytes(hashlib.sha256(f"{root}/{number}".encode()).digest()[:4], "big")


def _decided_by(frame: Path, rows: pandas.DataFrame, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a trial's score depends on; neither how many trials there are nor where they run."""
    versions = {name: _version(name) for name in _DECIDING}
    files = sorted(frame.glob("*.parquet")) if frame.is_dir() else [frame]
    chosen = {key: value for key, value in params.items() if key not in ("trials", "backend", "jobs")}
    data = [sha256(file) for file in files]
    return {"params": chosen, "data": data, "columns": list(rows), "versions": versions, "threads": threads.chosen()}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _write(trials: Sequence[Trial], best: Trial, params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    table = pandas.DataFrame(
        {
            "trial": range(len(trials)),
            "state": ["failed" if trial.error else "scored" for trial in trials],
            "score": [_number(trial.score) for trial in trials],
            "deviation": [_number(trial.deviation) for trial in trials],
            "error": [trial.error for trial in trials],
            **{f"param_{name}": _column([trial.params[name] for trial in trials]) for name in params["space"]},
        }
    )
    tables.write(table, outputs["trials"])
    chosen = {**params["estimator_params"], **best.params}
    facts = {"estimator": params["estimator"], "params": chosen, "score": best.score, "trial": trials.index(best)}
    _write_json(facts, outputs["best"])
    _write_json(_progress(trials), outputs["plot"])


def _progress(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    best = itertools.accumulate((_number(trial.score) for trial in trials), numpy.fmax)
    pairs = zip(itertools.count(), trials, best, strict=False)
    return [
        {"trial": number, "score": trial.score, "best": float(highest)}
        for number, trial, highest in pairs
        if trial.score is not None
    ]


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _column(values: Sequence[Any]) -> Sequence[Any]:
    """Numbers as they are; a mixture, such as a number or none at all, as text."""
    is_number = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return values if is_number else [json.dumps(value) for value in values]


def _write_json(value: Any, path: Path) -> None:
    write_atomic(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")
