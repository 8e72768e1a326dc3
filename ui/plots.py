"""Plots as inline SVG: whiskers, a line with intervals, and a curve with its Pareto set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 480
_LEFT = 112
_RIGHT = 20
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Whisker:
    """One value with its interval, under a label; `series` 0 or 1 chooses the colour."""

    label: str
    value: float
    low: float
    high: float
    series: int = 0


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a curve; `marked` draws it full, `name` is written beside it."""

    x: float
    y: float
    name: str
    marked: bool
    special: bool = False


@dataclass(frozen=True, slots=True)
class _Axis:
    """Maps numbers from [low, high] to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """About _TICKS round numbers inside the axis."""
        rough = (self.high - self.low) / _TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [n * step for n in range(first, last + 1)]


def whiskers(rows: Sequence[Whisker], title: str, *, zero: bool = False) -> str:
    """Values with intervals, one under the other; with `zero` a line marks no difference."""
    low = min(min(r.low for r in rows), 0.0)
    high = max(max(r.high for r in rows), 0.0)
    axis = _Axis(*_padded(low, high, keep_zero=not zero), _LEFT, _WIDTH - _RIGHT)
    height = 22 * len(rows) + 34
    parts = [_grid_x(axis, height - 24)]
    if zero:
        x = axis.at(0)
        parts.append(f'<line class="zero" x1="{x}" x2="{x}" y1="4" y2="{height - 24}"/>')
    for place, row in enumerate(rows):
        y = 18 + 22 * place
        colour = f"s{row.series}"
        parts.append(
            f'<text x="{_LEFT - 10}" y="{y + 4}" class="end">{escape(row.label)}</text>'
            f'<line class="{colour}" x1="{axis.at(row.low)}" x2="{axis.at(row.high)}" '
            f'y1="{y}" y2="{y}"/><circle class="{colour}" cx="{axis.at(row.value)}" cy="{y}" '
            f'r="4"><title>{_interval(row)}</title></circle>'
        )
    return _svg(parts, height, title)


def stepped(series: Sequence[Sequence[Whisker]], title: str) -> str:
    """Lines over the same steps, each point with its interval; labels stand under the axis."""
    rows = [row for line in series for row in line]
    labels = list(dict.fromkeys(row.label for row in rows))
    bounds = [0.0, *(r.low for r in rows), *(r.high for r in rows)]
    y_axis = _Axis(*_padded(min(bounds), max(bounds)), 210, 14)
    x_axis = _Axis(-0.5, max(1, len(labels)) - 0.5, 60, _WIDTH - _RIGHT)
    parts = [_grid_y(y_axis)]
    for label in labels:
        x = x_axis.at(labels.index(label))
        parts.append(f'<text x="{x}" y="230" class="middle">{escape(label)}</text>')
    for number, line in enumerate(series):
        xs = [x_axis.at(labels.index(row.label)) + 6 * number - 3 for row in line]
        path = " ".join(f"{x},{y_axis.at(r.value)}" for x, r in zip(xs, line, strict=True))
        parts.append(f'<polyline class="s{number}" points="{path}"/>')
        for x, row in zip(xs, line, strict=True):
            parts.append(
                f'<line class="s{number} thin" x1="{x}" x2="{x}" y1="{y_axis.at(row.low)}" '
                f'y2="{y_axis.at(row.high)}"/><circle class="s{number}" cx="{x}" '
                f'cy="{y_axis.at(row.value)}" r="4"><title>{_interval(row)}</title></circle>'
            )
    return _svg(parts, 240, title)


def curve(dots: Sequence[Dot], x_name: str, y_name: str, title: str) -> str:
    """Points joined in their order; full ones are on the Pareto set, the special one is ringed."""
    x_axis = _Axis(*_padded(min(d.x for d in dots), max(d.x for d in dots)), 60, 300)
    y_axis = _Axis(*_padded(min(d.y for d in dots), max(d.y for d in dots)), 210, 14)
    path = " ".join(f"{x_axis.at(d.x)},{y_axis.at(d.y)}" for d in dots)
    parts = [_grid_y(y_axis), f'<polyline class="faint" points="{path}"/>']
    for tick in x_axis.ticks():
        parts.append(f'<text x="{x_axis.at(tick)}" y="230" class="middle">{tick:.3g}</text>')
    for dot in dots:
        x, y = x_axis.at(dot.x), y_axis.at(dot.y)
        kind = "s0" if dot.marked else "hollow"
        ring = f'<circle class="ring" cx="{x}" cy="{y}" r="9"/>' if dot.special else ""
        told = f"{dot.name}: {x_name} {dot.x:.4f}, {y_name} {dot.y:.4f}"
        parts.append(
            f'{ring}<circle class="{kind}" cx="{x}" cy="{y}" r="4"><title>{escape(told)}</title>'
            "</circle>"
        )
        if dot.marked or dot.special:  # the others would crowd the plot; they tell on hovering
            parts.append(f'<text x="{x + 8}" y="{y - 8}" class="small">{escape(dot.name)}</text>')
    parts.append(f'<text x="180" y="250" class="middle">{escape(x_name)}</text>')
    return _svg(parts, 258, title, width=340)


def _padded(low: float, high: float, *, keep_zero: bool = True) -> tuple[float, float]:
    """A little air around the numbers; an axis that begins at zero goes on beginning there."""
    air = max((high - low) * 0.06, abs(high) * 1e-6, 1e-6)
    return (low if keep_zero and low == 0 else low - air), high + air


def _grid_x(axis: _Axis, bottom: float) -> str:
    return "".join(
        f'<line class="grid" x1="{axis.at(t)}" x2="{axis.at(t)}" y1="4" y2="{bottom}"/>'
        f'<text x="{axis.at(t)}" y="{bottom + 16}" class="middle">{t:.3g}</text>'
        for t in axis.ticks()
    )


def _grid_y(axis: _Axis) -> str:
    return "".join(
        f'<line class="grid" x1="60" x2="100%" y1="{axis.at(t)}" y2="{axis.at(t)}"/>'
        f'<text x="52" y="{axis.at(t) + 4}" class="end">{t:.3g}</text>'
        for t in axis.ticks()
    )


def _interval(row: Whisker) -> str:
    return escape(f"{row.label}: {row.value:.4f} [{row.low:.4f}, {row.high:.4f}]")


def _svg(parts: Sequence[str], height: int, title: str, width: int = _WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(title, quote=True)}">{"".join(parts)}</svg>'
    )
