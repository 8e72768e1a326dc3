"""Understands Chinese messages by rules: titles by their aliases, genres, years, likes and refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.mentions import Mention, without_overlaps
from bot.plain_text import PlainText
from bot.references import Discourse
from bot.stance import Stance
from bot.understanding import Intent
from retrieval.catalog import Catalog

# Chinese genre word -> the canonical English genre of the lexicon.
GENRES = {
    "恐怖": "horror", "惊悚": "thriller", "悬疑": "mystery", "爱情": "romance", "浪漫喜剧": "romantic comedy",
    "爱情喜剧": "romantic comedy", "言情": "romance", "喜剧": "comedy", "搞笑": "comedy", "动作": "action",
    "科幻": "science fiction", "动画": "animation", "卡通": "animation", "纪录": "documentary", "剧情": "drama",
    "战争": "war", "犯罪": "crime", "警匪": "crime", "冒险": "adventure", "奇幻": "fantasy", "魔幻": "fantasy",
    "西部": "western", "音乐剧": "musical", "歌舞": "musical", "历史": "history", "传记": "biography", "家庭": "family",
    "黑色电影": "film noir", "体育": "sport", "运动": "sport", "摇滚": "rock", "流行": "pop", "爵士": "jazz",
    "古典": "classical", "嘻哈": "hip hop", "说唱": "rap", "民谣": "folk", "电子": "electronic", "蓝调": "blues",
    "乡村音乐": "country",
}  # fmt: skip
PLACES = {
    "韩国": ("country", "South Korea"), "日本": ("country", "Japan"), "法国": ("country", "France"),
    "美国": ("country", "United States"), "英国": ("country", "United Kingdom"), "中国": ("country", "China"),
    "香港": ("country", "Hong Kong"), "台湾": ("country", "Taiwan"), "印度": ("country", "India"),
    "意大利": ("country", "Italy"), "德国": ("country", "Germany"), "西班牙": ("country", "Spain"),
    "国产": ("country", "China"), "韩语": ("language", "Korean"), "日语": ("language", "Japanese"),
    "法语": ("language", "French"), "英语": ("language", "English"), "中文": ("language", "Chinese"),
    "粤语": ("language", "Cantonese"), "德语": ("language", "German"), "西班牙语": ("language", "Spanish"),
}  # fmt: skip
_HAN = re.compile(r"[一-鿿]")
_QUALITIES = re.compile(
    "轻松|温馨|感人|治愈|搞笑|有趣|好笑|刺激|紧张|烧脑|浪漫|黑暗|血腥|暴力|慢节奏|节奏慢|太慢|无聊|深刻|经典|催泪|悲伤|幽默|"
    "励志|老电影|新片|反转|悬念|热血|孩子|儿童|小孩|合家欢|真实故事|超级英雄|时间旅行|安静|欢快|抒情"
)
_BREAK = re.compile(r"[，。！？；,.!?;\n]|但是|不过|可是|然而|但|而且")
_NEGATIVE = re.compile(
    r"不(?:太|是很|怎么|大|再|要再)?(?:喜欢|爱看|想看|想要|感兴趣|好看|感冒|要|推荐|看)|没(?:什么)?兴趣|讨厌|别(?:推荐|给|再|放|来)?|受不了|除了|拒绝|烦|难看|无聊|很烂|太烂|烂片|失望|恨|避免|跳过|不是我的菜|太(?:慢|血腥|暴力|长|吵|无聊|恐怖|吓人)|没意思|不好看"
)
_DOUBLE = re.compile(r"不讨厌|不反感|不介意|没有不喜欢|不是不喜欢|不一定(?:要|是)|不错")
_POSITIVE = re.compile(
    r"喜欢|爱看|最爱|想看|想要|想找|想听|爱|推荐|来(?:一?部|点|个|首)|有没有|有什么|给我|找|好看|精彩|很棒|太棒|不错|好听|感兴趣|类似|像|看看|要"
)
_SEEN = re.compile(r"(?:已经)?看过|听过")
_NOT_SEEN = re.compile(r"没(?:有)?(?:看|听)过|没看")
_OTHERS = re.compile(
    r"我(?:老婆|老公|妻子|丈夫|妈妈?|爸爸?|朋友|女儿|儿子|孩子|女朋友|男朋友|同事)(?:都|也|很|最|不|特别|非常)*(?:喜欢|爱|讨厌|想)"
)
_QUESTION = re.compile(r"[?？]|吗|什么时候|谁(?:导演|演)|多长|哪一?年|讲(?:的是)?什么|多少")
_DECADE = re.compile(r"(?:(19|20)?(\d0)|([二三四五六七八九])十)年代")
_YEAR_BOUND = re.compile(r"((?:19|20)\d\d)年?(之后|以后|以来|后|之前|以前|前)(?:的|上映)?")
_YEAR = re.compile(r"((?:19|20)\d\d)年")
_MINUTES = re.compile(
    r"(不超过|少于|短于|低于|超过|长于|至少)?\s*(\d+|一|两|二|三)(?:个)?(半)?(分钟|小时)(半)?(以内|之内|以下|以上|左右)?"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_REFERENCE = re.compile(
    r"第([一二三四五六七八九1-9])(?:部|个|首)|最后一(?:部|个|首)|(?:这|那)(?:一)?(?:部|个|首)(?:电影|片子?|歌)?|它|这些|那些|两部都|都"
)
_INTENTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    ("profile", re.compile(r"我的(?:喜好|口味|偏好)|你(?:觉得|认为)我|忘(?:掉|了|记)|我没(?:有)?说过|记住|清空|删除我")),
    ("why", re.compile(r"为什么|为啥|为何|怎么会推荐")),
    ("reject", re.compile(r"不感兴趣|不想看|换一?(?:个|部|首|批)|看过了|不要这|算了|不喜欢(?:这|它)|不看")),
    ("accept", re.compile(r"就(?:看)?这(?:个|部)|听起来(?:不错|很好|很棒|好)|我(?:会|去|要)看|好的?[，,]?(?:我)?(?:去|就)看|不错[，,。]?我|可以[，,]?就")),
    ("question", re.compile(r"谁(?:导演|演|主演)|(?:导演|主演|演员)是谁|什么时候|哪一?年|多长|讲(?:的是)?什么|好看吗|是.*吗|怎么样|多少")),
    ("refine", re.compile(r"换|再|更|只要|不要|别|还有(?:别的|其他)|另外|要.{0,4}一点|最好")),
    ("seek", re.compile(r"推荐|想看|想找|想听|来(?:一?部|点|个|首)|有没有|有什么|给我|找.{0,3}(?:部|个)|喜欢|讨厌|爱看|受不了")),
    ("feedback", re.compile(r"看过|好看|精彩|难看|无聊|很棒|不错|很烂|失望|喜欢(?:它|这)")),
    ("social", re.compile(r"你好|您好|嗨|谢谢|多谢|再见|拜拜|早上好|晚上好|哈哈|晚安")),
)  # fmt: skip


class ChineseReader:
    """Reads Chinese messages against one catalogue: Chinese titles, aliases and names."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._names: dict[str, list[tuple[str, Mention]]] = {}
        own = {
            value.lower(): value
            for field in ("genre", "language", "country")
            if field in catalog.facets
            for value in catalog.facets[field].counts
        }
        for word, genre in GENRES.items():
            options = (genre, "sci-fi") if genre == "science fiction" else (genre,)
            value = next((own[o] for o in options if o in own), genre)
            self._add(word, Mention(0, 0, "facet", value, field="genre"))
        for word, (field, value) in PLACES.items():
            self._add(word, Mention(0, 0, "facet", own.get(value.lower(), value), field=field))
        for row, item in enumerate(catalog.items):
            for name in (item.title, item.original_title or "", *item.aliases):
                if len(name) > 1 and _HAN.search(name):
                    self._add(name, Mention(0, 0, "item", item.title, (row,)))
        for name in catalog.facets["person"].counts if "person" in catalog.facets else ():
            if _HAN.search(name):
                self._add(name, Mention(0, 0, "facet", name, field="person"))

    def _add(self, word: str, mention: Mention) -> None:
        self._names.setdefault(word[0], []).append((word, mention))

    def read(
        self, plain: PlainText, discourse: Discourse, latin: Sequence[Mention]
    ) -> ChineseReading:
        """Mentions with stances, and intents; `latin` are titles and people in Latin letters."""
        text = plain.lower
        found = without_overlaps(
            [*latin, *self._named(text), *_years(text), *_runtimes(text), *_qualities(text)]
        )
        found = without_overlaps([*found, *_referred(text, discourse, found)])
        opinions = []
        for mention in found:
            stance, seen = _stance(text, mention)
            opinions.append((mention, stance, seen))
        return ChineseReading(tuple(opinions), _intents(text, bool(discourse.fresh)))

    def _named(self, text: str) -> Iterator[Mention]:
        for start, character in enumerate(text):
            for word, mention in self._names.get(character, ()):
                if text.startswith(word.lower(), start):
                    yield replace(mention, start=start, end=start + len(word))


