"""The files below .github/ of a new project, as `init` and `github files` write them."""

from collections.abc import Mapping
from pathlib import Path

from gitmlops.definitions import Files, load_valid
from gitmlops.scaffold import github
from gitmlops.scaffold.templates import render

VARIABLES = {"project": "flights", "owner": "acme"}
PINNED = "gitmlops/gitmlops@0123456789abcdef0123456789abcdef01234567"
SECRETS = ("GITMLOPS_APP_KEY", "SLACK_URL")
ENTERPRISE = f"""\
ci:
  host: github.acme.example
  runners: {{gate: big, train: [self-hosted, gpu], monitor: [self-hosted], release: ubuntu-24.04}}
  package_index: https://pypi.acme.example/simple
  action: {PINNED}
  app: 1234
  catalog: pages
environment: requirements.txt
alerts: {{slack: {{ops: {{url_secret: SLACK_URL}}}}}}
"""


def write(folder: Path, *, template: str = "flights", more: str = "", files: Mapping[str, str] | None = None) -> Path:
    """Everything that the template and its definitions give; the folder.

    more: at the end of gitmlops.yaml; files: beside the template's.
    """
    written = {str(file.path): file.content for file in render(template, VARIABLES)}
    written["gitmlops.yaml"] += more.encode()
    written |= {path: text.encode() for path, text in (files or {}).items()}
    written |= {str(file.path): file.content for file in github.files(load_valid(Files(written)))}
    for path, content in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def workflow(folder: Path, name: str, *, more: str = "") -> Path:
    """One workflow of the flights project, in a folder of its own outside of anybody's repository."""
    return write(folder / "generated", more=more) / ".github" / "workflows" / f"{name}.yml"
