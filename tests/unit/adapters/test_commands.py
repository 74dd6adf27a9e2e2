"""Commands that run side by side: what is missing for one of them is told by that one, and the others go on."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitmlops.adapters.system import process
from gitmlops.adapters.system.commands import Command, Commands, launched


@pytest.fixture
def commands() -> Iterator[Commands]:
    with launched({}) as launcher:
        yield launcher


def codes(commands: Commands, count: int) -> dict[str, int]:
    found: dict[str, int] = {}
    while len(found) < count:
        found |= {each.name: each.code for each in commands.ended(10)}
    return found


def command(tmp_path: Path, name: str, *arguments: str, **options: object) -> Command:
    return Command(name, arguments, str(tmp_path), dict(os.environ), str(tmp_path / f"{name}.log"), **options)


def test_a_module_that_cannot_be_imported_beforehand_is_no_reason_to_stop(commands: Commands, tmp_path: Path) -> None:
    commands.start(command(tmp_path, "a", "--version", call="gitmlops.cli.main:main", preload=("no_such_module",)))
    commands.start(command(tmp_path, "b", "sh", "-c", "echo b; exit 3"))
    commands.start(command(tmp_path, "c", call="no_such_module:main"))
    assert codes(commands, 3) == {"a": 0, "b": 3, "c": 1}
    assert "gitmlops" in (tmp_path / "a.log").read_text()
    assert "No module named 'no_such_module'" in (tmp_path / "c.log").read_text()


def test_a_program_that_is_not_there_ends_as_a_shell_has_it(commands: Commands, tmp_path: Path) -> None:
    commands.start(command(tmp_path, "a", "no-such-program"))
    assert codes(commands, 1) == {"a": 127}
    assert "no-such-program cannot be started: No such file or directory" in (tmp_path / "a.log").read_text()


def test_a_signal_reaches_all_that_a_command_started(commands: Commands, tmp_path: Path) -> None:
    script = "sh -c 'trap \"touch child; exit\" TERM; touch ready; while :; do sleep .02; done'; touch parent"
    commands.start(command(tmp_path, "a", "sh", "-c", script))
    while not (tmp_path / "ready").exists():
        assert not commands.ended(0.02)
    commands.signal(signal.SIGTERM)
    assert codes(commands, 1) == {"a": -signal.SIGTERM}
    until((tmp_path / "child").exists)  # nobody waits for it
    assert not (tmp_path / "parent").exists()


def test_a_called_function_ends_as_it_would_by_hand(commands: Commands, tmp_path: Path) -> None:
    code = (
        "import atexit, sys, threading, time, weakref\n"
        "class Held: pass\nheld = Held()\nweakref.finalize(held, print, 'finalized')\n"
        "def quits(words): raise SystemExit({'none': None, 'seven': 7, 'text': 'no'}[words[0]])\n"
        "def returns(words):\n"
        "    atexit.register(print, 'at exit')\n"
        "    threading.Thread(target=lambda: (time.sleep(.2), print('thread'))).start()\n"
        "    sys.stdout.write('not flushed ')\n"
    )
    (tmp_path / "called_by_a_test.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with launched(environment) as launcher:
        for name, call in (("none", "quits"), ("seven", "quits"), ("text", "quits"), ("all", "returns")):
            launcher.start(command(tmp_path, name, name, call=f"called_by_a_test:{call}"))
        assert codes(launcher, 4) == {"none": 0, "seven": 7, "text": 1, "all": 0}
    assert (tmp_path / "all.log").read_text() == "not flushed thread\nat exit\nfinalized\n"


def test_what_was_only_just_started_is_killed_too(tmp_path: Path) -> None:
    for number in range(5):
        (folder := tmp_path / str(number)).mkdir()
        with launched({}) as launcher:
            launcher.start(command(folder, "a", "sh", "-c", "echo $$ > began; sleep 60"))
    time.sleep(0.2)
    for began in tmp_path.glob("*/began"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(began.read_text()), 0)


def test_what_is_there_for_a_command_alone_goes_with_whoever_asked_for_it(tmp_path: Path) -> None:
    (folder := tmp_path / "own").mkdir()
    code = (
        "import os, sys, time\n"
        "from gitmlops.adapters.system.commands import Command, launched\n"
        f"words, log = ['sh', '-c', 'touch ready; sleep 60'], {str(tmp_path / 'log')!r}\n"
        "with launched({}) as launcher:\n"
        f"    own, mine = {str(folder)!r}, dict(os.environ)\n"
        "    launcher.start(Command('a', words, own, mine, log, passing=[own, log]))\n"
        "    time.sleep(60)\n"
    )
    asking = process.start(sys.executable, "-c", code)
    until(lambda: (folder / "ready").exists())
    asking.kill()
    until(lambda: not folder.exists() and not (tmp_path / "log").exists())
    asking.communicate()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
