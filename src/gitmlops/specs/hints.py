"""The nearest known word to a misspelt one."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence part that names the nearest known word, or all of them where none is near and they are few."""
    # Here, not above: every command can misread a word, and hardly one does; it is a twentieth of the start of each.
    from difflib import get_close_matches  # noqa: PLC0415

    words = sorted(known)
    if close := get_close_matches(word, words, n=1, cutoff=0.6):
        return f"did you mean {close[0]!r}?"
    if not words:
        return "there is none yet"
    return f"known: {', '.join(words[:12])}" + (f" and {len(words) - 12} more" if len(words) > 12 else "")
