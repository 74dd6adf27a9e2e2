"""Models as skops files: the same model gives the same bytes, and strangers' types are refused."""

import io
import json
import os
import pickle
import re
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor

from gitmlops.adapters.scoring import models
from gitmlops.errors import Refusal


def fitted() -> HistGradientBoostingClassifier:
    random = np.random.default_rng(7)
    rows = random.normal(size=(200, 3))
    return HistGradientBoostingClassifier(max_iter=5, random_state=7).fit(rows, rows[:, 0] > 0)


def test_the_same_model_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        models.save(fitted(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_model_scores_as_before_it_was_written(tmp_path):
    models.save(fitted(), tmp_path / "m.skops")
    read = models.load((tmp_path / "m.skops").read_bytes(), name="m.skops")
    rows = np.random.default_rng(8).normal(size=(50, 3))
    assert (read.predict_proba(rows) == fitted().predict_proba(rows)).all()


class Stranger:
    pass


def test_a_type_that_is_not_on_the_list_is_refused(tmp_path):
    models.save(Stranger(), tmp_path / "m.skops")
    with pytest.raises(Refusal, match="untrusted types"):
        models.load((tmp_path / "m.skops").read_bytes(), name="m.skops")


def archive(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as new:
        for name, content in members.items():
            new.writestr(name.replace("_json", ".json"), content)
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"words", pickle.dumps({"a": 1}), archive(), archive(schema_json=b"{"), archive(schema_json=b"{}")],
    ids=["empty", "words", "pickle", "empty archive", "broken schema", "empty schema"],
)
def test_what_is_no_skops_file_is_refused(content):
    with pytest.raises(Refusal, match=r"m.skops: not a skops file"):
        models.load(content, name="m.skops")


def entries(content: bytes, signature: bytes) -> list[int]:
    """Where the entries of an archive begin: b"PK\x03\x04" before each file, b"PK\x01\x02" in the table at the end."""
    return [found.start() for found in re.finditer(re.escape(signature), content)]


def encrypted(content: bytes) -> bytes:
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for start in entries(content, signature):
            changed[start + offset] |= 1
    return bytes(changed)


def packed_in_an_unknown_way(content: bytes) -> bytes:
    changed = bytearray(content)
    for start in entries(content, b"PK\x01\x02"):
        changed[start + 10] = 99
    return bytes(changed)


def without_its_middle(content: bytes) -> bytes:
    start = entries(content, b"PK\x03\x04")[0] + 100
    return content[:start] + b"\0" * 50 + content[start + 50 :]


def nested_without_end(_: bytes) -> bytes:
    return archive(schema_json=b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


@pytest.mark.parametrize("damage", [encrypted, packed_in_an_unknown_way, without_its_middle, nested_without_end])
def test_a_damaged_file_is_refused_as_any_that_is_no_model(damage, tmp_path: Path) -> None:
    models.save(fitted(), tmp_path / "m.skops")
    with pytest.raises(Refusal, match=r"m.skops: not a skops file: \w"):
        models.load(damage((tmp_path / "m.skops").read_bytes()), name="m.skops")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_byte_is_changed_a_file_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    models.save(fitted(), tmp_path / "m.skops")
    content, random = (tmp_path / "m.skops").read_bytes(), np.random.default_rng(seed)
    for _ in range(50):
        changed = bytearray(content)
        changed[random.integers(len(content))] = random.integers(256)
        with suppress(Refusal):
            models.load(bytes(changed), name="m.skops")


def read_back(model: Any, folder: Path) -> Any:
    models.save(model, folder / "m.skops")
    return models.load((folder / "m.skops").read_bytes(), name="m.skops")


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(n_estimators=3, random_state=7),
        lightgbm.LGBMClassifier(n_estimators=4, verbose=-1, random_state=7),
        lightgbm.LGBMRegressor(n_estimators=4, verbose=-1, random_state=7),
        LogisticRegression(),
        MLPRegressor(hidden_layer_sizes=(3,), max_iter=400, tol=0.1, random_state=7),
    ],
    ids=lambda model: type(model).__name__,
)
def test_models_of_scikit_learn_and_lightgbm_come_back_as_they_were(model: Any, tmp_path: Path) -> None:
    rows = pandas.DataFrame(np.random.default_rng(7).normal(size=(200, 3)), columns=list("abc"))
    model.fit(rows, (rows["a"] > 0).astype(int))
    read = read_back(model, tmp_path)
    assert (read.predict(rows) == model.predict(rows)).all()
    assert list(read.feature_names_in_) == ["a", "b", "c"]


