"""Rows of a database, by a query. What the URL holds is in no message."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from gitmlops.errors import InputError, ToolError

_AT_ONCE = 10_000


@contextmanager
def selected(
    variable: str, query: str, parameters: Mapping[str, datetime], *, where: str
) -> Iterator[tuple[tuple[str, ...], Iterator[list[tuple[Any, ...]]]]]:
    """The columns of a query and its rows, some at once. variable: the environment's, holding an SQLAlchemy URL.

    Raises InputError if there is no such variable or no such database driver, ToolError if the database refuses.
    """
    text = os.environ.get(variable, "")
    if not text:
        mend = "set it to an SQLAlchemy URL, e.g. postgresql+psycopg://reader:...@host/base"
        raise InputError(f"the environment has no {variable}", where=where, mend=mend)
    try:
        engine = sqlalchemy.create_engine(text)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        mend = "set it to an SQLAlchemy URL whose driver is installed"
        # Not what was wrong: the message may quote the URL.
        raise InputError(f"{variable} is no URL of a database that can be opened", where=where, mend=mend) from error
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            typed = (sqlalchemy.bindparam(name, type_=sqlalchemy.DateTime()) for name in parameters)
            found = connection.execute(sqlalchemy.text(query).bindparams(*typed), dict(parameters))
            batches = ([tuple(row) for row in part] for part in found.partitions(_AT_ONCE))
            yield tuple(found.keys()), batches
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise ToolError(
            _without_secrets(said, engine.url, text), where=where, mend=f"mend the query, or {variable}"
        ) from error
    finally:
        engine.dispose()


def _without_secrets(said: str, url: sqlalchemy.URL, text: str) -> str:
    for secret in (text, str(url.password or ""), str(url.username or ""), str(url.host or "")):
        said = said.replace(secret, "***") if secret else said
    return said
