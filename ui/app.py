"""The web application: the page, the API, its documentation, health and metrics, and limits."""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from bot.bot import Bot
from retrieval.errors import UserError
from ui.api import build_api, problem
from ui.guards import Limits, PageHead, SecurityHeaders
from ui.identity import Identity, bearer, is_admin

_FONTS = {
    "regular.otf": "SourceSerifPro-Regular.otf",
    "semibold.otf": "SourceSerifPro-Semibold.otf",
    "italic.otf": "SourceSerifPro-It.otf",
}


def build_app(bot: Bot) -> FastAPI:
    """Everything that one port serves, around a bot."""
    from ui.page import mount_page

    identity = Identity(bot.secret)
    app: FastAPI = FastAPIOffline(
        title="Sommelier",
        description="A conversational recommender over this site's catalogue.",
        version=_version(),
        redoc_url=None,
        static_url="/docs-assets",
    )
    app.include_router(build_api(bot, identity))
    _add_errors(app)
    _add_operations(app, bot)
    _add_looks(app)
    mount_page(app, bot, identity)  # last: it answers every path that nothing else answers
    app.add_middleware(PageHead, identity=identity)
    app.add_middleware(Limits)
    app.add_middleware(SecurityHeaders)
    return app


def _add_looks(app: FastAPI) -> None:
    """The page's style sheet and its serif, which a package brings; without it the system's."""
    found = find_spec("font_source_serif_pro")
    folder = Path(found.origin).parent / "files" if found and found.origin else None

    @app.get("/page.css", include_in_schema=False)
    def style() -> FileResponse:
        return FileResponse(Path(__file__).parent / "page.css", media_type="text/css")

    @app.get("/fonts/{name}", include_in_schema=False)
    def font(name: str) -> FileResponse:
        if folder is None or name not in _FONTS:
            raise HTTPException(404)
        cached = {"Cache-Control": "public, max-age=604800"}
        return FileResponse(folder / _FONTS[name], media_type="font/otf", headers=cached)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sommelier")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"


def _add_errors(app: FastAPI) -> None:
    """Every error of the API is {"message", "mend"}, with no traceback in it."""

    @app.exception_handler(UserError)
    def user_error(request: Request, error: UserError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
        wrong = UserError(f"{place}: {first['msg']}.", "See /docs for what the request takes.")
        return problem(wrong, 422)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> JSONResponse:
        # a body that cannot be parsed is 400 for FastAPI, 422 in our contract
        code = 422 if error.status_code == 400 else error.status_code
        return problem(UserError(f"{error.detail}.", "See /docs for what there is."), code)

    @app.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> JSONResponse:
        wrong = UserError("Something went wrong on our side.", "Please try again in a moment.")
        return problem(wrong, 500)


def _add_operations(app: FastAPI, bot: Bot) -> None:
    @app.get("/health", tags=["operation"])
    def health() -> dict[str, Any]:
        """Whether the server answers, what with, and from how many items."""
        model = bot.language_model
        state = "absent" if model is None else "ready" if model.ready() else "loading"
        if model is not None and model.problem():
            state = "failed"
        return {
            "status": "ok",
            "language_model": state,
            "items": len(bot.catalog),
            "bundle": bot.bundle_id,
        }

    @app.get("/metrics", tags=["operation"])
    def metrics(request: Request) -> Response:
        """Counts and times for Prometheus; from this machine, or with the admin token."""
        token = bearer(request.headers.get("authorization"))
        if not (is_local(request) or is_admin(token, bot.settings.admin_token)):
            wrong = UserError(
                "The metrics are for this machine alone.",
                "Set SOMMELIER_ADMIN_TOKEN and send it as a bearer token.",
            )
            return problem(wrong, 403)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def is_local(request: Request) -> bool:
    """Whether a request comes from this machine itself, not through a proxy on it."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    return _loopback(request.client.host if request.client else "") and _loopback(
        request.url.hostname or ""  # another name may have been pointed here by a foreign page
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
