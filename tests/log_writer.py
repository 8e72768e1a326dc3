"""A process of its own that writes to an event log, for the tests that kill or crowd writers."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.event_log import open_event_log
from bot.events import ConversationStarted, MessageReceived


def main(database: str, user_key: str, count: int) -> None:
    """Append `count` messages, printing each text once its append was acknowledged."""
    log = open_event_log(database if "://" in database else Path(database))
    log.append(user_key, ConversationStarted(user_key))
    for n in range(count):
        text = f"{user_key} {n}"
        if log.append(user_key, MessageReceived(user_key, f"turn{n}", text)).logged:
            print(text, flush=True)
    log.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
