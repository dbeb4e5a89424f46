"""One request to an application, without a port: what it answered, and what was known of it then.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Scope

from telemetry.conventions import SCOPE_KEY
from telemetry.doctor.living import living
from telemetry.doctor.redaction import Redaction
from telemetry.request.breakdown import Figures
from telemetry.request.context import current_record
from telemetry.request.record import RequestRecord

_GRACE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """A GET request.

    Attributes:
        path: With its query string, if it has one.
        headers: Beside those that every request has.
        timeout_seconds: Longest wait for its end, and before it for the start of the application, s, > 0.
    """

    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    timeout_seconds: float = 10.0

    def scope(self, state: Mapping[str, Any]) -> Scope:
        """Its ASGI scope, as a server on the loopback interface would make it."""
        path, _, query = self.path.partition("?")
        headers = (("host", "localhost"), ("user-agent", "candid-doctor"), ("accept", "*/*"), *self.headers)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "state": dict(state),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: Of the response; None if none was begun.
        server_timing: The `Server-Timing` lines, in their order.
        figures: What telemetry knew of the request at its last byte; None where it did not watch it.
        server_spans: For each SERVER span that was open when the response began, who had opened it.
        failure: What the application raised, or that it did not end; None if it simply answered.
        error: What the application raised, if it did.
    """

    status: int | None
    server_timing: tuple[str, ...]
    figures: Figures | None
    server_spans: tuple[str, ...]
    failure: str | None
    error: BaseException | None = None


async def answer_of(app: ASGIApp, request: Request, state: Mapping[str, Any], redaction: Redaction) -> Answer:
    """Sends *request* and waits for the end of its work, but not for ever.

    Args:
        app: The application, started.
        request: What to ask for.
        state: What its lifespan hands on.
        redaction: Keeps secrets out of the failure.
    """
    client = _Client(request.scope(state))
    task = asyncio.create_task(client.run(app))
    await asyncio.wait({task}, timeout=request.timeout_seconds)
    is_late = not task.done()
    if is_late:
        client.gone.set()
        await asyncio.wait({task}, timeout=_GRACE_SECONDS)
        task.cancel()
    failure = f"it had not ended after {request.timeout_seconds:g} s" if is_late else None
    if client.error is not None:
        failure = redaction.cause(client.error)
    return Answer(client.status, client.server_timing, client.figures, client.server_spans, failure, client.error)


class _Client:
    def __init__(self, scope: Scope) -> None:
        self.gone = asyncio.Event()
        self.status: int | None = None
        self.server_timing: tuple[str, ...] = ()
        self.figures: Figures | None = None
        self.server_spans: tuple[str, ...] = ()
        self.error: BaseException | None = None
        self._scope = scope
        self._is_asked = False

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._receive, self._send)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is reported
            self.error = error

    async def _receive(self) -> Message:
        if not self._is_asked:
            self._is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        record = self._record()
        if record is not None:
            self.figures = record.figures()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.server_timing = tuple(
                value.decode("latin-1")
                for name, value in message.get("headers", ())
                if name.lower() == b"server-timing"
            )
            self.server_spans = _open_server_spans()
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.gone.set()

    def _record(self) -> RequestRecord | None:
        # A middleware around the application may have given it a copy of the scope, or run it in another context.
        record = current_record() or self._scope.get(SCOPE_KEY)
        return record if isinstance(record, RequestRecord) else None


def _open_server_spans() -> tuple[str, ...]:
    # Asked of the spans themselves: a processor that is added to a provider stays there for ever.
    spans = [span for span in living(Span) if span.kind is SpanKind.SERVER and span.end_time is None]
    return tuple("?" if span.instrumentation_scope is None else span.instrumentation_scope.name for span in spans)
