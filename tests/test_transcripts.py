"""Transcripts of every format are read alike, and what is broken is reported and passed over."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bot.event_log import open_event_log
from bot.events import FeedbackGiven, MessageReceived, Replied, SlateShown
from bot.transcript_values import split_year
from bot.transcripts import Format, TranscriptsRead, read_transcripts
from retrieval.catalog import Catalog, Item
from retrieval.errors import UserError


@pytest.fixture(scope="module")
def numbered() -> Catalog:
    """Three films whose ids are numbers, as ReDial's are."""
    return Catalog(
        (
            Item("101", "Alien", year=1979),
            Item("102", "Her", year=2013),
            Item("103", "Alien", year=2019),
        )
    )


def by_title(text: str) -> list[str]:
    """A linker that knows two titles."""
    return [i for title, i in (("Alien", "101"), ("Her", "102")) if title in text]


def read(path: Path, format: Format, catalog: Catalog, text: str | bytes) -> TranscriptsRead:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_transcripts(path, format, catalog, by_title)


def dialogue(name: str, *messages: tuple[int, str]) -> dict[str, Any]:
    """A ReDial dialogue between seeker 1 and recommender 2."""
    return {
        "conversationId": name,
        "initiatorWorkerId": 1,
        "respondentWorkerId": 2,
        "initiatorQuestions": [],
        "movieMentions": {"101": "Alien (1979)", "999": "Lost  Film (1920)"},
        "messages": [{"senderWorkerId": who, "text": text} for who, text in messages],
    }


def test_redial(tmp_path: Path, numbered: Catalog) -> None:
    said = dialogue("7", (1, "I saw @101 and @101"), (2, "Try @102 or @999"), (2, "or @101"))
    got = read(tmp_path / "r.jsonl", "redial", numbered, json.dumps(said) + "\n")
    (transcript,) = got.transcripts
    assert transcript.conversation == "7"
    assert [m.role for m in transcript.messages] == ["user", "assistant", "assistant"]
    assert transcript.messages[0].text == "I saw Alien (1979) and Alien (1979)"
    assert transcript.messages[0].items == ("101",)
    assert transcript.messages[1].text == "Try Her (2013) or Lost Film (1920)"
    assert transcript.messages[1].items == ("102",)
    assert [m.speaker for m in transcript.messages] == ["1", "2", "2"]
    assert [m.index for m in transcript.recommendations()] == [1, 2]
    assert [str(p) for p in got.problems] == ["line 1: the catalogue has no item '999'"]


def test_the_first_message_is_never_a_recommendation(tmp_path: Path, numbered: Catalog) -> None:
    said = dialogue("7", (2, "Have you seen @101?"), (1, "No"), (2, "See @102"))
    (transcript,) = read(tmp_path / "r", "redial", numbered, json.dumps(said)).transcripts
    assert [m.index for m in transcript.recommendations()] == [2]


def test_broken_lines_cost_only_themselves(tmp_path: Path, numbered: Catalog) -> None:
    good = [json.dumps(dialogue(str(n), (1, "hi"), (2, "@101"))) for n in range(3)]
    lines = [good[0], '{"conversationId": "x", "messages": [{', "nonsense", good[1], "[1, 2]"]
    lines += ['{"conversationId": "y"}', '{"conversationId": "z", "messages": [3]}', good[2]]
    got = read(tmp_path / "r.jsonl", "redial", numbered, "\n".join(lines))
    assert [t.conversation for t in got.transcripts] == ["0", "1", "2"]
    assert {p.line for p in got.problems} == {2, 3, 5, 6, 7}
    assert set(got.counts()) == {"broken line"}


def test_empty_turns_strangers_and_repeated_ids(tmp_path: Path, numbered: Catalog) -> None:
    first = dialogue("7", (1, "hi"), (1, "  "), (3, "who am I"), (2, "@101"))
    lines = [json.dumps(first), json.dumps(dialogue("7", (1, "again")))]
    got = read(tmp_path / "r.jsonl", "redial", numbered, "\n".join(lines))
    (transcript,) = got.transcripts
    assert [m.index for m in transcript.messages] == [0, 3]  # positions in the file's own list
    assert got.counts() == {"unknown speaker": 1, "empty turn": 1, "repeated id": 1}


