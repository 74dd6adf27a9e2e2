"""The cases that ship with each pack, judged with the limits of its example: passing, failing, small and missing."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.policy_tests import reporting
from gitmlops.gate.rules.extending import Extended, extended
from gitmlops.gate.rules.left_open import left_open
from gitmlops.gate.rules.packs import FOLDER, Pack, packs
from gitmlops.report import Severity, raise_errors
from gitmlops.specs import reader
from gitmlops.specs.base import Spec
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import PolicyTest
from gitmlops.specs.yaml import compose

S = TypeVar("S", bound=Spec)
ALL = pytest.mark.parametrize("pack", [*packs().values()], ids=lambda pack: pack.policy.id)


def placed(path: Path, type_: type[S]) -> Placed[S]:
    (root,) = compose(path.read_bytes(), path=path.name)
    spec, findings = reader.read(root, type_, path=path.name)
    raise_errors(findings)
    assert spec is not None
    return Placed(spec, path.name, lambda: root)


def example(pack: Pack) -> Extended:
    """The pack as its example extends it."""
    policy = placed(FOLDER / "examples" / f"{pack.policy.id}.yaml", Policy)
    known: dict[str, dict[str, Placed[Any]]] = {"policy": {policy.spec.id: policy}}
    return extended(Definitions(None, known), policy.spec.id)


@ALL
def test_the_example_of_a_pack_leaves_nothing_open_and_loosens_nothing(pack: Pack) -> None:
    whole = example(pack)
    assert whole.findings == ()
    assert not any(left_open(asked.check) for asked in whole.checks)
    assert {check.id for check in pack.policy.checks} <= {asked.check.id for asked in whole.checks}


@ALL
def test_a_pack_comes_to_what_its_cases_expect_and_they_are_of_all_four_kinds(pack: Pack) -> None:
    checks = [asked.check for asked in example(pack).checks]
    filled = msgspec.structs.replace(pack.policy, checks=checks, evidence=[])
    name = pack.policy.id
    policy = Placed(filled, f"{name}.yaml", placed(FOLDER / f"{name}.yaml", Policy).root)
    cases = placed(FOLDER / "tests" / f"{name}.yaml", PolicyTest)
    known: dict[str, dict[str, Placed[Any]]] = {"policy": {name: policy}, "policy_test": {name: cases}}
    report = reporting.test(Definitions(None, known), [name])
    assert [finding.message for finding in report.of(Severity.ERROR, Severity.WARNING)] == []
    (table,) = report.tables
    kinds = ("passing", "failing", "small-n", "missing")
    counted = {kind: sum(int(row[index] or 0) for row in table.rows) for index, kind in enumerate(kinds, 1)}
    assert counted["passing"] and counted["failing"] and counted["missing"]
    assert counted["small-n"] or all(row[3] is None for row in table.rows)
