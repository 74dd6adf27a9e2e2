"""A confined process computes, and reaches nothing: no network, no other process, no file of its user's."""

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitmlops.adapters.confinement import calls, files, kernel, kinds, start
from gitmlops.adapters.confinement.warm import Confined, Running
from gitmlops.errors import ToolError

REFUSED = "PermissionError"


ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
WARM = Confined(("numpy",), ENVIRONMENT)


def run(folder: Path, code: str, *, seconds: float = 60) -> None:
    # timeit is a module of Python's that runs what it is given.
    words = ("timeit", "-n1", "-r1", code)
    environment = {**ENVIRONMENT, "TMPDIR": str(folder)}
    WARM.wait(WARM.begin(*words, folder=folder, environment=environment, seconds=seconds))


def confined(folder: Path, code: str) -> str:
    """What a confined process says last that runs a piece of Python; empty if it ends well."""
    try:
        run(folder, code)
    except ToolError as error:
        return error.what.splitlines()[-1]
    return ""


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    yield
    WARM.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    return tmp_path / "other"


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_this_system_offers_all_of_it() -> None:
    assert kinds.held() == ("the network", "other processes", "files outside of its folder")
    assert kinds.within_reach() == ()


def test_a_system_that_offers_nothing_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not calls.offered() and not files.offered()
    assert kinds.within_reach() == ("the network", "other processes", "files outside of its folder")


def test_it_computes_with_threads_and_writes_its_folder(folder: Path) -> None:
    code = "import threading, os, tempfile; t = threading.Thread(target=print); t.start(); t.join()"
    assert confined(folder, f"{code}; open('out', 'w').write('1'); os.replace('out', 'done')") == ""
    assert (folder / "done").read_text() == "1"


CONNECTS = "import socket; socket.create_connection(('127.0.0.1', {port}))"


def test_nothing_arrives_at_a_server(folder: Path, canary: socket.socket) -> None:
    port = canary.getsockname()[1]
    assert REFUSED in confined(folder, CONNECTS.format(port=port))
    with pytest.raises(BlockingIOError):
        canary.accept()
    with socket.create_connection(canary.getsockname()):
        canary.accept()  # the canary sings where somebody comes


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_INET6)",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import socket; socket.socket(40, socket.SOCK_STREAM)",
        "import socket; socket.socketpair()",
        "import os; os.fork()",
        "import os; os.forkpty()",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import subprocess; subprocess.run(['/bin/true'])",
        "import multiprocessing as m; m.get_context('spawn').Process(target=print).start()",
        "import os; os.kill(os.getppid(), 0)",
        "import os; os.setsid()",
        "import os; os.setpgid(0, 0)",
        "import os; os.pidfd_open(os.getppid())",
        "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
        "import os; os.chroot('.')",
    ],
)
def test_no_socket_and_no_process_is_made(folder: Path, code: str) -> None:
    assert REFUSED in confined(folder, code)


@pytest.mark.parametrize(
    ("name", "number"),
    [("io_uring_setup", 425), ("mount_setattr", 442), ("clone3", 435), ("pidfd_getfd", 438), ("unknown", 470)],
)
def test_system_calls_without_a_name_in_python_are_refused(folder: Path, name: str, number: int) -> None:
    code = (
        f"import ctypes; library = ctypes.CDLL(None); assert library.syscall({number}, 0, 0, 0, 0, 0) == -1, {name!r}"
    )
    assert confined(folder, code) == ""


def test_a_call_of_the_other_table_of_the_processor_ends_it(folder: Path) -> None:
    assert "signal" in confined(folder, "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0)")


def test_nothing_outside_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("1")
    (folder / "link").symlink_to(tmp_path / "labels")
    for path in (tmp_path / "labels", "/etc/passwd", f"/proc/{os.getpid()}/environ", "link", "../labels"):
        assert REFUSED in confined(folder, f"open({str(path)!r}).read()")
    assert REFUSED in confined(folder, f"import os; os.listdir({str(tmp_path)!r})")


