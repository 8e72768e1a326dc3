"""Measures the default understander on the labelled messages; prints figures by source and kind.

Run `python tests/benchmarks/understanding.py [--rules] [--errors KIND] [--only NAME]`; the real
messages need ../shared/data. KIND is intents, texts or targets. Each figure is given twice:
strict, and with the alternatives that the labels grant. `--replay N [--home DIR]` says instead
what the heads change in what is recommended, on ReDial's last N conversations.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.build import build_shelf, replayed  # noqa: E402
from bot.comparison import compare  # noqa: E402
from bot.replay import replay  # noqa: E402
from bot.settings import load_settings  # noqa: E402
from bot.trained_understander import TrainedUnderstander  # noqa: E402
from bot.transcripts import read_transcripts  # noqa: E402
from bot.understanding_score import Score, score  # noqa: E402
from finetune.real_messages import real_cases  # noqa: E402
from finetune.understander_data import catalog_of, read_cases, request_of  # noqa: E402
from retrieval.catalog_files import builtin_catalog, read_catalog  # noqa: E402
from retrieval.encoder import load_encoder  # noqa: E402
from retrieval.signals import signal_to_dict  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
LABELS = ROOT / "tests" / "data"
REDIAL = DATA / "redial" / "catalog.jsonl.gz"

Case = dict[str, Any]


def sources() -> Iterator[tuple[str, list[Case]]]:
    """The labelled messages by source: real ones by half, first tries, written ones."""
    if REDIAL.is_file():
        real = real_cases(LABELS / "understanding_validation.jsonl", DATA)
        for name, half in (("real even", 0), ("real odd", 1)):
            yield name, [c for c in real if c["line"] % 2 == half]
        yield "real first", real_cases(LABELS / "understanding_real.jsonl", DATA)
    lines = (LABELS / "understanding_written.jsonl").read_text("utf-8").splitlines()
    yield "written", [json.loads(line) for line in lines]
    for name, cases in read_cases().items():
        yield f"utterances {name}", [dict(c) for c in cases]


def tracks() -> Any:
    """The 130 tracks beside the labels."""
    return read_catalog(LABELS / "tracks.jsonl").catalog.items


def understanders(cases: Sequence[Case], rules: bool) -> dict[str, TrainedUnderstander]:
    """One a domain: films over ReDial's catalogue (without it, the built-in one), music, others.

    What the labels of our own utterances name is added, as those of the music do to the tracks.
    """
    films = read_catalog(REDIAL).catalog if REDIAL.is_file() else builtin_catalog()
    names = set(read_cases())
    written = [c for c in cases if c["id"].split("-")[0] in names and c["domain"] == "film"]
    films = catalog_of(written, films.items, "film")
    songs = catalog_of([c for c in cases if c["domain"] == "music"], tracks(), "track")
    encoder = None if rules else load_encoder(None)
    catalogs = {"film": films, "music": songs}
    for domain in {c["domain"] for c in cases} - set(catalogs):
        own = [c for c in cases if c["domain"] == domain]
        catalogs[domain] = catalog_of(own, (), domain)
    return {name: TrainedUnderstander(c, encoder) for name, c in catalogs.items()}


def answers(cases: Sequence[Case], by_domain: dict[str, TrainedUnderstander]) -> list[Case]:
    """What is understood of each case, with the milliseconds it took."""
    found = []
    for case in cases:
        understander = by_domain[case["domain"]]
        request = request_of(case, understander.catalog)
        start = time.perf_counter()
        got = understander.understand(request)
        spent = (time.perf_counter() - start) * 1000
        signals = [signal_to_dict(s) for s in got.signals]
        found.append({"intent": list(got.intents), "signals": signals, "ms": spent})
    return found


def table(name: str, cases: Sequence[Case], found: Sequence[Case]) -> str:
    """Two lines of figures, strict and granted, against each annotator."""
    lines = []
    seconds = [c.get("second", c) for c in cases]
    for who, labels in (("", cases), (" 2nd", seconds)):
        if who and not any("second" in c for c in cases):
            continue
        for how, granted in (("strict", False), ("granted", True)):
            total = score(zip(labels, found, strict=True), granted)
            lines.append(f"{name + who:20s} {how:8s}" + _figures(total))
    return "\n".join(lines)


def _figures(total: Score) -> str:
    f, kinds = total.figures(), total.kinds
    kinds = {**kinds, "text": total.texts}
    parts = [f"{k} {c.precision:.3f}/{c.recall:.3f}/{c.f1:.3f}" for k, c in kinds.items()]
    return (
        f"targets {f['targets_f1']:.3f}  signs {f['sign_accuracy']:.3f}  text {f['text_f1']:.3f}  "
        f"intents {f['intent_f1']:.3f}  quiet {f['left_quiet']:.3f}  | {', '.join(parts)}"
    )


def errors(cases: Sequence[Case], found: Sequence[Case], kind: str) -> Iterator[str]:
    """The messages with a fault of the kind, in words."""
    for case, got in zip(cases, found, strict=True):
        total = score([(case, got)], True)
        count = {"intents": total.intents, "texts": total.texts, "targets": total.targets}[kind]
        if count.extra + count.missed:
            talk = [f"{m['role'][0]}: {m['text']}" for m in case["messages"][-3:]]
            yield "\n".join(
                [
                    case["id"], *talk, f"   wanted {case['intent']} {brief(case['signals'])}",
                    f"   2nd    {case['second']['intent']} {brief(case['second']['signals'])}"
                    if "second" in case else "",
                    f"   got    {got['intent']} {brief(got['signals'])}",
                ]
            )  # fmt: skip


def brief(signals: Sequence[Case]) -> str:
    """Signals in short form."""
    names = []
    for s in signals:
        sign = "+" if s["polarity"] > 0.15 else "-" if s["polarity"] < -0.15 else "."
        target = s.get("title") or s.get("value") or f"{s.get('min')}..{s.get('max')}"
        names.append(f"{sign}{s['kind']}:{target}" + ("?" if s.get("optional") else ""))
    return ", ".join(names)


def replay_effect(count: int, home: Path) -> Iterator[str]:
    """Lines that compare replays of ReDial's last conversations, read by the rules and by all.

    Both are ranked with the weights that serve, which may have learned from these conversations:
    the difference is what counts.
    """
    settings = load_settings(home=home, catalog=REDIAL)
    shelf, trained = build_shelf(settings)
    read = read_transcripts(REDIAL.with_name("train.jsonl.gz"), "redial", shelf.catalog)
    last = sorted(read.transcripts, key=lambda t: int(t.conversation))[-count:]
    rules = replay(replayed(shelf, TrainedUnderstander(shelf.catalog), "rules"), last)
    found = compare(rules, replay(replayed(shelf, trained, "heads"), last))
    yield f"{found.conversations} conversations, {found.turns} turns: rules alone, with heads"
    for protocol, metrics in found.differences.items():
        for name, d in metrics.items():
            yield f"{protocol:4} {name:10} {d.before:.4f} {d.after:.4f} {d.change} {d.verdict}"


def main() -> None:
    """Print the figures; with --errors every case that is not right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", action="store_true", help="without the trained heads")
    parser.add_argument("--errors", choices=("intents", "texts", "targets"))
    parser.add_argument("--only", default="", help="sources whose name has this in it")
    parser.add_argument("--replay", type=int, metavar="N", help="conversations to replay")
    parser.add_argument("--home", type=Path, default=Path(".sommelier"))
    options = parser.parse_args()
    if options.replay:
        print("\n".join(replay_effect(options.replay, options.home)))
        return
    groups = list(sources())
    by_domain = understanders([c for _, cases in groups for c in cases], options.rules)
    times = []
    for name, cases in groups:
        for domain in by_domain:
            part = [c for c in cases if c["domain"] == domain]
            if not part or options.only not in name:
                continue
            found = answers(part, by_domain)
            times += [a["ms"] for a in found]
            print(table(f"{name}, {domain}", part, found), flush=True)
            if options.errors:
                print("\n".join(errors(part, found, options.errors)))
    if times:
        print(f"latency median {statistics.median(times):.1f} ms, max {max(times):.1f} ms")


if __name__ == "__main__":
    main()