@dataclass(frozen=True, slots=True)
class ChineseReading:
    """What a Chinese message names, with the opinion and whether seen, and its intents."""

    opinions: tuple[tuple[Mention, Stance, bool | None], ...]
    intents: tuple[Intent, ...]


def _clause(text: str, position: int) -> tuple[int, int]:
    breaks = [(m.start(), m.end()) for m in _BREAK.finditer(text)]
    start = max((end for _, end in breaks if end <= position), default=0)
    return start, min((begin for begin, _ in breaks if begin >= position), default=len(text))


def _stance(text: str, mention: Mention) -> tuple[Stance, bool | None]:
    """Negation in the clause decides before liking; a question or another's taste has no sign."""
    start, end = _clause(text, mention.start)
    clause = text[start : mention.start] + "X" + text[mention.end : end]
    seen = None
    if mention.kind == "item":
        seen = False if _NOT_SEEN.search(clause) else True if _SEEN.search(clause) else None
    if mention.kind == "text" and (
        mention.value in ("无聊", "太慢") or text[: mention.start].endswith("太")
    ):
        return Stance(-0.8, 0.8, start, end, True), seen
    asked = (end < len(text) and text[end] in "?？") or re.search("吗|为什么|为啥", clause)
    wish = re.search(r"有没有|有什么|能不能|可以(?:推荐|给)|推荐", clause)
    if _OTHERS.search(clause) or (asked and not wish):
        return Stance(0.0), seen
    if mention.refused:
        return Stance(0.8, 0.9), seen
    if _DOUBLE.search(clause) and "不错" not in clause:
        return Stance(0.0), seen
    if _NEGATIVE.search(clause) and not re.search(r"不错|不仅|不只", clause):
        return Stance(-0.8, 0.85, start, end, True), seen
    if _POSITIVE.search(clause):
        return Stance(0.8, 0.85, start, end, True), seen
    bare = mention.kind != "item" and seen is None
    return (Stance(0.6, 0.6) if bare else Stance(0.0)), seen


