"""SQLite files, written whole or not at all."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gitmlops.adapters.files import not_written


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty database that takes the place of `path` when the block ends well. Raises ToolError.

    Whoever has the old file open reads on in it. Of several that write at once the last one to end counts.
    """
    # A name of its own: two that wrote to one file would publish what neither of them made.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(partial)) as connection:
            # No journal: a file that is not finished is thrown away.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
            connection.commit()
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except sqlite3.OperationalError as error:
        raise not_written(path, OSError(str(error))) from error
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        partial.unlink(missing_ok=True)
