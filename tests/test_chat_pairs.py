"""Pairs for DPO: what passed is preferred to what failed, and notes come with fewer facts too."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from finetune.chat_evaluation import ChatJudge
from finetune.chat_examples import ChatExample, ChatPair
from finetune.chat_pairs import notes, sampled_pairs

NOTE = "[1] a war drama; courage, brothers; close to [5]"
ITEM = ChatExample("item", "fresh", "film", NOTE, "")
GOOD, BAD = "[1] is a war drama about courage.", "[1] is a war drama about pirates."


class _Judge:
    def sample(self, examples: list[ChatExample], count: int, temperature: float) -> Any:
        return [[BAD, f" {GOOD}", "", GOOD], [GOOD] * 4, [BAD] * 4]


def test_a_pair_is_made_where_some_replies_passed_and_some_failed() -> None:
    faults: Counter[str] = Counter()
    judge = cast(ChatJudge, _Judge())
    found = list(sampled_pairs(judge, [ITEM] * 3, faults))
    assert found == [ChatPair("film", NOTE, GOOD, BAD)]
    assert faults == {"": 6, "ungrounded": 5, "shape": 1}


def test_half_of_the_items_notes_lose_facts() -> None:
    asked = [ITEM] * 100 + [ChatExample("ask", "genre", "film", "Ask: a or b", "")] * 10
    found = Counter(e.note for e in notes(asked, 110))
    assert found["Ask: a or b"] == 10
    assert 30 < found[NOTE] < 70
    assert set(found) == {"Ask: a or b", NOTE, "[1] a war drama", "[1] a war drama; close to [5]"}
