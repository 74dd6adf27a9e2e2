"""Patterns of CODEOWNERS and .gitattributes are about the paths that GitHub and git say."""

import pytest

from gitmlops.hosting.owned_paths import Line, lines, matches


@pytest.mark.parametrize(
    ("pattern", "about", "not_about"),
    [
        ("*", ["a", "a/b/c"], []),
        ("*.yaml", ["a.yaml", "policies/a.yaml"], ["a.yml"]),
        ("/policies/", ["policies/a.yaml", "policies/tests/a.yaml"], ["policies", "a/policies/b"]),
        ("policies/", ["policies/a", "a/policies/b"], ["policies"]),
        ("/policies", ["policies", "policies/a"], ["a/policies"]),
        ("policies/*", ["policies/a.yaml"], ["policies/tests/a.yaml"]),
        ("/policies/**", ["policies/a", "policies/b/c"], ["policies"]),
        ("**/policies", ["policies/a", "a/b/policies"], []),
        ("a/**/z", ["a/z", "a/b/c/z"], ["b/a/z"]),
        ("/a?c", ["abc"], ["ac", "a/c"]),
        ("/a.b", ["a.b"], ["axb"]),
        ("(", ["("], []),
    ],
)
def test_a_pattern_is_about_what_it_says(pattern: str, about: list[str], not_about: list[str]) -> None:
    assert [path for path in about if not matches(pattern, path)] == []
    assert [path for path in not_about if matches(pattern, path)] == []


def test_comments_and_empty_lines_say_nothing() -> None:
    assert [*lines("# a\n\n/x @a @b # c\n  /y\n")] == [Line(3, "/x", ("@a", "@b")), Line(4, "/y", ())]
