"""Reads the conversations that are JSON: ReDial, DialogueKit and {"messages": […]}."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.transcript_text import Problem, json_values
from bot.transcript_values import Desk, Found, Transcript, TranscriptMessage, readable_title
from bot.understanding import Role

_MENTION = re.compile(r"@(\d+)")
_TITLE_SLOTS = frozenset({"title", "movie", "movie_title", "item", "item_title", "name"})


def _objects(text: str, desk: Desk) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a text; everything else is reported."""
    for value in json_values(text):
        if isinstance(value, Problem):
            desk.problems.append(value)
        elif isinstance(value.content, dict):
            yield value.line, value.content
        else:
            desk.report(value.line, "broken line", "not a JSON object")


def redial(text: str, desk: Desk) -> Found:
    """ReDial: a JSON line a dialogue, items as @id; the initiator is the seeker."""
    for line, dialogue in _objects(text, desk):
        messages = dialogue.get("messages")
        name = dialogue.get("conversationId")
        if not isinstance(messages, list) or name is None:
            desk.report(line, "broken line", "no conversationId or no list of messages")
            continue
        seeker = str(dialogue.get("initiatorWorkerId"))
        recommender = str(dialogue.get("respondentWorkerId"))
        roles: dict[str, Role] = {recommender: "assistant", seeker: "user"}
        titles = dialogue.get("movieMentions")
        mentions = titles if isinstance(titles, dict) else {}
        found = []
        for index, message in enumerate(messages):
            made = _redial_message(line, index, message, roles, mentions, desk)
            if made is not None:
                found.append(made)
        yield line, Transcript(str(name), tuple(found))


def _redial_message(
    line: int,
    index: int,
    message: Any,
    roles: Mapping[str, Role],
    mentions: Mapping[str, Any],
    desk: Desk,
) -> TranscriptMessage | None:
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        desk.report(line, "broken line", f"message {index} has no text")
        return None
    speaker = str(message.get("senderWorkerId"))
    role = roles.get(speaker)
    if role is None:
        desk.report(line, "unknown speaker", f"message {index} is by {speaker!r}, of neither side")
        return None

    def title(mark: re.Match[str]) -> str:
        item_id = mark.group(1)
        if item_id in desk.catalog:
            return readable_title(desk.catalog.item(item_id))
        given = mentions.get(item_id)
        return re.sub(r"\s+", " ", given).strip() if isinstance(given, str) else mark.group()

    items = desk.known(line, _MENTION.findall(message["text"]))
    return TranscriptMessage(role, _MENTION.sub(title, message["text"]), items, speaker, index)


def dialoguekit(text: str, desk: Desk) -> Found:
    """DialogueKit's export: {"agent", "user", "dialogues": […]}, or a bare list of dialogues."""
    for line, content in _objects(text, desk):
        dialogues = content.get("dialogues", [content])
        for number, dialogue in enumerate(dialogues if isinstance(dialogues, list) else []):
            said = dialogue.get("conversation") if isinstance(dialogue, dict) else None
            if not isinstance(said, list):
                desk.report(line, "broken line", f"dialogue {number} has no list `conversation`")
                continue
            name = dialogue.get("conversation_id", dialogue.get("conversation ID"))
            made = [_utterance(line, i, u, content, desk) for i, u in enumerate(said)]
            kept = tuple(m for m in made if m is not None)
            name = str(name) if name is not None else f"{line}.{number}"
            yield line, Transcript(name.strip('"'), kept)


def _utterance(
    line: int, index: int, utterance: Any, export: Mapping[str, Any], desk: Desk
) -> TranscriptMessage | None:
    if not isinstance(utterance, dict) or not isinstance(utterance.get("utterance"), str):
        desk.report(line, "broken line", f"message {index} has no utterance")
        return None
    role = desk.role(str(utterance.get("participant")), line, index)
    if role is None:
        return None
    said = utterance["utterance"].strip()
    metadata = utterance.get("metadata")
    listed = metadata.get("items") if isinstance(metadata, dict) else None
    titles = _slot_titles(utterance)
    if isinstance(listed, list):
        items = desk.known(line, [str(i) for i in listed])
    else:
        items = desk.titled(line, titles) if titles else desk.linked(said)
    side = export.get("user" if role == "user" else "agent")
    speaker = str(side["id"]) if isinstance(side, dict) and "id" in side else None
    return TranscriptMessage(role, said, items, speaker, index)


def _slot_titles(utterance: Mapping[str, Any]) -> list[str]:
    """The titles annotated in an utterance, in the newer and the older spelling of slots."""
    acts = utterance.get("dialogue_acts") or ()
    holders = [utterance, *(act for act in acts if isinstance(act, dict))]
    titles = []
    for holder in holders:
        for slot in (*(holder.get("annotations") or ()), *(holder.get("slot_values") or ())):
            pair = [slot.get("slot"), slot.get("value")] if isinstance(slot, dict) else slot
            match pair:
                case [str(name), str(value), *_] if name.lower() in _TITLE_SLOTS:
                    titles.append(value)
    return titles


def messages(text: str, desk: Desk) -> Found:
    """{"messages": [{"role", "text" or "content", "items"?}]}, as JSON or JSON Lines."""
    for number, (line, conversation) in enumerate(_objects(text, desk)):
        listed = conversation.get("messages")
        if not isinstance(listed, list):
            desk.report(line, "broken line", "no list of messages")
            continue
        names = (conversation.get(key) for key in ("id", "conversation", "conversation_id"))
        name = next((str(n) for n in names if n is not None), str(number))
        made = [_plain_message(line, i, m, desk) for i, m in enumerate(listed)]
        yield line, Transcript(name, tuple(m for m in made if m is not None))


def _plain_message(line: int, index: int, message: Any, desk: Desk) -> TranscriptMessage | None:
    said = message.get("text", message.get("content")) if isinstance(message, dict) else None
    if not isinstance(said, str):
        desk.report(line, "broken line", f"message {index} has no text")
        return None
    if message.get("role") == "system":  # instructions to a model, said by nobody
        return None
    role = desk.role(str(message.get("role")), line, index)
    if role is None:
        return None
    listed = message.get("items")
    ids = isinstance(listed, list)
    items = desk.known(line, [str(i) for i in listed]) if ids else desk.linked(said)
    speaker = message.get("speaker")
    return TranscriptMessage(role, said, items, None if speaker is None else str(speaker), index)
