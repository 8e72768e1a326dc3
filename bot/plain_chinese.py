"""Plain wording in Chinese: every sentence the bot can say without a language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.moves import Brief, Reason, Shown
from bot.phrasing import (
    MAX_LISTED,
    clean,
    decade,
    marks,
    nameable,
    pick,
    sayable,
    subjects,
    whole,
)
from retrieval.catalog import Item
from retrieval.signals import Signal

# noun -> (Chinese noun, its measure word, what one does with it)
_NOUNS: Mapping[str, tuple[str, str, str]] = {
    "film": ("电影", "部", "看"),
    "movie": ("电影", "部", "看"),
    "series": ("剧集", "部", "看"),
    "book": ("书", "本", "读"),
    "novel": ("小说", "本", "读"),
    "track": ("歌曲", "首", "听"),
    "song": ("歌曲", "首", "听"),
    "album": ("专辑", "张", "听"),
    "game": ("游戏", "款", "玩"),
    "product": ("商品", "件", "选"),
}
_GENRES: Mapping[str, str] = {
    "action": "动作",
    "adventure": "冒险",
    "animation": "动画",
    "biography": "传记",
    "comedy": "喜剧",
    "crime": "犯罪",
    "documentary": "纪录",
    "drama": "剧情",
    "family": "家庭",
    "fantasy": "奇幻",
    "history": "历史",
    "horror": "恐怖",
    "music": "音乐",
    "musical": "歌舞",
    "mystery": "悬疑",
    "romance": "爱情",
    "science fiction": "科幻",
    "sport": "体育",
    "thriller": "惊悚",
    "war": "战争",
    "western": "西部",
}
_PLACES: Mapping[str, str] = {
    "english": "英语",
    "french": "法语",
    "german": "德语",
    "italian": "意大利语",
    "spanish": "西班牙语",
    "japanese": "日语",
    "korean": "韩语",
    "chinese": "中文",
    "mandarin": "普通话",
    "cantonese": "粤语",
    "hindi": "印地语",
    "united states": "美国",
    "united kingdom": "英国",
    "france": "法国",
    "germany": "德国",
    "italy": "意大利",
    "spain": "西班牙",
    "japan": "日本",
    "south korea": "韩国",
    "china": "中国",
    "hong kong": "中国香港",
    "taiwan": "中国台湾",
    "india": "印度",
    "canada": "加拿大",
    "australia": "澳大利亚",
}
_FIELDS: Mapping[str, str] = {
    "year": "年份",
    "runtime": "片长",
    "genre": "类型",
    "genres": "类型",
    "person": "人物",
    "people": "人物",
    "cast": "演员",
    "directors": "导演",
    "language": "语言",
    "country": "国家或地区",
    "price": "价格",
    "keywords": "主题",
    "description": "简介",
    "similar": "相似作品",
}


def _noun(brief: Brief) -> str:
    return _NOUNS.get(brief.noun, (brief.noun, "个", "选"))[0]


def _measure(brief: Brief) -> str:
    return _NOUNS.get(brief.noun, ("", "个", "选"))[1]


def _verb(brief: Brief) -> str:
    return _NOUNS.get(brief.noun, ("", "个", "选"))[2]


def _word(value: str) -> str:
    plain = clean(value)
    return _GENRES.get(plain.lower()) or _PLACES.get(plain.lower()) or plain


def _field(field: str) -> str:
    return _FIELDS.get(field, clean(field.replace("_", " ")))


def _listing(words: Sequence[str]) -> str:
    return "、".join(words)


def range_phrase(signal: Signal) -> str:
    """A range in words, after its column: "1990 年代", "片长不超过 100 分钟"."""
    low = None if signal.min is None else whole(signal.min)
    high = None if signal.max is None else whole(signal.max)
    if signal.field == "year":
        if (first := decade(signal)) is not None:
            return f"{first} 年代"
        if low and high:
            return f"{low} 年" if low == high else f"{low} 到 {high} 年"
        return f"{low} 年及以后" if low else f"{high} 年及以前"
    unit = " 分钟" if signal.field == "runtime" else ""
    bounds = (
        f" {low} 到 {high}{unit}"
        if low and high
        else f"{'不少于' if low else '不超过'} {low or high}{unit}"
    )
    return f"{_field(signal.field or '')}{bounds}"


def target(signal: Signal, brief: Brief) -> str:
    """What a signal is about, as a noun."""
    if signal.kind == "item":
        mark = marks(brief).get(signal.item_id or "")
        return mark or f"《{clean(signal.title or '')}》"
    if signal.kind == "range":
        return range_phrase(signal)
    if signal.kind == "text":
        return f"“{clean(signal.value or '')}”"
    value = _word(signal.value or "")
    return f"{value}{_noun(brief)}" if signal.field in {"language", "country"} else value


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
            f"您已经{_verb(brief)}过{{x}}，我再找别的。",
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
    return form.format(x=_listing([target(s, brief) for s in signals[:4]])) if signals else ""


def unknown(brief: Brief) -> str:
    """That a title is not in the catalogue, kindly; "" if all are."""
    if not brief.unknown_titles:
        return ""
    words = _listing([f"《{clean(t)}》" for t in brief.unknown_titles[:3]])
    return f"很抱歉，目录里没有{words}。不过您说的我会记住。"


def relaxed(brief: Brief) -> str:
    """Which constraints were let go, as a wish (what-if) or because nothing fitted."""
    if not brief.relaxed:
        return ""
    words = _listing([_field(name) for name in brief.relaxed])
    if brief.move.topic == "what_if":
        return f"如果不考虑{words}："
    return f"没有完全符合的，所以我放宽了{words}。"


def lead(brief: Brief) -> str:
    """A short opening where nothing else was said yet."""
    return {"again": "好的，再来一次。", "more": "再推荐几" + _measure(brief) + "。"}.get(
        brief.move.topic, ""
    )


def kind_of(item: Item, brief: Brief) -> str:
    """What an item is, with its makers; "" where nothing is known."""
    makers = item.directors or item.people
    by = f"{_listing([clean(p) for p in makers[:2]])}的" if makers else ""
    genre = _word(item.genres[0]) if item.genres else ""
    if genre and _noun(brief) == "电影" and genre != item.genres[0]:
        return f"{by}{genre}片"
    return f"{by}{genre}{_noun(brief)}" if genre or by else ""


def reason(why: Reason, brief: Brief) -> str:
    """One reason as a clause."""
    value = _word(why.value)
    other = marks(brief).get(why.item_id, "")
    clauses = {
        "facet": f"有您提到的{value}" if why.field == "person" else f"符合您要的{value}",
        "range": f"{_field(why.field)}合适",
        "keyword": f"有您喜欢的“{value}”",
        "similar": f"和您喜欢的{other}相近",
        "co_preference": f"喜欢{other}的人也常常喜欢它",
        "need": f"符合“{value}”",
        "popular": "很多人喜欢",
    }
    return clauses[why.kind]


def item_line(shown: Shown, number: int, brief: Brief) -> str:
    """One sentence that presents item [number] and says why it is there."""
    kind = kind_of(shown.item, brief)
    head = f"[{number}]" + (f"，{kind}" if kind else "")
    reasons = [reason(r, brief) for r in sayable(brief, shown.reasons)[: 2 if number == 1 else 1]]
    words = _listing([clean(k) for k in shown.item.keywords[:3]])
    tail = f"，{'，'.join(reasons)}" if reasons else f"（{words}）" if words else ""
    form = (("首先推荐{x}。", "我会先选{x}。"), ("其次是{x}。", "还有{x}。"), ("另外还有{x}。",))
    return pick(brief, f"item{number}", form[min(number, 3) - 1]).format(x=head + tail)


def question(brief: Brief) -> str:
    """The one question of an ask."""
    options = [_word(o) for o in brief.move.options[:4]]
    if not options:
        return (
            f"您现在想{_verb(brief)}什么样的{_noun(brief)}？或者告诉我一{_measure(brief)}您喜欢的。"
        )
    words = "还是".join([_listing(options[:-1]), options[-1]]) if options[1:] else options[0]
    if brief.move.asked in {None, "genre", "keywords"}:
        return f"您更想{_verb(brief)}{words}？"
    return f"{_field(brief.move.asked or '')}方面，您更想要{words}？"


def why(brief: Brief) -> str:
    """Why the subject is in the slate."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"这{_measure(brief)}{_noun(brief)}"
    reasons = [reason(r, brief) for r in sayable(brief, brief.subject_reasons)[:3]]
    if not reasons:
        return f"{mark}最接近您的描述。您说得越多，我的理由就越充分。"
    return f"我选{mark}，因为它{'，'.join(reasons)}。"


