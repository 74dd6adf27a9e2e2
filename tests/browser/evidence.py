"""What the gate, monitoring and `feature build` leave in git, in numbers that a plot shows, by strangers again."""

from datetime import date, timedelta

from tests.browser.strangers import MARKUP, TURNED
from tests.conftest import GitRepo
from tests.releasing import CHECKS, POLICY

from gitmlops.adapters.git import side_branch
from gitmlops.adapters.git.repository import Repository
from gitmlops.monitor.recording import history
from gitmlops.records.canonical import encode
from gitmlops.records.feature_statistics import FeatureStatistics, Frequency, ViewStatistics
from gitmlops.records.monitoring_history import JudgedWindow, MonitoringRun, Moved, Seen
from gitmlops.records.receipt import CheckResult

WINDOWS = 10
GROUPS = ("region=north", "region=south", f"region={MARKUP}", f"region={TURNED}", "region=unknown")
GROUPED_CHECKS = (
    *CHECKS,
    *(
        CheckResult(
            "quality", "1.0.0", "fair", "advisory", "insufficient_evidence" if number == 4 else "passed",
            "roc_auc", ">=", f"{0.87 - number / 20:.2f}", "0.65", group, n=9_000 - 2_000 * number,
            interval=None if number == 4 else (f"{0.82 - number / 20:.2f}", f"{0.93 - number / 20:.2f}"),
        )
        for number, group in enumerate(GROUPS)
    ),
)  # fmt: skip
FAIR = '- {id: fair, metric: roc_auc, op: ">=", threshold: 0.65, slice: {by: region}, enforcement: advisory}\n'
GROUPED_POLICY = {"policies/quality.yaml": POLICY + FAIR}

STATISTICS = ViewStatistics(
    "plane_delays@v1",
    9_000,
    "2026-02-01T00:00:00.000000Z",
    "",
    (
        FeatureStatistics(
            "departure_delay", "float64", 8_900, 100, 700, "-43", "1301", "12.6", "40.2",
            {"0.05": "-9", "0.25": "-5", "0.5": "-2", "0.75": "11", "0.95": "91"},
        ),
        FeatureStatistics(
            "wind_speed", "string", 9_000, 0, 12,
            top=(Frequency(MARKUP, 4_000), Frequency(f"{TURNED} {'long ' * 40}", 3_000), Frequency("", 1_000)),
        ),
    ),
)  # fmt: skip


def measure(repo: GitRepo) -> None:
    """Commit what `feature build` counted."""
    repo.commit({f"features/statistics/{STATISTICS.view}.json": encode(STATISTICS)})


def watch(repo: GitRepo) -> None:
    """Record a run of monitoring that saw ten weeks of two versions, the last of them in alarm."""
    run = MonitoringRun(
        model="churn",
        time="2026-07-09T06:00:00Z",
        until="2026-07-08T00:00:00Z",
        commit="c" * 40,
        version="v1.1.0",
        state="alarm",
        incident="2026-06-24",
        alarms=("performance", MARKUP),
        reason=f"roc_auc fell {MARKUP}",
        seen=Seen("v1.1.0", "2026-07-07T23:59:59Z"),
        windows=tuple(_window(number) for number in range(WINDOWS)),
    )
    added = lambda published, here: history.merged(published, here, [run])  # noqa: E731
    side_branch.keep(Repository(repo.root), history.BRANCH, added, message="Recorded", remote=None)


def _window(number: int) -> JudgedWindow:
    start = date(2026, 4, 29) + timedelta(weeks=number)
    moved = (
        Moved("wind_speed", "numeric", round(0.1 + number / 20, 2), "up: median 8 to 12", "drift"),
        Moved(MARKUP, "numeric", 0.3, TURNED, "drift"),
    )
    return JudgedWindow(
        window=f"{start:%Y-%m-%d}",
        start=f"{start:%Y-%m-%d}",
        end=f"{start + timedelta(weeks=1):%Y-%m-%d}",
        version="v1.0.0" if number < WINDOWS // 2 else "v1.1.0",
        rows=1_000 + 37 * number,
        outcomes=900,
        performance="worse" if number == WINDOWS - 1 else "as before",
        metrics={} if number == 2 else {"roc_auc": round(0.82 - number / 100, 3), "brier": 0.11},
        moved=moved if number % 2 else (),
    )
