"""A typographic poster drawn from an item's title and genre, for items without a picture."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Mapping
from html import escape

from retrieval.catalog import Item
from ui.typesetting import typeset

WIDTH, HEIGHT = 200, 300
_SKY = 176  # the motif is drawn above this line, the title below it
_MARGIN = 16
_ROOM = WIDTH - 2 * _MARGIN  # for the title

# ground, two colours of the motif, ink
Palette = tuple[str, str, str, str]
_NIGHT: Palette = ("#101b33", "#e8c07a", "#3d5a80", "#f4ede0")
_DEEP: Palette = ("#0f2e2e", "#e07a5f", "#81b29a", "#f4f1de")
_BLOOD: Palette = ("#17110f", "#b3261e", "#4a2a26", "#efe6dc")
_BONE: Palette = ("#e9e2d3", "#8c1c13", "#bf9f86", "#241a16")
_ROSE: Palette = ("#f3d9d0", "#c8553d", "#f28f79", "#3b1c22")
_DUSK: Palette = ("#3a2140", "#f2a65a", "#a4506c", "#fbeee0")
_SUN: Palette = ("#f4b942", "#d7442c", "#fbe3a2", "#2b1a12")
_MINT: Palette = ("#cfe3d4", "#2a6f6b", "#f2a65a", "#15302d")
_SMOKE: Palette = ("#23262b", "#c9a227", "#4b5058", "#f1efe8")
_SAND: Palette = ("#e6d3b3", "#8a5a34", "#c98f57", "#2c1d12")
_SLATE: Palette = ("#2f3e4e", "#d9c8a9", "#5f7689", "#f5f1e8")
_MOSS: Palette = ("#35452f", "#dfc27d", "#6f8a5b", "#f6f1df")
_FIRE: Palette = ("#b5301c", "#f6c04b", "#7c1d12", "#fff3e2")
_SKYB: Palette = ("#bcd9e6", "#1d5b79", "#f4d35e", "#12303f")
_PLUM: Palette = ("#4b244a", "#e0b1cb", "#8a4f7d", "#fbeef5")
_WINE: Palette = ("#6b1f33", "#f0b98d", "#a8485b", "#fbeee2")
_BLUSH: Palette = ("#fbe7c6", "#e26d5c", "#f2a98f", "#472d30")
_ALL = (
    _NIGHT,
    _DEEP,
    _ROSE,
    _DUSK,
    _SUN,
    _MINT,
    _SMOKE,
    _SAND,
    _SLATE,
    _MOSS,
    _SKYB,
    _PLUM,
    _WINE,
    _BLUSH,
)

Motif = Callable[[random.Random, Palette], str]


def _circle(x: float, y: float, r: float, style: str) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" {style}/>'


def _orbit(chance: random.Random, palette: Palette) -> str:
    """A planet and its orbits."""
    x, y = chance.randint(60, 140), chance.randint(70, 105)
    rings = "".join(
        _circle(x, y, r, f'fill="none" stroke="{palette[2]}" stroke-width="1.6"')
        for r in range(44, 150, chance.randint(16, 24))
    )
    angle = chance.uniform(0, math.tau)
    moon = _circle(x + 62 * math.cos(angle), y + 62 * math.sin(angle), 7, f'fill="{palette[3]}"')
    return rings + _circle(x, y, chance.randint(22, 32), f'fill="{palette[1]}"') + moon


def _teeth(chance: random.Random, palette: Palette) -> str:
    """A moon above jagged points."""
    moon = _circle(chance.randint(50, 150), 62, chance.randint(26, 38), f'fill="{palette[1]}"')
    step = chance.choice((20, 25, 40))
    tips = [(x, chance.randint(88, 150)) for x in range(0, WIDTH + 1, step)]
    path = "".join(f"L{x} {y}L{x + step // 2} 178" for x, y in tips)
    return moon + f'<path d="M0 178{path}V178Z" fill="{palette[2]}"/>'


def _horizon(chance: random.Random, palette: Palette) -> str:
    """A sun that sinks behind bands."""
    x, r = chance.randint(70, 130), chance.randint(46, 60)
    bands = "".join(
        f'<rect y="{104 + i * 16}" width="{WIDTH}" height="{3 + i * 3}" fill="{palette[0]}"/>'
        for i in range(5)
    )
    line = f'<rect y="168" width="{WIDTH}" height="2" fill="{palette[2]}"/>'
    return _circle(x, 104, r, f'fill="{palette[1]}"') + bands + line


def _confetti(chance: random.Random, palette: Palette) -> str:
    """Dots of three sizes on a loose grid."""
    dots = []
    for row in range(4):
        for column in range(5):
            x = 20 + column * 40 + chance.randint(-7, 7)
            y = 24 + row * 40 + chance.randint(-7, 7)
            dots.append(
                _circle(
                    x, y, chance.choice((5, 9, 15)), f'fill="{palette[chance.choice((1, 2, 3))]}"'
                )
            )
    return "".join(dots)


def _blinds(chance: random.Random, palette: Palette) -> str:
    """Light through slanted blinds."""
    tilt = chance.choice((-18, -12, 12, 18))
    bars = "".join(
        f'<rect x="-40" y="{y}" width="280" height="{chance.choice((5, 8, 11))}"'
        f' fill="{palette[1 if chance.random() < 0.35 else 2]}"/>'
        for y in range(-20, 190, 20)
    )
    return f'<g transform="rotate({tilt} 100 90)">{bars}</g>'


def _rays(chance: random.Random, palette: Palette) -> str:
    """Wedges that burst from one point."""
    x, y = chance.choice((20, 100, 180)), chance.choice((178, 150))
    count = chance.choice((14, 18, 22))
    wedges = []
    for i in range(count):
        a, b = (math.tau * (i + shift) / count for shift in (0.0, 0.5))
        ends = " ".join(f"{x + 320 * math.cos(t):.0f} {y + 320 * math.sin(t):.0f}" for t in (a, b))
        wedges.append(f"M{x} {y}L{ends}Z")
    heart = _circle(x, y, 30, f'fill="{palette[1]}"')
    return f'<path d="{"".join(wedges)}" fill="{palette[2]}"/>{heart}'


def _hills(chance: random.Random, palette: Palette) -> str:
    """Three ridges under a small sun."""
    sun = _circle(chance.randint(40, 160), chance.randint(38, 60), 17, f'fill="{palette[1]}"')
    ridges = []
    for i, shade in enumerate((0.45, 0.7, 1.0)):
        y = 96 + i * 26
        a, b = chance.randint(-34, 0), chance.randint(0, 34)
        ridges.append(
            f'<path d="M0 {y}C50 {y + a} 90 {y + a} 120 {y}S180 {y + b} 200 {y - 8}V178H0Z"'
            f' fill="{palette[2]}" opacity="{shade}"/>'
        )
    return sun + "".join(ridges)


def _waves(chance: random.Random, palette: Palette) -> str:
    """Lines that swing like a sound."""
    lines = []
    for i in range(9):
        y, swing = 26 + i * 17, chance.randint(4, 26)
        colour = palette[1] if i == 4 else palette[2]
        lines.append(
            f'<path d="M0 {y}Q25 {y - swing} 50 {y}T100 {y}T150 {y}T200 {y}"'
            f' fill="none" stroke="{colour}" stroke-width="{3.5 if i == 4 else 2}"/>'
        )
    return "".join(lines)


def _arches(chance: random.Random, palette: Palette) -> str:
    """Gates within gates."""
    x, count = chance.randint(80, 120), chance.choice((4, 5))
    gates = []
    for i in range(count):
        half = 84 - i * (72 // count)
        colour = palette[(1, 2)[i % 2]]
        gates.append(
            f'<path d="M{x - half} 178V{30 + half + i * 12}a{half} {half} 0 0 1 {2 * half} 0V178Z"'
            f' fill="{colour}" opacity="{0.5 + 0.5 * (i + 1) / count:.2f}"/>'
        )
    return "".join(gates)


def _tiles(chance: random.Random, palette: Palette) -> str:
    """Quarter circles, each turned its own way."""
    tiles = []
    for row in range(3):
        for column in range(4):
            x, y, turn = column * 50 + 8, row * 50 + 16, chance.choice((0, 90, 180, 270))
            colour = palette[chance.choice((1, 2, 2, 3))]
            tiles.append(
                f'<path d="M{x} {y}h38a38 38 0 0 1 -38 38Z" fill="{colour}"'
                f' transform="rotate({turn} {x + 19} {y + 19})"/>'
            )
    return "".join(tiles)


_MOTIFS: tuple[Motif, ...] = (
    _orbit, _horizon, _confetti, _blinds, _rays, _hills, _waves, _arches, _tiles,
)  # fmt: skip
# in the order of how much a genre says about an item
_STYLES: Mapping[str, tuple[Motif, tuple[Palette, ...]]] = {
    "horror": (_teeth, (_BLOOD, _BONE)),
    "science fiction": (_orbit, (_NIGHT, _DEEP, _SLATE, _DUSK, _PLUM, _SMOKE)),
    "sci-fi": (_orbit, (_NIGHT, _DEEP, _SLATE, _DUSK, _PLUM, _SMOKE)),
    "romance": (_horizon, (_ROSE, _DUSK, _WINE, _BLUSH)),
    "western": (_horizon, (_SAND, _FIRE)),
    "animation": (_tiles, (_SKYB, _SUN, _MINT)),
    "musical": (_waves, (_PLUM, _SUN)),
    "music": (_waves, (_PLUM, _DUSK)),
    "fantasy": (_arches, (_PLUM, _MOSS, _DEEP)),
    "superhero": (_rays, (_FIRE, _NIGHT, _SUN)),
    "war": (_hills, (_SMOKE, _MOSS)),
    "crime": (_blinds, (_SMOKE, _NIGHT)),
    "mystery": (_blinds, (_DEEP, _SLATE)),
    "thriller": (_blinds, (_SMOKE, _BLOOD, _SLATE)),
    "history": (_arches, (_SAND, _MOSS)),
    "biography": (_arches, (_SAND, _SLATE)),
    "sport": (_rays, (_MINT, _SUN)),
    "documentary": (_tiles, (_SLATE, _SAND)),
    "action": (_rays, (_FIRE, _SMOKE, _NIGHT)),
    "family": (_confetti, (_SKYB, _MINT)),
    "adventure": (_hills, (_DEEP, _MOSS, _DUSK)),
    "comedy": (_confetti, (_SUN, _MINT, _BLUSH, _SKYB)),
    "drama": (_hills, (_SLATE, _SAND, _DUSK, _ROSE, _WINE)),
}


def poster(item: Item) -> str:
    """An SVG of 200 by 300 units; the same item gives the same poster on every machine.

    The text in it is escaped. It is hidden from screen readers: the title stands beside it.
    """
    key = "\x1f".join((item.title, str(item.year), *item.genres))
    chance = random.Random(hashlib.blake2s(key.encode("utf-8", "replace")).digest())
    motif, palettes = _style(item, chance)
    palette = chance.choice(palettes)
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[0]}"/>'
    # whatever of the motif reaches below the sky is covered, so that the title stays readable
    floor = f'<rect y="{_SKY}" width="{WIDTH}" height="130" fill="{palette[0]}"/>'
    return (
        f'<svg class="poster" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice"'
        f' aria-hidden="true" focusable="false">'
        f"{ground}{motif(chance, palette)}{floor}{_lettering(item, palette[3])}</svg>"
    )


def telling_genre(item: Item) -> str | None:
    """The genre that decides how the poster looks; None if none of the item's has a look."""
    held = {genre.casefold() for genre in item.genres}
    return next((genre for genre in _STYLES if genre in held), None)


def _style(item: Item, chance: random.Random) -> tuple[Motif, tuple[Palette, ...]]:
    """The motif and palettes of the item's most telling genre, else drawn by its title."""
    genre = telling_genre(item)
    return _STYLES[genre] if genre else (chance.choice(_MOTIFS), _ALL)


def _lettering(item: Item, ink: str) -> str:
    size, lines = typeset(item.title, _ROOM)
    leading = size * 1.1
    top = 282 - 14 - leading * (len(lines) - 1) - 6
    spans = "".join(
        f'<tspan x="{_MARGIN}" y="{top + i * leading:.0f}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    foot = escape(" · ".join(filter(None, (str(item.year or ""), *item.directors[:1]))))
    return (
        f'<text fill="{ink}" class="poster-title" font-size="{size}">{spans}</text>'
        f'<text fill="{ink}" class="poster-foot" x="{_MARGIN}" y="286" font-size="9">{foot}</text>'
    )
