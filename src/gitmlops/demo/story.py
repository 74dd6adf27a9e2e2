"""The acts of the demo: what a team does, in the order in which it does it. Data only; `cli/demo.py` plays it."""

from dataclasses import dataclass

REFUSED = 1
BEFORE = "{before}"
"""In a command: the moment of the newest tag when the act began, RFC 3339."""


@dataclass(frozen=True)
class Step:
    """One command, what it means in a line, and how it ends: an alarm and a refusal are answers, not failures."""

    command: str
    meaning: str
    exit_code: int = 0


@dataclass(frozen=True)
class Act:
    """Steps that belong together, and who takes them."""

    title: str
    who: str
    steps: tuple[Step, ...]


TODAY = "2013-08-02"
"""The day on which the summer is looked at: what the data say is of then, not of the day on which the demo runs."""
TABLES = "data/flights data/arrivals data/weather data/planes.parquet"
SMALLER = "--set steps.train.with.estimator_params.max_iter=3"


def story(*, sample: int) -> tuple[Act, ...]:
    """The acts. sample: 1 for every flight, N for every Nth one."""
    every = "" if sample == 1 else f" --every {sample}"
    return (
        _create(every),
        _features(),
        _train(),
        _release(),
        _refuse(),
        _serve(every),
        _watch(),
        _retrain(),
        _roll_back(),
        _publish(),
    )


def _create(every: str) -> Act:
    return Act(
        "Create the repository",
        "Data engineer",
        (
            Step(
                "gitmlops init . --template flights --project flights --yes", "definitions, policies, workflow, hooks"
            ),
            Step(
                f"python scripts/import_data.py --until 2013-04{every}",
                "the data, as Parquet files",
            ),
            Step(f"dvc add --quiet {TABLES}", "DVC keeps the data, git keeps its digests"),
            Step("dvc remote add --quiet --default storage ../storage", "the team's storage: here a folder"),
            Step("git remote add origin ../origin.git", "the team's repository: here a bare one"),
            Step("gitmlops check", "every definition is valid, every name is known"),
            _commit("Start a gitmlops project on the flights of 2013"),
            Step("git push --quiet --set-upstream origin main", "main is what production is built from"),
            Step("dvc push --quiet", "the data go to the storage"),
        ),
    )


def _features() -> Act:
    return Act(
        "Look for features",
        "Data scientist",
        (
            Step("gitmlops feature list", "what is there already, and who uses it"),
            Step("gitmlops feature show carrier_delays", "one view: definition, lineage, users"),
            Step(
                "gitmlops feature get --entities data/flights/2013-04.parquet --set flight-delay --time scheduled_at "
                "--output reports/features.parquet",
                "19 features of April's flights, each as it was known at departure",
            ),
        ),
    )


def _train() -> Act:
    return Act(
        "Train on a branch, ask the gate",
        "Data scientist",
        (
            Step("git switch --quiet --create first-model", "work happens on a branch"),
            Step("gitmlops pipeline run delay", "train on January to March, evaluate on April; DVC runs the steps"),
            _commit("Train flight-delay on January to March"),
            Step("git push --quiet --set-upstream origin first-model", "this opens the pull request"),
            Step("dvc push --quiet", "model and tables go to the storage"),
            Step("gitmlops gate --base main", "main's policies judge the branch: the check of the pull request"),
        ),
    )


def _release() -> Act:
    return Act(
        "Merge, register, promote",
        "ML engineer",
        (
            *_merge("first-model"),
            Step("gitmlops model register flight-delay", "a tag with the gate's receipt: version 1.0.0"),
            *_promote("v1.0.0"),
            Step("gitmlops model list", "what is where"),
        ),
    )


def _refuse() -> Act:
    return Act(
        "A worse model is refused",
        "Data scientist",
        (
            Step("git switch --quiet --create smaller-model", "an idea: a model of 3 trees instead of 100"),
            Step(
                f"gitmlops pipeline run delay {SMALLER}",
                "edited in place; only what depends on it runs",
            ),
            _commit("Train a smaller model"),
            Step(
                "gitmlops gate --base main --output reports/gate.html",
                "refused: which check, which value, which threshold, where worst; as a page, too",
                REFUSED,
            ),
            Step("git switch --quiet main", "nothing reached main"),
            Step("dvc checkout --quiet", "the files of main's model are back"),
        ),
    )


def _serve(every: str) -> Act:
    months = ("2013-05", "2013-06", "2013-07")
    return Act(
        "May, June, July: the model serves",
        "Software engineer",
        (
            Step(f"python scripts/import_data.py --until 2013-07{every}", "three months pass"),
            *(
                Step(
                    f"gitmlops model predict flight-delay#prod --entities data/flights/{month}.parquet "
                    f"--output data/served/{month}.parquet",
                    f"what is in prod scores {month} and writes the prediction log",
                )
                for month in months
            ),
            Step(f"dvc add --quiet {TABLES} data/served", "new data, and what was served, under DVC"),
            _commit("Data of May to July, and what was served"),
            Step("git push --quiet", "main has the new data"),
            Step("dvc push --quiet", "so has the storage"),
        ),
    )


def _watch() -> Act:
    return Act(
        "Monitor the summer",
        "ML engineer",
        (
            Step(
                f"gitmlops monitor run flight-delay --until {TODAY} --record --output reports/monitor.html",
                "served against the baseline, as on that day: an alarm, which a branch remembers; as a page, too",
                REFUSED,
            ),
        ),
    )


def _retrain() -> Act:
    branch = "retrain/flight-delay/2013-07"
    return Act(
        "Retrain, review, release",
        "ML engineer",
        (
            Step(
                f"gitmlops retrain flight-delay --until {TODAY} --body reports/retraining.md",
                "a branch with newer data, its pipeline run, the gate's verdict as the pull request's body",
            ),
            *_merge(branch),
            Step("gitmlops model register flight-delay", "version 1.1.0"),
            *_promote("v1.1.0"),
        ),
    )


def _roll_back() -> Act:
    return Act(
        "Roll back, and ask what ran when",
        "On call",
        (
            Step(
                "gitmlops model rollback flight-delay --reason 'Complaints from gate agents: too many warnings' --yes",
                "version 1.0.0 serves again, in two tags and one push",
            ),
            Step("gitmlops model list", "what is where now"),
            Step("gitmlops model history flight-delay", "who did what, when, why"),
            Step(f"gitmlops model show flight-delay --at {BEFORE}", "what was in production just before the rollback"),
        ),
    )


def _publish() -> Act:
    return Act(
        "Show it to people without a terminal",
        "Risk expert",
        (
            Step(
                "gitmlops catalog build --output reports/catalog --strict",
                "features, models, approvals, evidence, policies and drift as a site that needs no server",
            ),
        ),
    )


def _commit(message: str) -> Step:
    return Step(f"git add --all && git commit --quiet --message '{message}'", "definitions and digests, no data")


def _merge(branch: str) -> tuple[Step, ...]:
    return (
        Step("git switch --quiet main", "the review is done"),
        Step(f"git merge --quiet --no-ff --no-edit {branch}", "the merge button of the pull request"),
        Step("dvc checkout --quiet", "the files that main names now"),
        Step("git push --quiet", "merged is approved"),
    )


def _promote(version: str) -> tuple[Step, ...]:
    return tuple(
        Step(f"gitmlops model promote flight-delay@{version} --to {stage}", f"a tag: {version} enters {stage}")
        for stage in ("staging", "prod")
    )
