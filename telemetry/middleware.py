"""Pure ASGI, outermost: opens the record of a request, writes the header, hands on the breakdown.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from contextlib import suppress

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from telemetry.conventions import SCOPE_KEY
from telemetry.errors import Guard
from telemetry.exchange import Exchange
from telemetry.lifespan import Lifespan
from telemetry.pipeline import Pipeline
from telemetry.request.context import bind_apart, unbind
from telemetry.spans.server import makes_server_span

__all__ = ["Entrance", "Pipeline", "TelemetryMiddleware"]

_GUARD = Guard("middleware")


class Entrance(ServerErrorMiddleware):
    """Stands before `TelemetryMiddleware` and only passes on.

    The contrib instrumentation of FastAPI, if it comes after us, leaves alone a
    stack that does not begin with an error middleware. From one that does it
    takes the `app` inside, which is ours, and puts its own in front.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class TelemetryMiddleware:
    """Watches every HTTP request of an application; websockets pass untouched.

    Args:
        app: The built middleware stack.
        pipeline: The rest of telemetry.
    """

    def __init__(self, app: ASGIApp, pipeline: Pipeline) -> None:
        self._next = app
        self._pipeline = pipeline
        self._has_begun = False
        self._spans_made_inside = makes_server_span(app)
        if self._spans_made_inside:
            # By this name FastAPI looks for the contrib middleware further in, layer by layer, on every request.
            self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._serve_apart(scope, receive, send)
            return
        # The key is there where an application is mounted in another one: one request has one record.
        if scope["type"] != "http" or SCOPE_KEY in scope:
            if scope["type"] == "http":
                self._pipeline.pass_by()
            await self._next(scope, receive, send)
            return
        if not self._has_begun:
            self._has_begun = True
            with _GUARD:
                self._pipeline.begin()
        exchange: Exchange | None = None
        with _GUARD:
            exchange = Exchange(scope, send, self._pipeline, spans_made_inside=self._spans_made_inside)
        if exchange is None:
            await self._next(scope, receive, send)
            return
        try:
            await self._next(scope, receive, exchange.send)
        except BaseException as error:
            with _GUARD:
                exchange.failed(error)
            raise
        finally:
            exchange.close()

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        lifespan = Lifespan(send, self._pipeline)
        # A request that the application makes to itself as it starts does not tell which routes it will have.
        self._has_begun = True
        try:
            await self._next(scope, receive, lifespan.send)
        finally:
            self._has_begun = lifespan.has_started

    async def _serve_apart(self, scope: Scope, receive: Receive, send: Send) -> None:
        # It is no request: what it sends must not let the requests doubt that they sent nothing.
        bound = bind_apart()
        try:
            await self._next(scope, receive, send)
        finally:
            # A coroutine that was thrown away is closed wherever it is collected, where there is nothing to undo.
            with suppress(ValueError):
                unbind(bound)
