"""Finds the titles that a message names: exact, shortened, misspelt, or by context."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.mentions import Mention
from bot.misspelt_titles import misspelt
from bot.ordinary import ANSWER_WORDS, FUNCTION_WORDS, evidence_needed
from bot.plain_text import PlainText, Word, name_key, name_words
from bot.series import Series, means_series
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
from bot.title_priors import counted_need, form_of
from retrieval.catalog import Catalog

_SHY = 0.6  # more evidence for a title without capitals in the words of one who writes them
_FURTHEST = 400  # words of a message in which titles are looked for

_YEAR_AFTER = re.compile(
    r"^[!?.]?\s*(?:\(|\[)?\s*(?:from |the one from )?((?:19|20)\d\d)\s*(?:\)|\])?"
)
_YEAR_BEFORE = re.compile(r"\b((?:19|20)\d\d)(?:'s)?\s+(?:version of |film |movie )?(?:the )?$")


# What stands before a noun or an adjective that is meant as one.
_OF_A_NOUN = re.compile(
    r"\b(?:an?|any|some|every|very|so|too|really|quite|how|this|my|your|his|her|our|their)\s+$"
)
_FILMS = re.compile(r" (?:movie|film|series|franchise|trilogy|saga|one)s?\b")


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What helps to decide: rows under discussion, and whether a title was just asked for.

    `offered` are the rows just put forward, which a word may name; `people` the (field, name) of
    people spoken of, whose last name is enough, `person` the one last spoken of alone, whom a
    pronoun means. `artist_expected`: an artist was just asked for.
    `careful` says that the writer capitalises titles: the assistant does.
    """

    rows: frozenset[int] = frozenset()
    offered: tuple[int, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    person: str | None = None
    title_expected: bool = False
    artist_expected: bool = False
    careful: bool = False


class TitleLinker:
    """Links titles of one catalogue; built once for a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._index = TitleIndex(catalog)
        self.series = Series(catalog)

    def link(self, plain: PlainText, context: LinkContext) -> list[Mention]:
        """Every title that the text names, in order, without overlaps."""
        cased = tells_case(plain)
        windows = [
            self._counted(plain, w, context, cased)
            for w in self._exact(plain)
            if not self._crosses(plain, w)
        ]
        accepted = self._accept(plain, windows, context, cased)
        fuzzy = [w for w in misspelt(plain, accepted, self._index) if not self._crosses(plain, w)]
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

    def _counted(
        self, plain: PlainText, window: Window, context: LinkContext, cased: bool
    ) -> Window:
        """The window with the need that counts of its words give, as far as there are any."""
        texts = tuple(word.text for word in plain.words[window.first : window.last + 1])
        if window.end < plain.words[window.last].end:
            texts = (*texts[:-1], texts[-1].removesuffix("'s"))
        form = form_of(plain, window.first, window.last, cased)
        capital = capital_evidence(plain, window, plain.lower[: window.start][-48:], cased)
        need = counted_need(texts, form, window.need - capital)
        joined = self._joined(window, texts)
        if joined:  # "any thing else" is no more a title than "anything else"
            need = max(need, counted_need(joined, form, evidence_needed(joined) - capital))
        shy = _SHY if form == "lower" and context.careful else 0.0
        return replace(window, need=need + capital + shy)

    def _joined(self, window: Window, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The words of the title where the text has more of them, else none."""
        if window.similarity < 1.0:
            return ()
        words = name_words(self._catalog.items[window.rows[0]].title)
        said = texts[texts[0] in ("the", "a", "an") :]
        return words if len(words) < len(said) and "".join(words) == "".join(said) else ()

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
        if window.first == window.last and _OF_A_NOUN.search(before):
            evidence -= 1.5
        elif before.endswith("the ") and self._lacks_article(window) and not _FILMS.match(after):
            evidence -= 1.0
        if self._year(plain, window)[0]:
            evidence += 4.5
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

    def _lacks_article(self, window: Window) -> bool:
        """Whether a title of one word never had the article that stands before it."""
        titles = (self._catalog.items[row].title.lower() for row in window.rows)
        return window.first == window.last and not any(t.startswith("the ") for t in titles)

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
        if end == window.end and means_series(plain, mention, rows[0], self.series):
            return replace(mention, kind="text", value=plain.lower[mention.start : end], rows=())
        return mention
