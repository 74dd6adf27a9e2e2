"""What a lock file pins, and how two environments differ."""

import pytest

from gitmlops.adapters.system.environments import pinned
from gitmlops.errors import InputError
from gitmlops.records.manifest import Manifest
from gitmlops.registry.reproduction.surroundings import Surroundings, differences, of_lock, of_manifest

REQUIREMENTS = b"""\
# a comment
numpy==2.1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
Typing_Extensions==4.0 # needed
requests[socks]==2.0
colorama==0.4 ; sys_platform == "win32"
-e .
"""
UV = b"""\
version = 1
[[package]]
name = "numpy"
version = "2.1.0"
[[package]]
name = "two"
version = "1"
[[package]]
name = "two"
version = "2"
[[package]]
name = "here"
source = { editable = "." }
"""


def test_a_requirements_file_pins_what_this_machine_needs() -> None:
    found = pinned("requirements.txt", REQUIREMENTS)
    assert found == {"numpy": "2.1.0", "typing-extensions": "4.0", "requests": "2.0"}


def test_of_a_uv_lock_only_what_it_pins_once_is_compared() -> None:
    assert pinned("sub/uv.lock", UV) == {"numpy": "2.1.0"}


@pytest.mark.parametrize("content", [b"[[package", b"\xff\xfe", b'[[package]]\nversion = "1"\n', b"package = 3\n"])
def test_a_broken_lock_file_is_told_with_its_path(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        pinned("uv.lock", content)
    assert str(caught.value).startswith("uv.lock: not a lock file: ")


def told(before: Surroundings, after: Surroundings) -> list[str]:
    return [str(each) for each in differences(before, after)]


def test_a_manifest_knows_every_package_that_was_there() -> None:
    manifest = Manifest("m", "p", 7, (), (), (), "3.11.1", "Linux", ("a==1", "b_c==1"), "cpu", ("numpy: blas 1",), 2)
    now = Surroundings({"a": "2", "d": "1"}, {"python": "3.11.2", "threads": "2"})
    assert told(of_manifest(manifest), now) == [
        "python: 3.11.1 -> 3.11.2",
        "a: 1 -> 2",
        "b-c: 1 -> none",
        "d: none -> 1",
    ]


def test_a_lock_file_says_nothing_of_what_else_may_be_there() -> None:
    now = Surroundings({"numpy": "2.2.0", "pytest": "8"})
    lines = ["numpy: 2.1.0 -> 2.2.0", "requests: 2.0 -> none", "typing-extensions: 4.0 -> none"]
    assert told(of_lock("requirements.txt", REQUIREMENTS), now) == lines
    assert told(of_lock("uv.lock", UV), now) == ["numpy: 2.1.0 -> 2.2.0"]
    assert told(of_lock("uv.lock", UV), Surroundings({})) == []
