"""What the operator can watch: counts and times of messages, feedback and failures."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from prometheus_client import Counter, Histogram

from bot.sent import Done, Failed, Sent

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20)

MESSAGES = Counter(
    "sommelier_messages_total", "Answered messages", ["channel", "move", "plain_wording"]
)
FAILED = Counter("sommelier_failed_total", "Messages that could not be answered", ["channel"])
UNLOGGED = Counter("sommelier_unlogged_total", "Answers that the log could not keep at once")
FEEDBACK = Counter("sommelier_feedback_total", "Feedback on shown items", ["channel", "kind"])
FIRST = Histogram("sommelier_first_token_seconds", "Time to the first text", buckets=_SECONDS)
TOTAL = Histogram("sommelier_answer_seconds", "Time to the end of the answer", buckets=_SECONDS)


def watched(events: Iterator[Sent], channel: str) -> Generator[Sent, None, None]:
    """Pass `events` on unchanged and count what they say; closing it closes `events`."""
    try:
        for event in events:
            if isinstance(event, Done):
                _count(event, channel)
            elif isinstance(event, Failed):
                FAILED.labels(channel).inc()
            yield event
    finally:
        if isinstance(events, Generator):
            events.close()


def _count(done: Done, channel: str) -> None:
    MESSAGES.labels(channel, done.move, str(done.plain_wording).lower()).inc()
    if not done.logged:
        UNLOGGED.inc()
    if "first_token" in done.ms:
        FIRST.observe(done.ms["first_token"] / 1000)
    if "total" in done.ms:
        TOTAL.observe(done.ms["total"] / 1000)
