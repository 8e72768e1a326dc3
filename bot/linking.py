"""Finds the titles that a message names: exact, shortened, misspelt, and by context where words are common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.mentions import Mention
from bot.ordinary import FUNCTION_WORDS, evidence_needed, ordinary_words
from bot.plain_text import PlainText, Word, name_key
from bot.title_index import LONGEST, TitleIndex
from retrieval.catalog import Catalog

_FUZZY_WINDOWS = 120  # bound on misspelt candidates tried for one message
_FUZZY_WORDS = 6
_FURTHEST = 400  # words of a message in which titles are looked for

_NOUN = r"(?:movies?|films?|flicks?|songs?|tracks?|tunes?|albums?|records?|books?|shows?|title)"
_CUES_BEFORE = tuple(
    (re.compile(pattern + r"(?: maybe| perhaps| also| even)?(?: the)?[ ,\"'(]{0,3}$"), weight)
    for pattern, weight in (
        (r"\b(?:called|titled|named|entitled)", 3.0),
        (rf"\b{_NOUN}(?: (?:is|was|like|such as))?(?: the)?", 1.8),
        (r"\b(?:watch|watched|watching|saw|seen|rewatch|rewatched|listen to|listened "
         r"to)(?: the)?", 1.6),
        (r"\b(?:see|seeing|check out|checked out|heard of|heard about|listening to|play|stream)(?: the)?", 1.2),
        (r"\b(?:love|loved|like|liked|enjoy|enjoyed|hate|hated|adore|adored|dislike|"
         r"disliked)", 1.0),
        (r"\b(?:recommend|suggest|suggested|recommended|try|prefer|about|than|similar "
         r"to|such as)", 1.0),
        (r"\b(?:favou?rites?,|favou?rites?(?: \w+){0,5} (?:is|are|was|were|would be|has to be)|remember)", 1.6),
        (r"\b(?:version of|sequel to|ending of|end of|remake of|original|first|seen)", 0.8),
        (r"\b(?:not|except|except for|anything but|instead of)(?: the)?", 1.0),
        (r"(?:^|[.!?]\s*)(?:yes|yeah|no|ok|okay|oh|well|maybe|or|and|how about|what about)", 1.0),
    )
)  # fmt: skip
_WATCHED_UP = re.compile(r"\b(?:watch(?:ed)?|saw|seen|loved?|liked?|enjoyed|hated)\s+$")
_AMOUNT = re.compile(
    r"^\s*(?:%|/|-|to\b|or so|minutes|mins?\b|hours|hrs|times|years?|movies|films|songs|dollars|bucks|"
    r"percent|people|days|am\b|pm\b|stars?|more|other|of\b)"
)
_SMALL_WORDS = frozenset("a an the of to in on at for with from by and or but as it".split())
_SENTENCE_END = re.compile(r"[.!?\n:;]\s*[\"'(]*$|^[\"'(\s]*$")
_CUE_AFTER = re.compile(
    r"^(?:'s (?:one|my|a|the|great|good|awesome|amazing)\b|\W{0,2}(?:is|was|were|isn't|wasn't|looks|"
    r"looked|sounds|"
    r"sounded|seems|made me|has|had|with|by|came|i (?:also |really )?(?:liked?|loved?|saw|enjoyed))\b)"
)
_FRANCHISE = re.compile(
    r"^(?:'s?)?\s+(?:\w+\s+)?(?:movies|films|series|franchise|trilogy|saga|universe|flicks|style)\b"
)
_YEAR_AFTER = re.compile(r"^\s*(?:\(|\[)?\s*(?:from |the one from )?((?:19|20)\d\d)\s*(?:\)|\])?")
_YEAR_BEFORE = re.compile(r"\b((?:19|20)\d\d)(?:'s)?\s+(?:version of |film |movie )?(?:the )?$")
_JOIN = re.compile(r"^[\s,]*(?:and|or|&|,|/|then|also|plus|nor)?[\s,]*(?:the |also )?$")


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What helps to decide: rows under discussion, and whether a title was just asked for.

    `careful` says that the writer capitalises titles: the assistant does.
    """

    rows: frozenset[int] = frozenset()
    title_expected: bool = False
    careful: bool = False


@dataclass(frozen=True, slots=True)
class _Window:
    first: int
    last: int  # inclusive word positions
    start: int
    end: int
    rows: tuple[int, ...]
    similarity: float
    need: float


