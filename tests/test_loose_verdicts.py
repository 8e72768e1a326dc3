"""Verdicts without a target are read with their sign; greetings, thanks and aspects are none."""

import pytest

from bot.loose_verdicts import loose_verdicts
from bot.masking import mask
from bot.plain_text import plain_text


def signs(text: str) -> list[str]:
    found = loose_verdicts(mask(plain_text(text), []))
    return ["+" if verdict.polarity > 0 else "-" for verdict in found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("very nice movie, but the cricket part is long", "+"),
        ("never gets old.", "+"),
        ("that did nothing for me", "-"),
        ("looks gorgeous, and I was bored senseless", "+-"),
        ("not good", "-"),
        ("Good bye.", ""),
        ("have a good evening!", ""),
        ("Cool. Thanks for the help", ""),
        ("good acting", ""),
        ("was it good?", ""),
    ],
)
def test_signs_of_loose_verdicts(text: str, wanted: str) -> None:
    assert signs(text) == list(wanted)
