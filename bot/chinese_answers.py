"""Plain answers in Chinese: why and why not, facts, the profile and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.chinese_words import field, kind_of, listing, measure, noun, reason, target, word
from bot.moves import Brief
from bot.phrasing import MAX_LISTED, clean, marks, nameable, sayable, subjects, whole
from retrieval.catalog import Item
from retrieval.signals import Signal


def why(brief: Brief) -> str:
    """Why the subject is in the slate."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"这{measure(brief)}{noun(brief)}"
    reasons = [reason(r, brief) for r in sayable(brief, brief.subject_reasons)[:3]]
    if not reasons:
        return f"{mark}最接近您的描述。您说得越多，我的理由就越充分。"
    return f"我选{mark}，因为它{'，'.join(reasons)}。"


def why_not(brief: Brief) -> str:
    """Why the subject was not shown."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"那{measure(brief)}{noun(brief)}"
    words = "；".join(clean(o.rstrip(".。"), 160) for o in brief.objections[:3])
    if not words:
        return f"{mark}没有什么不合适，只是别的更接近一些。"
    return f"我没有推荐{mark}：{words}。如果不对，请告诉我。"


def fact(brief: Brief) -> str:
    """The answer to a question about one or two items, from the catalogue alone."""
    found = subjects(brief)[:2]
    if not found:
        return f"请告诉我您指的是哪一{measure(brief)}{noun(brief)}，我来查一查。"
    return "".join(_fact(item, marks(brief)[item.item_id], brief) for item in found)


def _fact(item: Item, mark: str, brief: Brief) -> str:
    asked = brief.move.asked or "description"
    value = _FACTS.get(asked, _other_value)(item, brief)
    if not value:
        return f"很抱歉，目录里没有{mark}的{field(asked)}。"
    if asked == "description":
        return f"{mark}：{value}"
    return f"{mark}的{field(asked)}：{value}。"


def _names(values: Sequence[str]) -> str:
    return listing([word(v) for v in values[:5]])


def _year_value(item: Item, brief: Brief) -> str:
    return f"{item.year} 年" if item.year is not None else ""


def _runtime_value(item: Item, brief: Brief) -> str:
    return f"{round(item.runtime)} 分钟" if item.runtime is not None else ""


def _description_value(item: Item, brief: Brief) -> str:
    kind, about = kind_of(item, brief), clean(item.description, 320)
    return "。".join(s for s in (kind, about or _names(item.keywords)) if s)


def _similar_value(item: Item, brief: Brief) -> str:
    return listing([marks(brief)[s.item.item_id] for s in brief.slate if s.item != item][:3])


def _other_value(item: Item, brief: Brief) -> str:
    number = item.number(brief.move.asked or "")
    return whole(number) if number is not None else _names(item.values(brief.move.asked or ""))


_FACTS: Mapping[str, Callable[[Item, Brief], str]] = {
    "year": _year_value,
    "runtime": _runtime_value,
    "cast": lambda item, brief: _names(item.cast or item.people),
    "directors": lambda item, brief: _names(item.directors or item.people),
    "people": lambda item, brief: _names(item.values("person")),
    "person": lambda item, brief: _names(item.values("person")),
    "genre": lambda item, brief: _names(item.genres),
    "genres": lambda item, brief: _names(item.genres),
    "language": lambda item, brief: _names(item.language),
    "country": lambda item, brief: _names(item.country),
    "price": lambda item, brief: "" if item.price is None else f"{item.price:.2f}",
    "description": _description_value,
    "similar": _similar_value,
}


def profile(brief: Brief) -> str:
    """What is believed of the user, with the evidence, as a readable list."""
    likes, dislikes = nameable(brief, brief.likes), nameable(brief, brief.dislikes)
    if not likes and not dislikes:
        one = f"一{measure(brief)}"
        return f"我还不了解您的口味。请告诉我{one}您喜欢的和{one}不喜欢的{noun(brief)}。"
    blocks = [
        _beliefs("我认为您喜欢：", likes, brief),
        _beliefs("您不想要：", dislikes, brief),
        "哪里不对请告诉我，我会忘掉。",
    ]
    return "\n".join(b for b in blocks if b)


def _beliefs(title: str, signals: Sequence[Signal], brief: Brief) -> str:
    if not signals:
        return ""
    lines = [f"- {_belief(s, brief)}" for s in signals[:MAX_LISTED]]
    more = len(signals) - MAX_LISTED
    return "\n".join([title, *lines, *([f"- 另外还有 {more} 条"] if more > 0 else [])])


def _belief(signal: Signal, brief: Brief) -> str:
    told = f"：“{clean(signal.evidence)}”" if signal.evidence and signal.source == "text" else ""
    pressed = "" if signal.source == "text" else "：来自您的反馈"
    return f"{target(signal, brief)}{told or pressed}"


def forgotten(brief: Brief) -> str:
    """That beliefs were forgotten, or that there was nothing to forget."""
    if brief.forgot_all:
        return "好的，您的口味我已经全部忘掉，我们重新开始。"
    words = listing([target(s, brief) for s in nameable(brief, brief.forgotten)[:4]])
    return f"好的，我已经忘掉{words}。" if words else "我没有这样的记录，所以没有什么要忘的。"


def remembered(brief: Brief) -> str:
    """What will be kept for later conversations."""
    learned = nameable(brief, brief.learned)
    bad = listing([target(s, brief) for s in learned if s.polarity < 0][:4])
    good = listing([target(s, brief) for s in learned if s.polarity >= 0][:4])
    words = "；".join(w for w in (f"不要{bad}" if bad else "", f"喜欢{good}" if good else "") if w)
    return f"我会一直记住：{words}。" if words else "请用几句话告诉我要记住什么。"
