"""Tells English from Chinese and from languages that the default understander does not read."""

from __future__ import annotations

import re
from typing import Literal

from bot.ordinary import FUNCTION_WORDS, ordinary_words

Language = Literal["en", "zh", "other"]

# Frequent small words that English does not share; three languages' worth of "the" and "I".
_FOREIGN = frozenset(
    "el los las una unos que por para como pero más muy esta este quiero gusta gustan "
    "película películas "
    "peliculas pelicula porque también tengo algo buena bueno donde cuando hola gracias "
    "busco recomienda recomiéndame "
    "je tu il elle nous vous les des une est et dans pour avec que qui sur pas mais "
    "film films j'aime veux cherche bonjour merci "
    "quelque quelques voudrais aime moi très der die das und ich nicht ein eine einen "
    "ist mit für auf sie wir möchte gerne "
    "suche filme mag danke guten hallo aber oder kein keine bitte io che non una per "
    "con sono mi piace piacciono vorrei cerco "
    "ciao grazie qualcosa um uma você não eu gosto quero com filme obrigado olá procuro "
    "muito ik een het niet van voor naar "
    "graag zoek hou och jag inte det som att på en är vill ve bir bu için çok istiyorum "
    "nie jest się chcę lubię szukam".split()
)
_SHARED = frozenset(
    "film films la le me mi no so a in an on it die a des die met man "
    "er was is de will mag ten war van pas una con".split()
)


def language_of(text: str) -> Language:
    """The language of a message: by script, then by a vote of small words."""
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return "en"
    han = sum("一" <= c <= "鿿" for c in letters)
    kana = sum("぀" <= c <= "ヿ" for c in letters)
    if han and not kana and han * 3 >= len(letters):
        return "zh"
    latin = sum(c < "ɐ" for c in letters)
    if latin * 2 < len(letters):
        return "other"
    return _by_words(text)


def _by_words(text: str) -> Language:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    foreign = sum(word in _FOREIGN and word not in _SHARED for word in words)
    english = sum(word in FUNCTION_WORDS or word in ordinary_words() for word in words)
    both = sum(
        word in _FOREIGN and (word in FUNCTION_WORDS or word in ordinary_words()) for word in words
    )
    return "other" if foreign >= 2 and foreign > english - both else "en"
