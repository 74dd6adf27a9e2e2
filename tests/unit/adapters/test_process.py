"""Programs are started with a list of words, and their failures told in their own last words."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from gitmlops.adapters.system import process
from gitmlops.errors import ToolError

PYTHON = sys.executable


def test_the_output_is_text_and_nothing_is_a_shell():
    assert process.run(PYTHON, "-c", "import sys; print(sys.argv[1])", "$(id); `id` | *") == "$(id); `id` | *\n"


def test_standard_input_and_variables_reach_the_program(tmp_path):
    code = "import os, sys; print(os.environ['WORD'], sys.stdin.read(), os.getcwd())"
    said = process.run(PYTHON, "-c", code, cwd=tmp_path, environment={"WORD": "a"}, stdin=b"b")
    assert said == f"a b {tmp_path}\n"


def test_without_input_a_program_reads_an_end_at_once():
    assert process.run(PYTHON, "-c", "import sys; print(repr(sys.stdin.read()))") == "''\n"


def test_output_that_is_not_utf_8_is_kept_as_bytes():
    code = "import sys; sys.stdout.buffer.write(bytes([255, 0, 10]))"
    assert process.run_bytes(PYTHON, "-c", code) == b"\xff\x00\n"
    assert process.run(PYTHON, "-c", code) == "\ufffd\x00\n"


def test_a_failure_is_told_in_the_last_words_of_the_program():
    code = "import sys; print(*range(99), sep='\\n', file=sys.stderr); sys.exit('the reason')"
    with pytest.raises(ToolError) as caught:
        process.run(PYTHON, "-c", code)
    assert caught.value.what.splitlines()[-1] == "the reason"
    assert len(caught.value.what.splitlines()) <= 10
    assert len(caught.value.where) <= 200


def test_a_silent_failure_is_told_by_its_exit_code():
    with pytest.raises(ToolError, match="exit code 3 and no message"):
        process.run(PYTHON, "-c", "raise SystemExit(3)")


def test_a_program_that_is_not_there_is_told_with_its_mend():
    with pytest.raises(
        ToolError, match=r"no-such-program cannot be started: .*; install no-such-program and put it on PATH"
    ):
        process.run("no-such-program")


def test_a_file_that_is_no_program_is_told(tmp_path):
    (tmp_path / "file").write_text("words")
    with pytest.raises(ToolError, match="cannot be started: Permission denied"):
        process.run(str(tmp_path / "file"))


def test_a_folder_that_is_not_there_is_not_called_a_missing_program(tmp_path):
    with pytest.raises(ToolError, match=r"/gone: no such folder"):
        process.run(PYTHON, "-c", "", cwd=tmp_path / "gone")


def test_settings_that_we_add_are_not_shown():
    with pytest.raises(ToolError) as caught:
        process.run("git", "-c", "core.fsmonitor=false", "no-such-command")
    assert caught.value.where == "git no-such-command"


def test_success_is_a_yes_and_failure_a_no():
    assert process.succeeds(PYTHON, "-c", "print('x')")
    assert not process.succeeds(PYTHON, "-c", "raise SystemExit(1)")


def test_a_watched_program_prints_to_standard_error(capfd):
    assert process.follow(PYTHON, "-c", "print('seen'); raise SystemExit(5)") == 5
    assert capfd.readouterr() == ("", "seen\n")


def test_a_program_that_was_killed_says_by_which_signal():
    with pytest.raises(ToolError, match=r"ended by signal 9 \(Killed\)"):
        process.run(PYTHON, "-c", "import os; os.kill(os.getpid(), 9)")


def test_memory_beyond_the_limit_is_a_memory_error(tmp_path):
    code = (
        "import sys\nfrom gitmlops.adapters.system import process\nprocess.limit_memory(1 << 28)\n"
        "try:\n    bytearray(1 << 29)\nexcept MemoryError:\n    sys.exit('too much')\n"
    )
    with pytest.raises(ToolError, match="too much"):
        process.run(PYTHON, "-I", "-c", code, cwd=tmp_path)


def test_an_interrupt_is_passed_on_and_the_program_waited_for(tmp_path):
    script = f"""
import sys
from gitmlops.adapters.system import process
try:
    process.follow({PYTHON!r}, "-c", '''
import signal, sys, time
try:
    open("ready", "w").close()
    time.sleep(60)
except KeyboardInterrupt:
    open("interrupted", "w").close()
''')
except KeyboardInterrupt:
    sys.exit(130)
"""
    child = subprocess.Popen([PYTHON, "-c", script], cwd=tmp_path)
    until = time.monotonic() + 20
    while not (tmp_path / "ready").exists() and time.monotonic() < until:
        os.sched_yield()
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 130
    assert (tmp_path / "interrupted").exists()


def test_an_interrupt_at_the_moment_at_which_a_program_starts_ends_the_program_too(tmp_path):
    script = f"""
import sys
from gitmlops.adapters.system import process
try:
    process.follow({PYTHON!r}, "-c", "import time; time.sleep(60)")
except KeyboardInterrupt:
    sys.exit(130)
"""
    for _ in range(5):
        child = subprocess.Popen([PYTHON, "-c", script], cwd=tmp_path)
        until, started = time.monotonic() + 20, []
        while not started and time.monotonic() < until:
            started = psutil.Process(child.pid).children()
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130
        assert started
        assert psutil.wait_procs(started, timeout=5)[1] == []


def test_an_interrupt_waits_for_what_must_not_stop_half_way():
    done = []
    with pytest.raises(KeyboardInterrupt), process.undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
        done.append(
            process.run(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGINT); print(1)")
        )
    assert done == ["1\n"]
    with pytest.raises(KeyboardInterrupt):  # and afterwards interrupts are what they were
        os.kill(os.getpid(), signal.SIGINT)
