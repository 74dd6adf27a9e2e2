"""What a branch makes of the policies: every check that got tighter or looser is named."""

import pytest
from tests.gate_lab import QUALITY, Lab, good, says

LOOSE = QUALITY.replace("threshold: 0.7\n", "threshold: 0.1\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOOSE, "loosened quality/auc threshold 0.7 0.1"),
        (QUALITY.replace("margin: 0.01", "margin: 0.001"), "tightened quality/not-worse margin 0.01 0.001"),
        (
            QUALITY.replace("{tags: [toys]}", "{tags: [toys], models: [other]}"),
            "loosened quality scope.models all other",
        ),
        (QUALITY.replace("scope: {tags: [toys]}\n", ""), "tightened quality scope.tags toys all"),
        (QUALITY + "waivers: {at_most: 200d}\n", "loosened quality waivers.at_most 90d 200d"),
        (QUALITY + "waivers: {by_repositories: true}\n", "loosened quality waivers.by_repositories false true"),
        (QUALITY + "looks: 20\n", "changed quality looks 20"),
        (QUALITY + "waivers: {role: owner}\n", "changed quality waivers.role risk-sme owner"),
        (QUALITY[: QUALITY.index("- id: brier")], "loosened quality/brier removed"),
        (QUALITY.replace("title: Good enough", "title: Better"), "no policy asks for anything else"),
    ],
)
def test_policy_diff_says_of_each_check_whether_it_asks_for_more_or_less(lab: Lab, text: str, said: str) -> None:
    lab.commit({"policies/quality.yaml": text}, branch="work")
    says(lab.run("policy", "diff", "main"), said, exit_code=0)


def test_a_policy_that_is_gone_is_looser_by_each_of_its_checks(lab: Lab) -> None:
    lab.git("checkout", "-q", "-b", "work")
    lab.git("rm", "-q", "policies/quality.yaml")
    lab.commit()
    says(lab.run("policy", "diff", "main", "work"), "4 loosened, 0 changed, 0 tightened", exit_code=0)
    says(lab.run("policy", "diff", "work", "main"), "0 loosened, 0 changed, 4 tightened", exit_code=0)


def test_the_gate_tells_what_a_branch_loosens(lab: Lab) -> None:
    lab.candidate(good(), **{"policies/quality.yaml": LOOSE})
    says(
        lab.run("gate"),
        "quality/auc: threshold from 0.7 to 0.1: loosened; risk-sme (@acme/risk) reviews it",
        exit_code=0,
    )


def test_a_commit_that_is_not_there_is_told(lab: Lab) -> None:
    says(lab.run("policy", "diff", "mian"), "there is no commit 'mian' here", exit_code=3)
