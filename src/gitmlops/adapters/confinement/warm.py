"""Programs that are shut in, forked from one process that holds libraries and nothing else: none waits for imports.

A fork has what it needs in memory, confines itself before it touches what strangers made, and leaves nothing behind:
what one of them does to its libraries, the next one does not meet.
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from gitmlops.adapters.confinement import start
from gitmlops.adapters.system import commands, process
from gitmlops.adapters.system.commands import Command, Commands
from gitmlops.errors import ToolError

_CALL = f"{start.__name__}:{start.run.__name__}"
_LAST_BYTES = 1 << 16


class Running:
    """A confined program that was begun, to be waited for."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name, self.seconds = name, seconds
        self.deadline = time.monotonic() + seconds
        # Open until it is waited for; after that it may have been removed with all else.
        self.log = NamedTemporaryFile(prefix="gitmlops-log-", delete=False)  # noqa: SIM115
        self.failure: ToolError | None = None

    def ended(self, code: int) -> None:
        """Keep how it ended."""
        if code:
            self.log.seek(max(0, self.log.seek(0, os.SEEK_END) - _LAST_BYTES))
            self.failure = ToolError(process.last_words(self.log.read(), code), where=self.name)

    def forget(self) -> None:
        """Remove what it said."""
        self.log.close()
        Path(self.log.name).unlink(missing_ok=True)

    def killed(self) -> None:
        """Keep that it did not end by itself."""
        what = f"it takes longer than {self.seconds:g} seconds"
        self.failure = ToolError(what, where=self.name, mend="give it less to do")


class Confined:
    """Runs confined programs, one after the other: none is alive beside another that it could meddle with.

    preload: modules that each of them finds imported. environment: what libraries are loaded with.
    """

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str]) -> None:
        self._preload, self._environment = preload, environment
        self._commands: Commands | None = self._started()
        self._running: Running | None = None

    def begin(
        self, module: str, *arguments: str, folder: Path, environment: Mapping[str, str], seconds: float
    ) -> Running:
        """Run a module as a program with this folder and these variables, and no others; it is killed after seconds.

        It starts once what was begun before has ended. If it is killed, or we are, its folder is removed.
        """
        self._settle()
        self._commands = self._commands or self._started()
        self._running = running = Running(module, seconds)
        words = (str(folder.resolve()), module, *arguments)
        passing = (str(folder), running.log.name)
        self._commands.start(Command(module, words, str(folder), environment, running.log.name, _CALL, passing=passing))
        return running

    def wait(self, running: Running) -> None:
        """Until a program has ended. Raises ToolError, with what it said last, if it failed or was killed."""
        if running is self._running:
            self._settle()
        running.forget()
        if running.failure:
            raise running.failure

    def close(self) -> None:
        """Kill what still runs; another program may be started afterwards."""
        if self._commands:
            self._commands.close()
        self._commands = self._running = None

    def _settle(self) -> None:
        """Have no program running, and know how the one that was running ended."""
        running, ended = self._running, False
        if running is None or self._commands is None:
            return
        try:
            for one in self._commands.ended(max(0, running.deadline - time.monotonic())):
                running.ended(one.code)
                ended = True
        finally:
            if not ended:
                running.killed()
                self.close()
        self._running = None

    def _started(self) -> Commands:
        started = commands.isolated(self._environment)
        started.prepare(self._preload)
        return started
