"""The packs that ship: policies like any other, read from the release, which may only be tightened."""

import hashlib
import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from tests.unit.gate.definition_files import Texts, check, definitions, model, policy

from gitmlops.definitions import load_valid
from gitmlops.gate.rules import check_wiring, packs, wiring
from gitmlops.gate.rules.days import is_day
from gitmlops.gate.rules.extending import extended, lineage
from gitmlops.gate.rules.left_open import left_open
from gitmlops.gate.rules.packs import Pack
from gitmlops.gate.rules.policies import rules
from gitmlops.gate.rules.standing import fallen, source_of
from gitmlops.gate.rules.undecided import undecided
from gitmlops.report import Severity

DISCLAIMER = "Engineering evidence, not legal advice; a pass is not compliance."

ALL = [*packs.packs().values()]
RATIO = check(
    "metric: impact_ratio, op: '>=', threshold: 4/5, slice: {by: [sex]}, min_n: 30",
    id_="impact-ratio",
    enforcement="soft-mandatory",
)
SURELY = check(
    "metric: impact_ratio, op: '>=', threshold: 4/5, decide: bound, slice: {by: sex}, min_n: 30",
    id_="impact-ratio-beyond-chance",
    enforcement="advisory",
)


def extending(*checks: str, pack: str = "gitmlops/four-fifths@1.0.0") -> str:
    return policy(*checks, id_="law") + f"extends: [{pack}]\n"


def told(text: str) -> list[str]:
    found = wiring.check(definitions(models={"toy": model()}, policies={"law": text}))
    return [f"{one.location}: {one.message}; {one.mend}" for one in found]


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.policy.id)
def test_each_pack_says_what_it_is_of_and_what_it_does_not_decide(pack: Pack) -> None:
    spec = pack.policy
    assert spec.source and spec.source.citation and spec.title
    assert any(DISCLAIMER in one for one in spec.not_decided)
    assert all(one.citation and one.title for one in spec.checks)
    assert len({one.id for one in spec.checks}) == len(spec.checks)
    assert not spec.extends, "a pack rests on no other"
    days = [spec.source.effective_from, spec.source.effective_to, spec.source.reviewed]
    assert all(is_day(day) for day in days if day)
    assert not spec.source.reviewed or spec.source.reviewed <= date.today().isoformat()
    assert spec.source.status == "draft" or (spec.source.reviewed and spec.source.url)


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.policy.id)
def test_each_check_of_a_pack_makes_sense_but_for_what_it_leaves_open(pack: Pack) -> None:
    for one in pack.policy.checks:
        wrong = {key for key, _, _ in check_wiring.wrong(one)}
        assert wrong <= ({"op", "slice"} if left_open(one) else set()), one.id


def test_the_packs_that_the_documentation_names_are_there_and_in_the_installed_package() -> None:
    folder = resources.files("gitmlops") / "gate/regulations"
    assert {path.name for path in folder.iterdir()} >= {f"{name}.yaml" for name in packs.packs()}
    assert set(packs.packs()) == {
        "ecoa", "eu-ai-act", "four-fifths", "gdpr", "iso-42001", "mas-feat", "nist-ai-rmf", "nyc-local-law-144",
        "uk-pra-ss1-23", "us-model-risk",
    }  # fmt: skip


def test_what_a_pack_leaves_open_is_told_check_by_check_where_it_is_extended() -> None:
    assert told(extending()) == [
        "policies/law.yaml:8:11: gitmlops/four-fifths@1.0.0 leaves slice of 'impact-ratio' open (first sentence): its "
        "source sets none; write a check `impact-ratio` here, of impact_ratio >=, with your slice",
        "policies/law.yaml:8:11: gitmlops/four-fifths@1.0.0 leaves slice of 'impact-ratio-beyond-chance' open (on "
        "statistical significance): its source sets none; write a check `impact-ratio-beyond-chance` here, of "
        "impact_ratio >=, with your slice",
    ]
    assert told(extending(RATIO, SURELY)) == []


def test_the_ai_act_sets_no_number_for_fairness_so_that_a_project_must() -> None:
    said = "\n".join(told(extending(pack="gitmlops/eu-ai-act@1.0.0")))
    assert "leaves threshold and slice of 'bias-examined' open (Article 10(2)(f) and (g))" in said
    assert "with your threshold and slice" in said and said.count("leaves") == 4


