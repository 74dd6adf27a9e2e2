"""GTO's own documented cases, as its tests have them (iterative/gto, 4b652c8): what is a tag of it, and what it means.

Names: `tests/test_tag.py`, test_parse_correct_names and test_parse_wrong_names. Order of versions:
`tests/test_versions.py`. Deregistration and deprecation: `tests/test_api.py`, test_register_deregister, test_deprecate.
"""

import itertools
import subprocess

import pytest
from gto.tag import parse_name
from gto.versions import SemVer
from tests.conftest import GitRepo
from tests.releasing import gto_show, listed

from gitmlops.registry.tags import grammar
from gitmlops.registry.tags.grammar import Action

VALID = {
    "nn#prod": Action.PROMOTE,
    "nn#prod!": Action.REMOVE,
    "nn#prod#1": Action.PROMOTE,
    "nn@v1.0.0": Action.REGISTER,
    "nn#prod!#2": Action.REMOVE,
    "nn@v1.0.0!": Action.DEREGISTER,
    "nn@v1.0.0#1": Action.REGISTER,
    "nn@v1.0.0!#1": Action.DEREGISTER,
    "nn@v1.0.0-rc.2": Action.REGISTER,
    "nn@v1.0.0-alpha": Action.REGISTER,
    "nn@v1.0.0-alpha.1": Action.REGISTER,
    "nn@v1.0.0-alpha.beta": Action.REGISTER,
    "new-artifact@v1.0.1!": Action.DEREGISTER,
}
INVALID = (
    "",
    "###",
    "@@@",
    "model@v1",
    "nn#prod#-1",
    "model@v111",
    "model-prod",
    "model@0.0.1",
    "model-prod-v1",
    "model#prod#-1",
    "model#prod#1-2",
    "model#prod?#1-2",
    "model#prod@v1.2.3",
    "model@v1.2.3#prod",
    "model-prod-v1-stage",
    "model@prod@v1@stage-1",
    "namespace/model@0.0.1",
    "@namespace/model@0.0.1",
    "model#prod#v1#stage#1-",
    "model#prod-v1-stage@1-2",
    "model#prod-v1-stage@1-2#@",
)
START = 1_700_000_000
FIRST, SECOND = "0", "1"


def test_the_table_is_gtos() -> None:
    assert (len(VALID), len(INVALID)) == (13, 21)


@pytest.mark.parametrize(("name", "action"), VALID.items())
def test_a_valid_name_says_the_same_to_both(name: str, action: Action) -> None:
    ours = grammar.parse(name)
    assert ours is not None
    theirs = parse_name(name)
    assert ours.action is action
    assert (ours.artifact, ours.counter) == (theirs["name"], theirs.get("counter"))
    assert (ours.version, ours.stage) == (theirs.get("version", ""), theirs.get("stage", ""))
    assert grammar.text(ours) == name


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_name_says_nothing_to_either(name: str) -> None:
    assert grammar.parse(name) is None
    assert not parse_name(name, raise_on_fail=False)


def test_versions_are_ordered_as_gto_orders_them() -> None:
    versions = ("v0.1.2", "v1.2.4", "v1.3.2", "v1.3.4", "v2.0.0", "v3.4.5-pre.2", "v3.4.5-pre.10", "v3.4.5-a", "v3.4.5")
    for one, other in itertools.product(versions, versions):
        assert (grammar.version_key(one) < grammar.version_key(other)) == (SemVer(one) < SemVer(other)), (one, other)


def tagged(repo: GitRepo, *tags: tuple[str, str]) -> None:
    """Write these tags a second apart; each on the first or the second commit."""
    commits = [repo.commit(message="one"), repo.commit(message="two")]
    lines = "".join(
        f"tag {name}\nfrom {commits[int(which)]}\ntagger a <a@b> {START + second} +0000\ndata 1\nx\n"
        for second, (name, which) in enumerate(tags)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.root, input=lines, text=True, check=True)


REGISTERED = (("nn@v1.0.0", FIRST), ("nn@v1.0.1", SECOND), ("nn#prod#1", FIRST), ("nn#prod#2", SECOND))


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ((), {"nn": {"latest": "v1.0.1", "prod": "v1.0.1"}}),
        ((("nn@v1.0.1!", SECOND),), {"nn": {"latest": "v1.0.0", "prod": "v1.0.0"}}),
        ((("nn@v1.0.1!", SECOND), ("nn@v1.0.0!", FIRST)), {"nn": {"latest": None}}),
        ((("nn#prod!#3", SECOND),), {"nn": {"latest": "v1.0.1", "prod": "v1.0.0"}}),
        ((("nn#prod!#3", SECOND), ("nn#prod!#4", FIRST)), {"nn": {"latest": "v1.0.1"}}),
        ((("nn@deprecated#3", SECOND),), {}),
        ((("nn@deprecated", SECOND), ("nn#prod#3", FIRST)), {"nn": {"latest": "v1.0.1", "prod": "v1.0.0"}}),
    ],
)
def test_deregistration_and_removal_fall_back_and_deprecation_hides(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, then: tuple[tuple[str, str], ...], told: dict[str, object]
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{START - 100} +0000")
    tagged(repo, *REGISTERED, *then)
    assert listed(repo) == gto_show(repo) == told
