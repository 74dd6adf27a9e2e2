"""Models as skops files: the same model gives the same bytes, and strangers' types are refused."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from gitmlops.adapters import models
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
