"""Pickles that would run code when they are loaded: their opcodes are read, nothing is ever loaded.

Loading stops at the first STOP, a scanner goes on and may fail behind it: so whatever a scanner cannot follow is
refused, and what it saw before is told.
"""

import io
import pickletools
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence

from gitmlops.hooks.staged import StagedFile
from gitmlops.report import Finding, Location, Report, Severity

_NAMES = (".pkl", ".pickle", ".pck", ".pcl", ".joblib", ".dill", ".cloudpickle")
_BEGINS = tuple(b"\x80" + bytes([protocol]) for protocol in (2, 3, 4, 5))
"""How a pickle begins from the second protocol on."""
_ZIP, _NUMPY, _LFS = b"PK\x03\x04", b"\x93NUMPY", b"version https://git-lfs.github.com/spec/"
_MOST_MEMBER = 64 << 20
_DEEPEST = 2
_STRINGS = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
_PLAIN = frozenset(
    {
        *(f"builtins {name}" for name in ("set", "frozenset", "bytearray", "complex", "range", "slice")),
        *(f"__builtin__ {name}" for name in ("set", "frozenset", "bytearray", "complex", "xrange", "slice")),
        *(f"datetime {name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *(f"numpy.{core}.multiarray {name}" for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
        *(f"numpy.{core}.numeric _frombuffer" for core in ("core", "_core")),
        "numpy ndarray",
        "numpy dtype",
        "collections OrderedDict",
        "decimal Decimal",
        "_codecs encode",
    }
)  # fmt: skip
"""What only makes plain values: dates, numbers, containers and NumPy's arrays."""
_MEND = "save models as skops files and tables as Parquet; what others must read as a pickle belongs to DVC, not to git"


def check(files: Sequence[StagedFile]) -> Report:
    """A finding for each file that holds a pickle which names code, or one that cannot be followed to its end."""
    findings = tuple(
        Finding("pickle", Severity.ERROR, message, Location(file.name), _MEND)
        for file in files
        for message in dict.fromkeys(_found(file))
    )
    return Report("Pickles", findings, summary=(f"{len(files)} files, {len(findings)} findings",))


def _found(file: StagedFile) -> Iterator[str]:
    named = file.path.lower().endswith(_NAMES)
    if file.content is None:
        if named:
            yield "a pickle that is too large to look into"
        return
    if not (named and file.content.startswith(_LFS)):
        yield from _inside(file.content, named=named, deep=0)


def _inside(content: bytes, *, named: bool, deep: int) -> Iterator[str]:
    if content.startswith(_ZIP):
        yield from _in_archive(content, deep=deep)
    elif content.startswith(_NUMPY):
        yield from _in_array(content)
    elif named or content.startswith(_BEGINS):
        yield from _in_pickles(content)


def _in_archive(content: bytes, *, deep: int) -> Iterator[str]:
    """Of PyTorch's files, NumPy's archives and others that are zip files."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield from _in_member(archive, member, deep)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, EOFError) as error:
        # Others may read what we cannot: loaders of models have zip readers of their own.
        yield f"an archive that cannot be looked into ({type(error).__name__})"


def _in_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, deep: int) -> Iterator[str]:
    named = member.filename.lower().endswith(_NAMES)
    if deep == _DEEPEST or member.file_size > _MOST_MEMBER:
        if named:
            yield "a pickle in an archive that is too deep or too large to look into"
        return
    with archive.open(member) as opened:
        head = opened.read(8)
        if named or head.startswith((*_BEGINS, _ZIP, _NUMPY)):
            # The size that an archive states is its own word: no more is read.
            yield from _inside(head + opened.read(_MOST_MEMBER), named=named, deep=deep + 1)


def _in_array(content: bytes) -> Iterator[str]:
    """Of a .npy file: an array of objects is a header and a pickle."""
    try:
        size, at = (
            (struct.unpack("<H", content[8:10])[0], 10)
            if content[6] == 1
            else (struct.unpack("<I", content[8:12])[0], 12)
        )
    except (struct.error, IndexError):
        return
    header = content[at : at + size]
    if b"|O" in header or b"'O" in header:
        yield from _in_pickles(content[at + size :])


def _in_pickles(content: bytes) -> Iterator[str]:
    """Of one pickle after the other, as PyTorch wrote them."""
    stream = io.BytesIO(content)
    while True:
        try:
            yield from _named_code(pickletools.genops(stream))
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            yield f"a pickle that cannot be followed to its end ({type(error).__name__})"
            return
        rest = content[stream.tell() :]
        if not rest:
            return
        if not rest.startswith(_BEGINS):
            yield "a pickle with something behind it"
            return


def _named_code(opcodes: Iterator[tuple[pickletools.OpcodeInfo, object, int | None]]) -> Iterator[str]:
    """What would be imported. A name counts if the two opcodes before have put module and name on the stack."""
    pushed, memo = ["", ""], dict[int, str]()
    for opcode, value, _ in opcodes:
        match opcode.name:
            case "PROTO" | "FRAME":
                continue
            case "MEMOIZE":
                memo[len(memo)] = pushed[-1]
                continue
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                memo[int(str(value))] = pushed[-1]
                continue
            case "GLOBAL" | "INST":
                yield from _judged(str(value))
            case "STACK_GLOBAL":
                yield from _judged(" ".join(pushed))
            case "EXT1" | "EXT2" | "EXT4":
                yield "loading it runs code from the registry of extensions"
        pushed = [pushed[-1], _pushed(opcode.name, value, memo)]


def _pushed(opcode: str, value: object, memo: Mapping[int, str]) -> str:
    """The text that an opcode puts on the stack; empty for anything else that it does."""
    if opcode in _STRINGS:
        return str(value)
    return memo.get(int(str(value)), "") if opcode in ("GET", "BINGET", "LONG_BINGET") else ""


def _judged(named: str) -> Iterator[str]:
    if named not in _PLAIN:
        shown = ".".join(named.split(" ", 1)).strip(".")
        yield f"loading it runs {shown!r}" if shown else "loading it runs code whose name is computed"
