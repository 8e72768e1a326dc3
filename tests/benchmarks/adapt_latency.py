"""How much slower answers come while a run trains beside the server, on two cores.

`python tests/benchmarks/adapt_latency.py [--llm plain] [--messages 60] [--json FILE]`. Messages
go through the whole path of a turn in this process; a child process of lowest priority trains the
packaged encoder's layers without end, as a run does. It is stopped and continued by turns, so
that whatever else the machine does falls on both sides alike.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.bot import Bot
from bot.build import build_bot
from bot.prompts import fixed_messages
from bot.sent import Done
from bot.settings import load_settings
from bot.turn import respond
from finetune.schedule import environment_of_child

MOST = 1.3  # times the median latency without a run
BLOCK = 5  # messages before the other side's turn
MESSAGES = (
    "I would like something scary but not too bloody",
    "a comedy from the nineties, please",
    "I loved Alien, something like that?",
    "no horror, my children watch with me",
    "something slow and beautiful in French",
    "not that one, I have seen it",
    "why did you suggest the first one?",
    "a short animated film for the evening",
)
CHILD = """
from finetune.adapt import least_priority
least_priority()
import torch
from bot.heads import packaged_tokenizer, packaged_transformer
model, tokenizer = packaged_transformer().train(), packaged_tokenizer()
batch = tokenizer(["a film about a long journey home " * 4] * 32, return_tensors="pt")
steps = torch.optim.AdamW(model.parameters(), 1e-5)
print("training", flush=True)
while True:
    loss = model(**batch).last_hidden_state.square().mean()
    loss.backward()
    steps.step()
    steps.zero_grad()
"""


def main() -> int:
    """Measure and print; 0 if the promise holds."""
    options = _options()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(home=options.home or Path(home), llm=options.llm)
        bot = build_bot(settings)
        _load(bot)
        alone, beside = _measure(bot, options.messages)
    medians = [statistics.median(times) for times in (alone, beside)]
    ratio = medians[1] / medians[0]
    found = {
        "llm": bot.language_model.name if bot.language_model else "plain",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "messages": len(alone),
        "median_ms_alone": round(medians[0], 1),
        "median_ms_beside_a_run": round(medians[1], 1),
        "ratio": round(ratio, 3),
        "verdict": "holds" if ratio <= MOST else "broken",
    }
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if ratio <= MOST else 1


def _measure(bot: Bot, messages: int) -> tuple[list[float], list[float]]:
    """The milliseconds of whole answers without and with the run."""
    times: tuple[list[float], list[float]] = ([], [])
    for number, text in enumerate(MESSAGES):  # everything is warm before it counts
        _answer(bot, f"warm-{number}", text)
    with _training() as child:
        for block in range(2 * messages // BLOCK):
            beside = block % 2
            os.kill(child.pid, signal.SIGCONT if beside else signal.SIGSTOP)
            time.sleep(0.2)
            for number in range(BLOCK):
                text = MESSAGES[(block // 2 * BLOCK + number) % len(MESSAGES)]
                times[beside].append(_answer(bot, f"u{block}-{number}", text))
            print(f"{block + 1} of {2 * messages // BLOCK}", file=sys.stderr, flush=True)
    return times


def _answer(bot: Bot, user: str, text: str) -> float:
    [done] = [s for s in respond(bot, user, user, text) if isinstance(s, Done)]
    return done.ms["total"]


@contextmanager
def _training() -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
        env=environment_of_child(),
    )
    assert child.stdout is not None
    child.stdout.readline()
    try:
        yield child
    finally:
        os.kill(child.pid, signal.SIGCONT)
        child.kill()
        child.wait()


def _load(bot: Bot) -> None:
    model = bot.language_model
    if model is None:
        return
    model.start(fixed_messages(bot.catalog.noun, adapted=model.adapted))
    while not model.ready():
        if model.problem():
            raise SystemExit(model.problem())
        time.sleep(0.1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llm", help="as for serve; the packaged model without")
    parser.add_argument("--home", type=Path, help="a home folder whose index is built already")
    parser.add_argument("--messages", type=int, default=60, help="messages on either side")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
