"""Pure ASGI, outermost: opens the record of a request, writes the header, hands on the breakdown.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.middleware.errors import ServerErrorMiddleware

from telemetry.conventions import KNOWN_METHODS, METHOD_OTHER, SCOPE_KEY
from telemetry.errors import Guard
from telemetry.outputs.server_timing import header_value
from telemetry.outputs.traces import annotate
from telemetry.request.breakdown import Breakdown, Figures, LateWork
from telemetry.request.record import RequestRecord
from telemetry.routes import route_template
from telemetry.spans.binding import ServerSpan, attach, current_server
from telemetry.spans.server import OwnSpan, is_excluded, makes_server_span, open_server_span, server_span_at_entry

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_GUARD = Guard("middleware")
_HEADER = b"server-timing"
# Every request returns through its middlewares after the last byte; less than this is no work.
_LATE_NS = 1_000_000
_ENTRY_KEYS = ("app", "root_path", "fastapi.telemetry")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the middleware needs from the rest.

    Attributes:
        open_record: A new record for a request that arrives now.
        release: Closes a record and forgets what is kept for it elsewhere.
        outputs: Told of each finished request, in this order.
        late_outputs: Told of what a request did after its last byte, if anything.
        flush: Awaited when the application has shut down.
    """

    open_record: Callable[[], RequestRecord]
    release: Callable[[RequestRecord], None]
    outputs: tuple[Callable[[Breakdown], None], ...]
    flush: Callable[[], Awaitable[object]]
    late_outputs: tuple[Callable[[LateWork], None], ...] = ()


class TelemetryMiddleware(ServerErrorMiddleware):
    """Watches every HTTP request of an application; websockets pass untouched.

    It handles no errors: it is of this class because the contrib instrumentation
    of FastAPI, if it comes after us, leaves alone a stack that does not begin with one.

    Args:
        app: The built middleware stack. The attribute keeps its name, by which
            FastAPI looks for the contrib middleware further in.
        pipeline: The rest of telemetry.
    """

    def __init__(self, app: ASGIApp, pipeline: Pipeline) -> None:
        super().__init__(app, getattr(app, "handler", None), getattr(app, "debug", False))
        self._pipeline = pipeline
        self._spans_made_inside = makes_server_span(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, _flushing(send, self._pipeline.flush))
            return
        # The key is there where an application is mounted in another one: one request has one record.
        if scope["type"] != "http" or SCOPE_KEY in scope:
            await self.app(scope, receive, send)
            return
        exchange: _Exchange | None = None
        with _GUARD:
            exchange = _Exchange(scope, send, self._pipeline, self._spans_made_inside)
        if exchange is None:
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, exchange.send)
        except BaseException as error:
            # Not the exception itself: its traceback leads back here, and the request would stay in memory.
            exchange.error_type = type(error).__qualname__
            raise
        finally:
            exchange.close()


class _Exchange:
    """One request on its way through the middleware."""

    def __init__(self, scope: Scope, send: Send, pipeline: Pipeline, spans_made_inside: bool) -> None:
        self.error_type: str | None = None
        self._scope = scope
        self._send = send
        self._pipeline = pipeline
        self._entry = {key: scope[key] for key in _ENTRY_KEYS if key in scope}
        self._route: str | None = None
        self._status_code: int | None = None
        self._trailers = False
        self._final: Figures | None = None
        self._reported = False
        self._sent_ns = 0
        self._method = scope["method"] if scope["method"] in KNOWN_METHODS else METHOD_OTHER
        self._own_span: OwnSpan | None = None
        self._server = ServerSpan(server_span_at_entry(current_server()))
        if self._server.span is None and not spans_made_inside and not is_excluded(scope):
            self._own_span = open_server_span(scope)
            self._server.span = self._own_span.span
        self._record = pipeline.open_record()
        self._detach = attach(self._record, self._server)
        scope[SCOPE_KEY] = self._record

    async def send(self, message: Message) -> None:
        """Passes a message on, with the header on the first one; the figures are final before the last one leaves."""
        is_last = False
        with _GUARD:
            if message["type"] == "http.response.start":
                message = self._started(message)
            is_last = self._is_last(message)
            if is_last:
                # Before it is sent: whoever opened the SERVER span ends it right after the last byte.
                self._finalise()
        await self._send(message)
        if is_last:
            with _GUARD:
                self._report()

    def close(self) -> None:
        """Ends the request when the application has returned, its background work included."""
        with _GUARD:
            self._finalise()
            self._report()
            self._report_late()
        # Each by itself: whatever fails, the context is left as it was found.
        with _GUARD:
            self._pipeline.release(self._record)
        with _GUARD:
            self._scope.pop(SCOPE_KEY, None)
            self._detach()
        if self._own_span is not None:
            with _GUARD:
                self._own_span.detach()

    def _started(self, message: Message) -> Message:
        self._status_code = message["status"]
        self._trailers = message.get("trailers", False)
        value = header_value(self._record.figures()).encode("ascii")
        return {**message, "headers": _with_header(message.get("headers", ()), value)}

    def _is_last(self, message: Message) -> bool:
        match message["type"]:
            case "http.response.body":
                return not message.get("more_body", False) and not self._trailers
            case "http.response.trailers":
                return not message.get("more_trailers", False)
            case "http.response.pathsend":
                return True
            case _:
                return False

    def _finalise(self) -> None:
        if self._final is None:
            self._final = self._record.figures()
            if self._server.span is not None:
                annotate(self._server.span, self._final)

    def _report(self) -> None:
        if self._reported or self._final is None:
            return
        self._reported = True
        # A server answers 500 by itself where the application sent nothing.
        status_code = 500 if self._status_code is None else self._status_code
        self._route = route = route_template(self._scope, self._entry)
        if self._own_span is not None:
            self._own_span.end(route, status_code, self.error_type)
        self._sent_ns = self._record.elapsed_ns()
        breakdown = Breakdown(self._method, route, status_code, replace(self._final, elapsed_ns=self._sent_ns))
        for output in self._pipeline.outputs:
            with _GUARD:
                output(breakdown)

    def _report_late(self) -> None:
        now = self._record.figures()
        if self._final is None:
            return
        queries, lookups = now.queries_since(self._final), now.lookups_since(self._final)
        elapsed_ns = now.elapsed_ns - self._sent_ns
        if not queries and elapsed_ns < _LATE_NS and not any(tally.status() for tally in lookups.values()):
            return
        for output in self._pipeline.late_outputs:
            with _GUARD:
                output(LateWork(self._method, self._route, elapsed_ns, queries, lookups))


def _with_header(headers: Any, value: bytes) -> list[tuple[bytes, bytes]]:
    """The headers with ours before the application's own line: a browser stops reading at the first malformed entry."""
    pairs = list(headers)
    first = next((index for index, (name, _) in enumerate(pairs) if name.lower() == _HEADER), len(pairs))
    pairs.insert(first, (_HEADER, value))
    return pairs


def _flushing(send: Send, flush: Callable[[], Awaitable[object]]) -> Send:
    async def send_after_flush(message: Message) -> None:
        # Here and not at exit: uvicorn ends by the signal that it got, which skips exit hooks.
        if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed"}:
            with _GUARD:
                await flush()
        await send(message)

    return send_after_flush
