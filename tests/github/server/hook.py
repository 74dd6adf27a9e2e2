"""The `update` hook of every bare repository: it asks the server, which knows the rules, about each ref of a push."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.github.server.rules import Move, refusals_of_push

if TYPE_CHECKING:
    from tests.github.server.github import GitHub

PATH = "/_update_hook"
_SCRIPT = f"""#!/bin/sh
[ -n "$GITHUB_OF_TESTS" ] || exit 0
exec "{sys.executable}" -ISu - "$@" <<'END'
import os, socket, sys
host, port = os.environ["GITHUB_OF_TESTS"].split(":")
body = "\\n".join([os.environ["GITHUB_REPOSITORY_OF_PUSH"], os.environ["REMOTE_USER"], *sys.argv[1:4]]).encode()
with socket.create_connection((host, int(port))) as asked:
    asked.sendall(b"POST {PATH} HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    head, _, refusals = asked.makefile("rb").read().decode().partition("\\r\\n\\r\\n")
sys.stderr.write(refusals)
sys.exit(0 if " 200 " in head and not refusals else 1)
END
"""


def install(bare: Path) -> None:
    """Write the hook."""
    hook = bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_SCRIPT)
    hook.chmod(0o755)


def answer_hook(github: "GitHub", body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Give the refusals of one ref's move, nothing where it may be."""
    full_name, login, ref, old, new = body.decode().split("\n")
    with github.lock:
        refusals = refusals_of_push(github.repositories[full_name.lower()], Move(github.user(login), ref, old, new))
    return 200, {}, "".join(f"{line}\n" for line in refusals).encode()