def test_an_enormous_conversation_is_cut(
    tmp_path: Path, numbered: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.transcripts.MAX_MESSAGES", 3)
    monkeypatch.setattr("bot.transcripts.MAX_CHARACTERS", 20)
    said = dialogue("7", (1, "x" * 50), *[(2, "@101")] * 9)
    got = read(tmp_path / "r.jsonl", "redial", numbered, json.dumps(said))
    assert len(got.transcripts[0].messages) == 3
    assert len(got.transcripts[0].messages[0].text) == 20
    assert got.counts()["too long"] == 2


def test_gzip_and_a_gzip_cut_short(tmp_path: Path, numbered: Catalog) -> None:
    lines = [json.dumps(dialogue(str(n), (1, f"hi {n}"), (2, "@101"))) for n in range(300)]
    whole = gzip.compress("\n".join(lines).encode())
    assert len(read(tmp_path / "a.gz", "redial", numbered, whole).transcripts) == 300
    got = read(tmp_path / "b.gz", "redial", numbered, whole[: len(whole) // 2])
    assert 0 < len(got.transcripts) < 300
    assert got.problems[0].kind == "broken line"


def test_other_encodings(tmp_path: Path, numbered: Catalog) -> None:
    said = json.dumps(dialogue("7", (1, "café"), (2, "@101")), ensure_ascii=False)
    for encoding in ("utf-8-sig", "utf-16"):
        got = read(tmp_path / encoding, "redial", numbered, said.encode(encoding))
        assert got.transcripts[0].messages[0].text == "café"
        assert not got.problems
    got = read(tmp_path / "western", "redial", numbered, said.encode("cp1252"))
    assert got.transcripts[0].messages[0].text == "café"
    assert got.counts() == {"encoding": 1}


INSPIRED = (
    "dialog_id\tutt_id\tspeaker\tturn_id\ttext\tmovies\tmovie_dict\n"
    "d1\t1\tRECOMMENDER\t1\tHello\t\t{'Her (2013)': 0}\n"
    "d1\t2\tSEEKER\t1\tI liked QUOTATION_MARKAlienQUOTATION_MARK\tAlien (2019)\t{}\n"
    'd1\t3\tRECOMMENDER\t2\t"See ""Her"" now"\tHer (2013); Nowhere (1999)\t{}\n'
    "d1\t4\tRECOMMENDER\ttoo few cells\n"
    "d2\t1\tSEEKER\t1\tHi\t\t{}\n"
)


def test_inspired(tmp_path: Path, numbered: Catalog) -> None:
    got = read(tmp_path / "i.tsv", "inspired", numbered, INSPIRED)
    first, second = got.transcripts
    assert (first.conversation, second.conversation) == ("d1", "d2")
    assert [m.role for m in first.messages] == ["assistant", "user", "assistant"]
    assert first.messages[0].items == ()  # movie_dict tells the future and is not read
    assert first.messages[1].text == 'I liked "Alien"'
    assert first.messages[1].items == ("103",)  # the year decides between two of one title
    assert first.messages[2].text == 'See "Her" now'
    assert [m.index for m in first.recommendations()] == [2]
    assert got.counts() == {"unknown item": 1, "broken line": 1}


CCPE = (
    "dialog_id,utterance_index,speaker,text\n"
    "c1,0,ASSISTANT,what do you watch\n"
    'c1,1,USER,"Alien, mostly\nand nothing else"\n'
    'c1,2,USER,"a quote that never closes\n'
    'c1,3,USER,his 5" disc of Her\n'
    "c1,4,ROBOT,beep\n"
    "c1,5,ASSISTANT,Her is good\n"
)


def test_ccpe(tmp_path: Path, numbered: Catalog) -> None:
    got = read(tmp_path / "c.csv", "ccpe", numbered, CCPE)
    (transcript,) = got.transcripts
    assert transcript.messages[1].text == "Alien, mostly\nand nothing else"
    assert transcript.messages[1].items == ("101",)
    assert transcript.messages[2].text == 'his 5" disc of Her'
    assert transcript.messages[-1].text == "Her is good"
    assert got.counts() == {"broken line": 1, "unknown speaker": 1}


def test_a_table_without_its_columns_is_refused(tmp_path: Path, numbered: Catalog) -> None:
    with pytest.raises(UserError, match="no column dialog_id") as error:
        read(tmp_path / "c.csv", "ccpe", numbered, "id,who,what\n1,USER,hi\n")
    assert "--format" in error.value.mend


def test_dialoguekit(tmp_path: Path, numbered: Catalog) -> None:
    export = {
        "agent": {"id": "Agent", "type": "BOT"},
        "user": {"id": "U1", "type": "USER"},
        "dialogues": [
            {
                "conversation_id": "k1",
                "conversation": [
                    {"participant": "AGENT", "utterance": "Hi"},
                    {"participant": "USER", "utterance": "I like Alien\n"},
                    {
                        "participant": "AGENT",
                        "utterance": "This one then",
                        "dialogue_acts": [
                            {"intent": "REVEAL", "annotations": [{"slot": "TITLE", "value": "Her"}]}
                        ],
                    },
                    {
                        "participant": "AGENT",
                        "utterance": "Or",
                        "slot_values": [["TITLE", "Alien"]],
                    },
                    {"participant": "AGENT", "utterance": "And", "metadata": {"items": [102]}},
                    {"participant": "AGENT"},
                ],
            },
            {"conversation_id": "k2"},
        ],
    }
    got = read(tmp_path / "k.json", "dialoguekit", numbered, json.dumps(export, indent=1))
    (transcript,) = got.transcripts
    assert transcript.conversation == "k1"
    assert [m.items for m in transcript.messages] == [(), ("101",), ("102",), ("101",), ("102",)]
    assert [m.speaker for m in transcript.messages[:2]] == ["Agent", "U1"]
    assert got.counts() == {"broken line": 2}


def test_messages(tmp_path: Path, numbered: Catalog) -> None:
    one = {
        "id": 5,
        "messages": [
            {"role": "system", "text": "You are kind."},
            {"role": "user", "content": "Something like Alien"},
            {"role": "assistant", "text": "Her?", "items": ["102", "404"]},
            {"role": "assistant", "text": "Her?", "items": []},
            {"role": "assistant", "text": "Her?"},
        ],
    }
    got = read(tmp_path / "m.jsonl", "messages", numbered, json.dumps(one) + "\n{oops\n")
    (transcript,) = got.transcripts
    assert transcript.conversation == "5"
    assert [m.index for m in transcript.messages] == [1, 2, 3, 4]
    assert [m.items for m in transcript.messages] == [("101",), ("102",), (), ("102",)]
    assert got.counts() == {"unknown item": 1, "broken line": 1}


def test_messages_in_one_pretty_array_with_a_broken_element(
    tmp_path: Path, numbered: Catalog
) -> None:
    made = [{"messages": [{"role": "user", "text": f"hello {n}"}]} for n in range(3)]
    text = json.dumps(made, indent=2).replace('"hello 1"', '"hello 1')
    got = read(tmp_path / "m.json", "messages", numbered, text)
    assert [t.messages[0].text for t in got.transcripts] == ["hello 0", "hello 2"]
    assert got.counts() == {"broken line": 1}


def test_the_log(tmp_path: Path, numbered: Catalog) -> None:
    path = tmp_path / "log.db"
    log = open_event_log(path)
    slate = SlateShown("c", "t1", ("102", "101"), (1.0, 0.5), (None, None), 0.0, {}, "i", ("", ""))
    log.append("key", MessageReceived("c", "t1", "I like Alien"), slate)
    log.append("key", Replied("c", "t1", "Try [1]", "recommend", ("102",), True, "b", {}))
    log.append("key", FeedbackGiven("c", "t1", "102", "like"))
    log.append("other", MessageReceived("d", "t2", "hi"), MessageReceived("c", "t3", "thanks"))
    rows = list(log.all_events())
    log.close()
    got = read_transcripts(path, "log", numbered, by_title)
    first, second = got.transcripts
    assert [(m.role, m.text) for m in first.messages] == [
        ("user", "I like Alien"),
        ("assistant", "Try [1]"),
        ("user", "thanks"),
    ]
    assert first.messages[1].items == ("102", "101")
    assert first.messages[1].feedback == (("102", "like", None),)
    assert second.messages[0].speaker == "other"
    log = open_event_log(path)
    assert list(log.all_events()) == rows  # reading adds nothing
    log.close()


@pytest.mark.parametrize("format", ["redial", "messages", "dialoguekit", "log"])
def test_a_file_without_conversations_is_refused(
    tmp_path: Path, numbered: Catalog, format: Format
) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path / "empty", format, numbered, "")
    assert error.value.mend
    with pytest.raises(UserError):
        read_transcripts(tmp_path / "absent", format, numbered)


def test_split_year() -> None:
    assert split_year(" Alien  (1979) ") == ("Alien", 1979)
    assert split_year("Alien (cut)") == ("Alien (cut)", None)
    assert split_year("(1979)") == ("(1979)", None)


def test_all_of_redial_is_read(shared_data: Path) -> None:
    from retrieval.catalog_files import read_catalog

    catalog = read_catalog(shared_data / "redial" / "catalog.jsonl.gz").catalog
    got = read_transcripts(shared_data / "redial" / "train.jsonl.gz", "redial", catalog)
    assert len(got.transcripts) == 4101
    assert sum(len(t.recommendations()) for t in got.transcripts) == 13711
