"""Definitions that were read before: what comes out is what the file says, whatever lies in the place of the cache."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack
from tests.memory_tree import Files, template

from gitmlops.definitions import load
from gitmlops.specs import kept
from gitmlops.specs.feature import Entity, FeatureView

ENTITY = "kind: entity\nname: plane\nkeys: [{name: tailnum, dtype: string}]\nowner: team\ndescription: One aircraft\n"
PATH = "features/entities/plane.yaml"


def first_run(tree: Files) -> bytes:
    reading = kept.of_definitions()
    assert not load(tree, reading).findings
    return reading.content()


def owner(content: bytes, text: str = ENTITY) -> str:
    return load(Files({PATH: text}), kept.of_definitions(content)).all(Entity)["plane"].spec.owner


def sealed(entries: bytes) -> bytes:
    return hashlib.sha256(entries).digest() + entries


def test_every_definition_of_the_template_comes_back_as_it_was_read():
    tree, reading = template(), kept.of_definitions(first_run(template()))
    assert load(tree, reading) == load(tree)
    assert not reading.is_new


def test_what_was_kept_is_told_at_the_same_places():
    tree = template()
    before, after = load(tree), load(tree, kept.of_definitions(first_run(tree)))
    for id_, view in before.all(FeatureView).items():
        assert after.all(FeatureView)[id_].at("features", 0, "name") == view.at("features", 0, "name")


def test_only_what_this_run_read_is_kept_for_the_next():
    reading = kept.of_definitions(first_run(template()))
    load(Files({PATH: ENTITY}), reading)
    assert reading.is_new
    assert len(reading.content()) < len(first_run(template())) / 5


def test_an_edited_file_is_read_anew():
    assert owner(first_run(Files({PATH: ENTITY})), ENTITY.replace("team", "others")) == "others"


def test_a_wrong_file_is_told_each_time():
    wrong = Files({PATH: ENTITY.replace("string", "text")})
    reading = kept.of_definitions()
    first = load(wrong, reading).findings
    assert first == load(wrong, kept.of_definitions(reading.content())).findings
    assert "'text' is not one of the allowed values" in first[0].message


def test_the_same_text_in_two_folders_is_read_as_each_folder_reads_it():
    tree = Files({PATH: ENTITY, "features/sources/plane.yaml": ENTITY})
    reading = kept.of_definitions()
    assert load(tree, reading).findings == load(tree, kept.of_definitions(reading.content())).findings != ()


def test_what_other_code_kept_is_read_anew(monkeypatch):
    content = first_run(Files({PATH: ENTITY}))
    monkeypatch.setattr(kept, "__version__", "0.0.0")
    reading = kept.of_definitions(content)
    load(Files({PATH: ENTITY}), reading)
    assert reading.is_new


@given(st.binary(max_size=200))
def test_whatever_lies_in_its_place_gives_what_the_file_says(content):
    assert owner(content) == owner(sealed(content)) == "team"


@given(st.data())
def test_a_byte_that_was_changed_gives_what_the_file_says(data):
    content = bytearray(first_run(Files({PATH: ENTITY})))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert owner(bytes(content)) == "team"


@pytest.mark.parametrize("entry", [b"\x91" * 100_000 + b"\x90", b"\xc0", b"\x80", msgpack.encode({"name": 1})])
def test_an_entry_of_another_type_is_no_definition(entry):
    made_by, entries = msgpack.decode(first_run(Files({PATH: ENTITY}))[32:])
    raw = b"\x92" + msgpack.encode(made_by) + bytes([0x80 + len(entries)])
    raw += b"".join(msgpack.encode(key) + entry for key in entries)
    assert owner(sealed(raw)) == "team"
