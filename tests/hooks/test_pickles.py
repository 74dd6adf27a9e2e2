"""Pickles by their opcodes: what would run code is refused, plain values pass, and nothing is ever loaded."""

import bz2
import collections
import datetime
import io
import pickle
import pickletools
import subprocess
import zipfile
from pathlib import Path

import numpy
import pytest
from sklearn.linear_model import LogisticRegression
from tests.hooks.judging import of

from gitmlops.hooks.pickles import check
from gitmlops.report import Report


class Hostile:
    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return subprocess.run, (["touch", self.marker],)


def judged(content: bytes, name: str = "model.pkl") -> Report:
    return of(check, {name: content})


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_runs_a_program_is_refused_by_name_and_never_loaded(tmp_path: Path, protocol: int) -> None:
    report = judged(pickle.dumps(Hostile(str(tmp_path / "ran")), protocol=protocol))
    assert report.findings[0].message.endswith(".run'")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_a_trained_model_is_refused_with_the_way_to_skops(protocol: int) -> None:
    report = judged(pickle.dumps(LogisticRegression(), protocol=protocol))
    assert any("LogisticRegression" in finding.message for finding in report.findings)
    assert "skops" in report.findings[0].mend


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, "text" * 100, b"bytes"], "b": ({1, 2}, frozenset({3}))},
        [datetime.datetime(2026, 1, 1), datetime.timedelta(1), collections.OrderedDict(a=1)],
        numpy.arange(1_000.0),
        [numpy.float64(1.5), numpy.array(["a", "b"])],
    ],
    ids=["containers", "dates", "array", "numpy"],
)
def test_plain_values_pass(value: object, protocol: int) -> None:
    report = judged(pickle.dumps(value, protocol=protocol))
    assert report.passed, report.findings


def test_something_behind_the_end_does_not_hide_what_comes_before(tmp_path: Path) -> None:
    report = judged(pickle.dumps(Hostile(str(tmp_path / "ran"))) + b"x")
    assert [finding.message for finding in report.findings] == [
        "loading it runs 'subprocess.run'",
        "a pickle with something behind it",
    ]
    assert not judged(pickle.dumps([1]) + b"x").passed


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"text", bz2.compress(pickle.dumps([1])), b"\x80\x04]", b"\xff" * 50]
)
def test_what_cannot_be_followed_to_its_end_is_refused(content: bytes) -> None:
    assert not judged(content).passed


@pytest.mark.parametrize(
    "opcodes",
    [
        # The name comes from a memo, from under another value, from a protocol 0 text.
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93)R.",
        b"\x80\x02\x8c\x0bcollections\x8c\x0bOrderedDict00U\x02osU\x06system\x93.",
        b"cos\nsystem\n.",
        b"(ios\nsystem\n.",
        b"\x80\x02\x82\x01.",
        b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict2\x93.",
    ],
)
def test_names_that_are_put_together_in_strange_ways_are_refused(opcodes: bytes) -> None:
    assert not judged(opcodes).passed


def test_any_name_of_a_file_with_a_pickle_in_it_is_looked_into(tmp_path: Path) -> None:
    hostile = pickle.dumps(Hostile(str(tmp_path / "ran")))
    for name in ("notes.txt", "model.bin", "x", "MODEL.PKL", "a.joblib"):
        assert not judged(hostile, name).passed, name


def test_archives_and_arrays_are_looked_into(tmp_path: Path) -> None:
    hostile = pickle.dumps(Hostile(str(tmp_path / "ran")))
    objects = io.BytesIO()
    numpy.save(objects, numpy.array([Hostile(str(tmp_path / "ran"))], dtype=object), allow_pickle=True)
    plain = io.BytesIO()
    numpy.savez(plain, a=numpy.arange(3))
    assert not judged(zipped(archive__data_pkl=hostile), "model.pt").passed
    assert not judged(zipped(inner_zip=zipped(data_pkl=hostile)), "model.pt").passed
    assert not judged(objects.getvalue(), "rows.npy").passed
    assert not judged(zipped(rows_npy=objects.getvalue()), "rows.npz").passed
    assert judged(plain.getvalue(), "rows.npz").passed
    assert judged(zipped(readme_txt=b"text"), "docs.zip").passed
    assert not judged(zipped(data_pkl=hostile)[:-30], "model.pt").passed


def test_other_files_and_pointers_of_lfs_pass() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    files = {
        "a.py": b"import pickle\n",
        "b.png": b"\x89PNG\r\n",
        "c.pkl": pointer,
        "d.csv": b"",
        "e.md": b"cos\nsystem\n",
    }
    assert of(check, files).passed


def test_opcodes_of_every_kind_can_be_followed() -> None:
    # What Python itself reads, it reads, too: as many opcodes as one pickle may have.
    content = pickletools.optimize(
        pickle.dumps([list(range(300)), {str(n): n for n in range(300)}, 10**100, "é" * 300])
    )
    assert judged(content).passed
