"""Plain wording in Chinese: every sentence the bot can say without a language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.chinese_answers import fact as fact
from bot.chinese_answers import forgotten as forgotten
from bot.chinese_answers import profile as profile
from bot.chinese_answers import remembered as remembered
from bot.chinese_answers import why as why
from bot.chinese_answers import why_not as why_not
from bot.chinese_words import field, kind_of, listing, measure, noun, reason, target, verb, word
from bot.moves import Brief, Shown
from bot.phrasing import clean, marks, nameable, pick, subjects, telling
from retrieval.signals import Signal


def acknowledge(brief: Brief) -> str:
    """What was just learned, refusals first; "" if nothing was."""
    learned = nameable(brief, brief.learned)
    items = [s for s in learned if s.kind == "item" and s.item_id]
    rest = [s for s in learned if s.kind != "item"]
    out = [s for s in rest if s.polarity < 0 and s.signed]
    said = [
        _say(brief, "好的，不要{x}。", [s for s in out if s.hard]),
        _say(brief, "明白，您不太喜欢{x}。", [s for s in out if not s.hard]),
        _say(brief, "{x}我不会再推荐。", [s for s in items if s.polarity < 0 and s.signed]),
        _say(
            brief,
            f"您已经{verb(brief)}过{{x}}，我再找别的。",
            [s for s in items if s.seen and not s.signed],
        ),
        _say(
            brief,
            pick(brief, "wanted", ("好的，{x}。", "记下了：{x}。")),
            [s for s in rest if s.polarity >= 0 and (s.signed or s.kind == "range")],
        ),
        _say(brief, "我会参考{x}。", [s for s in items if s.polarity > 0 and s.signed]),
    ]
    return "".join(said)


def _say(brief: Brief, form: str, signals: Sequence[Signal]) -> str:
    return form.format(x=listing([target(s, brief) for s in signals[:4]])) if signals else ""


def unknown(brief: Brief) -> str:
    """That a title is not in the catalogue, kindly; "" if all are."""
    if not brief.unknown_titles:
        return ""
    words = listing([f"《{clean(t)}》" for t in brief.unknown_titles[:3]])
    return f"很抱歉，目录里没有{words}。不过您说的我会记住。"


def relaxed(brief: Brief) -> str:
    """Which constraints were let go, as a wish (what-if) or because nothing fitted."""
    if not brief.relaxed:
        return ""
    words = listing([field(name) for name in brief.relaxed])
    if brief.move.topic == "what_if":
        return f"如果不考虑{words}："
    return f"没有完全符合的，所以我放宽了{words}。"


def unmet(brief: Brief) -> str:
    """That nothing shown meets a wish, because there is nothing, or nothing more, that does."""
    words = listing([target(s, brief) for s in brief.unmet[:3]])
    return f"没有更多符合{words}的了，下面这些最接近。" if words else ""


def lead(brief: Brief) -> str:
    """A short opening where nothing else was said yet."""
    return {"again": "好的，再来一次。", "more": "再推荐几" + measure(brief) + "。"}.get(
        brief.move.topic, ""
    )


def item_line(shown: Shown, number: int, brief: Brief) -> str:
    """One sentence that presents item [number] and says why it is there."""
    kind = kind_of(shown.item, brief)
    head = f"[{number}]" + (f"，{kind}" if kind else "")
    reasons = [reason(r, brief) for r in telling(brief, shown, number)]
    words = listing([clean(k) for k in shown.item.keywords[:3]])
    tail = f"，{'，'.join(reasons)}" if reasons else f"（{words}）" if words else ""
    form = (("首先推荐{x}。", "我会先选{x}。"), ("其次是{x}。", "还有{x}。"), ("另外还有{x}。",))
    return pick(brief, f"item{number}", form[min(number, 3) - 1]).format(x=head + tail)


def question(brief: Brief) -> str:
    """The one question of an ask."""
    options = [word(o) for o in brief.move.options[:4]]
    if not options:
        return f"您现在想{verb(brief)}什么样的{noun(brief)}？或者告诉我一{measure(brief)}您喜欢的。"
    words = "还是".join([listing(options[:-1]), options[-1]]) if options[1:] else options[0]
    if brief.move.asked in {None, "genre", "keywords"}:
        return f"您更想{verb(brief)}{words}？"
    return f"{field(brief.move.asked or '')}方面，您更想要{words}？"


def small_talk(brief: Brief) -> str:
    """The reply of a chat move."""
    return _SMALL_TALK[brief.move.topic](brief)


def _greeting(brief: Brief) -> str:
    if not brief.first_turn:
        return "您好！想找点什么？"
    return (
        f"您好！我帮您挑选{noun(brief)}。"
        f"请告诉我一{measure(brief)}您喜欢的{noun(brief)}，或者您现在的心情。"
    )


def _thanks(brief: Brief) -> str:
    return f"不客气！想再找{noun(brief)}时随时来。"


def _accepted(brief: Brief) -> str:
    words = listing([marks(brief)[item.item_id] for item in subjects(brief)[:2]])
    return f"{words or '这个'}选得好！之后告诉我您觉得怎么样。"


def _nothing_fits(brief: Brief) -> str:
    wishes = [s for s in nameable(brief, (*brief.likes, *brief.dislikes)) if s.hard]
    words = listing([("不要" if s.polarity < 0 else "") + target(s, brief) for s in wishes[:4]])
    first = f"目录里没有完全符合的：{words}。" if words else "目录里没有完全符合的。"
    drop = "或".join(field(o) for o in brief.move.options[:3])
    return f"{first}要不要放宽{drop}？" if drop else f"{first}哪一点最不重要？"


_SMALL_TALK: Mapping[str, Callable[[Brief], str]] = {
    "greeting": _greeting,
    "thanks": _thanks,
    "goodbye": lambda brief: pick(brief, "goodbye", ("再见，祝您愉快！", "下次见！")),
    "accepted": _accepted,
    "rejected": lambda brief: "好的，这些都不要了。是哪里不合适呢？",
    "listening": lambda brief: f"我在听。想换别的{noun(brief)}就说“换一批”，也可以告诉我您的口味。",
    "offtopic": lambda brief: f"这个我不懂，我只了解{noun(brief)}。想{verb(brief)}点什么？",
    "language": lambda brief: "我懂中文和英文。",
    "instruction": lambda brief: (
        f"我的工作方式不能改变，但我可以帮您找{noun(brief)}。想{verb(brief)}点什么？"
    ),
    "nothing_fits": _nothing_fits,
}