def _years(text: str) -> Iterator[Mention]:
    for match in _YEAR_BOUND.finditer(text):
        year, later = float(match.group(1)), "后" in match.group(2) or "来" in match.group(2)
        refused = bool(re.search(r"(?:不要|别|不看|除了)[^，。]{0,4}$", text[: match.start()]))
        mention = Mention(match.start(), match.end(), "range", field="year", refused=refused)
        if refused:
            yield replace(mention, low=year) if not later else replace(mention, high=year)
        else:
            yield replace(mention, low=year) if later else replace(mention, high=year - 1)
    for match in _DECADE.finditer(text):
        tens = int(match.group(2)) if match.group(2) else _DIGITS[match.group(3)] * 10
        century = int(match.group(1) or (20 if tens < 20 else 19)) * 100
        first = float(century + tens)
        yield Mention(match.start(), match.end(), "range", field="year", low=first, high=first + 9)
    for match in _YEAR.finditer(text):
        year = float(match.group(1))
        yield Mention(match.start(), match.end() - 1, "range", field="year", low=year, high=year)


def _runtimes(text: str) -> Iterator[Mention]:
    for match in _MINUTES.finditer(text):
        more = match.group(1) in ("超过", "长于", "至少") or match.group(6) == "以上"
        less = match.group(1) in ("不超过", "少于", "短于", "低于")
        if not (more or less or match.group(6) in ("以内", "之内", "以下")):
            continue
        number = float(_DIGITS.get(match.group(2), 0) or match.group(2))
        minutes = number if match.group(4) == "分钟" else number * 60
        minutes += 30 if match.group(3) or match.group(5) else 0
        mention = Mention(match.start(), match.end(), "range", field="runtime")
        refused = bool(re.search(r"(?:不要|别|不看)[^，。]{0,3}$", text[: match.start()]))
        upper = more == refused
        mention = replace(mention, refused=refused)
        yield replace(mention, high=minutes) if upper else replace(mention, low=minutes)


def _qualities(text: str) -> Iterator[Mention]:
    for match in _QUALITIES.finditer(text):
        yield Mention(match.start(), match.end(), "text", match.group(), field="either", sure=0.8)


def _referred(text: str, discourse: Discourse, found: Sequence[Mention]) -> Iterator[Mention]:
    slate = discourse.slate or discourse.fresh
    for match in _REFERENCE.finditer(text):
        rows: tuple[int, ...] = ()
        several = match.group() in ("这些", "那些", "两部都")
        if match.group(1):
            place = int(_DIGITS.get(match.group(1), 0) or match.group(1)) - 1
            rows = slate[place : place + 1]
        elif match.group().startswith("最后"):
            rows = slate[-1:]
        elif several:
            rows = discourse.fresh or discourse.slate
        elif match.group() != "都":
            named = [
                m.rows[0] for m in found if m.kind == "item" and m.rows and m.end <= match.start()
            ]
            current = named[-1] if named else discourse.current
            rows = () if current is None else (current,)
        if rows:
            yield Mention(
                match.start(), match.end(), "item", rows=rows, pronoun=True, plural=several
            )


def _intents(text: str, suggested: bool) -> tuple[Intent, ...]:
    found = [intent for intent, pattern in _INTENTS if pattern.search(text)]
    if not suggested:
        found = [i for i in found if i not in ("accept", "reject")]
    if "refine" in found and "seek" in found:
        found.remove("refine" if not suggested else "seek")
    if len(found) > 1 and "social" in found:
        found.remove("social")
    if {"profile", "why"} & set(found):
        found = [i for i in found if i in ("profile", "why")]
    return tuple(found) or ("other",)
