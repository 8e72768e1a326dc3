"""Reads ReDial's forms as the feedback that they are: liked, disliked, seen, told at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.session import Feedback
from bot.transcript_text import Problem, json_values, read_text
from bot.transcript_values import Transcript
from retrieval.catalog import Catalog


def with_forms(
    transcripts: Iterable[Transcript], source: Path, catalog: Catalog
) -> list[Transcript]:
    """The transcripts with the seeker's form pressed as buttons after the last message.

    That is when the forms were filled in: no turn of the conversation may know of them.
    """
    text, _ = read_text(source)
    forms: dict[str, Any] = {}
    for value in json_values(text):
        if not isinstance(value, Problem) and isinstance(value.content, dict):
            form = value.content.get("initiatorQuestions")
            forms[str(value.content.get("conversationId"))] = form if form else {}
    return [_with_form(t, forms.get(t.conversation, {}), catalog) for t in transcripts]


def _with_form(transcript: Transcript, form: Any, catalog: Catalog) -> Transcript:
    if not transcript.messages or not isinstance(form, dict):
        return transcript
    given: list[Feedback] = []
    for item_id, answers in form.items():
        if item_id in catalog and isinstance(answers, dict):
            if answers.get("liked") in (0, 1):
                given.append((item_id, "like" if answers["liked"] else "dislike", None))
            if answers.get("seen") == 1:
                given.append((item_id, "seen", None))
    last = transcript.messages[-1]
    ended = replace(last, feedback=(*last.feedback, *given))
    return replace(transcript, messages=(*transcript.messages[:-1], ended))
