"""Metrics of installed packages: what a package declares, and which ones this Python has.

A package names them as entry points of the group `gitmlops.metrics`; a policy names one as PACKAGE/NAME. Only packages
in the site-packages of the Python that runs count, with their code there, too: never files of a repository.
"""

import site
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gitmlops.errors import InputError
from gitmlops.plain_text import cut, visible

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Measure = Callable[[NDArray[numpy.float64], NDArray[numpy.float64]], float]

__all__ = ["PluginMetric", "metric"]

GROUP = "gitmlops.metrics"
_LONGEST = 300


@dataclass(frozen=True)
class PluginMetric:
    """A metric of a package.

    measure: labels (0 or 1) and scores of the same rows, shape (rows,), read-only -> a finite number, the same for the
    same rows, which need not be all rows: a check may be sliced. It reads nothing else and changes nothing.
    better: which way is better; tasks: the kinds of models that it is of; meaning: a clause that says what it is.
    """

    measure: "Measure"
    better: Literal["higher", "lower"]
    tasks: tuple[str, ...]
    meaning: str = ""


def metric(
    *, better: Literal["higher", "lower"], tasks: tuple[str, ...] = ("binary",), meaning: str = ""
) -> Callable[["Measure"], PluginMetric]:
    """Make a metric of a function of labels and scores; its entry point names the result."""
    return lambda measure: PluginMetric(measure, better, tasks, meaning)


class PluginError(InputError):
    """A plug-in that cannot be used: there is no number of it."""


@dataclass(frozen=True)
class Installed:
    """An entry point. name: PACKAGE/NAME; version: of the package; folder: the site-packages that it is in."""

    name: str
    version: str
    folder: Path
    entry: metadata.EntryPoint

    @property
    def package(self) -> str:
        """The package with its version, as receipts name it."""
        return f"{self.name.partition('/')[0]}=={self.version}"


@cache
def installed() -> Mapping[str, Installed]:
    """Every metric of an installed package, by its name."""
    folders = {Path(one).resolve() for one in (*_site_packages(),)}
    found: dict[str, Installed] = {}
    for distribution in metadata.distributions(path=[str(one) for one in sorted(folders)]):
        for entry in distribution.entry_points.select(group=GROUP):
            name = f"{distribution.name.lower().replace('_', '-').replace('.', '-')}/{entry.name}"
            folder = Path(str(distribution.locate_file(""))).resolve()
            found.setdefault(name, Installed(name, distribution.version, folder, entry))
    return found


@cache
def loaded(name: str) -> PluginMetric:
    """The metric of that name. Raises PluginError if it is not there, is no metric, or cannot be loaded."""
    known = installed()
    if name not in known:
        raise PluginError(f"no installed package has the metric {name!r}")
    found = known[name]
    _require_own_code(found)
    made = guarded(found, found.entry.load)
    if not isinstance(made, PluginMetric) or made.better not in ("higher", "lower"):
        raise PluginError(f"{found.package}: {found.entry.value} is no metric of gitmlops.plugins")
    return made


def guarded(found: Installed, call: Callable[[], object]) -> object:
    """What code of a package returns. Raises PluginError for whatever it raises.

    The boundary of a plug-in: one that fails, or ends the process, must not decide a verdict.
    """
    try:
        return call()
    except (Exception, SystemExit) as error:
        said = cut(visible(f"{type(error).__name__}: {error}"), _LONGEST)
        raise PluginError(f"{found.name} of {found.package} failed: {said}") from error


def _site_packages() -> tuple[str, ...]:
    users = (site.getusersitepackages(),) if site.ENABLE_USER_SITE else ()
    return (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages(), *users)


def _require_own_code(found: Installed) -> None:
    """Raises PluginError unless the code lies beside the package's own records: another module may have its name.

    Nothing is imported to find out.
    """
    top = found.entry.module.partition(".")[0]
    spec = PathFinder.find_spec(top, None)
    origin = Path(spec.origin).resolve() if spec and spec.origin else None
    if origin is None or not origin.is_relative_to(found.folder):
        where = f"{origin or 'nowhere'}, not in {found.folder}"
        raise PluginError(f"{found.package}: the code of {top!r} is {where}")
