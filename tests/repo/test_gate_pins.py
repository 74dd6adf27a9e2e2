"""Which rows and labels judge a model is what the base says: a branch that brings others is judged by both."""

import numpy
import pandas
import pytest
from tests.gate_lab import (
    EVALUATION,
    LABELS,
    MODEL,
    QUALITY,
    TOY,
    Lab,
    dumped,
    frame,
    labels,
    other_good,
    parquet,
    poor,
    rows,
    says,
    trained,
)

from gitmlops.records import statement
from gitmlops.records.receipt import Subject

PLAIN = QUALITY.partition("- id: not-worse")[0]
TWICE = "it is judged on the base's, too, the worse verdict counts"


def subject(lab: Lab) -> Subject:
    note = lab.git("notes", "--ref", "gitmlops/receipts", "show", "HEAD^{tree}")
    (found,) = statement.read(note.encode(), path="note").subjects
    return found


@pytest.fixture
def plain(lab: Lab) -> Lab:
    """A base whose policy compares with no production."""
    lab.commit({"policies/quality.yaml": PLAIN})
    return lab


def flattered() -> pandas.DataFrame:
    """The labels that the poor model would be right about."""
    return labels().assign(late=(frame()["b"] > 0).astype("int64"))


def test_labels_that_flatter_do_not_save_a_poor_model(plain: Lab) -> None:
    plain.commit(plain.track({MODEL: poor(), LABELS: parquet(flattered())}), branch="work")
    changed = int((flattered()["late"] != labels()["late"]).sum())
    says(
        plain.run("gate"),
        f"rules/evaluation-set models/toy.yaml:12:13: the branch changes the evaluation set of toy: {changed} of 1200",
        f"rows have another label; {TWICE}",
        "toy: roc_auc is 0.5627, policy asks >= 0.7, on the evaluation set of the base",
        "quality/auc (base's set)",
    )
    judged = {(check.check, check.pinned): check.outcome for check in subject(plain).checks}
    assert (judged["auc", False], judged["auc", True]) == ("passed", "failed")


def test_rows_that_are_left_out_still_judge(plain: Lab) -> None:
    score = trained(("b",)).predict_proba(frame()[["b"]])[:, 1]
    right = ((score > numpy.median(score)) == (frame()["late"] == 1)).to_numpy()
    kept = {EVALUATION: parquet(rows()[right]), LABELS: parquet(labels()[right])}
    plain.commit(plain.track({MODEL: poor(), **kept}), branch="work")
    gone = int((~right).sum())
    says(
        plain.run("gate"),
        f"the branch changes the evaluation set of toy: {gone} of 1200 rows are gone; {TWICE}",
        "toy: roc_auc is 0.5627, policy asks >= 0.7, on the evaluation set of the base",
    )
    assert [digest.path for digest in subject(plain).pins] == [EVALUATION, LABELS]


def test_another_set_under_another_path_still_leaves_the_bases(plain: Lab) -> None:
    other = TOY.replace("data/labels.parquet", "data/mine.parquet")
    tracked = plain.track({MODEL: poor(), "data/mine.parquet": parquet(flattered())})
    plain.commit({**tracked, "models/toy.yaml": other}, branch="work")
    says(
        plain.run("gate"),
        "changes evaluation.labels of toy from data/labels.parquet to data/mine.parquet",
        "rows have another label",
        "toy: roc_auc is 0.5627, policy asks >= 0.7, on the evaluation set of the base",
    )


def test_groups_that_are_named_otherwise_are_a_changed_set(plain: Lab) -> None:
    renamed = rows().assign(place="EWR")
    plain.commit(plain.track({MODEL: other_good(), EVALUATION: parquet(renamed)}), branch="work")
    says(plain.run("gate"), f"400 of 1200 rows have another place; {TWICE}", exit_code=0)


def test_more_rows_are_a_changed_set_that_may_pass(plain: Lab) -> None:
    more = pandas.concat([frame(), frame()[:50].assign(row_id=range(2000, 2050))])
    contents = {EVALUATION: parquet(more.drop(columns="late")), LABELS: parquet(more[["row_id", "late"]])}
    plain.commit(plain.track({MODEL: other_good(), **contents}), branch="work")
    result = plain.run("gate")
    says(result, f"50 of 1200 rows are new; {TWICE}", "nobody is asked to approve it (evaluation set)", exit_code=0)


