"""Programs that are shut in, forked from one process that holds libraries and nothing else: none waits for imports.

A fork has what it needs in memory, confines itself before it touches what strangers made, and leaves nothing behind:
what one of them does to its libraries, the next one does not meet.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from gitmlops.adapters import commands, process
from gitmlops.adapters.commands import Command, Commands, Ended
from gitmlops.adapters.confinement import start
from gitmlops.errors import ToolError

_CALL = f"{start.__name__}:{start.run.__name__}"
_LAST_BYTES = 1 << 16


class Confined:
    """Starts confined programs, one after the other.

    preload: modules that each of them finds imported. environment: what libraries are loaded with.
    """

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str]) -> None:
        self._preload, self._environment = preload, environment
        self._commands: Commands | None = self._started()

    def run(self, module: str, *arguments: str, folder: Path, environment: Mapping[str, str], seconds: float) -> None:
        """Run a module as a program with this folder and these variables, and no others.

        Raises ToolError, with what it said last, if it fails, or takes longer: then it is killed.
        """
        words = (str(folder.resolve()), module, *arguments)
        with NamedTemporaryFile(prefix="gitmlops-log-") as log:
            code = self._ended(Command(module, words, str(folder), environment, log.name, _CALL), seconds)
            if code:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_BYTES))
                raise ToolError(process.last_words(log.read(), code), where=module)

    def close(self) -> None:
        """Kill what still runs; another program may be started afterwards."""
        if self._commands:
            self._commands.close()
        self._commands = None

    def _ended(self, command: Command, seconds: float) -> int:
        """The exit code of a program. Raises ToolError if it has none in time."""
        self._commands = self._commands or self._started()
        ended: tuple[Ended, ...] = ()
        try:
            self._commands.start(command)
            ended = self._commands.ended(seconds)
        finally:
            if not ended:
                self.close()
        if not ended:
            raise ToolError(f"it takes longer than {seconds:g} seconds", where=command.name, mend="give it less to do")
        return ended[0].code

    def _started(self) -> Commands:
        started = commands.isolated(self._environment)
        started.prepare(self._preload)
        return started
