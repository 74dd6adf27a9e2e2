"""What `git cat-file --batch` answers: many objects in one call, because one call each is most of a command's time."""

from collections.abc import Sequence


def blobs(answer: bytes, shas: Sequence[str]) -> dict[str, bytes]:
    """The contents by SHA: each object as `<sha> blob <size>`, a line break, the content, a line break."""
    contents, start = {}, 0
    for sha in shas:
        begin = answer.index(b"\n", start) + 1
        end = begin + int(answer[start:begin].split()[2])
        contents[sha] = answer[begin:end]
        start = end + 1
    return contents
