"""The HTTP API: its events and codes, who may see what, and what stands in front of it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bots import make_bot
from fastapi.testclient import TestClient

from bot.bot import Bot
from bot.understanding import Understanding
from retrieval.signals import Signal
from ui.api import RENEWED
from ui.app import build_app
from ui.identity import COOKIE, Identity

COMEDY = Signal("facet", 0.9, 1.0, evidence="comedy", field="genre", value="comedy")
HORROR = Signal("facet", -0.9, 1.0, evidence="no horror", field="genre", value="horror")
SCRIPT = {
    "A comedy": Understanding(("seek",), (COMEDY,), query="A comedy"),
    "No horror": Understanding(("refine",), (HORROR,), query=""),
    "Hello": Understanding(("social",)),
}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    return make_bot(tmp_path_factory.mktemp("home"), SCRIPT, admin_token="open sesame")


@pytest.fixture(scope="module")
def client(bot: Bot) -> Iterator[TestClient]:
    with TestClient(build_app(bot), base_url="http://127.0.0.1", client=("127.0.0.1", 5)) as made:
        yield made


class Person:
    """Somebody with a conversation and a token."""

    def __init__(self, client: TestClient, user: str | None = None) -> None:
        self.client = client
        answer = client.post("/api/v1/conversations", json={"user": user} if user else None)
        assert answer.status_code == 200, answer.text
        self.conversation = answer.json()["conversation_id"]
        self.headers = {"Authorization": f"Bearer {answer.json()['user_token']}"}

    def post(self, what: str, body: Any, conversation: str | None = None) -> httpx.Response:
        path = f"/api/v1/conversations/{conversation or self.conversation}/{what}"
        return self.client.post(path, json=body, headers=self.headers)

    def say(self, text: str) -> list[tuple[str, Any]]:
        answer = self.post("messages", {"text": text})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return parse(answer.text)

    def give(self, turn_id: str, item_id: str, kind: str, value: float | None = None) -> Any:
        body = {"turn_id": turn_id, "item_id": item_id, "kind": kind, "value": value}
        return self.post("feedback", body)

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


def parse(stream: str) -> list[tuple[str, Any]]:
    """Server-sent events as (name, data)."""
    found = []
    for block in stream.strip().split("\n\n"):
        match = re.fullmatch(r"event: (\w+)\ndata: (.*)", block)
        assert match, block
        found.append((match[1], json.loads(match[2])))
    return found


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"message", "mend"}
    assert answer.json()["message"]
    assert "Traceback" not in answer.text


def test_a_message_is_answered_by_slate_deltas_and_done(client: TestClient) -> None:
    events = Person(client).say("A comedy")
    names = [name for name, _ in events]
    assert names[0] == "slate" and names[-1] == "done"
    assert set(names[1:-1]) == {"delta"}
    slate, done = events[0][1], events[-1][1]
    assert set(slate) == {"turn_id", "items"}
    assert set(slate["items"][0]) == {"item_id", "title", "year", "why", "score", "propensity"}
    assert set(done) == {
        "turn_id", "text", "move", "named", "plain_wording", "logged", "signals", "changes", "ms",
    }  # fmt: skip
    assert "".join(data["text"] for name, data in events if name == "delta") == done["text"]
    assert done["turn_id"] == slate["turn_id"] and done["logged"] is True
    assert {"first_token", "total"} <= set(done["ms"])
    assert done["changes"][0] == {
        "belief": "comedy", "before": None, "after": 0.9, "evidence": "comedy",
    }  # fmt: skip


def test_no_slate_event_when_nothing_is_shown(client: TestClient) -> None:
    assert "slate" not in [name for name, _ in Person(client).say("Hello")]


def test_feedback_changes_the_next_slate(client: TestClient) -> None:
    person = Person(client)
    slate = person.say("A comedy")[0][1]
    disliked = slate["items"][0]["item_id"]
    answer = person.give(slate["turn_id"], disliked, "dislike")
    assert answer.status_code == 200
    assert [change["after"] for change in answer.json()["changes"]] == [-1.0]
    again = person.say("A comedy")[0][1]
    assert disliked not in [item["item_id"] for item in again["items"]]


def test_the_same_feedback_twice_changes_nothing(client: TestClient) -> None:
    person = Person(client)
    slate = person.say("A comedy")[0][1]
    item = slate["items"][0]["item_id"]
    person.give(slate["turn_id"], item, "like")
    again = person.give(slate["turn_id"], item, "like")
    assert (again.status_code, again.json()) == (200, {"changes": []})
    events = person.get("profile/export")["events"]
    assert len([e for e in events if e["kind"] == "feedback_given"]) == 1


@pytest.mark.parametrize(
    ("item", "kind", "value"),
    [("the-shining-1980-not", "like", None), (None, "adore", None), (None, "rating", 9.0)],
)
def test_feedback_that_makes_no_sense(
    client: TestClient, item: str | None, kind: str, value: float | None
) -> None:
    person = Person(client)
    slate = person.say("A comedy")[0][1]
    shown = item or slate["items"][0]["item_id"]
    assert_problem(person.give(slate["turn_id"], shown, kind, value), 422)


def test_the_profile_its_removal_and_undo(client: TestClient) -> None:
    person = Person(client)
    person.say("A comedy")
    person.say("No horror")
    profile = person.get("profile")
    assert [b["text"] for b in profile["likes"]] == ["comedy"]
    assert [b["evidence"] for b in profile["dislikes"]] == ["no horror"]
    belief = profile["likes"][0]["id"]
    path = f"/api/v1/profile/beliefs/{belief}"
    removed = client.delete(path, headers=person.headers)
    assert removed.json()["changes"][0]["after"] is None
    assert person.get("profile")["likes"] == []
    assert_problem(client.delete(path, headers=person.headers), 404)
    client.post("/api/v1/profile/undo", headers=person.headers)
    assert [b["text"] for b in person.get("profile")["likes"]] == ["comedy"]


def test_forgetting_leaves_nothing(client: TestClient) -> None:
    person = Person(client)
    person.say("A comedy")
    answer = client.delete("/api/v1/profile", headers=person.headers)
    assert answer.json()["deleted"] > 0
    assert person.get("profile/export")["events"] == []
    assert_problem(person.post("messages", {"text": "Hello"}), 404)


def test_without_a_good_token_nothing_is_given(client: TestClient) -> None:
    person = Person(client)
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        for method, path in (
            ("post", f"conversations/{person.conversation}/messages"),
            ("post", f"conversations/{person.conversation}/feedback"),
            ("get", "profile"),
            ("get", "profile/export"),
            ("delete", "profile"),
            ("post", "profile/undo"),
        ):
            answer = client.request(method, f"/api/v1/{path}", headers=headers)
            assert_problem(answer, 401)


def test_anothers_conversation_is_not_there(client: TestClient) -> None:
    one, other = Person(client), Person(client)
    slate = one.say("A comedy")[0][1]
    assert_problem(other.post("messages", {"text": "Hello"}, one.conversation), 404)
    body = {**{k: slate[k] for k in ("turn_id",)}, "item_id": "up-2009", "kind": "like"}
    assert_problem(other.post("feedback", body, one.conversation), 404)
    assert other.get("profile")["likes"] == []


def test_the_owner_vouches_for_a_user(client: TestClient, bot: Bot) -> None:
    token = Identity(bot.secret).owner_token("customer-7")
    first = Person(client, token)
    first.say("A comedy")
    second = Person(client, token)
    assert [b["text"] for b in second.get("profile")["likes"]] == ["comedy"]
    forged = Identity(b"x" * 32).owner_token("customer-7")
    assert_problem(client.post("/api/v1/conversations", json={"user": forged}), 403)
    mine = Identity(bot.secret).token("customer-7")
    assert_problem(client.post("/api/v1/conversations", json={"user": mine}), 403)


def test_a_visitor_opens_a_second_conversation_with_their_token(client: TestClient) -> None:
    person = Person(client)
    person.say("A comedy")
    answer = client.post("/api/v1/conversations", headers=person.headers)
    assert answer.json()["conversation_id"] != person.conversation
    again = {"Authorization": f"Bearer {answer.json()['user_token']}"}
    assert client.get("/api/v1/profile", headers=again).json()["likes"]
    wrong = client.post("/api/v1/conversations", headers={"Authorization": "Bearer x"})
    assert_problem(wrong, 401)


def test_an_ageing_token_is_renewed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(client)
    assert RENEWED not in client.get("/api/v1/profile", headers=person.headers).headers
    monkeypatch.setattr("ui.identity.TOKEN_AGE", 0.0001)
    monkeypatch.setattr(Identity, "read_token", _of_any_age)
    fresh = client.get("/api/v1/profile", headers=person.headers).headers[RENEWED]
    monkeypatch.undo()
    headers = {"Authorization": f"Bearer {fresh}"}
    assert client.get("/api/v1/profile", headers=headers).status_code == 200


def _of_any_age(self: Identity, token: str) -> Any:
    from ui.identity import Visitor

    return Visitor(self._visitor.loads(token), 1.0)


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 422), ("  \n\t", 422), ("\u200b\u200b", 422), ("x" * 4001, 413), ("\x00\x01", 422)],
)
def test_texts_that_are_refused(client: TestClient, text: str, status: int) -> None:
    assert_problem(Person(client).post("messages", {"text": text}), status)


@pytest.mark.parametrize(
    "text", ["x" * 4000, "我想看喜剧", "\U0001f37f" * 40, "a\x00b", "مرحبا", "<b>&\"'"]
)
def test_texts_that_are_answered(client: TestClient, text: str) -> None:
    assert Person(client).say(text)[-1][0] == "done"


def test_a_lone_surrogate_is_answered(client: TestClient) -> None:
    person = Person(client)
    answer = client.post(
        f"/api/v1/conversations/{person.conversation}/messages",
        content=b'{"text": "hm \\ud800 hm"}',
        headers={**person.headers, "Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert parse(answer.text)[-1][0] == "done"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"text": 5}', b'{"words": "x"}', b"\xff\xfe", b"null"]
)
def test_bodies_that_make_no_sense(client: TestClient, body: bytes) -> None:
    person = Person(client)
    answer = client.post(
        f"/api/v1/conversations/{person.conversation}/messages",
        content=body,
        headers={**person.headers, "Content-Type": "application/json"},
    )
    assert_problem(answer, 422)


def test_a_body_that_is_too_large_is_refused_announced_or_not(client: TestClient) -> None:
    person = Person(client)
    path = f"/api/v1/conversations/{person.conversation}/messages"
    large = json.dumps({"text": "x" * 100_000}).encode()
    headers = {**person.headers, "Content-Type": "application/json"}
    assert_problem(client.post(path, content=large, headers=headers), 413)
    pieces = iter([large[:50_000], large[50_000:]])
    assert_problem(client.post(path, content=pieces, headers=headers), 413)


def test_a_second_message_while_one_streams_is_refused(client: TestClient, bot: Bot) -> None:
    person = Person(client)
    assert bot.streaming.enter(person.conversation)
    try:
        assert_problem(person.post("messages", {"text": "Hello"}), 409)
    finally:
        bot.streaming.leave(person.conversation)
    assert person.say("Hello")[-1][0] == "done"


def test_an_unforeseen_failure_is_an_error_event(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret detail")

    person = Person(client)
    monkeypatch.setattr("bot.turn.make_slate", broken)
    name, data = person.say("A comedy")[-1]
    assert name == "error" and set(data) == {"message", "mend"}
    assert "secret" not in json.dumps(data)
    monkeypatch.undo()
    assert person.say("A comedy")[-1][0] == "done"


def test_many_at_once_see_only_their_own(client: TestClient) -> None:
    people = [Person(client) for _ in range(12)]
    failures: list[str] = []

    def talk(place: int, person: Person) -> None:
        text = "A comedy" if place % 2 else "No horror"
        for _ in range(3):
            if person.say(text)[-1][0] != "done":
                failures.append(f"{place} got no answer")
        profile = person.get("profile")
        liked = [b["text"] for b in profile["likes"]]
        refused = [b["text"] for b in profile["dislikes"]]
        if (liked, refused) != ((["comedy"], []) if place % 2 else ([], ["horror"])):
            failures.append(f"{place} sees {liked} and {refused}")

    threads = [threading.Thread(target=talk, args=pair) for pair in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_health_says_what_answers(client: TestClient, bot: Bot) -> None:
    health = client.get("/health").json()
    assert health == {
        "status": "ok",
        "language_model": "absent",
        "items": len(bot.catalog),
        "bundle": "test-bundle",
    }


def test_metrics_are_for_this_machine_or_the_admin(client: TestClient, bot: Bot) -> None:
    Person(client).say("A comedy")
    assert "sommelier_messages_total" in client.get("/metrics").text
    proxied = {"X-Forwarded-For": "203.0.113.5"}
    assert_problem(client.get("/metrics", headers=proxied), 403)
    assert_problem(client.get("/metrics", headers={"Host": "evil.example"}), 403)
    far = TestClient(client.app, base_url="http://shop.example", client=("203.0.113.5", 5))
    assert_problem(far.get("/metrics"), 403)
    assert_problem(far.get("/metrics", headers={"Authorization": "Bearer wrong"}), 403)
    good = {"Authorization": "Bearer open sesame"}
    assert "sommelier_messages_total" in far.get("/metrics", headers=good).text


def test_the_documentation_is_served_by_us_alone(client: TestClient) -> None:
    html = client.get("/docs").text
    assets = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert assets and all(asset.startswith("/") for asset in assets)
    assert all(client.get(asset).status_code == 200 for asset in assets)
    schema = client.get("/openapi.json").json()
    assert "/api/v1/conversations/{conversation_id}/messages" in schema["paths"]


def test_the_page_names_no_other_host_and_sets_its_cookie(client: TestClient) -> None:
    answer = client.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200
    hosts = set(re.findall(r"https?://([\w.-]+)", answer.text))
    assert hosts <= {"127.0.0.1", "www.w3.org"}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_style_and_fonts_are_ours(client: TestClient) -> None:
    style = client.get("/page.css")
    assert style.headers["content-type"].startswith("text/css")
    fonts = re.findall(r'url\("(fonts/[^"]+)"\)', style.text)
    assert fonts and "http" not in style.text
    for name in fonts:
        assert client.get(f"/{name}").headers["content-type"] == "font/otf"
    assert client.get("/fonts/LICENSE.txt").status_code == 404


def test_a_known_browser_keeps_its_visitor(bot: Bot) -> None:
    client = TestClient(build_app(bot), base_url="https://shop.example")
    identity = Identity(bot.secret)

    def visitor() -> str:
        known = identity.read_cookie(client.get("/").cookies[COOKIE])
        assert known is not None
        return known.user

    first = visitor()
    assert visitor() == first
    client.cookies.clear()
    client.cookies.set(COOKIE, "forged")
    assert visitor() != first


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/nothing"])
def test_doors_that_are_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, content=b"x").status_code in (404, 405)


def test_everything_survives_a_new_start(tmp_path: Path) -> None:
    with TestClient(build_app(make_bot(tmp_path, SCRIPT))) as client:
        person = Person(client)
        slate = person.say("A comedy")[0][1]
        first = slate["items"][0]["item_id"]
        person.give(slate["turn_id"], first, "never")
    with TestClient(build_app(make_bot(tmp_path, SCRIPT))) as client:
        person.client = client
        assert [b["hard"] for b in person.get("profile")["constraints"]] == [True]
        shown = [item["item_id"] for item in person.say("A comedy")[0][1]["items"]]
        assert first not in shown
