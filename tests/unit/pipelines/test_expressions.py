import pytest

from gitmlops.errors import InputError
from gitmlops.pipelines.planning.expressions import OutputReference, ParameterReference, parse, references, resolve

PARAMS = {"day": "2013-01-31", "n": 7, "flag": True, "list": [1, 2], "none": None}


def lookup(reference: object) -> object:
    return PARAMS[reference.name] if isinstance(reference, ParameterReference) else "path/of/output"


def test_a_text_that_is_one_expression_is_one_reference() -> None:
    assert parse("${{ params.day }}") == (ParameterReference("day"),)
    assert parse("${{steps.split.outputs.train}}") == (OutputReference("split", "train"),)


def test_text_around_expressions_stays() -> None:
    assert parse("a ${{ params.n }}/${{ params.day }} $x {y}") == (
        "a ", ParameterReference("n"), "/", ParameterReference("day"), " $x {y}",
    )  # fmt: skip
    assert parse("plain") == ("plain",)
    assert parse("") == ()


def test_an_expression_alone_keeps_the_type_of_its_value() -> None:
    assert resolve("${{ params.n }}", lookup) == 7
    assert resolve("${{ params.flag }}", lookup) is True
    assert resolve("${{ params.list }}", lookup) == [1, 2]
    assert resolve("${{ params.none }}", lookup) is None


def test_an_expression_inside_text_becomes_text() -> None:
    assert resolve("n=${{ params.n }}, ${{ params.flag }}", lookup) == "n=7, true"


def test_lists_and_mappings_are_resolved_inside() -> None:
    value = {"a": ["${{ params.n }}", 1.5], "b": {"c": "${{ params.day }}"}, "d": None}
    assert resolve(value, lookup) == {"a": [7, 1.5], "b": {"c": "2013-01-31"}, "d": None}
    assert references(value) == (ParameterReference("n"), ParameterReference("day"))


def test_what_is_resolved_is_not_read_as_an_expression_again() -> None:
    assert resolve("${{ params.a }}", lambda _: "${{ params.a }}") == "${{ params.a }}"


@pytest.mark.parametrize(
    "text",
    [
        "${{ parms.x }}", "${{ params }}", "${{ params. }}", "${{ params.x.y }}", "${{ steps.a.outputs }}",
        "${{ steps.a.output.b }}", "${{ env.SECRET }}", "${{ }}", "${{ params.x", "a ${{", "${{ params.x }} ${{ x",
    ],
)  # fmt: skip
def test_what_refers_to_nothing_is_an_error(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x/${{ steps.a.outputs.b }}", "an output stands inside a longer text"),
        ("x${{ params.list }}", "params.list is no text or number"),
        ("x${{ params.none }}", "params.none is no text or number"),
    ],
)
def test_inside_text_only_words_and_numbers_fit(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        resolve(text, lookup)
