"""A model that the gate cannot load, of another language or for a GPU: whose word about its predictions counts."""

import json
import subprocess
from pathlib import Path

import numpy
import pandas
import pytest
from tests.gate_lab import EVALUATION, LABELS, QUALITY, TOY, Lab, frame, labels, parquet, rows, says

from gitmlops.records import statement

OPAQUE, PREDICTIONS = "models/toy.onnx", "data/predictions.parquet"
STATEMENT, SIGNATURE = "models/toy.attestation.json", "models/toy.attestation.json.sig"
SOFT = QUALITY.replace("hard-mandatory", "soft-mandatory")
ENOUGH_ROWS = '- {id: rows, metric: rows, op: ">=", threshold: 1000, enforcement: hard-mandatory}\n'


def definition(evidence: str, tier: str) -> str:
    kept = TOY.replace("toy.skops", "toy.onnx").replace("risk_tier: medium", f"risk_tier: {tier}")
    return kept.replace("id: row_id,", f"id: row_id, evidence: {evidence}, predictions: {PREDICTIONS},")


def predicted(*, better: bool = True) -> pandas.DataFrame:
    """What a good model says, or a poor one."""
    score = 1 / (1 + numpy.exp(-frame()["a" if better else "b"]))
    return pandas.DataFrame({"row_id": frame()["row_id"], "score": score})


def key(lab: Lab, name: str = "gpu") -> Path:
    path = lab.root.parent / f"key-{name}"
    if not path.exists():
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return path


def project(lab: Lab, *, more: str = "", name: str = "gpu") -> str:
    public = key(lab, name).with_suffix(".pub").read_text().strip()
    roles = 'project: toy\nroles: {risk-sme: ["@acme/risk"]}\n'
    return f'{roles}attesters:\n  training: {{keys: ["{public}"]{more}}}\n'


def begin(lab: Lab, *, evidence: str, tier: str, policy: str = SOFT + ENOUGH_ROWS, more: str = "") -> None:
    """main: the opaque model, its definition, a policy and the attester."""
    lab.commit(
        {
            "models/toy.yaml": definition(evidence, tier),
            "policies/quality.yaml": policy,
            "gitmlops.yaml": project(lab, more=more),
            ".gitignore": "/.dvc/cache\n/models/*.onnx\n/data/*.parquet\n",
            **lab.track({OPAQUE: b"weights 1", PREDICTIONS: parquet(predicted())}),
        }
    )


def candidate(lab: Lab, *, brought: bytes | None = None, weights: bytes = b"weights 2") -> None:
    """A branch with another model file, and its predictions in the cache and on disk."""
    contents = {OPAQUE: weights, PREDICTIONS: brought or parquet(predicted().assign(score=lambda it: it.score * 0.99))}
    lab.commit(lab.track(contents), branch="work")
    lab.write({**contents, EVALUATION: parquet(rows())})


def attest(lab: Lab, name: str = "gpu") -> None:
    result = lab.run("evidence", "attest", "toy", "--key", str(key(lab, name)))
    assert result.exit_code == 0, result.output
    lab.commit()


def test_declared_predictions_do_for_soft_checks_of_a_low_tier(lab: Lab) -> None:
    begin(lab, evidence="declared", tier="low")
    candidate(lab)
    result = lab.run("gate", "--receipt", "receipt.json")
    says(result, "evidence of toy declared by the pull request", "evidence declared", exit_code=0)
    (subject,) = statement.read((lab.root / "receipt.json").read_bytes(), path="receipt.json").subjects
    assert (subject.evidence, subject.confinement) == ("declared", ())
    assert [digest.path for digest in subject.data] == [EVALUATION, LABELS, PREDICTIONS]
    assert {check.check: check.evidence for check in subject.checks}["rows"] == "scored"
    assert {check.check: check.evidence for check in subject.checks}["auc"] == "declared"


def test_a_stage_that_copies_labels_into_scores_satisfies_no_hard_check(lab: Lab) -> None:
    begin(lab, evidence="declared", tier="low", policy=QUALITY + ENOUGH_ROWS)
    copied = labels().rename(columns={"late": "score"}).astype({"score": float})
    candidate(lab, brought=parquet(copied))
    why = "its predictions are declared by who made the change, which is no evidence for a hard-mandatory check"
    says(lab.run("gate"), f"toy: roc_auc is not measured: {why}")


def test_poor_predictions_miss_a_soft_check_whoever_brings_them(lab: Lab) -> None:
    begin(lab, evidence="declared", tier="low")
    candidate(lab, brought=parquet(predicted(better=False)))
    says(lab.run("gate"), "toy: roc_auc is 0.5", "policy asks >= 0.7")


def test_declared_predictions_are_too_little_for_a_medium_tier(lab: Lab) -> None:
    begin(lab, evidence="declared", tier="medium")
    candidate(lab)
    says(lab.run("gate"), "its predictions are declared, a model of the tier medium asks for attested ones")


