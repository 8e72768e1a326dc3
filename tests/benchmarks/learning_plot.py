"""Draws how recall on later conversations rose while a site's people talked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_INK, _WINE, _GREY = "#222222", "#7b1e3a", "#888888"


def draw(found: dict[str, Any], path: Path) -> None:
    """Draw what `it_learns.py` measured into an SVG or PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.subplots()
    clean = found["clean"]
    places = [0, *(s["conversations"] for s in clean)]
    served = [found["start"], *(s["served"] for s in clean)]
    values = [e["value"] for e in served]
    axes.fill_between(
        places, [e["low"] for e in served], [e["high"] for e in served],
        step="post", color=_WINE, alpha=0.15, linewidth=0,
    )  # fmt: skip
    axes.step(places, values, where="post", color=_WINE, label="what serves, with 95 % interval")
    axes.axhline(found["start"]["value"], color=_GREY, linestyle=":", label="content alone")
    tried = [s for s in clean if s["candidate"] is not None]
    axes.scatter(
        [s["conversations"] for s in tried], [s["candidate"]["value"] for s in tried],
        facecolors=[_WINE if s["verdict"] == "better" else "white" for s in tried],
        edgecolors=_WINE, zorder=3, label="candidates, filled if promoted",
    )  # fmt: skip
    tenth = [s for s in found["inverted 10 %"] if s["candidate"] is not None]
    axes.plot(
        [s["conversations"] for s in tenth], [s["candidate"]["value"] for s in tenth],
        "x", color=_INK, label="candidates, a tenth of the feedback turned around",
    )  # fmt: skip
    axes.set_xlabel("conversations so far")
    axes.set_ylabel("recall@10 on later ones")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="center right", bbox_to_anchor=(1.0, 0.42))
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