def why_not(brief: Brief) -> str:
    """Why the subject was not shown."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"那{_measure(brief)}{_noun(brief)}"
    words = "；".join(clean(o.rstrip(".。"), 160) for o in brief.objections[:3])
    if not words:
        return f"{mark}没有什么不合适，只是别的更接近一些。"
    return f"我没有推荐{mark}：{words}。如果不对，请告诉我。"


def fact(brief: Brief) -> str:
    """The answer to a question about one or two items, from the catalogue alone."""
    found = subjects(brief)[:2]
    if not found:
        return f"请告诉我您指的是哪一{_measure(brief)}{_noun(brief)}，我来查一查。"
    return "".join(_fact(item, marks(brief)[item.item_id], brief) for item in found)


def _fact(item: Item, mark: str, brief: Brief) -> str:
    asked = brief.move.asked or "description"
    value = _FACTS.get(asked, _other_value)(item, brief)
    if not value:
        return f"很抱歉，目录里没有{mark}的{_field(asked)}。"
    if asked == "description":
        return f"{mark}：{value}"
    return f"{mark}的{_field(asked)}：{value}。"


def _names(values: Sequence[str]) -> str:
    return _listing([_word(v) for v in values[:5]])


def _year_value(item: Item, brief: Brief) -> str:
    return f"{item.year} 年" if item.year is not None else ""


def _runtime_value(item: Item, brief: Brief) -> str:
    return f"{round(item.runtime)} 分钟" if item.runtime is not None else ""


def _description_value(item: Item, brief: Brief) -> str:
    kind, about = kind_of(item, brief), clean(item.description, 320)
    return "。".join(s for s in (kind, about or _names(item.keywords)) if s)


def _similar_value(item: Item, brief: Brief) -> str:
    return _listing([marks(brief)[s.item.item_id] for s in brief.slate if s.item != item][:3])


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
        one = f"一{_measure(brief)}"
        return f"我还不了解您的口味。请告诉我{one}您喜欢的和{one}不喜欢的{_noun(brief)}。"
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
    words = _listing([target(s, brief) for s in nameable(brief, brief.forgotten)[:4]])
    return f"好的，我已经忘掉{words}。" if words else "我没有这样的记录，所以没有什么要忘的。"


def remembered(brief: Brief) -> str:
    """What will be kept for later conversations."""
    learned = nameable(brief, brief.learned)
    bad = _listing([target(s, brief) for s in learned if s.polarity < 0][:4])
    good = _listing([target(s, brief) for s in learned if s.polarity >= 0][:4])
    words = "；".join(w for w in (f"不要{bad}" if bad else "", f"喜欢{good}" if good else "") if w)
    return f"我会一直记住：{words}。" if words else "请用几句话告诉我要记住什么。"


def small_talk(brief: Brief) -> str:
    """The reply of a chat move."""
    return _SMALL_TALK[brief.move.topic](brief)


def _greeting(brief: Brief) -> str:
    if not brief.first_turn:
        return "您好！想找点什么？"
    return (
        f"您好！我帮您挑选{_noun(brief)}。"
        f"请告诉我一{_measure(brief)}您喜欢的{_noun(brief)}，或者您现在的心情。"
    )


def _thanks(brief: Brief) -> str:
    return f"不客气！想再找{_noun(brief)}时随时来。"


def _accepted(brief: Brief) -> str:
    words = _listing([marks(brief)[item.item_id] for item in subjects(brief)[:2]])
    return f"{words or '这个'}选得好！之后告诉我您觉得怎么样。"


def _nothing_fits(brief: Brief) -> str:
    wishes = [s for s in nameable(brief, (*brief.likes, *brief.dislikes)) if s.hard]
    words = _listing([("不要" if s.polarity < 0 else "") + target(s, brief) for s in wishes[:4]])
    first = f"目录里没有完全符合的：{words}。" if words else "目录里没有完全符合的。"
    drop = "或".join(_field(o) for o in brief.move.options[:3])
    return f"{first}要不要放宽{drop}？" if drop else f"{first}哪一点最不重要？"


_SMALL_TALK: Mapping[str, Callable[[Brief], str]] = {
    "greeting": _greeting,
    "thanks": _thanks,
    "goodbye": lambda brief: pick(brief, "goodbye", ("再见，祝您愉快！", "下次见！")),
    "accepted": _accepted,
    "rejected": lambda brief: "好的，这些都不要了。是哪里不合适呢？",
    "offtopic": lambda brief: f"这个我不懂，我只了解{_noun(brief)}。想{_verb(brief)}点什么？",
    "language": lambda brief: "我懂中文和英文。",
    "instruction": lambda brief: (
        f"我的工作方式不能改变，但我可以帮您找{_noun(brief)}。想{_verb(brief)}点什么？"
    ),
    "nothing_fits": _nothing_fits,
}