MAKE = """
import sys, lightgbm, numpy, pandas
from pathlib import Path
from typing import Any
from sklearn.linear_model import LogisticRegression
from gitmlops.adapters.scoring import models
rows = pandas.DataFrame(numpy.random.default_rng(7).normal(size=(300, 3)), columns=list("abc"))
rate = float("0.1") if len(sys.argv) > 2 else 0.1
model = lightgbm.LGBMClassifier(n_estimators=4, learning_rate=rate, verbose=-1, n_jobs=1, random_state=7)
model.words = {"north", "south", "east", "west", rate}
models.save(model.fit(rows, rows["a"] > 0), Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_neither_the_process_nor_its_hash_seed_changes_a_byte(tmp_path: Path) -> None:
    for index, seed in enumerate(("0", "1", "4711")):
        command = [sys.executable, "-c", MAKE, str(tmp_path / seed), *["other objects"] * index]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    assert len({(tmp_path / seed).read_bytes() for seed in ("0", "1", "4711")}) == 1


class Canary:
    """Unpickled, or made by a careless reader, it leaves a trace."""

    def __reduce__(self):
        return os.system, ("touch canary",)


def test_nothing_of_a_pickle_runs_when_its_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    buffer = io.BytesIO()
    np.save(buffer, np.array([Canary()], dtype=object), allow_pickle=True)
    node = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "__id__": 1}
    array = {**node, "type": "numpy", "file": "x.npy", "protocol": 2}
    pickled = pickle.dumps(Canary())
    for content in (pickled, archive(schema_json=pickled), archive(schema_json=json.dumps(array).encode())):
        with pytest.raises(Refusal):
            models.load(content, name="m.skops")
    with_array = io.BytesIO()
    with zipfile.ZipFile(with_array, "w") as new:
        new.writestr("schema.json", json.dumps(array))
        new.writestr("x.npy", buffer.getvalue())
    with pytest.raises(Refusal):
        models.load(with_array.getvalue(), name="m.skops")
    assert not Path("canary").exists()
    pickle.loads(pickled)
    assert Path("canary").exists()  # the canary sings where somebody listens


def node(loader: str, class_: str, module: str, **keys: object) -> dict[str, object]:
    return {"__class__": class_, "__module__": module, "__loader__": loader, "__id__": 1, **keys}


def shell_call() -> dict[str, object]:
    """What skops, if it trusts it, loads by calling os.system("touch canary")."""
    text = node("JsonNode", "str", "builtins", content=json.dumps("touch canary"), is_json=True) | {"__id__": 2}
    keys = node("ListNode", "list", "builtins", content=[]) | {"__id__": 3}
    arguments = {"args": node("TupleNode", "tuple", "builtins", content=[text]) | {"__id__": 4}}
    state = node("DictNode", "dict", "builtins", content={}, key_types=keys) | {"__id__": 5}
    return node("LossNode", "system", "os", __reduce__=arguments, content=state)


def test_a_call_in_a_skops_file_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = archive(schema_json=json.dumps({**shell_call(), "protocol": 2}).encode())
    with pytest.raises(Refusal, match=r"untrusted types.*os\.system"):
        models.load(content, name="m.skops")
    assert not Path("canary").exists()
    skops.io.loads(content, trusted=["os.system"])
    assert Path("canary").exists()  # the canary sings where somebody listens


@pytest.mark.parametrize(
    "schema",
    [
        node("FunctionNode", "system", "os", content="system"),
        node("TypeNode", "Popen", "subprocess", content={"__class__": "Popen", "__module__": "subprocess"}),
        node("ObjectNode", "Popen", "subprocess", content=None),
        node("MethodNode", "system", "os", content={"func": "system", "obj": node("TypeNode", "os", "os")}),
        node("OperatorFuncNode", "methodcaller", "operator", attrs=node("TupleNode", "tuple", "builtins", content=[])),
        node("ObjectNode", "Client", "distributed", content=None),
        shell_call(),
    ],
    ids=["function", "type", "object", "method", "operator", "client", "call"],
)
def test_a_file_that_names_what_runs_code_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        models.load(archive(schema_json=json.dumps({**schema, "protocol": 2}).encode()), name="m.skops")


def crooked_forest(change) -> object:
    rows = np.random.default_rng(7).normal(size=(200, 3))
    forest = RandomForestClassifier(n_estimators=1, random_state=7).fit(rows, rows[:, 0] > 0)
    tree = forest.estimators_[0].tree_
    state = tree.__getstate__()
    change(state["nodes"])
    tree.__setstate__(state)
    return forest


def crooked_boosting(change) -> object:
    model = fitted()
    change(model._predictors[0][0].nodes)
    return model


def far(nodes) -> None:
    nodes[0][nodes.dtype.names[0] if "left" not in nodes.dtype.names else "left"] = 10**6


def endless(nodes) -> None:
    nodes[1]["left" if "left" in nodes.dtype.names else "left_child"] = 0
    nodes[1]["right" if "right" in nodes.dtype.names else "right_child"] = 0
    if "is_leaf" in nodes.dtype.names:
        nodes[1]["is_leaf"] = 0


def another_column(nodes) -> None:
    nodes[0]["feature_idx" if "feature_idx" in nodes.dtype.names else "feature"] = 10**9


@pytest.mark.parametrize("change", [far, endless, another_column])
@pytest.mark.parametrize("make", [crooked_forest, crooked_boosting])
def test_a_tree_that_points_outside_of_itself_is_refused_before_it_scores(make, change, tmp_path: Path) -> None:
    models.save(make(change), tmp_path / "m.skops")
    with pytest.raises(Refusal, match=r"m.skops: a Tree(Predictor)? points outside of itself or of its columns"):
        models.load((tmp_path / "m.skops").read_bytes(), name="m.skops")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("split_feature", "99"), ("left_child", "500"), ("right_child", "0"), ("left_child", "-500"),
        ("num_leaves", "99999999"), ("tree_sizes", "9"), ("decision_type", "1"), ("leaf_value", "1 1"),
        ("num_class", "2"), ("objective", "multiclass num_class:9"), ("max_feature_idx", "99"), ("is_linear", "1"),
        ("num_cat", "7"), ("shrinkage", "1\rleft_child=500"),
    ],
)  # fmt: skip
def test_a_booster_whose_text_points_outside_is_refused(key: str, value: str, tmp_path: Path) -> None:
    rows = pandas.DataFrame(np.random.default_rng(7).normal(size=(300, 3)), columns=list("abc"))
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, random_state=7).fit(rows, rows["a"] > 0)
    models.save(model, tmp_path / "m.skops")
    with zipfile.ZipFile(tmp_path / "m.skops") as old:
        members = {name: old.read(name) for name in old.namelist()}
    schema = members["schema.json"].decode()
    written = json.loads(schema)["content"]["content"]["_Booster"]["content"]["content"]["_handle"]["content"]
    text = json.loads(written)
    start = text.index(f"{key}=") + len(key) + 1
    text = text[:start] + value + text[min(text.index(stop, start) for stop in " \n") :]
    if key != "tree_sizes":  # else nothing but the sizes would be wrong
        trees = text[text.index("Tree=0") : text.index("end of trees")].partition("Tree=1")
        sizes = f"{len(trees[0])} {len(trees[1] + trees[2])}"
        text = re.sub("tree_sizes=.*", f"tree_sizes={sizes}", text)
    members["schema.json"] = schema.replace(json.dumps(written), json.dumps(json.dumps(text))).encode()
    crooked = io.BytesIO()
    with zipfile.ZipFile(crooked, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    with pytest.raises(Refusal, match="a Booster points outside of itself or of its columns"):
        models.load(crooked.getvalue(), name="m.skops")


def test_a_model_of_a_package_that_is_not_here_says_what_to_install(tmp_path: Path) -> None:
    rows = pandas.DataFrame({"a": range(50)})
    model = lightgbm.LGBMRegressor(n_estimators=1, verbose=-1).fit(rows, rows["a"])
    (tmp_path / "m.skops").write_bytes(skops.io.dumps(model))
    code = (
        "import sys; sys.modules['lightgbm'] = None; from pathlib import Path; "
        "from gitmlops.adapters.scoring import models; "
        "models.load(Path(sys.argv[1]).read_bytes(), name='m.skops')"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "m.skops"], capture_output=True, text=True)
    assert "Refusal: m.skops: needs the package lightgbm" in done.stderr
