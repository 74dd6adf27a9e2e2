"""A tree of definition files in memory, and the example project as one."""

from pathlib import Path

from gitmlops.errors import InputError

TEMPLATE = Path(__file__).parents[1] / "templates" / "flights"


class Files:
    """A tree in memory."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = {"gitmlops.yaml": "project: test\n", **files}

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise InputError("no such file", where=path)
        return self.files[path].encode()


def template() -> Files:
    """The flights template, its variables filled in."""
    texts = {str(path.relative_to(TEMPLATE)): path.read_text() for path in TEMPLATE.rglob("*.yaml")}
    words = {"project": "flights", "owner": "acme", "schemas": "schemas"}
    for name, word in words.items():
        texts = {path: text.replace(f"%%{{ {name} }}%%", word) for path, text in texts.items()}
    return Files(texts)
