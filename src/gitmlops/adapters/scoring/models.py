"""Model files: skops archives with a fixed list of types, made canonical. No pickle is ever read or written."""

import hashlib
import io
import itertools
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from gitmlops.adapters.files import write_atomic
from gitmlops.adapters.scoring import boosters, model_contents
from gitmlops.errors import InputError, Refusal

# Beside what skops itself trusts; never what a file asks for.
TRUSTED = (
    "collections.OrderedDict",
    f"{boosters.Unread.__module__}.{boosters.Unread.__name__}",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRanker",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)
# What reading an archive, its JSON and its arrays raises where bytes are damaged, encrypted, or nested without end.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError,
    KeyError, ValueError, TypeError, AttributeError, IndexError,
)  # fmt: skip
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SCHEMA = "schema.json"
_SAME = itertools.repeat(0)


def save(model: Any, path: Path) -> None:
    """Write a model; the same model gives the same bytes."""
    write_atomic(path, _canonical(skops.io.dumps(model)))


def load(content: bytes, *, name: str) -> Any:
    """The model in `content`. Raises Refusal if it is no skops file, holds a type that is not on the list, or a tree
    that points outside of itself.
    """
    try:
        model = skops.io.loads(_with_boosters_unread(content), trusted=list(TRUSTED))
        model_contents.require_sound(model)
    except InputError as error:
        raise Refusal(error.what, where=name, mend="train the model again") from error
    except UntrustedTypesFoundException as error:
        mend = "save a model of scikit-learn's or LightGBM's own types"
        raise Refusal(f"untrusted types: {_types(error)}", where=name, mend=mend) from error
    except ImportError as error:
        raise Refusal(f"needs the package {error.name}", where=name, mend=f"install {error.name}") from error
    except _UNREADABLE as error:
        words = str(error) or type(error).__name__
        raise Refusal(f"not a skops file: {words}", where=name, mend="save the model with skops") from error
    return model


def _with_boosters_unread(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    schema = members[_SCHEMA]
    if boosters.MODULE.encode() not in schema:
        return archive
    members[_SCHEMA] = json.dumps(boosters.unread(json.loads(schema))).encode()
    return _archive(members)


def _types(error: UntrustedTypesFoundException) -> str:
    """The first line: the others tell how to trust them all the same."""
    return str(error).partition("\n")[0]


def _canonical(archive: bytes) -> bytes:
    """The archive without memory addresses and clock: arrays are called by their content, objects by their place.

    Which equal numbers and words are one object depends on what Python did before; here every one is its own.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        schema = json.loads(old.read(_SCHEMA))
        contents = {name: old.read(name) for name in old.namelist() if name != _SCHEMA}
    names = {name: hashlib.sha256(content).hexdigest() + Path(name).suffix for name, content in contents.items()}
    members = {names[name]: content for name, content in contents.items()}
    members[_SCHEMA] = json.dumps(_placed(schema, names, itertools.count(1)), indent=1, sort_keys=True).encode()
    return _archive(members)


def _archive(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(members):
            new.writestr(zipfile.ZipInfo(name, _EPOCH), members[name], zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _placed(value: Any, names: Mapping[str, str], places: Iterator[int]) -> Any:
    if isinstance(value, list):
        return [_placed(item, names, places) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("__loader__") == "SetNode":  # in an order that changes with PYTHONHASHSEED
        value = {**value, "content": sorted(value["content"], key=lambda item: json.dumps(_placed(item, names, _SAME)))}
    result: dict[str, Any] = {}
    for key, item in value.items():
        if key == "__id__":
            result[key] = next(places)
        elif key == "file" and isinstance(item, str):
            result[key] = names.get(item, item)
        else:
            result[key] = _placed(item, names, places)
    return result
