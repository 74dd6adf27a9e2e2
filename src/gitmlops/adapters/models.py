"""Model files: skops archives with a fixed list of types, made canonical. No pickle is ever read or written."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from gitmlops.adapters.files import write_atomic
from gitmlops.errors import Refusal

# Beside what skops itself trusts; never what a file asks for.
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save(model: Any, path: Path) -> None:
    """Write a model; the same model gives the same bytes."""
    write_atomic(path, _canonical(skops.io.dumps(model)))


def load(content: bytes, *, name: str) -> Any:
    """The model in `content`. Raises Refusal if it is no skops file or holds a type that is not on the list."""
    try:
        return skops.io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        mend = "save a model of scikit-learn's own types"
        raise Refusal(f"untrusted types: {error}", where=name, mend=mend) from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise Refusal(f"not a skops file: {error}", where=name, mend="save the model with skops") from error


def _canonical(archive: bytes) -> bytes:
    """The archive with its memory addresses replaced by numbers in order of appearance, and no clock."""
    numbers: dict[str, int] = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        schema = _renumbered(json.loads(old.read("schema.json")), numbers)
        members = {_member(name, numbers): old.read(name) for name in old.namelist()}
    members["schema.json"] = json.dumps(schema, indent=1, sort_keys=True).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(members):
            new.writestr(zipfile.ZipInfo(name, _EPOCH), members[name], zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _renumbered(value: Any, numbers: dict[str, int]) -> Any:
    if isinstance(value, list):
        return [_renumbered(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, item in value.items():
        if key == "__id__":
            result[key] = _number(str(item), numbers)
        elif key == "file" and isinstance(item, str):
            result[key] = _member(item, numbers)
        else:
            result[key] = _renumbered(item, numbers)
    return result


def _member(name: str, numbers: dict[str, int]) -> str:
    """The name of an array's file, which skops calls by its address: `139872.npy`."""
    address, _, suffix = name.partition(".")
    return f"{_number(address, numbers)}.{suffix}" if address.isdigit() else name


def _number(address: str, numbers: dict[str, int]) -> int:
    return numbers.setdefault(address, len(numbers) + 1)
