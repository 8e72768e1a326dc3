"""The HTTP API: conversations, messages as server-sent events, feedback and the profile."""

# No postponed annotations here: FastAPI reads those of the routes, which name local things.
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from bot.bot import Bot
from bot.sent import ChangeSent, Delta, Done, Failed, Sent, SlateSent
from retrieval.errors import UserError
from ui import handlers
from ui.identity import Identity, bearer
from ui.metrics import FEEDBACK, watched

RENEWED = "X-Renewed-Token"  # header of an answer that carries a fresh token
_NAMES = {SlateSent: "slate", Delta: "delta", Done: "done", Failed: "error"}


class Unauthorized(UserError):
    """No token, or one that is not good."""

    status = 401


class Forbidden(UserError):
    """A user token that the site's secret did not sign."""

    status = 403


class Problem(BaseModel):
    """What is wrong, and what to do about it."""

    message: str
    mend: str


class NewConversation(BaseModel):
    """Who opens the conversation; without it a new visitor, or the bearer of the token sent."""

    user: str | None = Field(None, description="a user token signed with the site's secret")


class Opened(BaseModel):
    """A conversation and the token for every later call."""

    conversation_id: str
    user_token: str


class NewMessage(BaseModel):
    """What the user says, at most 4,000 characters."""

    text: str


class NewFeedback(BaseModel):
    """A reaction to an item shown in a turn."""

    turn_id: str
    item_id: str
    kind: str = Field(description="like, dislike, seen, not_now, never, chosen, rating, …")
    value: float | None = Field(None, description="a rating from 1 to 5, or seconds of a dwell")


class ChangeOut(BaseModel):
    """A belief that changed: its polarity before and after, null where there was or is none."""

    belief: str
    before: float | None
    after: float | None
    evidence: str


class Changes(BaseModel):
    """What a call changed in what is believed of the user."""

    changes: list[ChangeOut]


class BeliefOut(BaseModel):
    """One belief and the words it was read from."""

    id: str
    text: str
    polarity: float
    evidence: str
    hard: bool
    scope: str | None
    kind: str


class ProfileOut(BaseModel):
    """Everything believed of the user."""

    likes: list[BeliefOut]
    dislikes: list[BeliefOut]
    constraints: list[BeliefOut]


class Forgot(BaseModel):
    """How many rows of the log were deleted."""

    deleted: int


def problem(error: UserError, status: int | None = None) -> JSONResponse:
    """The JSON answer of an error that a person can mend; 422 unless it says otherwise."""
    code = status or int(getattr(error, "status", 422))
    headers = {"WWW-Authenticate": "Bearer"} if code == 401 else None
    content = {"message": error.message, "mend": error.mend}
    return JSONResponse(content, status_code=code, headers=headers)


def server_sent(events: Iterator[Sent]) -> Iterator[str]:
    """Each event as `event: NAME` and `data: JSON`, the form of the HTML standard, section 9.2."""
    for event in events:
        data = json.dumps(asdict(event), ensure_ascii=False)
        yield f"event: {_NAMES[type(event)]}\ndata: {data}\n\n"


def build_api(bot: Bot, identity: Identity) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", responses=_responses(401, 413, 422))

    def user_of(request: Request, response: Response) -> str:
        visitor = identity.read_token(bearer(request.headers.get("authorization")))
        if visitor is None:
            raise Unauthorized(
                "The user token is missing, wrong or too old.",
                "Open a conversation with POST /api/v1/conversations and send its user_token.",
            )
        fresh = identity.renewed(visitor)
        if fresh is not None:
            response.headers[RENEWED] = fresh
        return visitor.user

    _conversation_routes(router, bot, identity, user_of)
    _profile_routes(router, bot, user_of)
    return router


