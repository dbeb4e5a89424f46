"""Pure ASGI, outermost: opens the record of a request, writes the header, hands on the breakdown.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from collections.abc import Awaitable, Callable

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry.conventions import SCOPE_KEY
from telemetry.errors import Guard
from telemetry.exchange import Exchange, Pipeline
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
        self._spans_made_inside = makes_server_span(app)
        if self._spans_made_inside:
            # By this name FastAPI looks for the contrib middleware further in, layer by layer, on every request.
            self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._next(scope, receive, _flushing(send, self._pipeline.flush))
            return
        if scope["type"] == "websocket":
            await self._serve_apart(scope, receive, send)
            return
        # The key is there where an application is mounted in another one: one request has one record.
        if scope["type"] != "http" or SCOPE_KEY in scope:
            await self._next(scope, receive, send)
            return
        exchange: Exchange | None = None
        with _GUARD:
            exchange = Exchange(scope, send, self._pipeline, spans_made_inside=self._spans_made_inside)
        if exchange is None:
            await self._next(scope, receive, send)
            return
        try:
            await self._next(scope, receive, exchange.send)
        except BaseException as error:
            # Not the exception itself: its traceback leads back here, and the request would stay in memory.
            exchange.error_type = type(error).__qualname__
            raise
        finally:
            exchange.close()

    async def _serve_apart(self, scope: Scope, receive: Receive, send: Send) -> None:
        # It is no request: what it sends must not let the requests doubt that they sent nothing.
        bound = bind_apart()
        try:
            await self._next(scope, receive, send)
        finally:
            unbind(bound)


def _flushing(send: Send, flush: Callable[[], Awaitable[object]]) -> Send:
    async def send_after_flush(message: Message) -> None:
        # Here and not at exit: uvicorn ends by the signal that it got, which skips exit hooks.
        if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed"}:
            with _GUARD:
                await flush()
        await send(message)

    return send_after_flush
