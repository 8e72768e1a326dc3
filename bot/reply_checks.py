"""The checks that every sentence of a language model passes before anybody reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from bot.moves import Brief
from bot.phrasing import Part, PartRole
from bot.titles import NUMBER, numbers
from bot.voice_words import ALL_TONE, COMMON, stem, stems, tone_of, words
from retrieval.catalog import Item

MAX_SENTENCE_WORDS = 40
MAX_REPLY = 700  # characters with [n] in place of titles

ALLOWED_SIGNS = re.compile(r"[^\W_]|[\s\[\].,;:!?'’()…—–-]")
BRACKETS = re.compile(r"\[(?!\d{1,2}\])|(?<!\d)\]")
_ROLE = re.compile(r"^\s*(system|user|assistant|human|bot|sommelier|answer|reply|ai)\s*:", re.I)
LEAK = re.compile(
    r"\b(as an ai|language model|prompt|instruct\w*|system|assistant|"
    r"chatbot|the user|the guest|the notes?|ignore|disregard|obey|rules?|"
    r"you are(?! (?:in the mood|after|looking|(?:most |very |always )?welcome|curious|ready|"
    r"up for|hoping|feeling|free|back)))\b",
    re.I,
)
PROMISE = re.compile(
    r"\bI(?:'ll| will| can| could|'m going to| promise)\b.*\b(order|play|book|send|call|save|"
    r"remember|show you|always|never|keep|free|wait)\b|\b(guarantee|promise)\w*\b",
    re.I,
)
TOLD = re.compile(
    r"\byou(?:'ve| have)? (?:\w+ly |also |already |so )?"
    r"(liked|loved|enjoyed|saw|seen|watched|read|heard|mentioned|named|picked|chose|asked|told)\b",
    re.I,
)
CLUMSY = re.compile(
    r"\b(?:about|of|with) (?:a |an |the )?(?:set in|based on|close to)|\b(\w+),? (?:and )?\1\b|"
    r"\babout an? \w+-(?:burn|good|\w*ing|\w*ed)[.,]|\bnot (?:just|only|any)\b|\bthe edge of it\b|"
    r"\b(?:a|an|the|of|and|with|in|to)[.,!?]",
    re.I,
)
# What a reply of small talk must have in it to be one.
_TOPIC_WORDS = {
    "greeting": re.compile(r"\?|\btell me\b", re.I),
    "thanks": re.compile(r"\b(pleasure|welcome|glad|gladly|delighted|happy)\b", re.I),
    "goodbye": re.compile(r"\b(bye|goodbye|soon|enjoy|farewell)\b", re.I),
    "accepted": re.compile(r"\b(enjoy|choice|pick|hope|lovely|wonderful)\b", re.I),
    "rejected": re.compile(r"\?"),
}
_NEGATION = frozenset({"not", "no", "never", "without", "hardly", "neither", "nor", "none", "less"})
_MARKUP = re.compile(r"^\s*(?:[-*•>#]+|\(?\d{1,2}[.)])\s+|[*_`]+")


def tidy(sentence: str) -> str:
    """A sentence without markup, "a" mended to "an"; "" where no letter is left."""
    text = re.sub(r"\s+", " ", _MARKUP.sub("", sentence)).strip()
    text = re.sub(r"\ba (?=(?!one\b|once\b|eu)[aeio]|un[a-hj-z])", "an ", text.strip('"“”').strip())
    return text if re.search(r"[^\W\d_]", NUMBER.sub("", text)) else ""


class ReplyChecker:
    """Checks the sentences of one reply against its brief, in their order."""

    def __init__(self, brief: Brief) -> None:
        self._items = brief.numbered()
        self._slate = {s.item.item_id: s for s in brief.slate}
        refused = [s for s in (*brief.dislikes, *brief.learned) if s.polarity < 0]
        wanted = [s for s in (*brief.likes, *brief.learned) if s.polarity > 0]
        self._refused_ids = {s.item_id for s in refused if s.item_id}
        self._liked_ids = {s.item_id for s in wanted if s.item_id} - self._refused_ids
        self._subject_ids = set(brief.move.subject)
        self._refused = stems(s.value for s in refused if s.value) - COMMON
        self._wanted = stems(s.value for s in wanted if s.value)
        noun = stems([brief.noun])
        self._noun = noun | stems(["movie film"]) if noun & stems(["movie film"]) else noun
        self._options = stems(brief.move.options)
        self._topic = brief.move.topic
        self._said: list[frozenset[str]] = []
        self._length = 0

    def fault(self, sentence: str, part: Part) -> str:
        """Why a tidied sentence may not stand for a part, in one word; "" where it may."""
        for name, wrong in _CHECKS.items():
            if wrong(self, sentence):
                return name
        return "" if _ROLES[part.role](self, sentence, part) else "part"

    def accept(self, sentence: str) -> None:
        """Note a sentence as sent, so that it is not said twice."""
        self._said.append(frozenset(stems([sentence]) | set(NUMBER.findall(sentence))))
        self._length += len(sentence) + 1

    def _mentioned(self, sentence: str) -> list[Item]:
        return [self._items[n - 1] for n in numbers(sentence) if 1 <= n <= len(self._items)]

    def _shape(self, sentence: str) -> bool:
        too_long = len(sentence.split()) > MAX_SENTENCE_WORDS
        return not sentence or too_long or self._length + len(sentence) > MAX_REPLY

    def _signs(self, sentence: str) -> bool:
        return bool(ALLOWED_SIGNS.sub("", sentence)) or bool(BRACKETS.search(sentence))

    def _script(self, sentence: str) -> bool:
        return any(c.isalpha() and c > "\u024f" for c in sentence)

    def _role(self, sentence: str) -> bool:
        return bool(_ROLE.search(sentence) or LEAK.search(sentence))

    def _digits(self, sentence: str) -> bool:
        return any(c.isdigit() for c in NUMBER.sub("", sentence))

    def _unknown_number(self, sentence: str) -> bool:
        allowed = (self._slate.keys() | self._liked_ids | self._subject_ids) - self._refused_ids
        wrong_range = any(not 1 <= n <= len(self._items) for n in numbers(sentence))
        return wrong_range or any(i.item_id not in allowed for i in self._mentioned(sentence))

    def _promise(self, sentence: str) -> bool:
        return bool(PROMISE.search(sentence))

    def _name(self, sentence: str) -> bool:
        """A capital inside a sentence that no language, country or keyword has."""
        facts = {
            w.lower()
            for item in self._mentioned(sentence)
            for text in (*item.language, *item.country, *item.keywords)
            for w in words(text)
        }
        starts = [words(NUMBER.sub(" x ", s)) for s in re.split(r"[.!?]+\s+", sentence)]
        shouted = [w for found in starts for w in found if len(w) > 1 and w.isupper()]
        inner = [w for found in starts for w in found[1:]]
        capital = [w for w in inner if w[0].isupper() and not re.match(r"I('|$)", w)]
        return any(w.lower() not in facts for w in shouted + capital)

    def _ungrounded(self, sentence: str) -> bool:
        """A word that is neither common nor a fact about the items that the sentence names."""
        items = self._mentioned(sentence)
        allowed = COMMON | self._noun | self._options
        for item in items:
            allowed |= stems((*item.genres, *item.keywords, *item.language, *item.country))
            allowed |= stems(
                v for found in item.extra.values() if isinstance(found, tuple) for v in found
            )
            allowed |= tone_of(item.genres)
        if not items:
            allowed |= self._wanted
        return any(stem(w) not in allowed for w in words(sentence))

    def _refusal(self, sentence: str) -> bool:
        return bool({stem(w) for w in words(sentence)} & self._refused)

    def _contradiction(self, sentence: str) -> bool:
        """A tone or genre of the item, denied."""
        tokens = [w.lower() for w in words(sentence)]
        grounds = {s for item in self._mentioned(sentence) for s in _grounds(item)} & ALL_TONE
        return any(
            stem(w) in grounds
            and any(t in _NEGATION or t.endswith("n't") for t in tokens[max(0, at - 3) : at])
            for at, w in enumerate(tokens)
        )

    def _false_memory(self, sentence: str) -> bool:
        """A like, or a likeness between items, that nobody told and no reason bears out."""
        ids = [item.item_id for item in self._mentioned(sentence)]
        known = [i for i in ids if i in self._liked_ids]
        if TOLD.search(sentence) and ids and not known:
            return True
        shown = [self._slate[i] for i in ids if i in self._slate]
        others = {i for i in ids if i not in self._slate}
        reasons = {r.item_id for s in shown for r in s.reasons}
        return bool(shown) and not others <= reasons

    def _repetition(self, sentence: str) -> bool:
        now = stems([sentence]) | set(NUMBER.findall(sentence))
        return any(len(now & said) > 0.75 * len(now | said) for said in self._said)

    def _clumsy(self, sentence: str) -> bool:
        """Signs of a model that has lost its way: a pair of words or a number said twice, …"""
        tokens = re.findall(r"\w+", sentence.lower())
        pairs = [p for p in pairwise(tokens) if p[0] not in {"a", "an", "the"}]
        twice = len(set(pairs)) < len(pairs) or len(set(numbers(sentence))) < len(numbers(sentence))
        return twice or bool(CLUMSY.search(sentence))

    def _presents(self, sentence: str, part: Part) -> bool:
        """About this item alone, beside liked ones, and with a fact of its own."""
        item = self._items[part.number - 1]
        others = {i.item_id for i in self._mentioned(sentence)} - {item.item_id}
        facts = _grounds(item) & {stem(w) for w in words(sentence)} - COMMON
        if part.number not in numbers(sentence) or others & self._slate.keys():
            return False
        first = part.number > 1 or not re.match(r"(then|or|and)\b", sentence, re.I)
        return first and bool(facts or not _grounds(item)) and not sentence.endswith("?")

    def _asks(self, sentence: str, part: Part) -> bool:
        return sentence.endswith("?") and self._options <= stems([sentence])

    def _says(self, sentence: str, part: Part) -> bool:
        return bool(_TOPIC_WORDS[self._topic].search(sentence))


def _grounds(item: Item) -> set[str]:
    return tone_of(item.genres) | stems((*item.genres, *item.keywords))


_ROLES: Mapping[PartRole, Callable[[ReplyChecker, str, Part], bool]] = {
    "item": ReplyChecker._presents,
    "ask": ReplyChecker._asks,
    "say": ReplyChecker._says,
}
_CHECKS: Mapping[str, Callable[[ReplyChecker, str], bool]] = {
    "shape": ReplyChecker._shape,
    "script": ReplyChecker._script,
    "signs": ReplyChecker._signs,
    "role": ReplyChecker._role,
    "digits": ReplyChecker._digits,
    "number": ReplyChecker._unknown_number,
    "promise": ReplyChecker._promise,
    "name": ReplyChecker._name,
    "refusal": ReplyChecker._refusal,
    "ungrounded": ReplyChecker._ungrounded,
    "contradiction": ReplyChecker._contradiction,
    "memory": ReplyChecker._false_memory,
    "repetition": ReplyChecker._repetition,
    "clumsy": ReplyChecker._clumsy,
}
