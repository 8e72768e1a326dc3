"""Replays ReDial train as the live feedback of a site and shows that the site learns, unharmed.

Run: python tests/benchmarks/it_learns.py [--json FILE] [--plot FILE] [--limit N]
It needs ../shared/data/redial. The site begins with content alone. After each 500 conversations a
ranker is trained on the feedback so far and serves if the gate finds it better; every model that
serves is measured on the last conversations, which nothing learns from. The same is done with
spoiled feedback. Exit code 1 if anything that should hold does not.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
REDIAL = ROOT.parent / "shared" / "data" / "redial"
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from learning_plot import draw  # noqa: E402
from learning_poison import inverted, spam  # noqa: E402
from learning_site import Asked, Site, Visit, read_site, top_ten  # noqa: E402

from bot.build import open_index  # noqa: E402
from bot.settings import go_offline  # noqa: E402
from finetune.evidence import Tally, judge  # noqa: E402
from finetune.example_talks import log_talks  # noqa: E402
from finetune.examples import Examples, Sources, accepted, check_trust, from_talks  # noqa: E402
from finetune.quick_ranker import chosen_targets, corpus_of, learn  # noqa: E402
from finetune.ranker_ground import ground  # noqa: E402
from finetune.run_config import RankerConfig  # noqa: E402
from finetune.runs import fingerprint_of  # noqa: E402
from retrieval.encoder import load_encoder  # noqa: E402
from retrieval.errors import UserError  # noqa: E402
from retrieval.learned_ranker import RankerWeights  # noqa: E402
from retrieval.metrics import Estimate, clustered_mean, paired_difference  # noqa: E402

EVERY = 500  # conversations between two runs
LATER = 600  # conversations, the last by id, that nothing learns from
MEASURED = 300  # of them, a fixed sample
JUDGES = 220  # held-out conversations that a gate looks at
SPAM = 0.1  # spam conversations to one honest one

Lists = list[NDArray[np.int64]]


@dataclass(frozen=True)
class Step:
    """One periodic run: what it learned from, what the gate said, and what serves after it.

    `candidate` and `served` are recall@10 on the later conversations, `change` that of what
    serves against what served before this run.
    """

    conversations: int
    trained_on: int
    left_out: dict[str, int]
    agreement: float
    verdict: str
    told: str
    candidate: Estimate | None
    served: Estimate
    change: Estimate | None
    seconds: float


class Bench:
    """The site, its later conversations, and what was measured."""

    def __init__(self, site: Site, later: Sequence[Visit]) -> None:
        self.site = site
        self.turns = [t for t in site.asked(later) if t.targets]
        self.names = [t.conversation for t in self.turns for _ in t.targets]
        self.start = top_ten(site, self.turns, None)
        self.config = RankerConfig(lists=2000)
        self._learned: dict[str, RankerWeights] = {}

    def hits(self, lists: Lists) -> list[float]:
        """For each target of the later conversations whether the first ten hold it."""
        pairs = zip(self.turns, lists, strict=True)
        return [float(row in best) for turn, best in pairs for row in turn.targets]

    def recall(self, lists: Lists) -> Estimate:
        return clustered_mean(self.hits(lists), self.names)

    def change(self, after: Lists, before: Lists) -> Estimate:
        return paired_difference(self.hits(after), self.hits(before), self.names)

    def examples(self, visits: Sequence[Visit]) -> Examples:
        talks = [t for v in visits for t in log_talks(v.events(), self.site.catalog)]
        return from_talks(talks, unreacted=0.0)

    def train(self, examples: Examples) -> RankerWeights:
        """A ranker from the examples; the same ones are not learned from twice."""
        name = fingerprint_of(replace(examples, held_out=Sources()))
        if name not in self._learned:
            self._learned[name] = self._train(examples)
        return self._learned[name]

    def _train(self, examples: Examples) -> RankerWeights:
        corpus = corpus_of(examples.train, self.site.catalog)
        targets = chosen_targets(corpus, self.config, examples.unreacted)
        queries = [e.context.query for e in targets]
        around = ground(self.site.catalog, self.site.index.vectors, self.site.encoder, queries)
        return learn(
            corpus, targets, around, self.config,
            unreacted=examples.unreacted, progress=lambda done, total, what: None,
        )  # fmt: skip

    def gate(
        self,
        examples: Examples,
        visits: Sequence[Visit],
        candidate: RankerWeights,
        serving: RankerWeights | None,
    ) -> tuple[str, str]:
        """The verdict on a candidate by what held-out users of the same stream accepted."""
        right = accepted(examples.held_out, examples.unreacted)
        judges = [v for v in visits if v.conversation in right][-JUDGES:]
        turns = [_only(t, right[t.conversation], self.site) for t in self.site.asked(judges)]
        turns = [t for t in turns if t.targets]
        before, after = (top_ten(self.site, turns, w) for w in (serving, candidate))
        tallies: dict[str, Tally] = {}
        for turn, old, new in zip(turns, before, after, strict=True):
            n = float(len(turn.targets))
            counts = [float(sum(r in best for r in turn.targets)) for best in (old, new)]
            had = tallies.get(turn.conversation, Tally((0, 0), (0, 0)))
            tallies[turn.conversation] = Tally(
                (had.before[0] + counts[0], had.before[1] + n),
                (had.after[0] + counts[1], had.after[1] + n),
            )
        change = judge(tallies)
        told = f"{change.before:.4f} -> {change.after:.4f} [{change.low:+.4f}, {change.high:+.4f}]"
        return change.verdict, f"{told} on {len(tallies)} conversations"

    def stream(
        self, name: str, visits: Sequence[Visit], stops: Sequence[int]
    ) -> tuple[list[Step], Lists | None]:
        """Live through a stream with a run at every stop; the steps, and the last candidate's."""
        serving, served, steps = None, self.start, list[Step]()
        lists: Lists | None = None
        for stop in stops:
            began, before = time.monotonic(), served
            seen = visits[:stop]
            examples = self.examples(seen)
            agree, both = examples.agreement
            verdict, told, lists = "refused", "", None
            try:
                check_trust(examples)
                candidate = self.train(examples)
                verdict, told = self.gate(examples, seen, candidate, serving)
                lists = top_ten(self.site, self.turns, candidate)
                if verdict == "better":
                    serving, served = candidate, lists
            except UserError as error:
                told = str(error)
            steps.append(
                Step(
                    stop, len(examples.train.transcripts), dict(examples.left_out),
                    agree / max(1, both), verdict, told,
                    self.recall(lists) if lists is not None else None,
                    self.recall(served),
                    self.change(served, before) if served is not before else None,
                    time.monotonic() - began,
                )
            )  # fmt: skip
            say(f"{name}: {steps[-1]}")
        return steps, lists


