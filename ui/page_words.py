"""Every word that the page itself says, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from retrieval.catalog import DEFAULT_LABELS, Catalog

_ENGLISH: Mapping[str, str] = {
    "tagline": "A conversation that ends with a {noun} you will like",
    "hello": "What are you in the mood for?",
    "hello_more": "Say what you love, what you can’t stand, or what the occasion is. "
    "Every answer says why, and you can correct what it believes of you.",
    "placeholder": "Tell me what you like, or don’t …",
    "input_label": "Your message",
    "send": "Send",
    "stop": "Stop",
    "new": "New conversation",
    "new_short": "New",
    "panel": "What I believe you like",
    "panel_short": "My taste",
    "close": "Close",
    "likes": "You like",
    "dislikes": "You’d rather not",
    "constraints": "Always hold",
    "nothing": "Nothing yet. What you say and click will appear here, "
    "with your own words as evidence.",
    "session": "this conversation",
    "never": "never {belief}",
    "remove": "Remove: {belief}",
    "undo": "Undo the last change",
    "back": "Undo",
    "forget": "Forget everything about me",
    "forget_sure": "Delete your conversations and everything learned from them? "
    "This cannot be undone.",
    "forgotten": "Forgotten. We start afresh.",
    "undone": "Undone.",
    "changed": "What changed",
    "dropped": "no longer: {belief}",
    "you": "You",
    "thinking": "Thinking",
    "stopped": "Stopped.",
    "again": "Try again",
    "others": "Something else, please",
    "why": "Why these?",
    "opinion": "Your opinion of {title}",
    "directed": "by {names}",
    "with": "with {names}",
    "minutes": "{n} min",
    "price": "price {n}",
    "more": "More about {title}",
    "state_like": "Noted: more like this",
    "state_dislike": "Noted: it won’t come back",
    "state_seen": "Noted: seen, it won’t come back",
    "state_not_now": "Not in this conversation",
    "state_never": "Never again",
    "state_chosen": "Your choice. Enjoy!",
    "loading_llm": "Plain wording while the language model loads",
    "no_llm": "Plain wording: no language model is in use",
    "not_logged": "This answer could not be saved yet; it is kept in memory until it can be.",
    "trouble": "Something went wrong on our side.",
    "trouble_mend": "Your text is still there: please send it again.",
    "no_cookie": "Please allow cookies for this page: one tells whose conversation it is.",
    "like_this": "Something like {title}",
    "start_decade": "{genre} from the {decade}s",
    "start_not": "{genre}, but no {other}",
    "start_price": "{genre} under {price}",
    "start_person": "Something with {person}",
    "shelf": "Or start from one of these",
}
_CHINESE: Mapping[str, str] = {
    "tagline": "聊几句，找到你会喜欢的{noun}",
    "hello": "今天想来点什么？",
    "hello_more": "告诉我你喜欢什么、受不了什么，或者是什么场合。"
    "每个推荐都说明理由，我记住的内容你随时可以更正。",
    "placeholder": "说说你喜欢或不喜欢什么……",
    "input_label": "你的消息",
    "send": "发送",
    "stop": "停止",
    "new": "新对话",
    "new_short": "新对话",
    "panel": "我认为你喜欢",
    "panel_short": "我的口味",
    "close": "关闭",
    "likes": "喜欢",
    "dislikes": "不喜欢",
    "constraints": "必须满足",
    "nothing": "还没有。你说的和点的会出现在这里，并附上你的原话。",
    "session": "仅本次对话",
    "never": "不要 {belief}",
    "remove": "删除：{belief}",
    "undo": "撤销上一次更改",
    "back": "撤销",
    "forget": "忘记关于我的一切",
    "forget_sure": "删除你的全部对话以及从中学到的一切？此操作无法撤销。",
    "forgotten": "已全部忘记，重新开始。",
    "undone": "已撤销。",
    "changed": "有何变化",
    "dropped": "不再认为：{belief}",
    "you": "你",
    "thinking": "正在思考",
    "stopped": "已停止。",
    "again": "重试",
    "others": "换几个别的",
    "why": "为什么推荐这些？",
    "opinion": "你对《{title}》的看法",
    "directed": "导演 {names}",
    "with": "主演 {names}",
    "minutes": "{n} 分钟",
    "price": "价格 {n}",
    "more": "查看《{title}》",
    "state_like": "记住了：多来点这样的",
    "state_dislike": "记住了：不会再出现",
    "state_seen": "记住了：看过，不会再出现",
    "state_not_now": "本次对话不再出现",
    "state_never": "永不再出现",
    "state_chosen": "就选它了，祝你愉快！",
    "loading_llm": "语言模型加载中，暂用简单措辞",
    "no_llm": "未使用语言模型，措辞从简",
    "not_logged": "这次回答暂时无法保存，会先留在内存中。",
    "trouble": "我们这边出了点问题。",
    "trouble_mend": "你的文字还在，请再发送一次。",
    "no_cookie": "请允许本页面使用 Cookie：它用来识别这是谁的对话。",
    "like_this": "类似《{title}》的",
    "start_decade": "{decade}年代的 {genre}",
    "start_not": "想看 {genre}，不要 {other}",
    "start_price": "{price} 以下的 {genre}",
    "start_person": "有 {person} 的{noun}",
    "shelf": "或者从这里开始",
}
_CHINESE_LABELS = {
    "like": "喜欢",
    "dislike": "不喜欢",
    "seen": "看过了",
    "not_now": "先不看",
    "never": "别再推荐",
}
_CHINESE_NOUNS = {"film": "电影", "movie": "电影", "book": "书", "product": "商品", "item": "东西"}


@dataclass(frozen=True, slots=True)
class Words:
    """The page's words in one language, for one catalogue.

    `labels` are the captions of the feedback buttons, `noun` what one item is called.
    """

    language: str
    table: Mapping[str, str]
    labels: Mapping[str, str]
    noun: str

    def __call__(self, name: str, **fields: object) -> str:
        """The words called `name`, with `fields` filled in; not escaped."""
        text = self.table[name]
        return text.format(noun=self.noun, **fields) if "{" in text else text


def words_for(accept_language: str, catalog: Catalog) -> Words:
    """Chinese when the browser prefers Chinese, else English; an owner's own labels stay."""
    labels = dict(catalog.labels)
    if not prefers_chinese(accept_language):
        return Words("en", MappingProxyType(_ENGLISH), labels, catalog.noun)
    for kind, label in _CHINESE_LABELS.items():
        if labels.get(kind) == DEFAULT_LABELS[kind]:
            labels[kind] = label
    noun = _CHINESE_NOUNS.get(catalog.noun, catalog.noun)
    return Words("zh", MappingProxyType(_CHINESE), labels, noun)


def prefers_chinese(accept_language: str) -> bool:
    """Whether Chinese comes before English in an Accept-Language header (RFC 9110, 12.5.4)."""
    best: dict[str, float] = {}
    for part in accept_language.split(","):
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        best[language] = max(best.get(language, 0.0), _quality(rest))
    return best.get("zh", 0.0) > best.get("en", 0.0)


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
