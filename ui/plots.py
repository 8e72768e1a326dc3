"""Plots as inline SVG, drawn by matplotlib: whiskers, lines with intervals, and a Pareto curve."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Matplotlib draws in the colours of a light page; in the report they become its variables, so
# that a plot follows the page's light or dark scheme.
_INK, _FAINT, _PAPER = "#6a5f56", "#e8e0d4", "#ffffff"
_SERIES = ("#7a2238", "#2b6a8f")
_VARIABLES = {
    _INK: "var(--soft)",
    _FAINT: "var(--faint)",
    _PAPER: "var(--sheet)",
    _SERIES[0]: "var(--wine)",
    _SERIES[1]: "var(--second)",
}
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: searchable, in the page's own font
    "svg.hashsalt": "sommelier",  # the same plot gives the same file
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-4, 5),
    "grid.color": _FAINT,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


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


def whiskers(rows: Sequence[Whisker], title: str, *, zero: bool = False) -> str:
    """Values with intervals, one under the other; with `zero` a line marks no difference."""
    with _styled():
        figure, axes = _figure(5.0, 0.23 * len(rows) + 0.45)
        for place, row in enumerate(rows):
            colour = _SERIES[row.series]
            axes.hlines(place, row.low, row.high, colors=colour, linewidth=2)
            axes.plot(row.value, place, "o", color=colour, markersize=5)
        axes.set_yticks(range(len(rows)), [_plain(row.label) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        if zero:
            axes.axvline(0, color=_INK, linestyle="--", linewidth=1)
        elif all(row.low >= 0 for row in rows):
            axes.set_xlim(left=0)
        return _svg(figure, title)


def stepped(series: Sequence[Sequence[Whisker]], title: str) -> str:
    """Lines over the same steps, each point with its interval; labels stand under the axis."""
    labels = list(dict.fromkeys(row.label for line in series for row in line))
    with _styled():
        figure, axes = _figure(5.0, 2.5)
        for number, line in enumerate(series):
            xs = [labels.index(row.label) + 0.08 * number for row in line]
            errors = [[r.value - r.low for r in line], [r.high - r.value for r in line]]
            colour = _SERIES[number % len(_SERIES)]
            values = [row.value for row in line]
            axes.errorbar(xs, values, errors, color=colour, marker="o", elinewidth=1)
        axes.set_xticks(range(len(labels)), [_plain(label) for label in labels])
        if all(row.low >= 0 for line in series for row in line):
            axes.set_ylim(bottom=0)
        return _svg(figure, title)


def curve(dots: Sequence[Dot], x_name: str, y_name: str, title: str) -> str:
    """Points joined in their order; full ones are on the Pareto set, the special one is ringed."""
    with _styled():
        figure, axes = _figure(3.6, 2.6)
        axes.plot([d.x for d in dots], [d.y for d in dots], color=_FAINT, linewidth=2)
        for dot in dots:
            face, edge = (_SERIES[0],) * 2 if dot.marked else (_PAPER, _INK)
            axes.plot(dot.x, dot.y, "o", mfc=face, mec=edge, markersize=5)
            if dot.special:
                axes.plot(dot.x, dot.y, "o", mfc="none", mec=_SERIES[0], markersize=11)
            if dot.marked or dot.special:  # the others would crowd the plot
                name, at = _plain(dot.name), (dot.x, dot.y)
                axes.annotate(name, at, (6, 6), textcoords="offset points", fontsize=8)
        axes.set_xlabel(_plain(x_name))
        axes.set_ylabel(_plain(y_name))
        axes.margins(0.1)
        return _svg(figure, title)


def _styled() -> Any:
    import matplotlib

    return matplotlib.rc_context(_STYLE)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of its own, in inches, outside pyplot's global list."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _plain(text: str) -> str:
    return text.replace("$", r"\$")  # between dollar signs matplotlib reads mathematics


def _svg(figure: Figure, title: str) -> str:
    """The figure as an element for a page: named for screen readers, coloured by variables."""
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg)  # a page in HTML needs no namespaces
    svg = re.sub(r' id="[A-Za-z0-9]+_\d+"', "", svg)  # names of groups, the same in every plot
    svg = re.sub(r" font-family: [^;]*;", "", svg)  # the page's own
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)  # would style the whole page
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(title, quote=True)}"', 1)
