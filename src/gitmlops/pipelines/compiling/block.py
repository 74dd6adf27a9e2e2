"""Our block of lines in a section of dvc.yaml, between markers; every other byte of the file stays as it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from gitmlops.errors import InputError

FILE = "dvc.yaml"
BEGIN, END = "# >>> gitmlops", "# <<< gitmlops"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def replace(text: str, section: str, body: Sequence[str]) -> str:
    """The text with `body`, indented like its neighbours, as our block in a top-level section.

    A section that is not there is added at the end; an empty body takes the block away, and the section with it
    if nothing else is in it. Raises InputError where the section or the markers are not as they should be.
    """
    if not body and not _has_markers(text):
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    found = _find(lines, section)
    if found is None:
        return _append(text, section, _block(body, "  ", newline), newline)
    old = found.block or range(found.header + 1, found.header + 1)
    lines[old.start : old.stop] = _block(body, found.indent, newline)
    end = found.end - len(old)
    if body and not lines[found.header].endswith("\n"):
        lines[found.header] += newline
    if not body and not any(line.strip() for line in lines[found.header + 1 : end]):
        del lines[found.header : end]
    return "".join(lines)


def body(text: str, section: str) -> tuple[str, ...]:
    """The lines of our block in a section, without markers, indent and line ends; empty if there is none."""
    if not _has_markers(text):
        return ()
    lines = text.splitlines()
    found = _find(lines, section)
    if found is None or found.block is None:
        return ()
    inside = lines[found.block.start + 1 : found.block.stop - 1]
    return tuple(line.removeprefix(found.indent).rstrip() for line in inside)


def _has_markers(text: str) -> bool:
    """Whether anything of the file can be ours; whoever has no pipelines writes dvc.yaml in whatever form."""
    return BEGIN in text or END in text


def document(text: str) -> Mapping[str, Any]:
    """What dvc.yaml says, as DVC reads it. Raises InputError if it is not YAML, or no mapping."""
    try:
        content = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{FILE}:{mark.line + 1}:{mark.column + 1}" if mark else FILE
        raise InputError(f"not YAML: {error.problem}", where=where, mend="mend the syntax") from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=FILE, mend="write plain UTF-8 text") from error
    if not isinstance(content or {}, dict):
        raise InputError("no mapping", where=FILE, mend="it begins with `stages:`")
    return content or {}


@dataclass(frozen=True)
class _Section:
    """header: its first line; end: the line after its last; block: our lines in it, markers included."""

    header: int
    end: int
    indent: str
    block: range | None


def _find(lines: Sequence[str], section: str) -> _Section | None:
    header = next((at for at, line in enumerate(lines) if re.match(rf"['\"]?{section}['\"]?\s*:", line)), None)
    if header is None:
        return None
    if not re.fullmatch(r"[^:]*:\s*(#.*)?", lines[header].rstrip()):
        mend = f"write `{section}:` alone on its line and what it holds below"
        raise InputError(f"`{section}:` holds its value on the same line", where=f"{FILE}:{header + 1}:1", mend=mend)
    end = next((at for at in range(header + 1, len(lines)) if re.match(r"[^\s#]", lines[at])), len(lines))
    block = _block_in(lines, header + 1, end)
    first = lines[block.start] if block else next((line for line in lines[header + 1 : end] if _is_entry(line)), "  ")
    return _Section(header, end, first[: len(first) - len(first.lstrip(" "))] or "  ", block)


def _block_in(lines: Sequence[str], start: int, end: int) -> range | None:
    begins = [at for at in range(start, end) if lines[at].strip() == BEGIN]
    ends = [at for at in range(start, end) if lines[at].strip() == END]
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        where = f"{FILE}:{min(begins + ends) + 1}:1"
        mend = "remove these lines and what was between them, then compile again"
        raise InputError(f"one `{BEGIN}` and then one `{END}` belong into a section", where=where, mend=mend)
    return range(begins[0], ends[0] + 1)


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _block(body: Sequence[str], indent: str, newline: str) -> list[str]:
    lines = [BEGIN, *body, END] if body else []
    return [f"{indent}{line}{newline}" for line in lines]


def _append(text: str, section: str, block: Sequence[str], newline: str) -> str:
    if not block:
        return text
    begun = text if not text or text.endswith("\n") else text + newline
    return f"{begun}{section}:{newline}{''.join(block)}"
