"""Lock files: one line a feature, merged by feature, compared as far as one canonicaliser can."""

import pytest
from tests.memory_tree import Files

from gitmlops.features.versions import locks
from gitmlops.features.versions.hashes import CANONICALISER, Hash
from gitmlops.report import Severity

PATH = "features/locks/spend@v1.lock"
HASHES = {
    "central/other@v1:x": Hash("a" * 64, "b" * 64),
    "ratio@v1": Hash("c" * 64, "d" * 64),
    "spend@v1:amount": Hash("1" * 64, "2" * 64),
    "spend@v1:Large": Hash("3" * 64, "4" * 64),
}
LOCK = f"""\
# Written by `gitmlops feature lock`; canonicaliser {CANONICALISER}

Large iface=333333333333 def=444444444444

amount iface=111111111111 def=222222222222
"""


def test_a_view_has_a_file_and_a_feature_a_line_and_imported_ones_have_theirs_where_they_come_from() -> None:
    texts = locks.texts(HASHES)
    assert [*texts] == ["features/locks/ratio@v1.lock", PATH]
    assert texts[PATH] == LOCK
    assert texts["features/locks/ratio@v1.lock"].endswith("\nratio iface=cccccccccccc def=dddddddddddd\n")


def test_locks_name_the_version_of_the_canonicaliser() -> None:
    assert locks.canonicaliser(LOCK) == CANONICALISER
    assert "sqlglot-" in CANONICALISER
    assert locks.canonicaliser("amount iface=111111111111 def=222222222222\n") == ""


def test_locks_are_read_from_their_folder_alone() -> None:
    tree = Files({PATH: LOCK, "features/locks/README.md": "", "dvc.lock": ""})
    assert locks.present(tree) == {PATH: LOCK}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("def=2222", "def=0000", "not what the definitions say of amount"),
        ("iface=3333", "iface=0000", "not what the definitions say of Large"),
        ("\n\namount iface=111111111111 def=222222222222", "", "not what the definitions say of amount"),
        ("\n\namount", "\namount", "not as it is written"),
        ("Large iface", "<<<<<<< HEAD\nLarge iface", "not as it is written"),
    ],
)
def test_what_was_edited_or_is_missing_is_told_with_its_mend(old: str, new: str, told: str) -> None:
    assert old in LOCK
    (finding,) = locks.stale({PATH: LOCK.replace(old, new)}, {PATH: LOCK})
    assert (finding.severity, finding.message) == (Severity.ERROR, told)
    assert finding.mend == "run `gitmlops feature lock` and commit it"


def test_another_canonicaliser_is_a_warning_and_only_interfaces_are_compared() -> None:
    older = LOCK.replace(CANONICALISER, "gitmlops-1 sqlglot-29.0.0")
    (finding,) = locks.stale({PATH: older.replace("def=2222", "def=0000")}, {PATH: LOCK})
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("written by gitmlops-1 sqlglot-29.0.0")
    (finding,) = locks.stale({PATH: older.replace("iface=1111", "iface=0000")}, {PATH: LOCK})
    assert finding.severity is Severity.ERROR


def changed(**lines: str) -> str:
    text = LOCK
    for name, digit in lines.items():
        text = text.replace({"Large": "4", "amount": "2"}[name] * 12, digit * 12)
    return text


def test_changes_of_different_features_are_both_kept() -> None:
    merged, both = locks.merged(LOCK, changed(Large="5"), changed(amount="6"))
    assert both == ()
    assert merged == changed(Large="5", amount="6")


def test_of_one_feature_changed_by_both_sides_ours_is_kept_and_it_is_told() -> None:
    merged, both = locks.merged(LOCK, changed(amount="5"), changed(amount="6", Large="7"))
    assert both == ("amount",)
    assert merged == changed(amount="5", Large="7")
    assert locks.merged(LOCK, changed(amount="5"), changed(amount="5"))[1] == ()


def test_features_that_one_side_adds_or_removes_are_added_or_removed() -> None:
    added = LOCK + "\nnew iface=777777777777 def=888888888888\n"
    removed = LOCK.replace("Large iface=333333333333 def=444444444444\n\n", "")
    merged, both = locks.merged(LOCK, added, removed)
    assert (merged, both) == (added.replace("Large iface=333333333333 def=444444444444\n\n", ""), ())
    assert locks.merged("", LOCK, LOCK)[0] == LOCK


def test_the_side_that_changed_the_canonicaliser_decides() -> None:
    newer = LOCK.replace(CANONICALISER, "gitmlops-9 sqlglot-99")
    assert locks.canonicaliser(locks.merged(LOCK, LOCK, newer)[0]) == "gitmlops-9 sqlglot-99"
    assert locks.canonicaliser(locks.merged(LOCK, newer, LOCK)[0]) == "gitmlops-9 sqlglot-99"