def test_features_of_the_same_rows_change_freely(plain: Lab) -> None:
    scaled = rows().assign(b=rows()["b"] * 2, c=1.0)[::-1]
    plain.commit(plain.track({MODEL: other_good(), EVALUATION: parquet(scaled)}), branch="work")
    result = plain.run("gate")
    says(result, "other features than on the base; ids, labels and groups are the same", exit_code=0)
    assert "rules/evaluation-set" not in result.output
    assert not any(check.pinned for check in subject(plain).checks)


def with_a_feature_more(plain: Lab) -> dict[str, str | bytes]:
    view = (plain.root / "features/views/rows.yaml").read_text() + "- {name: c, dtype: float64, description: Three}\n"
    source = (plain.root / "features/sources/rows.yaml").read_text().replace("b: float64", "b: float64, c: float64")
    wide = (
        "kind: feature_set\nname: toy\nowner: us\ndescription: All\nfeatures: ['rows@v1:a', 'rows@v1:b', 'rows@v1:c']\n"
    )
    return {"features/views/rows.yaml": view, "features/sources/rows.yaml": source, "features/sets/toy.yaml": wide}


def test_a_changed_set_with_a_feature_that_the_bases_rows_lack_is_refused(plain: Lab) -> None:
    """Otherwise any new feature would rid a branch of the base's rows and labels."""
    tracked = {MODEL: poor(), EVALUATION: parquet(rows().assign(c=1.0)), LABELS: parquet(flattered())}
    plain.commit({**plain.track(tracked), **with_a_feature_more(plain)}, branch="work")
    says(
        plain.run("gate"),
        "toy: refused (2 checks, evidence is missing)",
        "gate/evidence models/toy.yaml:12:13: toy: on the evaluation set of the base it cannot be judged: "
        "models/toy.skops: the evaluation rows lack features: c; merge the new rows and labels first, in a pull "
        "request of their own; then what reads them",
    )


def test_new_rows_that_were_merged_first_let_a_model_read_a_new_feature(plain: Lab) -> None:
    new = {EVALUATION: parquet(rows().assign(c=1.0)[:1190]), LABELS: parquet(labels()[:1190])}
    plain.commit(plain.track(new), branch="rows")
    says(plain.run("gate", "--head", "rows"), f"10 of 1200 rows are gone; {TWICE}", exit_code=0)
    plain.git("checkout", "-q", "main")
    plain.git("merge", "-q", "--ff-only", "rows")
    plain.commit({**plain.track({MODEL: other_good()}), **with_a_feature_more(plain)}, branch="work")
    says(plain.run("gate"), "toy: passed", exit_code=0)


def test_ids_of_another_type_are_a_changed_set(plain: Lab) -> None:
    text = {EVALUATION: parquet(rows().astype({"row_id": str})), LABELS: parquet(labels().astype({"row_id": str}))}
    plain.commit(plain.track({MODEL: other_good(), **text}), branch="work")
    says(plain.run("gate"), "its ids are string, not integer", TWICE, exit_code=0)


def test_a_set_of_the_base_that_is_not_on_this_machine_is_asked_for(plain: Lab) -> None:
    before = plain.cached(plain.digest(LABELS))
    plain.commit(plain.track({MODEL: poor(), LABELS: parquet(flattered())}), branch="work")
    before.unlink()
    told = "data/labels.parquet of the base: not in the DVC cache; run `dvc fetch` at the base,"
    says(plain.run("gate"), told, exit_code=4)


def test_production_is_compared_on_both_sets(lab: Lab) -> None:
    lab.release()
    fewer = {EVALUATION: parquet(rows()[100:]), LABELS: parquet(labels()[100:])}
    lab.commit(lab.track({MODEL: dumped(trained(regularisation=0.5)), **fewer}), branch="work")
    says(lab.run("gate"), "production (v1.0.0) is scored on it, too", "quality/not-worse (base's set)", exit_code=0)
