"""The files below .github/ of a new project, as `init` and `github files` write them."""

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
environment: requirements.txt
alerts: {{slack: {{ops: {{url_secret: SLACK_URL}}}}}}
"""


def write(folder: Path, *, template: str = "flights", more: str = "") -> Path:
    """Everything that the template and its definitions give, with `more` at the end of gitmlops.yaml; the folder."""
    files = {str(file.path): file.content for file in render(template, VARIABLES)}
    files["gitmlops.yaml"] += more.encode()
    files |= {str(file.path): file.content for file in github.files(load_valid(Files(files)))}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def workflow(folder: Path, name: str, *, more: str = "") -> Path:
    """One workflow of the flights project, in a folder of its own outside of anybody's repository."""
    return write(folder / "generated", more=more) / ".github" / "workflows" / f"{name}.yml"
