"""Which trained heads an understander uses, and which messages it leaves to the rules alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.guard import own_words
from bot.head_features import Hints
from bot.intents import is_attack
from retrieval.encoder import PACKAGED_NAME, Encoder

if TYPE_CHECKING:
    from bot.heads import Heads

SHIPPED = Path(__file__).parent / "models" / "understander"

_SHORT = 3  # words up to which the rules do better than the heads: "no thanks", "horror"
_LIST = 6  # more titles than this without any opinion are a list, not a taste


def heads_for(encoder: Encoder | None, weights: Path | None) -> Heads | None:
    """The heads of `weights`; else the shipped ones where the encoder is the packaged one.

    Raises UserError if they cannot be read or were trained for something else.
    """
    packaged = encoder is not None and encoder.name == PACKAGED_NAME and SHIPPED.is_dir()
    folder = weights or (SHIPPED if packaged else None)
    if folder is None:
        return None
    from bot.heads import load_heads

    return load_heads(folder)


def settled(hints: Hints, told: str) -> bool:
    """Whether the rules alone decide: few words, a correction of the profile, attacks, lists.

    `told` is the message in lower case with what the guard has taken out of the user's own words.
    """
    titles = sum(m.kind == "item" for m in hints.named)
    listed = titles > _LIST and not any(s.signed for s in hints.signals)
    short = len(hints.plain.words) <= _SHORT
    guarded = own_words(told) != told
    return listed or short or hints.intents == ("profile",) or guarded or is_attack(told)
