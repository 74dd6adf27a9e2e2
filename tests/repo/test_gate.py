"""The gate on real repositories: what it judges, what it rests on, what it keeps."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy
import pytest
from tests.gate_lab import (
    DEFINITIONS,
    EVALUATION,
    LABELS,
    MODEL,
    PROJECT,
    QUALITY,
    TOY,
    Lab,
    dumped,
    good,
    labels,
    other_good,
    parquet,
    poor,
    rows,
    says,
    trained,
)

from gitmlops.records import statement
from gitmlops.records.receipt import Receipt


def receipt(lab: Lab, commit: str = "HEAD") -> Receipt:
    """The last receipt of a commit's tree."""
    tree = lab.git("rev-parse", commit + "^{tree}").strip()
    lines = lab.git("notes", "--ref", "refs/notes/gitmlops/receipts", "show", tree).splitlines()
    return max((statement.read(line.encode(), path="note") for line in lines), key=lambda kept: kept.time)


def test_a_good_model_passes_and_its_receipt_is_kept_on_the_tree(lab: Lab) -> None:
    lab.candidate(other_good())
    result = lab.run("gate")
    assert result.exit_code == 0, result.output
    kept = receipt(lab)
    (subject,) = kept.subjects
    assert (kept.verdict, kept.base_ref, kept.head) == ("passed", "main", lab.git("rev-parse", "HEAD").strip())
    assert (subject.model, subject.verdict, subject.evidence) == ("toy", "passed", "scored")
    assert [(check.check, check.slice, check.outcome) for check in subject.checks] == [
        ("auc", "", "passed"),
        ("auc-each-place", "place=EWR", "passed"),
        ("auc-each-place", "place=JFK", "passed"),
        ("not-worse", "", "not_applicable"),
        ("brier", "", "failed"),
    ]
    assert "bootstrap: no production version yet" in " ".join(result.output.split())


def test_a_poor_model_is_refused_with_check_value_threshold_and_worst_group(lab: Lab) -> None:
    lab.candidate(poor())
    result = lab.run("gate")
    says(
        result,
        "quality/auc policies/quality.yaml:8:3: toy: roc_auc is 0.5627, policy asks >= 0.7",
        "roc_auc is 0.5229 at place=JFK, policy asks >= 0.65 (worst of 2 groups, 2 miss it)",
        "next: data-scientists: mend what is refused",
    )
    assert receipt(lab).verdict == "refused"


def test_production_is_scored_on_the_same_rows(lab: Lab) -> None:
    lab.release()
    lab.candidate(other_good())
    result = lab.run("gate")
    assert result.exit_code == 0, result.output
    (compared,) = [check for check in receipt(lab).subjects[0].checks if check.check == "not-worse"]
    assert compared.outcome == "passed"
    assert compared.baseline.startswith("v1.0.0 0.81")
    assert receipt(lab).subjects[0].production == "v1.0.0"


ANCHORED = QUALITY.replace("{ref: production}", "{ref: production, anchor: last-major}")


