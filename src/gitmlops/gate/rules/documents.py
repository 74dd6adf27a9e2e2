"""Documents as evidence: whether what a model names is what a policy asks for, on a day. No clock, no files: values."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gitmlops.definitions import Definitions
from gitmlops.gate.rules.days import is_day
from gitmlops.report import Finding, Severity
from gitmlops.specs.document import Document
from gitmlops.specs.fields import seconds
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.policy import AskedDocument

_DAY = 86_400
_HEADING = re.compile(r"^#{1,6}[ \t]+(?:[0-9]+[.)]?[ \t]+)?(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class About:
    """What documents are held against: the model file, and the data that the model is made from, path -> digest.

    documents: those that the model names; content: of a file that is in git, None if it is not there; today: the day
    that counts, whatever commits say of themselves.
    """

    documents: Sequence[Document]
    content: Callable[[str], bytes | None]
    model_sha256: str
    data: Mapping[str, str]
    today: date


def gaps(asked: AskedDocument | None, about: About) -> tuple[str, ...]:
    """What is missing of the document that is asked for, as clauses; of none in particular, of all that are named.

    Of several of a kind the one with the fewest gaps counts; data may be described by several that have no other gap.
    """
    if asked is None:
        return tuple(gap for one in about.documents for gap in _of_itself(one, about, None))
    mine = [one for one in about.documents if one.type == asked.kind]
    if not mine:
        return (f"the model names no {asked.kind}",)
    told = [gaps_of(one, about, asked) for one in mine]
    whole = [one for one, found in zip(mine, told, strict=True) if not found]
    if not whole:
        return min(told, key=len)
    return tuple(_of_data(whole, about)) if asked.bound_to == "data_digest" else ()


def gaps_of(one: Document, about: About, asked: AskedDocument) -> tuple[str, ...]:
    """What is wrong with one document, but for the data that it describes."""
    return (*_of_itself(one, about, asked.max_age), *_of_model(one, about, asked), *_of_headings(one, about, asked))


def named(definitions: Definitions, model: Model) -> tuple[Document, ...]:
    """The documents that a model names, of those that are there."""
    known = definitions.all(Document)
    return tuple(known[name].spec for name in model.documents if name in known)


def check(definitions: Definitions) -> Iterator[Finding]:
    """What is wrong with documents, whatever the day and the files: days that are none, names that nobody has."""
    known = definitions.all(Document)
    for _, placed in sorted(known.items()):
        if not is_day(placed.spec.date):
            what, mend = f"there is no day {placed.spec.date}", 'write a day, e.g. "2026-11-23"'
            yield Finding("document", Severity.ERROR, what, placed.at("date"), mend)
    for _, model in sorted(definitions.all(Model).items()):
        for index, name in enumerate(model.spec.documents):
            if name not in known:
                what, place = f"there is no document {name!r}", model.at("documents", index)
                mend = nearest(name, known) if known else "write one with `gitmlops document new`"
                yield Finding("document", Severity.ERROR, what, place, mend)


def _of_itself(one: Document, about: About, max_age: str | None) -> Iterator[str]:
    held, told = about.content(one.file), f"{one.name} (by {', '.join(one.by)})"
    if held is None:
        yield f"{told}: there is no {one.file}"
    elif hashlib.sha256(held).hexdigest() != one.sha256:
        yield f"{told}: {one.file} was edited since it was dated"
    if not is_day(one.date):
        yield f"{told} is of {one.date}, which is no day"
        return
    age = (about.today - date.fromisoformat(one.date)).days
    if age < 0:
        yield f"{told} is of {one.date}, a day to come"
    elif max_age and age * _DAY > seconds(max_age):
        yield f"{told} is of {one.date}, {age} days old, {max_age} are allowed"


def _of_model(one: Document, about: About, asked: AskedDocument) -> Iterator[str]:
    if asked.bound_to == "model_digest" and one.model_sha256 != about.model_sha256:
        other = f"model file {one.model_sha256[:12]}, this is {about.model_sha256[:12]}" if one.model_sha256 else "none"
        yield f"{one.name} (by {', '.join(one.by)}) is about {other}" + ("" if one.model_sha256 else " in particular")


def _of_headings(one: Document, about: About, asked: AskedDocument) -> Iterator[str]:
    text = (about.content(one.file) or b"").decode(errors="replace")
    there = [found.casefold() for found in _HEADING.findall(text)]
    missing = [name for name in asked.headings if not any(found.startswith(name.casefold()) for found in there)]
    if missing:
        yield f"{one.name} (by {', '.join(one.by)}): {one.file} has no heading {', '.join(map(repr, missing))}"


def _of_data(whole: Sequence[Document], about: About) -> Iterator[str]:
    if not about.data:
        yield "nothing tells which data the model is made from"
    for path, digest in sorted(about.data.items()):
        if not any(one.data.get(path) == digest for one in whole):
            names = ", ".join(one.name for one in whole)
            verb = "describes another" if any(path in one.data for one in whole) else "says nothing of"
            yield f"{names} (by {', '.join(sorted({who for one in whole for who in one.by}))}) {verb} {path}"
