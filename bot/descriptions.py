"""Descriptions for items that have none, from their facts: the model's words, else a template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.english_words import capital, genre_phrase, listing
from bot.language_model import LanguageModel
from bot.prompts import outside
from bot.review_aspects import aspects
from bot.summaries import summary
from retrieval.catalog import Catalog, Item

REVIEW_COLUMNS = ("reviews", "review")
_MOST_KEYWORDS = 3
_LONGEST_VALUE = 40  # characters of a column's value; a longer one is prose


@dataclass(frozen=True, slots=True)
class Facts:
    """What a description may say of an item, each as a note says it."""

    kind: str
    keywords: tuple[str, ...]
    places: tuple[str, ...]
    reviewers: tuple[str, ...]

    @property
    def note(self) -> str:
        """What the model is told."""
        said = f"reviewers say: {', '.join(self.reviewers)}" if self.reviewers else ""
        parts = (self.kind, ", ".join(self.keywords), *self.places, said)
        return f"Describe: {'; '.join(p for p in parts if p)}"

    @property
    def plain(self) -> str:
        """The facts by a template; "" where there are none."""
        if not (self.kind or self.keywords or self.reviewers):
            return ""
        about = ": ".join(p for p in (self.kind, listing(self.keywords)) if p)
        first = f"{capital(', '.join(p for p in (about, *self.places) if p))}."
        said = f"Reviewers say: {listing(self.reviewers)}." if self.reviewers else ""
        return f"{first} {said}".strip() if self.kind or self.keywords else said


def descriptions(
    catalog: Catalog,
    model: LanguageModel | None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[str, str, str]]:
    """(item id, text, "model" or "template") for every item without a description.

    An item that nothing is known of gets the text "" and is "nothing known".
    """
    missing = [item for item in catalog.items if not item.description]
    usual = {_commonest(i.language for i in catalog.items)}
    usual.add(_commonest(i.country for i in catalog.items))
    for done, item in enumerate(missing, start=1):
        facts = facts_of(item, catalog.noun, usual)
        text = summary(model, catalog.noun, facts.note) if facts.plain else ""
        plain = "template" if facts.plain else "nothing known"
        yield item.item_id, text or facts.plain, "model" if text else plain
        if progress:
            progress(done, len(missing))


def facts_of(item: Item, noun: str, usual: Collection[str] = ()) -> Facts:
    """The facts of an item that fit in a note; a usual language or country goes without saying.

    What reviews say is kept where several of them say it.
    """
    reviews = [v for name in REVIEW_COLUMNS for v in item.values(name)]
    kind = genre_phrase(item, noun) or ", ".join(_other(item)[:2])
    unsaid = [outside(k, 30).lower() for k in dict.fromkeys(item.keywords)]
    telling = [k for k in unsaid if k and k not in kind and k.replace(" ", "").isalpha()]
    places = []
    if item.language and item.language[0] not in usual:
        places.append(f"in {outside(item.language[0], 30)}")
    if item.country and item.country[0] not in usual:
        name = outside(item.country[0], 30)
        the = "the " if name.startswith(("United", "Nether", "Soviet", "Czech R")) else ""
        places.append(f"from {the}{name}")
    said = aspects(reviews, (item.title, kind, *item.keywords)) if len(reviews) > 1 else ()
    return Facts(outside(kind, 60), tuple(telling[:_MOST_KEYWORDS]), tuple(places), said)


def _commonest(values: Iterable[tuple[str, ...]]) -> str:
    """The value that most items have first, if more than one has it; else ""."""
    first = Counter(found[0] for found in values if found).most_common(1)
    return first[0][0] if first and first[0][1] > 1 else ""


def _other(item: Item) -> list[str]:
    """Short values of the catalogue's own columns."""
    found: Sequence[str] = [
        value
        for name, values in item.extra.items()
        if isinstance(values, tuple) and name.lower() not in REVIEW_COLUMNS
        for value in values
    ]
    return [v.lower() for v in found if len(v) <= _LONGEST_VALUE and not any(map(str.isdigit, v))]