def _only(turn: Asked, right: frozenset[str], site: Site) -> Asked:
    rows = tuple(r for r in turn.targets if site.catalog.items[r].item_id in right)
    return replace(turn, targets=rows)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _share(lists: Lists, row: int) -> float:
    return float(np.mean([row in best for best in lists]) / 10)


def _victim(site: Site, clean: Lists) -> int:
    """A row that is shown now and then: the one nearest to being in 3 % of the lists."""
    counts = np.bincount(np.concatenate(clean), minlength=len(site.catalog))
    return int(np.argmin(np.abs(counts - 0.03 * len(clean))))


def spammed(bench: Bench, honest: Sequence[Visit], row: int, *, careful: bool) -> list[Visit]:
    """The honest visits with a spammer's among them, one after every tenth."""
    site = bench.site
    others = [site.catalog.items[r] for r in np.unique(np.concatenate(bench.start))[:200]]
    pushed = spam(site.catalog.items[row], others, round(SPAM * len(honest)), careful=careful)
    step = len(honest) / len(pushed)
    found = list(honest)
    for k, (transcript, times) in reversed(list(enumerate(pushed))):
        visit = site.visit(transcript, (k + 0.5) * step, times)
        found.insert(round((k + 0.5) * step), visit)
    return found


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Everything, as the JSON file holds it."""
    began = time.monotonic()
    bench, visits = _opened(options)
    start = bench.recall(bench.start)
    say(f"content alone: {start}; {time.monotonic() - began:.0f} s")
    stops = [*range(EVERY, len(visits), EVERY), len(visits)]
    stops = [s for s in stops if s == len(visits) or len(visits) - s >= EVERY // 2]
    few = sorted({stops[len(stops) // 2], stops[-1]})
    clean, last = bench.stream("clean", visits, stops)
    assert last is not None, "the clean stream was refused"
    tenth, _ = bench.stream("10 % inverted", inverted(visits, 0.1), few)
    most, _ = bench.stream("60 % inverted", inverted(visits, 0.6), few)
    spammer = _spammer(bench, visits, last)
    checks = _checks(start, clean, tenth, most, spammer["share of places"])
    return {
        "verdict": "passed" if all(checks.values()) else "failed",
        "checks": checks,
        "start": asdict(start),
        "clean": [asdict(s) for s in clean],
        "inverted 10 %": [asdict(s) for s in tenth],
        "inverted 60 %": [asdict(s) for s in most],
        "spam": spammer,
        "later": {"conversations": len(set(bench.names)), "targets": len(bench.names)},
        "minutes": round((time.monotonic() - began) / 60, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _opened(options: argparse.Namespace) -> tuple[Bench, list[Visit]]:
    """The bench over a sample of the later conversations, and the stream before them."""
    catalog, transcripts, times = read_site(REDIAL)
    home = options.home or Path(tempfile.mkdtemp())
    site = Site(catalog, open_index(home, catalog, load_encoder()))
    stream, later = transcripts[:-LATER][: options.limit], transcripts[-LATER:]
    sample = sorted(np.random.default_rng(0).permutation(LATER)[:MEASURED])
    visits = [site.visit(t, n, times[t.conversation]) for n, t in enumerate(stream)]
    say(f"{len(visits)} conversations heard")
    found = [site.visit(later[k], 10_000 + k, times[later[k].conversation]) for k in sample]
    return Bench(site, found), visits


def _spammer(bench: Bench, visits: Sequence[Visit], clean: Lists) -> dict[str, Any]:
    """How much of the places the pushed item takes, without a spammer and with either of two."""
    row = _victim(bench.site, clean)
    shares, runs = {"clean": _share(clean, row)}, {}
    for name, careful in (("crude", False), ("careful", True)):
        mixed = spammed(bench, visits, row, careful=careful)
        steps, lists = bench.stream(f"{name} spammer", mixed, [len(mixed)])
        shares[name] = _share(lists or bench.start, row)
        runs[name] = [asdict(s) for s in steps]
    title = bench.site.catalog.items[row].title
    return {"item": title, "share of places": shares, "runs": runs}


def _checks(
    start: Estimate,
    clean: Sequence[Step],
    tenth: Sequence[Step],
    most: Sequence[Step],
    shares: Mapping[str, float],
) -> dict[str, bool]:
    """What should hold, and whether it does."""
    end = clean[-1].served
    return {
        "rises by more than its interval": end.low > start.high
        and end.value - start.value > (end.high - end.low) / 2,
        "no promotion lowers it": all(s.change is None or s.change.high >= 0 for s in clean),
        "10 % inverted stays within the interval": tenth[-1].served.value >= end.low,
        "60 % inverted is refused": all(s.verdict == "refused" for s in most),
        "the spammer's item is not pushed": all(
            share <= 1.5 * shares["clean"] for share in shares.values()
        ),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write everything to this file")
    parser.add_argument("--plot", type=Path, help="draw the curve into this SVG or PNG file")
    parser.add_argument("--limit", type=int, help="take only so many conversations of the stream")
    parser.add_argument("--home", type=Path, help="folder to keep the catalogue's index in")
    options = parser.parse_args(arguments)
    if not REDIAL.exists():
        say(f"{REDIAL} is not there: nothing was measured.")
        return 1
    go_offline()
    found = measured(options)
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    if options.plot:
        draw(found, options.plot)
    print(json.dumps({k: found[k] for k in ("verdict", "checks", "start", "minutes")}, indent=1))
    return 0 if found["verdict"] == "passed" else 1


if __name__ == "__main__":
    sys.exit(main())
