"""Metrics of installed packages: the how-to's own example, installed into an environment, judges; nothing else does."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from tests.gate_lab import QUALITY, Lab, other_good

from gitmlops.records import statement

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-metric-plug-in.md"
FAULTS = """
import sys
from gitmlops.plugins import metric

def measured(function):
    return metric(better="higher")(function)

raises = measured(lambda labels, scores: 1 / 0)
leaves = measured(lambda labels, scores: sys.exit(0))
nothing = measured(lambda labels, scores: float("nan"))
words = measured(lambda labels, scores: "0.9")
agrees = measured(lambda labels, scores: True)
writes = measured(lambda labels, scores: labels.fill(1))
other = metric(better="higher", tasks=("regression",))(lambda labels, scores: 1.0)
bare = lambda labels, scores: 1.0
"""
SAID = {
    "raises": "acme-metrics/raises of acme-metrics==1.0.0 failed: ZeroDivisionError: division by zero",
    "leaves": "acme-metrics/leaves of acme-metrics==1.0.0 failed: SystemExit: 0",
    "nothing": "acme-metrics/nothing of acme-metrics==1.0.0 returned nan",
    "words": "acme-metrics/words of acme-metrics==1.0.0 returned str, not a number",
    "agrees": "acme-metrics/agrees of acme-metrics==1.0.0 returned bool, not a number",
    "writes": "acme-metrics/writes of acme-metrics==1.0.0 failed: ValueError: assignment destination is read-only",
    "other": "acme-metrics/other is of regression models, this one is binary",
}
CHECK = (
    "- {{id: {name}, metric: acme-metrics/{name}, op: '{op}', threshold: {threshold}, enforcement: hard-mandatory}}\n"
)


def block(language: str) -> str:
    """The how-to's block of code in a language."""
    return re.search(rf"```{language}\n(.*?)```", HOW_TO.read_text(), re.DOTALL)[1]