def test_a_tier_that_the_branch_lowers_still_asks_for_its_evidence(lab: Lab) -> None:
    begin(lab, evidence="declared", tier="medium")
    candidate(lab)
    lab.commit({"models/toy.yaml": definition("declared", "low")})
    says(lab.run("gate"), "a model of the tier medium asks for attested ones", "changes risk_tier of toy")


def test_attested_predictions_satisfy_hard_checks(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium", policy=QUALITY)
    candidate(lab)
    attest(lab)
    says(lab.run("gate"), "evidence of toy attested by training", "evidence attested", exit_code=0)


def test_what_ssh_keygen_signs_is_an_attestation(lab: Lab) -> None:
    """A team of another language needs no gitmlops where it trains."""
    begin(lab, evidence="attested", tier="medium", policy=QUALITY)
    candidate(lab)
    sums = {
        part: subprocess.run(["sha256sum", lab.root / path], check=True, capture_output=True, text=True).stdout[:64]
        for part, path in (("model", OPAQUE), ("rows", EVALUATION), ("predictions", PREDICTIONS))
    }
    said = {"schema": "gitmlops/attestation/1", "model": "toy", **{f"{part}_sha256": sums[part] for part in sums}}
    (lab.root / STATEMENT).write_text(json.dumps(said, indent=2))
    words = ["ssh-keygen", "-Y", "sign", "-q", "-n", "gitmlops-attestation", "-f", key(lab), lab.root / STATEMENT]
    subprocess.run(words, check=True, capture_output=True)
    lab.commit()
    says(lab.run("gate"), "attested by training", exit_code=0)


def test_a_high_tier_asks_for_an_attester_whom_the_base_trusts_that_far(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="high", policy=QUALITY)
    candidate(lab)
    attest(lab)
    says(lab.run("gate"), "training attests models up to the tier medium, this one is high")
    lab.git("checkout", "-q", "main")
    lab.commit({"gitmlops.yaml": project(lab, more=", up_to: high")})
    lab.git("checkout", "-q", "work")
    lab.git("merge", "-q", "--no-edit", "main")
    assert lab.run("gate").exit_code == 0


def test_a_new_model_is_of_the_highest_tier(lab: Lab) -> None:
    lab.commit({"gitmlops.yaml": project(lab), ".gitignore": "/.dvc/cache\n/models/*.onnx\n/data/*.parquet\n"})
    lab.git("checkout", "-q", "-b", "work")
    other = definition("attested", "low").replace("name: toy\n", "name: other\n").replace("toy.onnx", "other.onnx")
    contents = {"models/other.onnx": b"w", PREDICTIONS: parquet(predicted())}
    lab.commit({"models/other.yaml": other, **lab.track(contents)})
    lab.write({**contents, EVALUATION: parquet(rows())})
    assert lab.run("evidence", "attest", "other", "--key", str(key(lab))).exit_code == 0
    lab.commit()
    says(lab.run("gate"), "other: roc_auc is not measured: training attests models up to the tier medium, this one is")


def test_the_key_of_somebody_else_attests_nothing(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    attest(lab, "stranger")
    says(lab.run("gate"), f"toy: {SIGNATURE}: none of the attesters of the base has signed these bytes")


def test_an_attester_that_the_branch_brings_attests_nothing_yet(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    attest(lab, "stranger")
    lab.commit({"gitmlops.yaml": project(lab, name="stranger")})
    told = "the branch changes the attesters: those of the base count until it is merged"
    says(lab.run("gate"), "none of the attesters of the base has signed these bytes", told)


def test_an_attester_of_other_models_attests_nothing_here(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium", more=", models: ['vision-*']")
    candidate(lab)
    attest(lab)
    says(lab.run("gate"), "training has signed it, and may not attest this model")


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        (OPAQUE, b"weights 3", "it is of another model file"),
        (EVALUATION, parquet(rows()[::-1]), "it is of another evaluation rows"),
        (PREDICTIONS, parquet(predicted().assign(score=0.5)), "it is of another predictions"),
    ],
)
def test_an_attestation_is_of_one_model_file_these_rows_and_these_predictions(
    lab: Lab, path: str, content: bytes, told: str
) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    attest(lab)
    lab.commit(lab.track({path: content}))
    says(lab.run("gate"), f"toy: {STATEMENT}: {told}; attest again")


def test_a_copied_attestation_of_another_model_is_none(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    lab.write({"models/other.yaml": definition("attested", "low").replace("name: toy\n", "name: other\n")})
    assert lab.run("evidence", "attest", "other", "--key", str(key(lab))).exit_code == 0
    (lab.root / "models/other.yaml").unlink()
    lab.commit()
    says(lab.run("gate"), f"toy: {STATEMENT}: it is of another model; attest again")


@pytest.mark.parametrize(
    ("path", "edit", "told"),
    [
        (STATEMENT, lambda said: said.replace(b"toy", b"toy "), "it is of another model"),
        (STATEMENT, lambda said: said.replace(b"}", b" }"), "none of the attesters of the base has signed these bytes"),
        (STATEMENT, lambda said: said[:-9], "no attestation: not JSON"),
        (STATEMENT, lambda said: said + b" " * 20_000, "longer than 16384 bytes"),
        (SIGNATURE, lambda said: b"not a signature", "none of the attesters of the base has signed these bytes"),
    ],
)
def test_an_edited_attestation_is_none(lab: Lab, path: str, edit, told: str) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    attest(lab)
    lab.commit({path: edit((lab.root / path).read_bytes())})
    says(lab.run("gate"), f"toy: {path if 'none' not in told else SIGNATURE}: {told}")


def test_attested_without_an_attestation_is_refused_with_the_command(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    says(lab.run("gate"), f"toy: {STATEMENT}: there is no attestation; run `gitmlops evidence attest toy` where the")


def test_a_level_that_the_branch_lowers_is_told_and_judged_as_what_it_is(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab)
    lab.commit({"models/toy.yaml": definition("declared", "medium")})
    told = "the branch changes evaluation.evidence of toy from attested to declared"
    says(lab.run("gate"), told, "asks for attested ones")


@pytest.mark.parametrize(
    ("brought", "told"),
    [
        (parquet(predicted()[1:]), "1199 rows by its footer, the evaluation set has 1200"),
        (parquet(pandas.concat([predicted()[1:], predicted()[-1:]])), "1 doubled, 1 missing"),
        (parquet(predicted().assign(row_id=range(1, 1201))), "1 missing, 1 of no row"),
        (parquet(predicted().astype({"row_id": str})), "ids are text in the predictions, whole numbers in the"),
        (parquet(predicted().astype({"row_id": float})), "ids are float64 in the predictions, whole numbers in the"),
        (parquet(predicted().assign(score=predicted().score.where(frame().a > 0))), "predictions are no finite"),
        (parquet(predicted().assign(score=numpy.inf)), "1200 of 1200 predictions are no finite numbers"),
        (parquet(predicted().assign(score="0.5")), "the column 'score' holds no numbers"),
        (parquet(predicted().rename(columns={"score": "p"})), "there is no column 'score'; write the columns row"),
        (parquet(predicted())[:-100], "not readable as Parquet"),
        (b"", "not readable as Parquet"),
    ],
)  # fmt: skip
def test_predictions_are_one_for_each_row_or_none(lab: Lab, brought: bytes, told: str) -> None:
    begin(lab, evidence="declared", tier="low")
    candidate(lab, brought=brought)
    if not brought:
        lab.commit(lab.track({PREDICTIONS: b""}))
    says(lab.run("gate"), f"toy: {PREDICTIONS}: ", told)


def test_predictions_that_the_gate_would_refuse_are_not_attested(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium")
    candidate(lab, brought=parquet(predicted()[1:]))
    result = lab.run("evidence", "attest", "toy", "--key", str(key(lab)))
    says(result, f"{PREDICTIONS}: 1199 rows by its footer, the evaluation set has 1200")
    assert not (lab.root / STATEMENT).exists()


def test_a_released_model_that_cannot_be_loaded_is_compared_by_its_own_predictions(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium", policy=QUALITY)
    lab.release()
    worse = predicted().assign(score=(predicted().score + predicted(better=False).score) / 2)
    candidate(lab, brought=parquet(worse))
    attest(lab)
    says(lab.run("gate"), "quality/not-worse", "production (v1.0.0)")


def test_checks_of_the_model_itself_have_no_evidence(lab: Lab) -> None:
    noise = '- {id: noise, metric: noise_flips, op: "<=", threshold: 0.1, enforcement: hard-mandatory}\n'
    begin(lab, evidence="attested", tier="medium", policy=QUALITY + noise)
    candidate(lab)
    attest(lab)
    says(lab.run("gate"), "noise_flips is not measured: it is asked of the model itself, whose evidence is attested")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TOY.replace("id: row_id,", "id: row_id, evidence: declared,"), "declared, and no predictions"),
        (TOY.replace("id: row_id,", f"id: row_id, predictions: {PREDICTIONS},"), "the gate scores the rows itself"),
    ],
)
def test_check_tells_evidence_that_does_not_fit(lab: Lab, text: str, told: str) -> None:
    lab.write({"models/toy.yaml": text})
    says(lab.run("check"), told, exit_code=3)


def test_labels_are_read_for_the_verdict_alone(lab: Lab) -> None:
    begin(lab, evidence="attested", tier="medium", policy=QUALITY)
    candidate(lab)
    attest(lab)
    assert not (lab.root / LABELS).exists()  # whoever attests has none
    assert lab.run("gate").exit_code == 0
