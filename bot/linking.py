"""Finds the titles that a message names: exact, shortened, misspelt, or by context."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.mentions import Mention
from bot.ordinary import ANSWER_WORDS, FUNCTION_WORDS, evidence_needed, ordinary_words
from bot.plain_text import PlainText, Word, name_key
from bot.title_evidence import (
    Window,
    beside,
    capital_evidence,
    cue_evidence,
    grammar_evidence,
    is_entry,
    tells_case,
)
from bot.title_index import LONGEST, TitleIndex
from retrieval.catalog import Catalog

_FUZZY_WINDOWS = 120  # bound on misspelt candidates tried for one message
_FUZZY_WORDS = 6
_FURTHEST = 400  # words of a message in which titles are looked for

_FRANCHISE = re.compile(
    r"^(?:'s?)?\s+(?:\w+\s+)?(?:movies|films|series|franchise|trilogy|saga|universe|flicks|style)\b"
)
_YEAR_AFTER = re.compile(
    r"^[!?.]?\s*(?:\(|\[)?\s*(?:from |the one from )?((?:19|20)\d\d)\s*(?:\)|\])?"
)
_YEAR_BEFORE = re.compile(r"\b((?:19|20)\d\d)(?:'s)?\s+(?:version of |film |movie )?(?:the )?$")


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What helps to decide: rows under discussion, and whether a title was just asked for.

    `offered` are the rows just put forward, which a word may name; `people` the (field, name) of
    people spoken of, whose last name is enough. `artist_expected`: an artist was just asked for.
    `careful` says that the writer capitalises titles: the assistant does.
    """

    rows: frozenset[int] = frozenset()
    offered: tuple[int, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    title_expected: bool = False
    artist_expected: bool = False
    careful: bool = False


class TitleLinker:
    """Links titles of one catalogue; built once for a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._index = TitleIndex(catalog)

    def link(self, plain: PlainText, context: LinkContext) -> list[Mention]:
        """Every title that the text names, in order, without overlaps."""
        cased = tells_case(plain)
        windows = [w for w in self._exact(plain) if not self._crosses(plain, w)]
        accepted = self._accept(plain, windows, context, cased)
        fuzzy = self._misspelt(plain, accepted, cased)
        accepted = self._accept(plain, [*windows, *fuzzy], context, cased)
        return [self._mention(plain, window, context) for window in accepted]

    def _exact(self, plain: PlainText) -> Iterable[Window]:
        words = plain.words
        for first in range(min(len(words), _FURTHEST)):
            texts: list[str] = []
            for last in range(first, min(first + LONGEST, len(words))):
                texts.append(words[last].text)
                yield from self._lookup(words, first, last, texts)

    def _lookup(
        self, words: tuple[Word, ...], first: int, last: int, texts: list[str]
    ) -> Iterable[Window]:
        end = words[last].end
        rows = self._index.rows(name_key(texts))
        spelled = texts
        if not rows and texts[-1].endswith("'s") and texts[-1][:-2] not in FUNCTION_WORDS:
            spelled = [*texts[:-1], texts[-1][:-2]]
            rows = self._index.rows(name_key(spelled))
            end -= 2
        if rows:
            yield Window(
                first, last, words[first].start, end, rows, 1.0, evidence_needed(tuple(spelled))
            )
        elif len(texts) > 1 and texts[0] not in FUNCTION_WORDS and texts[-1] not in FUNCTION_WORDS:
            loose = self._index.loose_rows(tuple(texts))
            loose = loose or self._index.opened_by(tuple(texts))
            if loose:
                need = evidence_needed(tuple(texts)) + 0.5
                yield Window(first, last, words[first].start, end, loose, 0.9, need)

    def _crosses(self, plain: PlainText, window: Window) -> bool:
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
        self, plain: PlainText, windows: list[Window], context: LinkContext, cased: bool
    ) -> list[Window]:
        """Greedy: longest first; a second round lets neighbours in a list support one another."""
        accepted: list[Window] = []
        taken: set[int] = set()
        for neighbours in (False, True):
            for window in sorted(windows, key=lambda w: (w.first - w.last, -w.similarity)):
                span = range(window.first, window.last + 1)
                if taken.intersection(span):
                    continue
                evidence = self._evidence(plain, window, context, cased)
                capital = plain.words[window.first].capital and cased
                if neighbours and (window.need < 3 or capital) and beside(plain, window, accepted):
                    evidence += 2.0
                if evidence >= window.need:
                    accepted.append(window)
                    taken.update(span)
        return sorted(accepted, key=lambda w: w.first)

    def _evidence(
        self, plain: PlainText, window: Window, context: LinkContext, cased: bool
    ) -> float:
        before, after = plain.lower[: window.start][-48:], plain.lower[window.end :][:40]
        evidence = cue_evidence(before, after) + capital_evidence(plain, window, before, cased)
        evidence += grammar_evidence(plain.text[window.start : window.end], before, after)
        if before.endswith(('"', "'")) and after.startswith(('"', "'", ',"', '."')):
            evidence += 3.0
        if window.first == window.last and re.search(r"\b(?:an?|any|some|every)\s+$", before):
            evidence -= 1.5
        if self._year(plain, window)[0]:
            evidence += 3.0
        if is_entry(plain, window):
            evidence += 2.5
        if context.careful and evidence >= 2.0:
            evidence += 1.0
        if context.rows.intersection(window.rows) and (window.need < 3 or evidence >= 2):
            evidence += 1.5
        rest = plain.lower[: window.start] + " " + plain.lower[window.end :]
        if ANSWER_WORDS.issuperset(re.findall(r"[a-z']+", rest)):
            evidence += 1.2 + (1.0 if context.title_expected else 0.0)
        return evidence

    def _article_said(self, plain: PlainText, window: Window) -> bool:
        """Whether the title was said with an article."""
        around = plain.lower[max(0, window.start - 4) : window.start + 4].split()
        return bool({"the", "a", "an"} & set(around))

    def _other_article(self, row: int, said: bool) -> bool:
        """Whether a title differs in its article; it decides only where popularity cannot."""
        item = self._catalog.items[row]
        has = item.title.lower().startswith(("the ", "a ", "an "))
        return item.popularity is None and has != said

    def _year(self, plain: PlainText, window: Window) -> tuple[tuple[int, ...], int]:
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

    def _misspelt(self, plain: PlainText, accepted: list[Window], cased: bool) -> list[Window]:
        covered = {p for window in accepted for p in range(window.first, window.last + 1)}
        known = ordinary_words()
        strange = [
            p not in covered and not (w.text in known or w.text in FUNCTION_WORDS)
            for p, w in enumerate(plain.words)
        ]
        found: list[Window] = []
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

    def _near(self, plain: PlainText, first: int, last: int) -> list[Window]:
        words = plain.words[first : last + 1]
        texts = tuple(word.text for word in words)
        key = name_key(texts)
        near = self._index.near(key) if len(key) >= 5 else None
        if near is None:
            return []
        rows = self._index.rows(near[0])
        need = (
            (1.0 if len(key) > 7 else 1.6) if len(texts) == 1 else 1.0 if len(texts) == 2 else 0.6
        )
        return [Window(first, last, words[0].start, words[-1].end, rows, near[1], need)]

    def _mention(self, plain: PlainText, window: Window, context: LinkContext) -> Mention:
        rows, end = self._year(plain, window)
        article = self._article_said(plain, window)
        rows = rows or tuple(
            sorted(
                window.rows,
                key=lambda row: (row not in context.rows, self._other_article(row, article)),
            )
        )
        title = self._catalog.items[rows[0]].title
        if title[-1:] in ("!", "?", ".") and plain.text[end : end + 1] == title[-1]:
            end += 1
        mention = Mention(window.start, end, "item", title, rows, sure=window.similarity)
        franchise = _FRANCHISE.match(plain.lower[window.end :][:24])
        if franchise and end == window.end:
            text = plain.lower[window.start : window.end]
            return replace(mention, kind="text", value=text, rows=())
        return mention
