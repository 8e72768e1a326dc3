"""Chinese words and phrases for what a brief speaks of: targets, items, reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.moves import Brief, Reason
from bot.phrasing import clean, decade, marks, whole
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


def noun(brief: Brief) -> str:
    return _NOUNS.get(brief.noun, (brief.noun, "个", "选"))[0]


def measure(brief: Brief) -> str:
    return _NOUNS.get(brief.noun, ("", "个", "选"))[1]


def verb(brief: Brief) -> str:
    return _NOUNS.get(brief.noun, ("", "个", "选"))[2]


def word(value: str) -> str:
    plain = clean(value)
    return _GENRES.get(plain.lower()) or _PLACES.get(plain.lower()) or plain


def field(field: str) -> str:
    return _FIELDS.get(field, clean(field.replace("_", " ")))


def listing(words: Sequence[str]) -> str:
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
    return f"{field(signal.field or '')}{bounds}"


def target(signal: Signal, brief: Brief) -> str:
    """What a signal is about, as a noun."""
    if signal.kind == "item":
        mark = marks(brief).get(signal.item_id or "")
        return mark or f"《{clean(signal.title or '')}》"
    if signal.kind == "range":
        return range_phrase(signal)
    if signal.kind == "text":
        return f"“{clean(signal.value or '')}”"
    value = word(signal.value or "")
    return f"{value}{noun(brief)}" if signal.field in {"language", "country"} else value


def kind_of(item: Item, brief: Brief) -> str:
    """What an item is, with its makers; "" where nothing is known."""
    makers = item.directors or item.people
    by = f"{listing([clean(p) for p in makers[:2]])}的" if makers else ""
    genre = word(item.genres[0]) if item.genres else ""
    if genre and noun(brief) == "电影" and genre != item.genres[0]:
        return f"{by}{genre}片"
    return f"{by}{genre}{noun(brief)}" if genre or by else ""


def reason(why: Reason, brief: Brief) -> str:
    """One reason as a clause."""
    value = word(why.value)
    other = marks(brief).get(why.item_id, "")
    clauses = {
        "facet": f"有您提到的{value}" if why.field == "person" else f"符合您要的{value}",
        "range": f"{field(why.field)}合适",
        "keyword": f"有您喜欢的“{value}”",
        "similar": f"和您喜欢的{other}相近",
        "co_preference": f"喜欢{other}的人也常常喜欢它",
        "need": "和您描述的很接近",
        "popular": "很多人喜欢",
    }
    return clauses[why.kind]