def test_a_pack_may_only_be_tightened() -> None:
    assert told(extending(RATIO.replace("4/5", "9/10"), SURELY)) == []
    (looser,) = told(extending(RATIO.replace("4/5", "3/5"), SURELY))
    assert (
        "threshold of 'impact-ratio' is 3/5, gitmlops/four-fifths@1.0.0 asks 4/5: what is extended may only" in looser
    )
    (weaker,) = told(extending(RATIO.replace("soft-mandatory", "advisory"), SURELY))
    assert "enforcement of 'impact-ratio' is advisory, gitmlops/four-fifths@1.0.0 asks soft-mandatory" in weaker


def test_another_version_than_the_installed_one_is_told() -> None:
    (said,) = told(extending(RATIO, pack="gitmlops/four-fifths@0.9.0"))
    assert "it extends gitmlops/four-fifths@0.9.0, here is 1.0.0" in said
    (unknown,) = told(extending(RATIO, pack="gitmlops/four-fifth@1.0.0"))
    assert "which is not there; did you mean 'gitmlops/four-fifths'?" in unknown


def test_a_policy_of_the_repository_never_stands_in_for_a_pack() -> None:
    fake = policy(RATIO.replace("4/5", "0"), id_="four-fifths")
    both = definitions(models={"toy": model()}, policies={"law": extending(RATIO, SURELY), "four-fifths": fake})
    assert {asked.pack.sha256 for asked in extended(both, "law").checks if asked.pack} == {
        hashlib.sha256((packs.FOLDER / "four-fifths.yaml").read_bytes()).hexdigest()
    }
    assert [placed.spec.title for placed in lineage(both, "law").values()] == [
        "T",
        packs.packs()["four-fifths"].policy.title,
    ]


def test_what_a_pack_leaves_to_people_is_asked_with_the_rest() -> None:
    asked = undecided(definitions(models={"toy": model()}, policies={"law": extending(RATIO, SURELY)}), ["law"])
    assert asked[0] == ("gitmlops/four-fifths", DISCLAIMER)
    assert any(name == "law/impact-ratio" and "small numbers" in question for name, question in asked)


def test_a_rule_that_comes_from_a_pack_cites_its_law_and_names_its_digest() -> None:
    side = definitions(models={"toy": model()}, policies={"law": extending(RATIO, SURELY)})
    found = rules("toy", side, side)
    assert [rule.name for rule in found] == ["law/impact-ratio", "law/impact-ratio-beyond-chance"]
    assert source_of(side, "law") == found[0].source
    assert {rule.pack for rule in found} == {packs.packs()["four-fifths"].pinned}
    assert found[0].source and found[0].source.citation == "29 CFR 1607.4(D)"
    assert found[0].check.citation == "first sentence" and found[0].check.not_decided
    assert found[0].check.title.startswith("Every group is selected at least four fifths")


def test_a_pack_whose_source_is_about_to_be_rescinded_a_draft_or_not_yet_in_force_is_told_where_it_is_extended() -> (
    None
):
    def said(name: str, today: str = "2026-11-30") -> list[tuple[str, Severity, str]]:
        side = definitions(policies={"law": extending(pack=f"gitmlops/{name}@1.0.0")})
        return [(one.message, one.severity, str(one.location)) for one in fallen(side, ["law"], today)]

    place = "policies/law.yaml:8:11"
    rescinded = "gitmlops/four-fifths@1.0.0: 29 CFR 1607.4(D) is under rescission"
    assert said("four-fifths") == [(rescinded, Severity.WARNING, place)]
    (draft,) = said("mas-feat")
    assert "its reading of Monetary Authority of Singapore, FEAT principles (2018) is a draft" in draft[0]
    (later,) = said("eu-ai-act")
    assert later[1:] == (Severity.NOTE, place) and "applies from 2027-12-02; its checks judge already" in later[0]
    assert said("eu-ai-act", "2027-12-02") == [] and said("gdpr") == []


def test_the_worked_examples_of_the_guide_leave_nothing_open() -> None:
    text = (Path(__file__).parents[3] / "docs/how-to/use-a-regulation-pack.md").read_text()
    examples = re.findall(r"```yaml\n# policies/(\S+)\.yaml\n(.+?)```", text, re.DOTALL)
    assert [name for name, _ in examples] == ["selection", "selection", "ai-act", "model-risk", "equal-credit", "nyc"]
    first, *whole = examples
    assert told(first[1].replace("id: selection", "id: law"))
    project = 'project: test\nroles: {risk-sme: ["@jane"]}\n'
    toy = model(tags="[credit, hiring]", tier="high")
    for name, content in whole:
        files = {"gitmlops.yaml": project, "models/toy.yaml": toy, f"policies/{name}.yaml": content}
        found = wiring.check(load_valid(Texts(files)))
        assert [one.message for one in found] == [], name