def test_a_model_is_compared_with_the_first_version_of_its_major_too(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": ANCHORED})
    lab.release()
    lab.commit(lab.track({MODEL: poor()}), message="sinks")
    for name in ("toy@v1.1.0", "toy#prod#2"):
        lab.git("tag", "-a", "-m", "release", name, "main")
    lab.candidate(poor(), **{"README.md": "no worse than production"})
    says(lab.run("gate", "--model", "toy"), "quality/not-worse", "0.8147 of the anchor (v1.0.0): a gain of at least -0")
    compared = [check for check in receipt(lab).subjects[0].checks if check.check == "not-worse"]
    assert [(check.outcome, check.baseline) for check in compared] == [
        ("passed", "v1.1.0 0.5627"),
        ("failed", "v1.0.0 0.8147"),
    ]


def test_rows_of_one_entity_count_together_if_either_side_says_so(lab: Lab) -> None:
    customers = rows().assign(customer=rows()["row_id"] // 13)
    lab.commit(lab.track({EVALUATION: parquet(customers)}))
    surely = QUALITY.replace("threshold: 0.7\n", "threshold: 0.7\n  decide: bound\n")
    lab.commit(
        {"policies/quality.yaml": surely, "models/toy.yaml": TOY.replace("id: row_id", "id: row_id, entity: customer")}
    )
    lab.candidate(other_good(), **{"models/toy.yaml": TOY})
    says(
        lab.run("gate"),
        "roc_auc is not measured: 93 entities with positives and 93 with negatives, 100 of each are asked, by customer",
        "the branch changes evaluation.entity of toy from customer to none: both judge the branch",
    )


def test_a_rule_that_was_rescinded_is_told_and_still_judges(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY + "source: {citation: SR 11-7, status: rescinded}\n"})
    lab.candidate(poor())
    says(lab.run("gate"), "gate/source", "quality: SR 11-7 is rescinded", "roc_auc is 0.5627, policy asks >= 0.7")


def test_sarif_and_junit_of_a_refusal_point_at_the_line_of_the_check_in_its_policy(lab: Lab) -> None:
    lab.candidate(poor())
    line = QUALITY[: QUALITY.index("- id: auc\n")].count("\n") + 1
    (run,) = json.loads(lab.run("gate", "--dry-run", "--format", "sarif").stdout)["runs"]
    (auc,) = (one for one in run["results"] if one["ruleId"] == "quality/auc")
    place = auc["locations"][0]["physicalLocation"]
    assert (auc["level"], place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "error",
        "policies/quality.yaml",
        line,
    )
    suite = ElementTree.fromstring(lab.run("gate", "--dry-run", "--format", "junit").stdout)
    (case,) = suite.findall("./testsuite/testcase[@classname='quality/auc']")
    assert (case.get("file"), case.get("line")) == ("policies/quality.yaml", str(line))
    assert "roc_auc is 0.5627, policy asks >= 0.7" in case.find("failure").get("message")


def test_what_policies_leave_to_people_stands_in_the_report(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": f"{QUALITY}not_decided: [Whether a late warning is worse than none.]\n"})
    lab.candidate(other_good())
    judged = lab.run("gate", "--head", "work").output
    assert "what a machine did not decide\n  quality  Whether a late warning is worse than none." in judged


def test_a_policy_shows_the_last_verdict_that_receipts_know(lab: Lab) -> None:
    assert "no receipt here" in lab.run("policy", "show", "quality").output
    lab.candidate(poor())
    lab.run("gate")
    lab.git("notes", "--ref", "refs/notes/gitmlops/receipts", "append", "-m", "no receipt at all", "HEAD^{tree}")
    shown = " ".join(lab.run("policy", "show", "quality").output.split())
    assert "toy medium data-scientists 3 of 3 checks missed 1.0.0 20" in shown


def test_a_changed_evaluation_set_is_told_and_production_is_scored_on_it_too(lab: Lab) -> None:
    lab.release()
    fewer = {EVALUATION: parquet(rows()[100:]), LABELS: parquet(labels()[100:])}
    lab.commit(lab.track({MODEL: poor(), **fewer}), branch="work")
    says(
        lab.run("gate"),
        "evaluation set of toy: 100 of 1200 rows are gone; production (v1.0.0) is scored on it, too",
        "quality/not-worse",
        "in production (v1.0.0)",
    )
    checks = receipt(lab).subjects[0].checks
    assert {(check.n, check.pinned) for check in checks if not check.slice} == {(1100, False), (1200, True)}


def test_production_that_lacks_its_features_in_the_new_rows_refuses(lab: Lab) -> None:
    lab.release()
    narrow = "kind: feature_set\nname: toy\nowner: us\ndescription: One\nfeatures: ['rows@v1:a']\n"
    lab.commit(
        {
            **lab.track({MODEL: dumped(trained(("a",))), EVALUATION: parquet(rows().drop(columns="b"))}),
            "features/sets/toy.yaml": narrow,
        },
        branch="work",
    )
    says(lab.run("gate"), "production (v1.0.0): the evaluation rows lack features: b", "keep its features")


UNSEEN = (
    "warning: no model has a release here: judged as if nothing were in production; if there is one, run `git fetch"
)


def clone(lab: Lab, *options: str) -> Lab:
    """The lab as CI would clone it, its branch checked out; what DVC would fetch is there."""
    there = lab.root.parent / "clone"
    lab.git("clone", "-q", *options, "--no-single-branch", "--branch=work", lab.root.as_uri(), str(there))
    shutil.copytree(lab.root / ".dvc" / "cache", there / ".dvc" / "cache")
    return Lab(there)


def test_a_clone_without_tags_says_first_that_it_may_not_know_what_is_in_production(lab: Lab) -> None:
    lab.release()
    lab.candidate(other_good())
    there = clone(lab, "--no-tags")
    result = there.run("gate", "--base", "main")
    says(result, UNSEEN, "with `fetch-depth: 0`", "toy: passed (4 checks)", exit_code=0)
    assert UNSEEN in " ".join(result.output.split("\n\n")[0].split()), "not on the first screen"
    there.git("fetch", "-q", "--tags")
    result = there.run("gate", "--base", "main")
    says(result, "toy: passed (4 checks, beside v1.0.0 in production)", exit_code=0)
    assert "no model has a release here" not in result.output


def test_a_shallow_clone_without_tags_does_not_judge(lab: Lab) -> None:
    lab.candidate(other_good())
    there = clone(lab, "--no-tags", "--depth=2")
    said = "this clone is shallow and has no release: what is in production cannot be told; run `git fetch --unshallow"
    says(there.run("gate", "--base", "main"), said, exit_code=4)
    there.git("fetch", "-q", "--unshallow", "--tags")
    says(there.run("gate", "--base", "main"), UNSEEN, "toy: passed", exit_code=0)


def test_a_new_project_without_a_remote_has_no_releases_to_miss(lab: Lab) -> None:
    lab.candidate(other_good())
    result = lab.run("gate")
    assert result.exit_code == 0
    assert "no model has a release here" not in result.output


def test_a_receipt_survives_a_squash_merge(lab: Lab) -> None:
    lab.candidate(other_good())
    assert lab.run("gate").exit_code == 0
    lab.git("checkout", "-q", "main")
    lab.git("merge", "-q", "--squash", "work")
    lab.commit(message="squashed")
    assert receipt(lab, "main").subjects[0].model == "toy"


def test_judging_a_merged_branch_again_does_not_replace_its_receipt(lab: Lab) -> None:
    lab.candidate(other_good())
    assert lab.run("gate").exit_code == 0
    lab.git("checkout", "-q", "main")
    lab.git("merge", "-q", "--no-ff", "--no-edit", "work")
    result = lab.run("gate")
    assert result.exit_code == 0
    assert "no model differs from the base" in result.output
    assert receipt(lab, "main").subjects[0].model == "toy"


def test_the_work_tree_does_not_matter(lab: Lab) -> None:
    lab.candidate(poor())
    lab.write({"policies/quality.yaml": "broken: [", "dvc.lock": "broken", "models/toy.yaml": "broken"})
    lab.git("checkout", "-q", "--detach", "HEAD")
    says(lab.run("gate", "--head", "work"), "roc_auc is 0.5627")


def test_a_branch_without_a_model_in_it_passes_with_the_reason(lab: Lab) -> None:
    lab.commit({"README.md": "words"}, branch="work")
    result = lab.run("gate")
    assert result.exit_code == 0
    assert "no model differs from the base" in result.output
    assert "Merge it: no model changes." in result.output


@pytest.mark.parametrize(
    "path",
    ["features/views/rows.yaml", "components/train/train.py", "pipelines/train.yaml", "data/rows.parquet.dvc"],
)
def test_a_model_is_judged_when_anything_that_it_is_made_of_changes(lab: Lab, path: str) -> None:
    text = (lab.root / path).read_text()
    changed = text.replace("0" * 32, "1" * 32) if path.endswith(".dvc") else text + "# changed\n"
    lab.commit({path: changed}, branch="work")
    lab.cached(lab.digest(MODEL)).unlink()
    result = lab.run("gate")
    assert result.exit_code == 4
    assert "models/toy.skops: not in the DVC cache; run `dvc fetch` for this commit first" in result.output


@pytest.mark.parametrize(
    ("before", "path"),
    [
        ({"components/train/train.py": "from shared import words\n", "shared/words.py": ""}, "shared/words.py"),
        ({"gitmlops.yaml": PROJECT + "environment: uv.lock\n", "uv.lock": "1"}, "uv.lock"),
        (
            {
                "pipelines/train.yaml": "kind: pipeline\nname: train\nsteps:\n"
                "  fit: {run: Rscript fit.R, inputs: {it: fit.R}, outputs: {model: models/toy.skops}}\n",
                "fit.R": "",
            },
            "fit.R",
        ),
    ],
    ids=["shared code", "environment", "a command's script"],
)
def test_a_model_is_judged_when_code_changes_that_its_steps_rest_on(
    lab: Lab, before: dict[str, str], path: str
) -> None:
    lab.commit(before)
    lab.commit({"other.py": "1\n"}, branch="other")
    assert "no model differs from the base" in lab.run("gate").output
    lab.commit({path: "# changed\n"}, branch="work")
    lab.cached(lab.digest(MODEL)).unlink()
    assert "models/toy.skops: not in the DVC cache" in lab.run("gate").output


FOLDER_SOURCE = DEFINITIONS["features/sources/rows.yaml"].replace("data/rows.parquet", "data/parts")
LINK_SOURCE = FOLDER_SOURCE.replace("data/parts", "data/link/parts")
WITH_ARGUMENT = (
    "kind: pipeline\nname: train\nparams: {labels: data/parts/}\nsteps:\n"
    "  train: {uses: ./components/train, with: {tables: {labels: '${{ params.labels }}'}}}\n"
)


def pointer(digit: str, path: str = "a.parquet") -> str:
    return f"outs:\n- {{md5: {digit * 32}, path: {path}}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"data/parts/a.csv": "1", "data/parts/b.csv": "2"}, {"data/parts/b.csv": "3"}),
        ({"data/parts/a.csv": "1"}, {"data/parts/deep/b.csv": "2"}),
        ({"data/parts/a.parquet.dvc": pointer("1")}, {"data/parts/a.parquet.dvc": pointer("2")}),
        ({"data/parts/a.parquet.dvc": pointer("1")}, {"data/parts/b.parquet.dvc": pointer("1", "b.parquet")}),
        ({"data/all.dvc": pointer("1", "parts")}, {"data/all.dvc": pointer("2", "parts")}),
        ({"data.dvc": pointer("1", "data/parts/x")}, {"data.dvc": pointer("2", "data/parts/x")}),
        ({"features/sources/rows.yaml": FOLDER_SOURCE[:-1] + " # still\n"}, {"data/parts": "a file by now"}),
        ({"pipelines/train.yaml": WITH_ARGUMENT, "data/parts/a.csv": "1"}, {"data/parts/a.csv": "2"}),
    ],
)  # fmt: skip
def test_a_model_is_judged_when_data_in_a_folder_changes(
    lab: Lab, before: dict[str, str], after: dict[str, str]
) -> None:
    in_pipeline = "pipelines/train.yaml" in before
    lab.commit({**({} if in_pipeline else {"features/sources/rows.yaml": FOLDER_SOURCE}), **before})
    lab.commit(after, branch="work")
    lab.cached(lab.digest(MODEL)).unlink()
    says(lab.run("gate"), "models/toy.skops: not in the DVC cache", exit_code=4)


