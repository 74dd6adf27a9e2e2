"""What `git cat-file --batch` answers: many objects in one call, because one call each is most of a command's time."""

from collections.abc import Sequence

from gitmlops.errors import ToolError


def blobs(answer: bytes, shas: Sequence[str]) -> dict[str, bytes]:
    """The contents by SHA: each object as `<sha> blob <size>`, a line break, the content, a line break."""
    contents, start = {}, 0
    for sha in shas:
        begin = answer.index(b"\n", start) + 1
        about = answer[start:begin].split()
        if len(about) < 3:
            mend = "fetch all of it: `git fetch --refetch`, or clone again without a filter"
            raise ToolError(f"the object {sha[:12]} is not in this clone", where="git cat-file", mend=mend)
        end = begin + int(about[2])
        contents[sha] = answer[begin:end]
        start = end + 1
    return contents