class TitleLinker:
    """Links titles of one catalogue; built once for a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._index = TitleIndex(catalog)

    def link(self, plain: PlainText, context: LinkContext) -> list[Mention]:
        """Every title that the text names, in order, without overlaps."""
        cased = _tells_case(plain)
        windows = [w for w in self._exact(plain) if not self._crosses(plain, w)]
        accepted = self._accept(plain, windows, context, cased)
        fuzzy = self._misspelt(plain, accepted, cased)
        accepted = self._accept(plain, [*windows, *fuzzy], context, cased)
        return [self._mention(plain, window, context) for window in accepted]

    def _exact(self, plain: PlainText) -> Iterable[_Window]:
        words = plain.words
        for first in range(min(len(words), _FURTHEST)):
            texts: list[str] = []
            for last in range(first, min(first + LONGEST, len(words))):
                texts.append(words[last].text)
                yield from self._lookup(words, first, last, texts)

    def _lookup(
        self, words: tuple[Word, ...], first: int, last: int, texts: list[str]
    ) -> Iterable[_Window]:
        end = words[last].end
        rows = self._index.rows(name_key(texts))
        spelled = texts
        if not rows and texts[-1].endswith("'s") and texts[-1][:-2] not in FUNCTION_WORDS:
            spelled = [*texts[:-1], texts[-1][:-2]]
            rows = self._index.rows(name_key(spelled))
            end -= 2
        if rows:
            yield _Window(
                first, last, words[first].start, end, rows, 1.0, evidence_needed(tuple(spelled))
            )
        elif len(texts) > 2 and texts[0] not in FUNCTION_WORDS and texts[-1] not in FUNCTION_WORDS:
            loose = self._index.loose_rows(tuple(texts))
            if loose:
                need = evidence_needed(tuple(texts)) + 0.5
                yield _Window(first, last, words[first].start, end, loose, 0.9, need)

    def _crosses(self, plain: PlainText, window: _Window) -> bool:
        """Whether the window runs over punctuation that its title does not have."""
        gaps = {
            character
            for here in range(window.first, window.last)
            for character in plain.text[plain.words[here].end : plain.words[here + 1].start]
            if character in '.,!?;:()"\n|'
        }
        if re.match(r"-[^\W\d_]", plain.text[window.end :][:2]) or (
            re.search(r"[^\W\d_]-$", plain.text[: window.start][-2:])
        ):
            return True
        titles = [self._catalog.items[row].title for row in window.rows[:3]]
        return bool(gaps) and not any(gap in title for gap in gaps for title in titles)

    def _accept(
        self, plain: PlainText, windows: list[_Window], context: LinkContext, cased: bool
    ) -> list[_Window]:
        """Greedy: longest first; a second round lets neighbours in a list support one another."""
        accepted: list[_Window] = []
        taken: set[int] = set()
        for listed in (False, True):
            for window in sorted(windows, key=lambda w: (w.first - w.last, -w.similarity)):
                span = range(window.first, window.last + 1)
                if taken.intersection(span):
                    continue
                evidence = self._evidence(plain, window, context, cased)
                capital = plain.words[window.first].capital and cased
                if listed and (window.need < 3 or capital) and _beside(plain, window, accepted):
                    evidence += 2.0
                if evidence >= window.need:
                    accepted.append(window)
                    taken.update(span)
        return sorted(accepted, key=lambda w: w.first)

    def _evidence(
        self, plain: PlainText, window: _Window, context: LinkContext, cased: bool
    ) -> float:
        before, after = plain.lower[: window.start][-48:], plain.lower[window.end :][:40]
        evidence = _cue(before, after) + _capitals(plain, window, before, cased)
        evidence += _ungrammatical(plain.text[window.start : window.end], before, after)
        if before.endswith(('"', "'")) and after.startswith(('"', "'", ',"', '."')):
            evidence += 3.0
        if window.first == window.last and re.search(r"\b(?:an?|any|some|every)\s+$", before):
            evidence -= 1.5
        if self._year(plain, window)[0]:
            evidence += 3.0
        if context.careful and evidence >= 2.0:
            evidence += 1.0
        if context.rows.intersection(window.rows) and (window.need < 3 or evidence >= 2):
            evidence += 1.5
        rest = (plain.lower[: window.start] + plain.lower[window.end :]).strip(" .!?,\"'()")
        if rest in ("", "yes", "yeah", "probably", "maybe", "the movie", "i like", "um", "oh"):
            evidence += 1.2 + (1.0 if context.title_expected else 0.0)
        return evidence

    def _year(self, plain: PlainText, window: _Window) -> tuple[tuple[int, ...], int]:
        """Rows with the year that stands beside the title, and the end of the title with it."""
        after = _YEAR_AFTER.match(plain.lower[window.end :][:24])
        before = _YEAR_BEFORE.search(plain.lower[: window.start][-24:])
        for found, end in (
            (after, window.end + (after.end() if after else 0)),
            (before, window.end),
        ):
            if found:
                year = int(found.group(1))
                rows = [row for row in window.rows if self._made(row, year)]
                if rows:
                    return tuple(rows), end
        return (), window.end

    def _made(self, row: int, year: int) -> bool:
        made = self._catalog.items[row].year
        return made is not None and abs(made - year) <= 1

    def _misspelt(self, plain: PlainText, accepted: list[_Window], cased: bool) -> list[_Window]:
        covered = {p for window in accepted for p in range(window.first, window.last + 1)}
        known = ordinary_words()
        strange = [
            p not in covered and not (w.text in known or w.text in FUNCTION_WORDS)
            for p, w in enumerate(plain.words)
        ]
        found: list[_Window] = []
        tried = 0
        for first, word in enumerate(plain.words):
            for last in range(first, min(first + _FUZZY_WORDS, len(plain.words))):
                inside = range(first, last + 1)
                if tried >= _FUZZY_WINDOWS:
                    break
                if not any(strange[p] for p in inside) or word.text in ("and", "or", "i"):
                    continue
                tried += 1
                found += self._near(plain, first, last)
        return [w for w in found if not self._crosses(plain, w)]

    def _near(self, plain: PlainText, first: int, last: int) -> list[_Window]:
        words = plain.words[first : last + 1]
        texts = tuple(word.text for word in words)
        key = name_key(texts)
        near = self._index.near(key) if len(key) >= 5 else None
        if near is None:
            return []
        rows = self._index.rows(near[0])
        need = 1.6 if len(texts) == 1 else 1.0 if len(texts) == 2 else 0.6
        return [_Window(first, last, words[0].start, words[-1].end, rows, near[1], need)]

    def _mention(self, plain: PlainText, window: _Window, context: LinkContext) -> Mention:
        rows, end = self._year(plain, window)
        rows = rows or tuple(sorted(window.rows, key=lambda row: row not in context.rows))
        title = self._catalog.items[rows[0]].title
        if title[-1:] in ("!", "?", ".") and plain.text[end : end + 1] == title[-1]:
            end += 1
        mention = Mention(window.start, end, "item", title, rows, sure=window.similarity)
        franchise = _FRANCHISE.match(plain.lower[window.end :][:24])
        if franchise and end == window.end:
            text = plain.lower[window.start : window.end]
            return replace(mention, kind="text", value=text, rows=())
        return mention


def _cue(before: str, after: str) -> float:
    best = max((w for pattern, w in _CUES_BEFORE if pattern.search(before)), default=0.0)
    return best + (1.0 if _CUE_AFTER.match(after) else 0.0)


def _ungrammatical(words: str, before: str, after: str) -> float:
    """Evidence of small words where grammar has no place for them: "watched up.", "Her was"."""
    if words.lower() == "up" and _WATCHED_UP.search(before):
        return 1.5 if not after or after.startswith((".", ",", "!", " was", " and")) else 0.0
    if words in ("Up", "Her", "Us", "Him", "Me") and re.match(r" (?:is|was|has|had)\b", after):
        return 1.6
    if words.isdigit() and (
        _AMOUNT.match(after) or before.endswith(("$", "about ", "over ", "than "))
    ):
        return -3.0
    return 0.0


def _capitals(plain: PlainText, window: _Window, before: str, cased: bool) -> float:
    """Evidence of capital letters: strong inside a sentence, weak at its start."""
    words = plain.words[window.first : window.last + 1]
    content = [w for w in words if w.text not in FUNCTION_WORDS] or [
        w for w in words if w.text not in _SMALL_WORDS
    ]
    content = content or list(words)
    if not cased or not all(w.capital or w.text[0].isdigit() for w in content):
        return 0.0
    if not any(w.capital for w in words):
        return 0.0
    if len(words) == 1 and _inside_a_name(plain, window.first):
        return -1.0
    starts = bool(_SENTENCE_END.search(before))
    if starts and sum(w.capital for w in words) < 2:
        return 0.5
    return 2.0


def _inside_a_name(plain: PlainText, position: int) -> bool:
    """Whether the word stands in a longer run of capitals ("Jack" in "Jack Nicholsen")."""
    word = plain.words[position]
    for other in plain.words[max(0, position - 1) : position + 2]:
        first, second = sorted((word, other), key=lambda w: w.start)
        beside = other is not word and plain.text[first.end : second.start] == " "
        if beside and other.capital and other.text not in FUNCTION_WORDS:
            start = _SENTENCE_END.search(plain.text[: other.start])
            if not (start and other.text in ordinary_words()):
                return True
    return False


def _tells_case(plain: PlainText) -> bool:
    """Whether capitals mean anything: not in a message all in capitals or in title case."""
    inner = [
        w
        for w, last in zip(plain.words[1:], plain.words, strict=False)
        if w.text not in ("i", "i'm", "i've", "i'd", "i'll")
        and not _SENTENCE_END.search(plain.text[last.end : w.start])
    ]
    if len(inner) < 4:
        return not plain.text.isupper()
    return sum(w.capital for w in inner if w.text in FUNCTION_WORDS) <= 0.3 * max(
        1, sum(w.text in FUNCTION_WORDS for w in inner)
    )


def _beside(plain: PlainText, window: _Window, accepted: list[_Window]) -> bool:
    for other in accepted:
        left, right = (other, window) if other.last < window.first else (window, other)
        if left.last < right.first and right.start - left.end < 16:
            gap = plain.lower[left.end : right.start]
            if gap.strip() and _JOIN.match(gap):
                return True
    return False
