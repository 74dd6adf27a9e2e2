"""Which releases of DVC its internals are used of: those whose `dvc.lock` the tests have compared with ours."""

from importlib.metadata import version

from gitmlops.errors import ToolError

TESTED = ("3.66", "3.67")
"""Minor releases for which tests/repo/test_running_contract.py has passed. It is run again with each new one."""


def installed() -> str:
    """The version of DVC that is installed."""
    return version("dvc")


def tested() -> bool:
    """Whether it is one of them."""
    return ".".join(installed().split(".")[:2]) in TESTED


def require_tested(doing: str, *, instead: str = "") -> None:
    """Raises ToolError unless it is one of them. instead: what does without parts of DVC."""
    if not tested():
        mend = f"install a DVC of {' or '.join(TESTED)}" + f", or use {instead}" * bool(instead)
        raise ToolError(f"{doing} works with parts of DVC, and {installed()} was not tested", mend=mend)