def test_a_model_is_judged_when_a_link_or_a_submodule_in_place_of_its_data_changes(lab: Lab) -> None:
    (lab.root / "data" / "link").symlink_to("one")
    lab.commit({"features/sources/rows.yaml": LINK_SOURCE})
    (lab.root / "data" / "link").unlink()
    (lab.root / "data" / "link").symlink_to("two")
    linked = lab.commit(branch="work")
    lab.cached(lab.digest(MODEL)).unlink()
    says(lab.run("gate"), "models/toy.skops: not in the DVC cache", exit_code=4)
    lab.git("checkout", "-q", "main")
    lab.git("rm", "-q", "data/link")
    lab.git("update-index", "--add", "--cacheinfo", f"160000,{linked},data/link/parts")
    lab.git("commit", "-q", "-m", "a submodule")
    lab.git("checkout", "-q", "-B", "work")
    lab.git("update-index", "--cacheinfo", f"160000,{lab.git('rev-parse', 'main').strip()},data/link/parts")
    lab.git("commit", "-q", "-m", "another commit of it")
    says(lab.run("gate"), "models/toy.skops: not in the DVC cache", exit_code=4)


def test_a_change_beside_the_data_affects_no_model(lab: Lab) -> None:
    lab.commit({"features/sources/rows.yaml": FOLDER_SOURCE, "data/parts/a.csv": "1"})
    lab.commit({"data/parts.csv": "1", "data/parts-of-another/a.csv": "1"}, branch="work")
    says(lab.run("gate"), "no model differs from the base", exit_code=0)


