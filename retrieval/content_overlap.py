"""How much items share with the items named and the words said: genres, people, titles, years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from retrieval.catalog import Catalog
from retrieval.ranking_context import RankingContext, tokens

Values = NDArray[np.float32]

GENRE_WORDS = {
    "action": "action",
    "adventure": "adventure",
    "animation": "animated animation cartoon disney pixar",
    "biography": "biography biopic true",
    "comedy": "comedy comedies funny hilarious laugh comedic",
    "crime": "crime gangster mafia heist",
    "documentary": "documentary documentaries",
    "drama": "drama dramas dramatic",
    "family": "family kids kid children",
    "fantasy": "fantasy magic",
    "history": "history historical",
    "horror": "horror scary slasher scare creepy",
    "music": "music",
    "musical": "musical musicals",
    "mystery": "mystery mysteries",
    "romance": "romance romantic rom love chick",
    "sci-fi": "sci scifi science space alien aliens",
    "sport": "sports sport football baseball boxing",
    "superhero": "superhero marvel dc comic",
    "thriller": "thriller thrillers suspense suspenseful",
    "war": "war",
    "western": "western westerns",
}
_SAME_GENRE = {"science fiction": "sci-fi", "sports": "sport", "animated": "animation"}
_NEGATIONS = frozenset({"not", "no", "don't", "dont", "hate", "isn't", "isnt"})
_REACH = 4  # words before a genre word in which a negation turns it round
_DULL = frozenset("the a an of and in to on for at ii iii 2 3 part is with from my it".split())
_FADE = {"genre": 0.9, "name": 0.85}  # how much less a word counts a message earlier
_OTHERS_WORDS = 0.6  # what the recommender says about genres counts less than what the seeker says


class ContentOverlap:
    """A catalogue's facts, ready to be compared with conversations; n items."""

    NAMES = (
        "genre_said",
        "genre_covered",
        "genre_named",
        "person_shared",
        "director_shared",
        "title_shared",
        "title_words_said",
        "person_said",
        "title_said",
        "year",
        "year_near",
    )

    def __init__(self, catalog: Catalog) -> None:
        items = catalog.items
        genres = {g: k for k, g in enumerate(sorted({_genre(g) for i in items for g in i.genres}))}
        self._genre_words = {
            word: genres[g]
            for g, words in GENRE_WORDS.items()
            if g in genres
            for word in words.split()
        }
        self._genres = np.zeros((len(items), max(len(genres), 1)), dtype=np.float32)
        for row, item in enumerate(items):
            self._genres[row, [genres[_genre(g)] for g in item.genres]] = 1
        self._unit_genres = _unit(self._genres)
        self._people, people = _names([i.values("person") for i in items])
        self._directors, _ = _names([i.directors for i in items])
        self._title_words, self._words = _names([title_words(i.title) for i in items])
        self._word_weights = sparse.csc_array(
            _rarity([title_words(i.title) for i in items], self._words)
        )
        self._named_people = _spoken(people, self._people)
        self._titles = _rows_by_phrase(tokens(i.title) for i in items)
        years = [i.year for i in items]
        self._years = np.array([2000 if y is None else y for y in years], dtype=np.float32)

    def features(self, context: RankingContext, weights: Values) -> list[Values]:
        """One column (n,) for each of NAMES; `weights` says how much each wanted mention counts."""
        rows = np.array([m.row for m in context.wanted], dtype=np.int64)
        total = max(float(weights.sum()), 1e-6)
        said = self._genres_said(context)
        covered = self._genres @ (said > 0).astype(np.float32) / max((said > 0).sum(), 1)
        named = weights @ self._unit_genres[rows] if len(rows) else 0 * self._genres[0]
        length = float(np.linalg.norm(named)) + 1e-6
        return [
            self._unit_genres @ said,
            covered,
            self._unit_genres @ (named / length),
            _shared(self._people, rows, weights / total),
            _shared(self._directors, rows, weights / total),
            _shared(self._title_words, rows, weights / total),
            *self._names_said(context),
            (self._years - 2000) / 15,
            -np.abs(self._years - (weights @ self._years[rows]) / total) / 15
            if len(rows)
            else np.zeros_like(self._years),
        ]

    def _genres_said(self, context: RankingContext) -> Values:
        """How much each genre (g,) is asked for, between -2 and 2."""
        asked = np.zeros(self._genres.shape[1], dtype=np.float32)
        for age, message in enumerate(reversed(context.messages)):
            words = tokens(message.bare)
            weight = _FADE["genre"] ** age * (1 if message.by_user else _OTHERS_WORDS)
            for k, word in enumerate(words):
                if word in self._genre_words:
                    turned = any(w in _NEGATIONS for w in words[max(0, k - _REACH) : k])
                    asked[self._genre_words[word]] += weight * (-0.5 if turned else 1)
        return np.clip(asked, -2, 2)

    def _names_said(self, context: RankingContext) -> tuple[Values, Values, Values]:
        """Title words, people's full names and whole titles that occur in the text (n,) each."""
        n = len(self._years)
        words, people, titles = (np.zeros(n, dtype=np.float32) for _ in range(3))
        for age, message in enumerate(reversed(context.messages)):
            weight = _FADE["name"] ** age
            said = tokens(message.bare)
            for k, word in enumerate(said):
                column = self._words.get(word)
                if column is not None:
                    part = slice(*self._word_weights.indptr[[column, column + 1]])
                    words[self._word_weights.indices[part]] += (
                        weight * self._word_weights.data[part]
                    )
                for length in (2, 3, 4, 5):
                    phrase = " ".join(said[k : k + length]) if k + length <= len(said) else ""
                    _raise(people, self._named_people.get(phrase, ()), weight)
                    _raise(titles, self._titles.get(phrase, ()), weight)
        return np.sqrt(words / 5), people, titles


