"""What a machine computes with: two kinds of processor, or two libraries, may differ in the last digit."""

import platform
import re
from importlib import import_module
from pathlib import Path

_FACTS = Path("/proc/cpuinfo")
_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    facts = _FACTS.read_text(encoding="utf-8", errors="replace") if _FACTS.exists() else ""
    found = _MODEL.search(facts)
    return found[1].strip() if found else platform.processor() or platform.machine()


def linear_algebra() -> tuple[str, ...]:
    """The BLAS that numpy and scipy were built with, as `numpy: scipy-openblas 0.3.31`."""
    return tuple(f"{name}: {_blas(name)}" for name in ("numpy", "scipy"))


def _blas(package: str) -> str:
    built = import_module(f"{package}.__config__").show(mode="dicts")["Build Dependencies"]["blas"]
    return f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()