@pytest.mark.parametrize(
    ("files", "twice"),
    [
        ({"data/rows.parquet": "in git"}, "data/rows.parquet"),
        (
            {
                "features/sources/rows.yaml": FOLDER_SOURCE,
                "data/parts.dvc": pointer("1", "parts"),
                "data/parts/x.csv": "in git",
            },
            "data/parts/x.csv",
        ),
        ({MODEL: "in git"}, MODEL),
    ],
)
def test_what_is_both_in_git_and_under_dvc_is_refused(lab: Lab, files: dict[str, str], twice: str) -> None:
    lab.commit(files, branch="work")
    says(lab.run("gate"), f"toy: {twice}: both in git and under DVC; keep it in one of them: `git rm --cached` it")


def test_a_named_model_is_judged_though_nothing_changed(lab: Lab) -> None:
    lab.commit({"README.md": "words"}, branch="work")
    result = lab.run("gate", "--model", "toy")
    assert result.exit_code == 0, result.output
    assert receipt(lab).subjects[0].model == "toy"


def test_a_stale_branch_is_refused_until_the_base_is_merged(lab: Lab) -> None:
    lab.candidate(other_good())
    lab.git("checkout", "-q", "main")
    lab.commit({"README.md": "main moved"})
    says(lab.run("gate", "--head", "work"), "does not contain the tip of main", "merge main into the branch")


