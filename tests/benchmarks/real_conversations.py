"""Sends the seekers' sides of real conversations through the HTTP API and checks every answer.

Run: python tests/benchmarks/real_conversations.py [--conversations 60] [--llm SPEC] [--json FILE]
It needs ../shared/data/redial, starts its own server on a free port in a temporary home, and ends
with exit code 1 if any answer broke a promise.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
REDIAL = ROOT.parent / "shared" / "data" / "redial"
sys.path.insert(0, str(ROOT))

from retrieval.signals import normalise  # noqa: E402


@dataclass
class Tally:
    """What was counted over all conversations."""

    turns: int = 0
    slates: int = 0
    plain: int = 0
    unlogged: int = 0
    feedback: int = 0
    first: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    moves: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    named_outside: list[str] = field(default_factory=list)
    shown_again: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    joined_differs: list[str] = field(default_factory=list)


def conversations(count: int) -> Iterator[tuple[str, list[str]]]:
    """(conversation id, the seeker's messages with titles as text), spread over the file."""
    with gzip.open(REDIAL / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    step = max(1, len(lines) // count)
    found = 0
    for line in lines[::step]:
        data = json.loads(line)
        titles = data["movieMentions"] or {}
        seeker = data["initiatorWorkerId"]
        said = [m["text"] for m in data["messages"] if m["senderWorkerId"] == seeker]
        texts = [t for t in (_with_titles(text, titles) for text in said) if t]
        if len(texts) >= 3 and found < count:
            found += 1
            yield str(data["conversationId"]), texts


def _with_titles(text: str, titles: dict[str, str]) -> str:
    def title(match: re.Match[str]) -> str:
        return re.sub(r"\s*\(\d{4}\)\s*$", "", titles.get(match[1]) or "that movie").strip()

    return re.sub(r"@(\d+)", title, text).strip()


def serve(llm: str | None, home: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server on a free port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", str(port), "--home", home]
    command += ["--catalog", str(REDIAL / "catalog.jsonl.gz")]
    command += ["--llm", llm] if llm else []
    server = subprocess.Popen(command, cwd=ROOT)
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        if server.poll() is not None:
            sys.exit("the server ended before it answered")
        try:
            if httpx.get(f"{base}/health", timeout=2).status_code == 200:
                return server, base
        except httpx.HTTPError:
            time.sleep(0.5)
    sys.exit("the server did not answer within five minutes")


def events(client: httpx.Client, url: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events of one answer."""
    with client.stream("POST", url, json={"text": text}, timeout=60) as answer:
        if answer.status_code != 200:
            yield "error", {"message": f"{answer.status_code} {answer.read()[:200]!r}"}
            return
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                yield name, json.loads(line[5:])


class Conversation:
    """Holds one conversation and checks each answer against what was said before."""

    def __init__(self, client: httpx.Client, key: str, titles: dict[str, str], tally: Tally):
        opened = client.post("/api/v1/conversations", json={}).json()
        client.headers["Authorization"] = f"Bearer {opened['user_token']}"
        self.client, self.key, self.titles, self.tally = client, key, titles, tally
        self.url = f"/api/v1/conversations/{opened['conversation_id']}"
        self.heard = ""
        self.held: set[str] = set()
        self.gone: set[str] = set()
        self.shown: set[str] = set()

    def say(self, text: str) -> None:
        """Send a message, check the answer, and dislike the first item of every third slate."""
        tally, slate, deltas, began = self.tally, [], [], time.monotonic()
        self.heard += f" {normalise(text)} "
        for name, data in events(self.client, f"{self.url}/messages", text):
            if name == "slate":
                slate = [entry["item_id"] for entry in data["items"]]
                self._check_slate(slate, text)
            elif name == "delta":
                if not deltas:
                    tally.first.append((time.monotonic() - began) * 1000)
                deltas.append(data["text"])
            elif name == "done":
                tally.total.append((time.monotonic() - began) * 1000)
                self._check_done(data, slate, "".join(deltas))
            else:
                tally.errors.append(f"{self.key}: {text[:60]!r}: {data}")
        if slate and tally.slates % 3 == 0:
            self._dislike(data["turn_id"], slate[0])

    def _check_slate(self, slate: list[str], text: str) -> None:
        self.tally.slates += 1
        asked = normalise(text)
        for item in slate:
            named_now = normalise(self.titles[item]) in asked
            if item in self.gone and not named_now:
                self.tally.shown_again.append(f"{self.key}: {self.titles[item]}")
            if item in self.shown and not named_now and "again" not in asked:
                self.tally.repeated.append(f"{self.key}: {self.titles[item]}")
        self.shown |= set(slate)

    def _check_done(self, data: dict[str, Any], slate: list[str], joined: str) -> None:
        tally = self.tally
        tally.turns += 1
        tally.plain += data["plain_wording"]
        tally.unlogged += not data["logged"]
        tally.moves[data["move"]] = tally.moves.get(data["move"], 0) + 1
        if joined != data["text"]:
            tally.joined_differs.append(f"{self.key}: {data['text'][:60]!r}")
        for signal in data["signals"]:
            if signal["kind"] == "item" and signal["item_id"]:
                self.held.add(signal["item_id"])
                if signal["polarity"] < -0.15 or signal["seen"]:
                    self.gone.add(signal["item_id"])
        for item in data["named"]:
            by_user = normalise(self.titles[item]) in self.heard
            if item not in slate and item not in self.held and not by_user | (item in self.shown):
                tally.named_outside.append(f"{self.key}: {self.titles[item]}")

    def _dislike(self, turn_id: str, item: str) -> None:
        body = {"turn_id": turn_id, "item_id": item, "kind": "dislike", "value": None}
        answer = self.client.post(f"{self.url}/feedback", json=body)
        self.tally.feedback += 1
        self.gone.add(item)
        if answer.status_code != 200:
            self.tally.errors.append(f"{self.key}: feedback {answer.status_code} {answer.text}")


def report(tally: Tally) -> dict[str, Any]:
    """The figures, and up to five examples of every broken promise."""

    def spread(values: list[float]) -> dict[str, float]:
        ordered = sorted(values) or [0.0]
        tail = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        return {"median": round(median(ordered)), "p95": round(tail)}

    broken = ("errors", "named_outside", "shown_again", "repeated", "joined_differs")
    return {
        "turns": tally.turns,
        "slates": tally.slates,
        "feedback": tally.feedback,
        "moves": tally.moves,
        "plain_wording_share": round(tally.plain / max(1, tally.turns), 4),
        "unlogged": tally.unlogged,
        "first_delta_ms": spread(tally.first),
        "total_ms": spread(tally.total),
        **{name: len(getattr(tally, name)) for name in broken},
        "examples": {name: getattr(tally, name)[:5] for name in broken if getattr(tally, name)},
    }


def main() -> None:
    """Run the benchmark and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=60)
    parser.add_argument("--llm", help="as for serve; the packaged model without")
    parser.add_argument("--wait", type=float, default=0, help="seconds to let the model load")
    parser.add_argument("--home", help="keep the index here; a temporary folder without")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with gzip.open(REDIAL / "catalog.jsonl.gz", "rt", encoding="utf-8") as file:
        titles = {str(d["id"]): d["title"] for d in map(json.loads, file)}
    tally = Tally()
    with tempfile.TemporaryDirectory() as home:
        server, base = serve(options.llm, options.home or home)
        try:
            time.sleep(options.wait)
            for number, (key, texts) in enumerate(conversations(options.conversations), 1):
                with httpx.Client(base_url=base) as client:
                    talk = Conversation(client, key, titles, tally)
                    for text in texts:
                        talk.say(text)
                print(f"\r{number} conversations", end="", file=sys.stderr, flush=True)
        finally:
            server.terminate()
            server.wait()
    figures = report(tally)
    print("\n" + json.dumps(figures, indent=2, ensure_ascii=False))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if figures["examples"] or tally.unlogged else 0)


if __name__ == "__main__":
    main()