def wheel(folder: Path) -> Path:
    """The how-to's package as a wheel, with a module beside it whose metrics are all wrong."""
    project = tomllib.loads(block("toml"))["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    entries = dict(project["entry-points"]["gitmlops.metrics"])
    entries |= {fault: f"acme_metrics.faults:{fault}" for fault in (*SAID, "bare")}
    path, known = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", block("python"))
        archive.writestr(f"{name}/faults.py", FAULTS)
        archive.writestr(f"{known}/METADATA", f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n")
        archive.writestr(f"{known}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        listed = "".join(f"{key} = {value}\n" for key, value in entries.items())
        archive.writestr(f"{known}/entry_points.txt", f"[gitmlops.metrics]\n{listed}")
        archive.writestr(f"{known}/RECORD", "")
    return path


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has what ours has, and the package."""
    root = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(root), "platbase": str(root)}))
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    flags = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(packages)]
    subprocess.run([sys.executable, "-m", "pip", "install", *flags, str(wheel(root))], check=True)
    return root / "bin" / "python"


def run(python: Path, lab: Lab, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "gitmlops", *arguments]
    return subprocess.run(command, cwd=lab.root, check=False, capture_output=True, text=True)


def asks(lab: Lab, *checks: str) -> None:
    lab.commit({"policies/quality.yaml": QUALITY + "".join(checks)})


def said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(done.stdout.split())


def test_the_metric_of_the_how_to_judges_and_its_package_is_in_the_receipt(python: Path, lab: Lab) -> None:
    asks(lab, CHECK.format(name="expected_loss", op="<=", threshold=0.9))
    lab.candidate(other_good())
    done = run(python, lab, "gate", "--receipt", "receipt.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "acme-metrics/expected_loss is 0." in said(done)
    receipt = statement.read((lab.root / "receipt.json").read_bytes(), path="receipt")
    assert receipt.subjects[0].plugins == ("acme-metrics==1.0.0",)


def test_whatever_else_comes_out_of_a_plug_in_is_refused_with_the_reason(python: Path, lab: Lab) -> None:
    asks(lab, *(CHECK.format(name=name, op=">=", threshold=0) for name in SAID))
    lab.candidate(other_good())
    done = run(python, lab, "gate", "--format", "json", "--dry-run")
    assert done.returncode == 1
    found = {one["rule"]: one for one in json.loads(done.stdout)["findings"]}
    for name, words in SAID.items():
        assert (found[f"quality/{name}"]["severity"], name) == ("error", name)
        assert words in found[f"quality/{name}"]["message"]


def test_a_metric_that_cannot_be_is_told_by_check_with_the_nearest(python: Path, lab: Lab) -> None:
    wrong = CHECK.format(name="expected_los", op="<=", threshold=1)
    absent = CHECK.format(name="cost", op="<=", threshold=1).replace("acme-metrics", "nobody")
    turned = CHECK.format(name="expected_loss", op=">=", threshold=1)
    bare = CHECK.format(name="bare", op=">=", threshold=1)
    surely = CHECK.format(name="raises", op=">=", threshold=1).replace("threshold", "decide: bound, threshold")
    asks(lab, wrong, absent, turned, bare, surely)
    done = run(python, lab, "check")
    assert done.returncode == 3
    for words in (
        "has the metric 'acme-metrics/expected_los'; did you mean 'acme-metrics/expected_loss'?",
        "no installed package has the metric 'nobody/cost'",
        'acme-metrics/expected_loss is better lower; write `op: "<="`',
        "acme-metrics==1.0.0: acme_metrics.faults:bare is no metric of gitmlops.plugins",
        "acme-metrics/raises has no interval that was shown to hold",
    ):
        assert words in said(done)


def test_cases_of_a_policy_are_judged_by_the_package_too(python: Path, lab: Lab) -> None:
    check = CHECK.format(name="expected_loss", op="<=", threshold=0.5)
    policy = QUALITY[: QUALITY.index("- id: auc")] + check
    cases = (
        "kind: policy_test\npolicy: quality\ncases:\n"
        "- {name: a, groups: [{rows: 100, positives: 20, selected: 20}], expect: {expected_loss: passed}}\n"
        "- {name: b, groups: [{rows: 100, positives: 20}], expect: {expected_loss: failed}}\n"
        "- {name: c, missing: true, expect: {expected_loss: insufficient_evidence}}\n"
    )
    lab.commit({"policies/quality.yaml": policy, "policies/tests/quality.yaml": cases})
    done = run(python, lab, "policy", "test")
    assert (done.returncode, "b: failed, as expected: acme-metrics/expected_loss is 1, policy" in said(done)) == (
        0,
        True,
    )


def test_code_of_the_repository_is_no_plug_in(python: Path, lab: Lab) -> None:
    """It lies first on the path where Python runs with -m, with records as if somebody had installed it."""
    with zipfile.ZipFile(wheel(lab.root)) as archive:
        archive.extractall(lab.root)
    ran = lab.root / "ran"
    (lab.root / "acme_metrics/__init__.py").write_text(f"open({str(ran)!r}, 'w')\n")
    asks(lab, CHECK.format(name="expected_loss", op="<=", threshold=0.9))
    without = run(Path(sys.executable), lab, "check")
    assert (without.returncode, "no installed package has the metric" in said(without)) == (3, True)
    shadowed = run(python, lab, "check")
    assert (shadowed.returncode, "the code of 'acme_metrics' is" in said(shadowed)) == (3, True)
    assert not ran.exists()
    shutil.rmtree(lab.root / "acme_metrics")
    assert "acme" not in run(python, lab, "check").stdout


def test_a_metric_that_is_misspelt_is_told_with_the_nearest_of_ours(lab: Lab) -> None:
    asks(lab, "- {id: a, metric: roc_acu, op: '>=', threshold: 1, enforcement: advisory}\n")
    done = lab.run("check")
    assert done.exit_code == 3
    assert "there is no metric 'roc_acu'; did you mean 'roc_auc'?" in done.output
