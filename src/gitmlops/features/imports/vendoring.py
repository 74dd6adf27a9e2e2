"""What is taken over from another repository: its feature definitions as they are, and pointers to their data."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.git.elsewhere import Elsewhere, Entry
from gitmlops.definitions import IMPORTED_KINDS, KINDS, PROJECT_FILE, Definitions, Files, load
from gitmlops.errors import InputError, InputErrors
from gitmlops.features.imports import vendored_code
from gitmlops.features.wiring.upstream import TABLES, fixed_part
from gitmlops.report import Severity
from gitmlops.specs.feature import FeatureView, OnDemand, Source
from gitmlops.specs.imported import FOLDER

LOCKS = "features/locks"
_FOLDERS = tuple(KINDS[kind][0].rpartition("/")[0] for kind in IMPORTED_KINDS)


def vendored(there: Elsewhere, name: str) -> Mapping[str, bytes]:
    """Every file that belongs below `imports/NAME/`, by its path here; the same for the same commit.

    Raises InputErrors with everything of theirs that cannot be used here.
    """
    theirs = there.read(_definition_files(there))
    if not any(path.endswith(".yaml") for path in theirs):
        where = f"{there.url}@{there.commit[:12]}"
        raise InputError("there are no feature definitions", where=where, mend="name a repository with features/views/")
    definitions = _read(theirs, name)
    modules = vendored_code.files(there, definitions, name)
    data = _data(there, definitions, name)
    here = {_below(name, path): content for path, content in {**theirs, **modules}.items()}
    return dict(sorted({**here, **data}.items()))


def _definition_files(there: Elsewhere) -> Iterator[Entry]:
    for folder, suffix in (*((folder, ".yaml") for folder in _FOLDERS), (LOCKS, ".lock")):
        for entry in there.listed(folder):
            if entry.path.endswith(("/dvc.yaml", "/dvc.lock")):
                raise InputError("DVC would read it here as its own", where=entry.path, mend="ask its owners")
            if entry.path.endswith(suffix):
                yield entry


def _read(theirs: Mapping[str, bytes], name: str) -> Definitions:
    """Their definitions under the names that they have here."""
    here = {_below(name, path): content for path, content in theirs.items()}
    definitions = load(Files({**here, PROJECT_FILE: b"project: theirs\n"}))
    wrong = [finding.error() for finding in definitions.findings if finding.severity is Severity.ERROR]
    if wrong := wrong or [*_chained(definitions, name)]:
        raise InputErrors(wrong)
    return definitions


def _chained(definitions: Definitions, name: str) -> Iterator[InputError]:
    """What draws on features that the other repository imports itself: those are not here."""
    for view in definitions.all(FeatureView).values():
        for reference in (*view.spec.entities, view.spec.source):
            if reference.count("/") > 1:
                yield _elsewhere(str(view.at("source")), reference, name)
    for computed in definitions.all(OnDemand).values():
        for i, pin in enumerate(computed.spec.inputs):
            if pin.count("/") > 1:
                yield _elsewhere(str(computed.at("inputs", i)), pin, name)


def _elsewhere(where: str, reference: str, name: str) -> InputError:
    theirs = reference.removeprefix(f"{name}/")
    what = f"it draws on {theirs}, which {name} imports itself: imports are not followed further"
    return InputError(what, where=where, mend="ask its owners to define it there, or import both repositories")


def _data(there: Elsewhere, definitions: Definitions, name: str) -> Mapping[str, bytes]:
    """Pointers to what DVC has of the sources there, what git has of them itself, and what git shall ignore here."""
    found: dict[str, bytes] = {}
    ignored: set[str] = set()
    wrong: list[InputError] = []
    for source in definitions.all(Source).values():
        path = fixed_part(source.spec.path.removeprefix(_below(name, "")))
        try:
            output = _tracked(there, path)
            if output is not None:
                found[_below(name, f"{output.path}.dvc")] = _pointer(there, output)
                ignored.add(f"/{output.path}\n")
            else:
                found |= {_below(name, kept): content for kept, content in _in_git(there, path).items()}
        except InputError as error:
            what = f"{error.where}: {error.what}" if error.where else error.what
            wrong.append(InputError(what, where=str(source.at("path")), mend=error.mend))
    if wrong:
        raise InputErrors(wrong)
    if ignored:
        found[_below(name, ".gitignore")] = "".join(sorted(ignored)).encode()
    return found


def _tracked(there: Elsewhere, path: str) -> pointers.Output | None:
    """The output of their DVC that is this path or a folder around it."""
    places = [str(place) for place in (PurePosixPath(path), *PurePosixPath(path).parents)]
    candidates = [f"{place}.dvc" for place in places if place != "."]
    for folder in places[1:]:
        beside = "" if folder == "." else f"{folder}/"
        candidates += [f"{beside}dvc.lock", f"{beside}dvc.yaml"]
    entries = [entry for entry in map(there.file, candidates) if entry is not None]
    output = pointers.covering(path, pointers.read(Files(there.read(entries))))
    if output is not None and not output.md5:
        raise InputError(f"{output.path} has no digest at {there.commit[:12]}", mend="ask its owners to `dvc pull` it")
    return output


def _in_git(there: Elsewhere, path: str) -> Mapping[str, bytes]:
    """A small table that git itself keeps, or a folder of them: what is no table could be a program here."""
    file = there.file(path)
    entries = there.listed(path) if file is None else (file,)
    tables = [entry for entry in entries if entry.path.lower().endswith(TABLES)]
    if not tables:
        found = "is no Parquet and no CSV" if entries else "is neither under DVC nor in git"
        raise InputError(f"{path} {found} at {there.commit[:12]}", mend="ask its owners to `dvc add` the data")
    return there.read(tables)


def _pointer(there: Elsewhere, output: pointers.Output) -> bytes:
    """What `dvc import --rev COMMIT` would write: DVC fetches the content from where that repository keeps it."""
    repository = {"url": there.url, "rev": there.commit, "rev_lock": there.commit}
    content = {"md5": output.md5, "hash": "md5", "path": PurePosixPath(output.path).name}
    stage = {"deps": [{"path": output.path, "repo": repository}], "outs": [content]}
    # DVC's own digest of a stage: without it `dvc status` holds the pointer for changed.
    digest = hashlib.md5(json.dumps(stage, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    # JSON is YAML, and no text in it can become something else.
    sized = {**content, "size": output.size}
    return (json.dumps({"md5": digest, "frozen": True, **stage, "outs": [sized]}, indent=2) + "\n").encode()


def _below(name: str, path: str) -> str:
    return f"{FOLDER}/{name}/{path}"
