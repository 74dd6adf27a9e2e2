"""gitmlops document"""

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.specs.model import Model


@click.group()
def document() -> None:
    """Documents: date what people wrote of a model or its data, and bind it to them."""


@document.command()
@click.argument("type_", metavar="TYPE")
@click.option("--model", required=True, help="Model that it is about.")
@click.option("--file", "file", required=True, help="The document, from the root of the repository.")
@click.option("--by", multiple=True, required=True, help='Who answers for it, e.g. "@jane"; may be repeated.')
@click.option("--title", default="", help="What it is.  [default: TYPE of MODEL]")
@click.option("--date", "day", default="", help="When it was written or confirmed, YYYY-MM-DD.  [default: today]")
@options.dry_run
def new(type_: str, model: str, file: str, by: tuple[str, ...], title: str, day: str, dry_run: bool) -> None:
    """Say that a document of a TYPE (datasheet, dpia, validation-report, ...) is about MODEL and its data at HEAD.

    Writes models/documents/MODEL-TYPE.yaml, or renews it, with the digests of the document, of the model file and of
    the data that the model is made from. No data is read but the model file's.
    """
    from gitmlops.adapters.files import write_atomic
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli import workspace
    from gitmlops.cli.show import print_text, say
    from gitmlops.specs.model import Model

    repository = workspace.repository()
    workspace.require_project(repository)
    spec = workspace.definitions_at(repository, "HEAD").get(Model, model).spec
    name = f"{model}-{type_}"
    written = {
        "kind": "document",
        "name": name,
        "type": type_,
        "title": title or f"{type_} of {model}",
        "file": file,
        "sha256": hashlib.sha256(WorkTree(repository).read(file)).hexdigest(),
        "date": day or datetime.now(UTC).date().isoformat(),
        "by": list(by),
        **_about(repository, spec),
    }
    text = "".join(f"{key}:{_yaml(value)}\n" for key, value in written.items())
    path = f"models/documents/{name}.yaml"
    _require_valid(text, path)
    if dry_run:
        say(f"{path} was not written (--dry-run)")
    else:
        write_atomic(repository.root / path, text.encode())
        say(f"written to {path}; commit it with {file}")
    if name not in spec.documents:
        say(f"name it in models/{model}.yaml: `documents: [{', '.join((*spec.documents, name))}]`")
    print_text(text.removesuffix("\n"))


def _yaml(value: object) -> str:
    """A value as YAML in one line; a mapping as lines of its own, so that a diff shows which file is another."""
    if isinstance(value, dict):
        return "".join(f"\n  {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
    return f" {json.dumps(value, ensure_ascii=False)}"


def _about(repository: "Repository", model: "Model") -> dict[str, object]:
    """Digests of the data that the model is made from, and of its file, as HEAD has them."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load_valid
    from gitmlops.gate.sides.base_and_head import Side
    from gitmlops.gate.sides.made_from import data_of
    from gitmlops.registry.files.contents import Contents, sha256

    commit = repository.resolve("HEAD")
    tree = CommitTree(repository, commit)
    data = data_of(Side(commit, tree, load_valid(tree), pointers.read(tree)), model.name)
    contents = Contents(repository, commit)
    made = {"model_sha256": sha256(contents.read(model.artifact))} if contents.pin(model.artifact) else {}
    return {**({"data": dict(sorted(data.items()))} if data else {}), **made}


def _require_valid(text: str, path: str) -> None:
    """Raises InputErrors for options that no document can have."""
    from gitmlops.errors import InputErrors
    from gitmlops.gate.rules.days import is_day
    from gitmlops.report import Finding, Location, Severity
    from gitmlops.specs import reader
    from gitmlops.specs.document import Document
    from gitmlops.specs.yaml import compose

    (root,) = compose(text.encode(), path=path)
    found, wrong = reader.read(root, Document, path=path)
    if found and not is_day(found.date):
        mend = 'write a day, e.g. "2026-11-23"'
        wrong = (Finding("document", Severity.ERROR, f"there is no day {found.date}", Location(path), mend),)
    if wrong:
        raise InputErrors([one.error() for one in wrong])
