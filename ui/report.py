"""A replay or a comparison as one HTML file that opens from disk and needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from bot.comparison import DECIDING, Change, Comparison, Difference
from bot.evaluation import (
    MOST_PREFERENCES,
    Accuracy,
    Evaluation,
    ListQuality,
    Protocol,
    target_ranks,
)
from bot.predictions import Manifest, ReplayedTurn
from bot.tradeoff import Point
from retrieval.metrics import MISSED, Estimate
from ui.plots import Dot, Whisker, curve, stepped, whiskers
from ui.report_html import facts, page, table

_SAMPLES = 8  # turns of a single replay that are shown
_NAMES = {"all": "every item named", "new": "items not named before"}
_LISTS = (
    ("coverage", "Coverage", "share of the catalogue in any list"),
    ("diversity", "Diversity", "mean of 1 − cosine within a list"),
    ("novelty", "Novelty", "mean surprise, bits"),
    ("gini", "Gini", "0: all items shown alike"),
    ("top_share", "Share of the top 1 %", "places that the most shown items take"),
    ("repeats", "Repeats", "places taken by items named before"),
)


def replay_page(
    manifest: Manifest,
    evaluation: Evaluation,
    turns: Sequence[ReplayedTurn],
    points: Sequence[Point] = (),
    problems: Mapping[str, int] | None = None,
) -> str:
    """The report of one replay."""
    step = max(1, len(turns) // _SAMPLES)
    samples = [_article([("", turn)]) for turn in turns[::step][:_SAMPLES]]
    body = [
        "<h1>A replay</h1>",
        facts(manifest, {"turns": evaluation.turns, **(problems or {})}),
        "<h2>Accuracy</h2>",
        "<p>For every recommender message the whole catalogue is ranked from what was said before. "
        "Intervals are 95 %, by conversation.</p>",
        _accuracy_table(evaluation.accuracy),
        _accuracy_plots(evaluation.accuracy),
        "<h2>Lists of ten</h2>",
        _lists_table([("", evaluation.lists)]),
        *_tradeoff(points),
        "<h2>Some turns</h2>",
        *samples,
    ]
    return page("Replay", body)


def comparison_page(
    manifests: tuple[Manifest, Manifest],
    comparison: Comparison,
    lists: tuple[ListQuality, ListQuality],
) -> str:
    """The report of two versions, the second judged against the first."""
    counts = {"turns": comparison.turns, "left out": comparison.left_out}
    body = [
        "<h1>Two versions compared</h1>",
        facts(manifests[0], counts, other=manifests[1]),
        _verdict(comparison),
        *(_differences(name, found) for name, found in comparison.differences.items() if found),
        "<h2>Lists of ten</h2>",
        _lists_table([("first", lists[0]), ("second", lists[1])]),
        "<h2>Turns that changed most</h2>",
        *(_change(change) for change in comparison.changes),
    ]
    if not comparison.changes:
        body.append('<p class="soft">No target changed its place.</p>')
    return page("Comparison", body)


def _estimate(found: Estimate) -> str:
    return f"{found.value:.4f}<small>{found.low:.4f} to {found.high:.4f}</small>"


def _accuracy_table(accuracy: Mapping[Protocol, Accuracy]) -> str:
    measures = next(iter(accuracy.values())).measures
    rows = [
        [
            f"{escape(protocol)}<small>{_NAMES[protocol]}</small>",
            f"{found.targets:,}",
            *(_estimate(found.measures[m]) for m in measures),
        ]
        for protocol, found in accuracy.items()
    ]
    return table(["protocol", "targets", *map(escape, measures)], rows)


def _accuracy_plots(accuracy: Mapping[Protocol, Accuracy]) -> str:
    rows = [
        Whisker(f"{m} · {p}", e.value, e.low, e.high, series=n)
        for m in next(iter(accuracy.values())).measures
        for n, (p, found) in enumerate(accuracy.items())
        for e in [found.measures[m]]
    ]
    lines = [
        [
            Whisker(f"{n}+" if n == MOST_PREFERENCES else str(n), e.value, e.low, e.high)
            for n, (_, e) in found.by_preferences.items()
        ]
        for found in accuracy.values()
    ]
    legend = "".join(
        f'<span class="key{" two" * n}"></span>{escape(p)}' for n, p in enumerate(accuracy)
    )
    after = "Recall@10 after so many preferences"
    both = whiskers(rows, "Accuracy under both protocols")
    plots = _figure("Both protocols", both, legend), _figure(after, stepped(lines, after), legend)
    return f'<div class="plots wide">{"".join(plots)}</div>'


def _figure(title: str, plot: str, legend: str = "") -> str:
    note = f"<small>{legend}</small>" if legend else ""
    return f"<figure><figcaption>{escape(title)}{note}</figcaption>{plot}</figure>"


def _lists_table(named: Sequence[tuple[str, ListQuality]]) -> str:
    def cell(lists: ListQuality, field: str) -> str:
        value = getattr(lists, field)
        return "not told" if value is None else f"{value:.4f}"

    rows = [
        [f"{title}<small>{what}</small>", *(cell(lists, field) for _, lists in named)]
        for field, title, what in _LISTS
    ]
    return table(["", *(escape(name) or "value" for name, _ in named)], rows)


def _tradeoff(points: Sequence[Point]) -> list[str]:
    if not points:
        return []
    plots = []
    for field, name in (("diversity", "diversity"), ("coverage", "coverage")):
        dots = [
            Dot(getattr(p, field), p.ndcg, f"{p.relevance:g}", p.efficient, p.default)
            for p in points
        ]
        title = f"nDCG@10 against {name}"
        drawn = curve(dots, name, "nDCG@10", title)
        plots.append(_figure(title, drawn))
    rows = [
        [
            f"{p.relevance:g}{' · default' if p.default else ''}",
            f"{p.ndcg:.4f}",
            f"{p.diversity:.4f}",
            f"{p.coverage:.4f}",
            "yes" if p.efficient else "",
        ]
        for p in points
    ]
    return [
        "<h2>Diversity against relevance</h2>",
        "<p>How much the slate weighs relevance, from 1 (nothing else) down. Full dots are on the "
        "Pareto set: no other setting is at least as good in everything. The default is "
        "ringed.</p>",
        f'<div class="plots">{"".join(plots)}</div><br>',
        table(["relevance", "nDCG@10, new", "diversity", "coverage", "Pareto set"], rows),
    ]


def _verdict(comparison: Comparison) -> str:
    protocol, metric = DECIDING
    found = comparison.differences[protocol].get(metric)
    words = f"The second version is {comparison.verdict}."
    if comparison.verdict == "not enough evidence":
        words = "There is not enough evidence."
    detail = "No item was recommended that had not been named before."
    if found is not None:
        change = found.change
        detail = (
            f"{metric} under “{protocol}” changes by {change.value:+.4f} "
            f"[{change.low:+.4f}, {change.high:+.4f}] over {comparison.conversations:,} "
            "conversations."
        )
        if found.more is not None:
            detail += f" About {found.more:,} more conversations would settle it."
    kind = escape(comparison.verdict.split()[0])
    return f'<div class="verdict {kind}"><strong>{words}</strong>{escape(detail)}</div>'


def _differences(protocol: str, found: Mapping[str, Difference]) -> str:
    rows = [
        [
            escape(name),
            f"{d.before:.4f}",
            f"{d.after:.4f}",
            f"{d.change.value:+.4f}<small>{d.change.low:+.4f} to {d.change.high:+.4f}</small>",
            f'<span class="{_direction(d.verdict)}">{escape(d.verdict)}</span>',
        ]
        for name, d in found.items()
    ]
    drawn = [
        Whisker(name, d.change.value, d.change.low, d.change.high) for name, d in found.items()
    ]
    title = f"Second minus first, {_NAMES[protocol]}"
    return (
        f"<h2>Accuracy on {_NAMES[protocol]}</h2>"
        + table(["", "first", "second", "change", "verdict"], rows)
        + _figure(title, whiskers(drawn, title, zero=True))
    )


def _direction(verdict: str) -> str:
    return {"better": "up", "worse": "down"}.get(verdict, "soft")


def _change(change: Change) -> str:
    direction = "up" if change.moved > 0 else "down"
    note = f'<span class="{direction}">reciprocal rank {change.moved:+.3f}</span>'
    return _article([("first", change.before), ("second", change.after)], note)


def _article(sides: Sequence[tuple[str, ReplayedTurn]], note: str = "") -> str:
    """One turn: what was said before, and what each side ranked first and why."""
    turn = sides[0][1]
    talk = "".join(
        f"<li><b>{'seeker' if role == 'user' else 'recommender'}</b>{escape(text)}</li>"
        for role, text in turn.context
    )
    columns = "".join(_side(name, one) for name, one in sides)
    where = f"conversation {escape(turn.conversation)}, message {turn.message_index}"
    return (
        f"<article><header><span>{where}</span>{note}</header>"
        f'<ul class="talk">{talk}</ul><div class="sides">{columns}</div></article>'
    )


def _side(name: str, turn: ReplayedTurn) -> str:
    targets = frozenset(turn.targets)
    entries = "".join(
        f"<li{_hit(item.item_id in targets)}>{escape(item.title)}"
        f"<small>{escape(item.why)}</small></li>"
        for item in turn.slate
    )
    titles = dict(zip(turn.targets, turn.target_titles, strict=True))
    places = ", ".join(
        f"{escape(titles[r.item_id])} "
        + ("not among the listed" if r.rank == MISSED else f"in place {r.rank + 1}")
        for r in target_ranks([turn], "all")
    )
    head = f"<h3>{escape(name)}</h3>" if name else ""
    return f'<div>{head}<ol>{entries}</ol><p class="missed">Really recommended: {places}</p></div>'


def _hit(hit: bool) -> str:
    return ' class="hit"' if hit else ""