def test_nothing_outside_is_written(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    kept.chmod(0o600)
    for code in (
        f"open({str(kept)!r}, 'w')",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"import os; os.unlink({str(kept)!r})",
        f"import os; os.truncate({str(kept)!r}, 0)",
        f"import os; os.chmod({str(kept)!r}, 0o777)",
        f"import os; os.utime({str(kept)!r})",
        f"import os; open('mine', 'w'); os.rename('mine', {str(tmp_path / 'new')!r})",
        f"import os; os.link({str(kept)!r}, 'here')",
        "import os; os.mkfifo('pipe')",
    ):
        assert "Error" in confined(folder, code), code
    assert kept.read_text() == "as it was"
    assert oct(kept.stat().st_mode)[-3:] == "600"
    assert not (tmp_path / "new").exists()


def test_a_system_that_does_not_keep_what_it_offers_starts_nothing(folder: Path, monkeypatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(calls, "restrict", fails)
    monkeypatch.setattr(files, "restrict", fails)
    monkeypatch.setattr(kernel, "renounce_privileges", lambda: None)
    with pytest.raises(SystemExit, match="does not confine it as it said it would"):
        start.run((str(folder), "timeit", "pass"))


def test_it_sees_its_own_variables_and_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    assert confined(folder, "import os; open('seen', 'w').write(repr({*os.environ}))") == ""
    assert eval((folder / "seen").read_text()) == {*ENVIRONMENT, "TMPDIR"}
    code = "assert b'secret' not in open('/proc/self/environ', 'rb').read()"
    assert confined(folder, code) == ""


def test_it_finds_imported_what_each_one_needs_and_nothing_that_another_one_did_to_it(folder: Path) -> None:
    assert confined(folder, "import sys; sys.modules['numpy'].add = None; sys.modules['mine'] = sys") == ""
    assert confined(folder, "import sys; assert sys.modules['numpy'].add and 'mine' not in sys.modules") == ""


def test_it_holds_no_pipe_of_the_process_that_started_it(folder: Path) -> None:
    assert confined(folder, "import os; assert {*os.listdir('/proc/self/fd')} - {'0', '1', '2'} == {'3'}") == ""


def test_one_that_has_a_thread_before_it_is_shut_in_is_not_started(folder: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(SystemExit, match="there are threads already"):
            start.run((str(folder), "timeit", "pass"))
    finally:
        stop.set()
        thread.join()


def test_one_that_takes_too_long_is_killed_with_its_folder_and_the_next_one_runs(folder: Path, other: Path) -> None:
    running = begun(folder, "import os, time; open('mine', 'w').write(str(os.getpid())); time.sleep(600)", seconds=2)
    while not (mine := folder / "mine").exists() or not mine.read_text():
        time.sleep(0.02)
    process = int(mine.read_text())
    with pytest.raises(ToolError, match=r"timeit: it takes longer than 2 seconds; give it less to do"):
        WARM.wait(running)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not folder.exists()
    assert confined(other, "pass") == ""


def test_of_endless_words_the_last_ones_are_told(folder: Path) -> None:
    with pytest.raises(ToolError) as caught:
        run(folder, "import os; os.write(2, b'word\\n' * 1_000_000 + b'the end'); os._exit(1)")
    assert caught.value.what.splitlines() == [*9 * ["word"], "the end"]


def test_one_that_was_killed_says_by_which_signal(folder: Path) -> None:
    with pytest.raises(ToolError, match=r"ended by signal 9 \(Killed\)"):
        run(folder, "import os; os.kill(os.getpid(), 9)")


def begun(folder: Path, code: str, *, seconds: float = 60) -> Running:
    return WARM.begin("timeit", "-n1", "-r1", code, folder=folder, environment=ENVIRONMENT, seconds=seconds)


def test_the_next_begins_when_the_one_before_has_ended_and_each_is_told_how_it_ended(folder: Path) -> None:
    first = begun(folder, "import time; time.sleep(.5); open('first', 'w').close(); raise SystemExit('the first')")
    second = begun(folder, "import os; assert os.path.exists('first'); raise SystemExit('the second')")
    with pytest.raises(ToolError, match="the second"):
        WARM.wait(second)
    with pytest.raises(ToolError, match="the first"):
        WARM.wait(first)


def test_one_that_takes_too_long_is_killed_when_the_next_is_to_begin(folder: Path, other: Path) -> None:
    first = begun(other, "import time; time.sleep(600)", seconds=1)
    WARM.wait(begun(folder, "open('second', 'w').close()"))
    with pytest.raises(ToolError, match="it takes longer than 1 seconds"):
        WARM.wait(first)
    assert (folder / "second").exists()