def _conversation_routes(router: APIRouter, bot: Bot, identity: Identity, user_of: Any) -> None:
    User = Annotated[str, Depends(user_of)]

    @router.post("/conversations", responses=_responses(403), tags=["conversation"])
    def open_conversation(request: Request, body: NewConversation | None = None) -> Opened:
        """Open a conversation, as a new visitor, a user the owner vouches for, or the bearer."""
        user = _opener(request, body.user if body else None, identity)
        conversation_id = handlers.start_conversation(bot, user)
        return Opened(conversation_id=conversation_id, user_token=identity.token(user))

    @router.post(
        "/conversations/{conversation_id}/messages",
        response_class=StreamingResponse,
        responses={**_responses(404, 409), 200: _STREAM},
        tags=["conversation"],
    )
    def send_message(
        conversation_id: str, body: NewMessage, user: User, response: Response
    ) -> StreamingResponse:
        """Answer a message, piece by piece."""
        events = handlers.on_message(bot, user, conversation_id, body.text)
        stream = server_sent(_begun(watched(events, "api")))
        headers = {**dict(response.headers), "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    @router.post(
        "/conversations/{conversation_id}/feedback",
        responses=_responses(404),
        tags=["conversation"],
    )
    def give_feedback(conversation_id: str, body: NewFeedback, user: User) -> Changes:
        """Take a reaction; the same one again changes nothing."""
        changed = handlers.on_feedback(bot, user, conversation_id, **body.model_dump())
        FEEDBACK.labels("api", body.kind).inc()
        return _changes(changed)


def _profile_routes(router: APIRouter, bot: Bot, user_of: Any) -> None:
    User = Annotated[str, Depends(user_of)]

    @router.get("/profile", tags=["profile"])
    def read_profile(user: User) -> ProfileOut:
        """What is believed of the user, each with its evidence."""
        return ProfileOut.model_validate(asdict(handlers.profile(bot, user)))

    @router.delete("/profile/beliefs/{belief_id}", responses=_responses(404), tags=["profile"])
    def remove_belief(belief_id: str, user: User) -> Changes:
        """Take a belief back."""
        return _changes(handlers.remove_belief(bot, user, belief_id))

    @router.post("/profile/undo", tags=["profile"])
    def undo(user: User) -> Changes:
        """Take back the last thing that changed the profile."""
        return _changes(handlers.undo(bot, user))

    @router.get("/profile/export", tags=["profile"])
    def export(user: User) -> dict[str, Any]:
        """Everything that is stored about the user."""
        return handlers.export(bot, user)

    @router.delete("/profile", tags=["profile"])
    def forget(user: User) -> Forgot:
        """Delete everything that is stored about the user."""
        return Forgot(deleted=handlers.forget(bot, user))


def _opener(request: Request, signed: str | None, identity: Identity) -> str:
    """Who opens a conversation; raises Forbidden or Unauthorized for a token that is not good."""
    if signed is not None:
        user = identity.read_owner_token(signed)
        if user is None:
            raise Forbidden(
                "The user token was not signed with this site's secret, or is too old.",
                "Sign a fresh one on your server, or leave `user` out.",
            )
        return user
    header = request.headers.get("authorization")
    if header is None:
        return identity.new_user()
    visitor = identity.read_token(bearer(header))
    if visitor is None:
        raise Unauthorized(
            "The user token is wrong or too old.",
            "Leave the Authorization header out to begin as a new visitor.",
        )
    return visitor.user


def _begun(events: Iterator[Sent]) -> Iterator[Sent]:
    """Run `events` up to its first piece, so that what it refuses gets its own status code."""
    first = next(events, None)

    def all_of_them() -> Iterator[Sent]:
        if first is not None:
            yield first
        yield from events

    return all_of_them()


def _changes(changed: tuple[ChangeSent, ...]) -> Changes:
    return Changes(changes=[ChangeOut.model_validate(asdict(change)) for change in changed])


_STREAM: dict[str, Any] = {
    "description": "Server-sent events `slate`, `delta`, `done` or `error`, each with JSON data",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}
_MEANINGS = {
    401: "The user token is missing, wrong or too old",
    403: "The user was not signed with the site's secret",
    404: "There is no such thing of yours",
    409: "An answer is still being streamed in this conversation",
    413: "The text is longer than 4,000 characters, or the request too large",
    422: "The request makes no sense; it says why and how to mend it",
}


def _responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": Problem, "description": _MEANINGS[code]} for code in codes}
