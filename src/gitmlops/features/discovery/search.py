"""Entries ranked by how well they fit some words; a misspelt word finds what it is near to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from gitmlops.features.discovery.catalogue import Entry, words

_INHERITED = 0.5
"""What a word of the view counts for one of its features."""
_BEGINNING = 0.7
"""How surely a word means another one that begins or ends like it, at least; where any does, no slip is looked for."""


@dataclass(frozen=True)
class Shelf:
    """The entries of one repository. origin: its address, empty for this one."""

    origin: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Found:
    """An entry that fits. origin: the repository that it is from; exact: whether the query is its name."""

    entry: Entry
    origin: str
    exact: bool
    score: float


def search(shelves: Sequence[Shelf], query: str) -> tuple[Found, ...]:
    """What fits every word of the query, best first.

    What has the query for its name comes first, what is deprecated last; then by score, by how many models use it,
    and by name: the same query on the same definitions gives the same answer.
    """
    vocabulary = _vocabulary(shelves)
    meant = [_meanings(word, vocabulary) for word in dict.fromkeys(words(query))]
    if not meant or not all(meant):
        return ()
    found = [one for shelf in shelves for one in _on_shelf(shelf, meant, query.strip().casefold())]
    return tuple(sorted(found, key=_rank))


def hint(shelves: Sequence[Shelf], query: str) -> str:
    """For a query that finds nothing: the known words that are nearest to those of it that lead nowhere."""
    vocabulary = sorted(_vocabulary(shelves))
    unknown = [word for word in dict.fromkeys(words(query)) if not _meanings(word, vocabulary)]
    if not unknown:
        return "each of the words leads somewhere, all of them together do not: leave one out"
    near = list(dict.fromkeys(other for word in unknown for other in get_close_matches(word, vocabulary, 3)))
    return f"the nearest words are {', '.join(near)}" if near else "see `gitmlops feature list` for all there is"


def _vocabulary(shelves: Iterable[Shelf]) -> frozenset[str]:
    return frozenset(word for shelf in shelves for entry in shelf.entries for word in entry.words)


def _on_shelf(shelf: Shelf, meant: Sequence[Mapping[str, float]], query: str) -> Iterator[Found]:
    views = {entry.id: entry for entry in shelf.entries if entry.kind == "view"}
    for entry in shelf.entries:
        scores = [_score(entry, meanings) for meanings in meant]
        if not any(scores):
            continue
        if view := views.get(entry.view):
            inherited = [_INHERITED * _score(view, meanings) for meanings in meant]
            scores = [max(pair) for pair in zip(scores, inherited, strict=True)]
        if all(scores):
            yield Found(entry, shelf.origin, query in _names(entry), round(sum(scores), 6))


def _rank(found: Found) -> tuple[bool, bool, float, int, str, str]:
    entry = found.entry
    return (entry.status == "deprecated", not found.exact, -found.score, -len(entry.models), entry.id, found.origin)


def _names(entry: Entry) -> tuple[str, ...]:
    """What an entry is called: in full, without its version, without its view, without its import."""
    full = entry.id.casefold()
    feature = full.partition(":")[2]
    short = feature or full.partition("@")[0]
    return (full, short, short.rpartition("/")[2])


def _score(entry: Entry, meanings: Mapping[str, float]) -> float:
    return max((weight * meanings[word] for word, weight in entry.words.items() if word in meanings), default=0)


def _meanings(word: str, vocabulary: Iterable[str]) -> Mapping[str, float]:
    """Known words that a word may mean, with how surely, 0..1: itself, its beginning, its middle, a slip of the pen."""
    found = {other: share for other in vocabulary if (share := _alike(word, other))}
    if max(found.values(), default=0) < _BEGINNING:
        found |= {other: share for other in vocabulary if (share := _misspelt(word, other)) > found.get(other, 0)}
    return found


def _alike(word: str, other: str) -> float:
    if word == other:
        return 1
    if other.startswith(word):
        return 0.75
    if len(other) >= 4 and word.startswith(other) and len(word) - len(other) <= 2:  # a plural, or another ending
        return _BEGINNING
    return 0.5 if len(word) >= 3 and word in other else 0


def _misspelt(word: str, other: str) -> float:
    """One slip in a word of four letters and more, two in one of eight: a letter too many, too few, wrong, swapped."""
    allowed = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    # Cheap before dear: each slip changes the length by one and the set of letters by two at most.
    if abs(len(word) - len(other)) > allowed or len(set(word) ^ set(other)) > 2 * allowed:
        return 0
    slips = _slips(word, other)
    return 0.6 / slips if 0 < slips <= allowed else 0


def _slips(a: str, b: str) -> int:
    """Optimal string alignment distance: letters inserted, removed, replaced, and neighbours swapped."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
