"""The page docs/how-to/train-elsewhere.md: its pipeline compiles, and its script begins a job of a service once."""

import http.server
import os
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from tests.conftest import GitRepo
from tests.repo.stages import dvc

PAGE = Path(__file__).parents[2] / "docs/how-to/train-elsewhere.md"
ELSEWHERE = """\
kind: pipeline
name: text
params: {{service: "{service}"}}
steps:
  elsewhere:
    run: {python} ${{{{ inputs.script }}}} ${{{{ params.service }}}} ${{{{ inputs.rows }}}} ${{{{ outputs.model }}}}
    inputs: {{script: scripts/remote_job.py, rows: data/reviews.parquet}}
    outputs: {{model: {{path: build/text/elsewhere.pt, type: any}}}}
    deterministic: false
"""


def block(language: str, first: str) -> str:
    found = re.search(rf"```{language}\n({re.escape(first)}.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@dataclass
class Service:
    """A service that trains: a job is done the third time that somebody looks; `broken` ones fail."""

    address: str = ""
    broken: bool = False
    jobs: dict[str, bytes] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def state(self, job: str) -> str:
        self.looks[job] = self.looks.get(job, 0) + 1
        return "running" if self.looks[job] < 3 else "failed" if self.broken else "done"


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.tokens.add(self.headers["Authorization"])
            made.jobs.setdefault(self.path.split("/")[2], body)
            self.answer(b"")

        def do_GET(self) -> None:
            _, _, job, *rest = self.path.split("/")
            self.answer(made.jobs[job].upper() if rest else f'{{"state": "{made.state(job)}"}}'.encode())

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def text(project: GitRepo, service: Service, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.setenv("TRAINING_TOKEN", "secret")
    monkeypatch.setenv("POLL_SECONDS", "0.05")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    dvc(project.root, "init", "-q")
    project.write(
        {
            "pipelines/text.yaml": ELSEWHERE.format(service=service.address, python=shlex.quote(sys.executable)),
            "scripts/remote_job.py": block("python", "# scripts/remote_job.py"),
            "data/reviews.parquet": b"rows",
        }
    )
    return project


def test_the_pipeline_of_the_page_compiles(project: GitRepo) -> None:
    project.write({"pipelines/text.yaml": block("yaml", "# pipelines/text.yaml")})
    result = project.run("pipeline", "compile")
    assert result.exit_code == 0, result.output
    stages = yaml.safe_load((project.root / "dvc.yaml").read_text())["stages"]
    assert [stages[f"text-{name}"]["outs"] for name in ("several-processes", "container", "elsewhere")] == [
        ["build/text/several.pt"],
        ["build/text/container.pt"],
        ["build/text/elsewhere.pt"],
    ]


def test_a_job_of_a_service_is_begun_waited_for_and_brought(text: GitRepo, service: Service) -> None:
    result = text.run("pipeline", "run", "text")
    assert result.exit_code == 0, result.output
    assert (text.root / "build/text/elsewhere.pt").read_bytes() == b"ROWS"
    assert service.tokens == {"Bearer secret"}
    assert "secret" not in (text.root / "dvc.lock").read_text() + result.output


def test_a_step_that_runs_again_finds_its_job_and_begins_no_other(text: GitRepo, service: Service) -> None:
    service.broken = True
    failed = text.run("pipeline", "run", "text")
    assert failed.exit_code == 4
    (job,) = service.jobs
    assert f"the job {job} ended as failed: look at its log" in failed.output
    assert not os.path.lexists(text.root / "build/text/elsewhere.pt")
    service.broken = False
    assert text.run("pipeline", "run", "text").exit_code == 0
    assert [*service.jobs] == [job]