def title_words(title: str) -> list[str]:
    """The telling words of a title."""
    return [w for w in tokens(title) if w not in _DULL]


def _genre(name: str) -> str:
    return _SAME_GENRE.get(name.lower(), name.lower())


def _raise(values: Values, rows: Sequence[int], least: float) -> None:
    for row in rows:
        values[row] = max(values[row], least)


def _shared(matrix: sparse.csr_array, rows: NDArray[np.int64], weights: Values) -> Values:
    """The root of the weighted cosine (n,) between each item and the items at `rows`."""
    if not len(rows):
        return np.zeros(matrix.shape[0], dtype=np.float32)
    return np.asarray(np.sqrt(matrix @ (matrix[rows].T @ weights)), dtype=np.float32)


def _unit(matrix: Values) -> Values:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.maximum(lengths, 1e-6), dtype=np.float32)


def _names(of_items: Sequence[Sequence[str]]) -> tuple[sparse.csr_array, dict[str, int]]:
    """Rows over names of length 1 at most, rarer names weighing more, and each name's column."""
    index: dict[str, int] = {}
    for names in of_items:
        for name in names:
            index.setdefault(name, len(index))
    matrix = _rarity(of_items, index)
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = sparse.diags_array(1 / np.maximum(lengths, 1))
    return sparse.csr_array(scale @ matrix).astype(np.float32), index


def _rarity(of_items: Sequence[Sequence[str]], index: dict[str, int]) -> sparse.csr_array:
    entries = [
        (r, index[name]) for r, names in enumerate(of_items) for name in dict.fromkeys(names)
    ]
    rows = np.array([r for r, _ in entries], dtype=np.int64)
    columns = np.array([c for _, c in entries], dtype=np.int64)
    often = np.bincount(columns, minlength=max(len(index), 1))
    weights = np.log(len(of_items) / often[columns])
    shape = (len(of_items), max(len(index), 1))
    return sparse.csr_array((weights, (rows, columns)), shape=shape, dtype=np.float32)


def _spoken(index: dict[str, int], matrix: sparse.csr_array) -> dict[str, tuple[int, ...]]:
    """Full names as they are said -> rows of their items; single names are too ambiguous."""
    columns = sparse.csc_array(matrix)
    found: dict[str, tuple[int, ...]] = {}
    for name, column in index.items():
        words = tokens(name)
        if 2 <= len(words) <= 3:
            part = slice(*columns.indptr[[column, column + 1]])
            phrase = " ".join(words)
            found[phrase] = (*found.get(phrase, ()), *map(int, columns.indices[part]))
    return found


def _rows_by_phrase(titles: Iterable[Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """Titles of two to five words, not all dull -> rows."""
    found: dict[str, list[int]] = defaultdict(list)
    for row, words in enumerate(titles):
        if 2 <= len(words) <= 5 and not all(w in _DULL for w in words):
            found[" ".join(words)].append(row)
    return {phrase: tuple(rows) for phrase, rows in found.items()}
