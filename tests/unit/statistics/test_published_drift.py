"""Figures that others published, matched: NannyML 0.13.1 on the car loan data of its own package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy
import pandas
import pytest

from gitmlops.statistics import histogram
from gitmlops.statistics.drift import kolmogorov_smirnov

PUBLISHED = (0.01576, 0.01268, 0.01734, 0.01280, 0.01918, 0.00824, 0.01058, 0.01002, 0.01068, 0.00680)
"""KS of debt_to_income_ratio by chunks of 5,000 rows, as NannyML 0.13.1 gives it, by 10,000 bins of one width."""
EXACT = (0.01576, 0.01272, 0.01746, 0.01282, 0.01922, 0.00824, 0.01068, 0.01002, 0.01070, 0.00700)
"""The same by scipy.stats.ks_2samp on the rows; 0.00720 was once noted for the last chunk, the rows do not give it."""
CHUNK, THEIR_BINS = 5_000, 10_000
Ratios = tuple[numpy.ndarray, list[numpy.ndarray]]


@pytest.fixture(scope="module")
def ratios(tmp_path_factory: pytest.TempPathFactory) -> Ratios:
    """The column in the reference, and in each chunk of what was analysed."""
    folder = tmp_path_factory.mktemp("nannyml")
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "nannyml==0.13.1"]
    subprocess.run([*download, "--dest", str(folder)], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        sides = [_column(wheel, folder, side) for side in ("reference", "analysis")]
    return sides[0], [sides[1][start : start + CHUNK] for start in range(0, len(sides[1]), CHUNK)]


def _column(wheel: zipfile.ZipFile, folder: Path, side: str) -> numpy.ndarray:
    path = wheel.extract(f"nannyml/datasets/data/synthetic_car_loan_{side}.csv", folder)
    return pandas.read_csv(path)["debt_to_income_ratio"].to_numpy()


def by_bins(reference: numpy.ndarray, chunk: numpy.ndarray, edges: numpy.ndarray) -> float:
    return kolmogorov_smirnov(histogram.count(reference, edges), histogram.count(chunk, edges))


@pytest.mark.slow
def test_ks_on_their_bins_is_what_nannyml_published(ratios: Ratios) -> None:
    reference, chunks = ratios
    equal = numpy.linspace(reference.min(), reference.max(), THEIR_BINS + 1)
    theirs = numpy.nextafter(equal, -numpy.inf)  # their bins hold their lower edge, ours the upper one
    theirs[-1] = equal[-1]
    found = [by_bins(reference, chunk, theirs[1:]) for chunk in chunks]
    assert found == pytest.approx(PUBLISHED, abs=5e-6)


@pytest.mark.slow
def test_ks_of_the_rows_and_of_a_profile(ratios: Ratios) -> None:
    reference, chunks = ratios
    exact = [by_bins(reference, chunk, numpy.unique(numpy.concatenate([reference, chunk]))) for chunk in chunks]
    assert exact == pytest.approx(EXACT, abs=5e-6)
    profile = [by_bins(reference, chunk, histogram.edges(reference)) for chunk in chunks]
    assert profile == pytest.approx(exact, abs=0.005)
    assert all(found <= true + 1e-12 for found, true in zip(profile, exact, strict=True))
