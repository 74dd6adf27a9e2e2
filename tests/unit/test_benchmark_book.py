"""The book of benchmarks: figures beside each other, where we lose first, and a part that was measured is kept."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MACHINE = {"cpu": "C", "cores": 2, "memory": 8, "system": "S", "python": "3.11.0"}


def book(folder: Path, *parts: str) -> tuple[str, str]:
    """The page, and what was said."""
    page = folder / "benchmarks.md"
    command = [sys.executable, str(ROOT / "benchmarks/book.py"), "--results", str(folder), "--page", str(page), *parts]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return page.read_text(), done.stdout


def keep(folder: Path, name: str, rows: list[dict[str, object]], text: str = "", **more: object) -> None:
    told: dict[str, object] = {
        "title": name.capitalize(),
        "command": f"python {name}.py",
        "day": "2026-01-02",
        "commit": "abc",
    }
    told |= {"seconds": 5, "load": 0.1, "machine": MACHINE, "rows": rows, "text": text, "name": name, **more}
    (folder / f"{name}.json").write_text(json.dumps(told))


def row(tool: str, *values: float, **limits: object) -> dict[str, object]:
    return {"what": "a join", "tool": tool, "unit": "CPU s", "values": values, **limits}


def test_a_part_is_measured_and_kept_and_the_page_says_how(tmp_path: Path) -> None:
    page, said = book(tmp_path, "feature-search")
    assert "== feature-search: Searching features" in said
    assert "## Searching features\n\n`python benchmarks/feature_search.py`, 20" in page
    assert "| `feature search`, 1,000 views, unchanged | CPU s | " in page
    assert "Not measured yet: Start-up, " in page
    kept = json.loads((tmp_path / "feature-search.json").read_text())
    assert [len(one["values"]) for one in kept["rows"]] == [3, 7, 7]


def test_the_page_tells_first_where_others_take_less_and_what_was_not_reached(tmp_path: Path) -> None:
    ours = row("gitmlops", 3.0, 1.0, 2.0, at_most=5.0, at_most_times={"fast": 1.5})
    keep(tmp_path, "startup", [ours, row("fast", 1.0), row("slow", 8.0)])
    keep(tmp_path, "drift", [row("gitmlops", 1.0, at_most=2.0), row("other", 0.5)])
    keep(tmp_path, "watch", [], "| a |\n|---|\n| 1 |\n\n### Nothing\n")
    page, said = book(tmp_path, "--write")
    assert said == ""
    lost = page[page.index("## Where we lose") : page.index("## Startup")]
    assert "2 of 3 limits are held" in lost
    assert "Limits that are not held:\n" in lost
    assert "| a join | CPU s | 2 (1 to 3) | fast | 1 | 2 | 5, 1.5 x | **no** |" in lost
    assert "Others that take less than gitmlops:\n" in lost
    assert "| a join | CPU s | 1 | other | 0.5 | 2 | 2 | yes |" in lost
    assert "| slow |" not in lost
    assert "| a join | CPU s | 2 (1 to 3) | slow | 8 | 0.25 | 5 | yes |" in page
    assert "<details><summary>What it printed</summary>\n\n| a |" in page
    assert "#### Nothing" in page


def test_a_tool_that_could_not_be_installed_is_told(tmp_path: Path) -> None:
    keep(tmp_path, "drift", [row("gitmlops", 1.0)], left_out=["evidently", "whylogs"])
    keep(tmp_path, "startup", [row("gitmlops", 1.0)])
    page, _ = book(tmp_path, "--write")
    assert page.count("Could not be installed, so it is left out: evidently, whylogs.") == 1


def test_a_part_that_nobody_knows_is_told(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks/book.py"), "--results", str(tmp_path), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no part nothing" in done.stderr