def test_a_base_without_policies_refuses_with_the_way_out(lab: Lab) -> None:
    lab.git("rm", "-q", "-r", "policies")
    lab.commit()
    lab.candidate(other_good(), **{"policies/quality.yaml": QUALITY})
    says(lab.run("gate"), "the base has no policies, nothing can judge toy", "merge policies/ first")


def test_a_base_without_a_project_refuses_too(lab: Lab) -> None:
    lab.git("checkout", "-q", "--orphan", "empty")
    lab.git("rm", "-q", "-r", "--cached", ".")
    lab.git("commit", "-q", "--allow-empty", "-m", "nothing yet")
    lab.commit(branch="work")
    says(lab.run("gate", "--base", "empty"), "the base has no policies, nothing can judge toy")


BROKEN = {
    "no YAML": "kind: [",
    "an unknown key": QUALITY + "threshhold: 1\n",
    "a check without a limit": QUALITY.replace("  margin: 0.01\n", ""),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_branch_can_mend_a_policy_that_is_broken_on_the_base(lab: Lab, text: str) -> None:
    lab.commit({"policies/quality.yaml": text})
    lab.commit({"policies/quality.yaml": QUALITY}, branch="work")
    says(
        lab.run("gate"),
        "gate/base policies/quality.yaml:",
        "broken on the base, no model passes until it is mended there: ",
        "the branch changes this policy, which is broken on the base: what it asked there is unknown",
        "risk-sme (@acme/risk) reviews it",
        "no model differs from the base",
        exit_code=0,
    )
    lab.git("checkout", "-q", "main")
    lab.git("merge", "-q", "work")
    lab.candidate(poor())
    says(lab.run("gate"), "roc_auc is 0.5627, policy asks >= 0.7")


def test_a_project_file_that_is_broken_on_the_base_can_be_mended_too(lab: Lab) -> None:
    lab.commit({"gitmlops.yaml": "project: [\n"})
    lab.commit({"gitmlops.yaml": PROJECT}, branch="work")
    says(lab.run("gate"), "gate/base gitmlops.yaml:", exit_code=0)
    lab.commit(lab.track({MODEL: other_good()}))
    says(lab.run("gate"), "gitmlops.yaml:2:1: broken on the base, nothing can judge by it")


def test_a_broken_feature_on_the_base_does_not_block_the_branch_that_mends_it(lab: Lab) -> None:
    text = (lab.root / "features/views/rows.yaml").read_text()
    lab.commit({"features/views/rows.yaml": "kind: nonsense\n"})
    lab.candidate(other_good(), **{"features/views/rows.yaml": text})
    assert lab.run("gate").exit_code == 0


def test_a_model_that_is_not_under_dvc_is_refused_with_the_mend(lab: Lab) -> None:
    lab.commit(
        {"models/toy.yaml": TOY.replace("artifact: models/toy.skops", "artifact: models/else.skops")}, branch="work"
    )
    says(lab.run("gate"), "toy: models/else.skops: not under DVC", "commit dvc.lock")


def test_two_models_are_judged_and_one_refusal_refuses(lab: Lab) -> None:
    second = TOY.replace("toy.skops", "second.skops").replace("name: toy", "name: second")
    lab.commit(
        {**lab.track({MODEL: other_good(), "models/second.skops": poor()}), "models/second.yaml": second}, branch="work"
    )
    says(lab.run("gate"), "toy: passed", "second: refused")
    assert [(subject.model, subject.verdict) for subject in receipt(lab).subjects] == [
        ("second", "refused"),
        ("toy", "passed"),
    ]


def test_a_dry_run_keeps_nothing(lab: Lab, tmp_path: Path) -> None:
    lab.candidate(poor())
    says(lab.run("gate", "--dry-run", "--receipt", str(tmp_path / "receipt.json")))
    assert not (tmp_path / "receipt.json").exists()
    assert lab.git("for-each-ref", "refs/notes") == ""


def test_scores_of_rows_in_another_order_find_their_labels(lab: Lab) -> None:
    shuffled = parquet(labels().sample(frac=1, random_state=numpy.random.RandomState(1)))
    lab.commit(lab.track({MODEL: good(), LABELS: shuffled}), branch="work")
    assert lab.run("gate").exit_code == 0
    assert receipt(lab).subjects[0].checks[0].value == "0.8147"


def test_each_of_several_models_is_judged_by_its_own_scores_also_after_one_that_cannot_be_scored(lab: Lab) -> None:
    named = {
        name: TOY.replace("name: toy", f"name: {name}").replace("toy.skops", f"{name}.skops")
        for name in ("a", "b", "c", "d")
    }
    broken = named["b"].replace("b.skops", "gone.skops")
    contents = {"models/a.skops": poor(), "models/c.skops": b"no model", "models/d.skops": other_good()}
    lab.commit({f"models/{name}.yaml": text for name, text in named.items()})
    lab.commit({**lab.track(contents), "models/b.yaml": broken}, branch="work")
    result = lab.run("gate")
    says(
        result,
        "a: roc_auc is 0.5627",
        "b: models/gone.skops: not under DVC",
        "c: models/c.skops: it was not scored",
        "d: roc_auc is 0.81",
    )
    assert [one.verdict for one in receipt(lab).subjects] == ["refused", "refused", "refused", "passed"]
