"""Keeps the spans of a request that the sampler left out, until it is known whether they are worth exporting.

Whether a request is over its budget or fails is known at its end, the sampler
decides at its beginning. Spans are recorded all the same, for the figures.

Source: https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling (RECORD_ONLY)
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, Protocol
from weakref import WeakKeyDictionary, ref

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from telemetry.errors import Guard
from telemetry.request.record import RequestRecord
from telemetry.spans.binding import record_at

_GUARD: Final = Guard("keeper")
#: Spans of one request that wait for its end, and of all requests together.
MAX_SPANS: Final = 1_000
MAX_WAITING: Final = 50_000
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


class Lost(StrEnum):
    """Why a span of a request that was to be exported is not."""

    TOO_MANY = "too_many"
    """The request had made `MAX_SPANS` already, or all open requests together `MAX_WAITING`."""
    NO_EXPORTER = "no_exporter"
    """No exporter can be reached: there is none, or it stands behind a processor of somebody else."""
    NO_SERVER_SPAN = "no_server_span"
    """The request has no SERVER span that the others could belong to."""


class _Waiting:
    """The spans of one request."""

    __slots__ = ("is_kept", "open", "spans")

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.spans: list[ReadableSpan] = []
        #: None until the request is over.
        self.is_kept: bool | None = None


class Export(Protocol):
    """The way to the exporters."""

    def __call__(self, span: ReadableSpan, /) -> None:
        """Hands on a span that is marked as sampled."""

    def is_open(self) -> bool:
        """Whether anybody takes what is handed on now."""


class TraceKeeper(SpanProcessor):
    """Hands on the spans of a request that turns out to be worth it, as if they had been sampled.

    Spans are held for adopted requests alone: those of others, on a provider
    that several applications share, would wait for an end that nobody tells.

    Args:
        export: Takes the spans.
        lost: Told how many spans a request lost, and why.
    """

    def __init__(self, export: Export, lost: Callable[[Lost, int], None]) -> None:
        self._export = export
        self._lost = lost
        self._lock = threading.Lock()
        self._waiting: WeakKeyDictionary[RequestRecord, _Waiting] = WeakKeyDictionary()
        self._open: dict[int, _Waiting] = {}
        self._count = 0

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        context = span.context
        if context.trace_flags.sampled:
            return
        with _GUARD:
            record = record_at(parent_context)
            waiting = None if record is None else self._waiting.get(record)
            if waiting is not None:
                self._expect(waiting, context)

    def on_end(self, span: ReadableSpan) -> None:
        context = span.context
        if context is None or context.trace_flags.sampled or not self._open:
            return
        with _GUARD:
            number = _number(context)
            waiting = self._open.pop(number, None)
            if waiting is None:
                return
            with self._lock:
                waiting.open.discard(number)
                if waiting.is_kept is None:
                    self._keep(waiting, span)
                    return
            if waiting.is_kept:
                self._export(_as_sampled(span))

    def adopt(self, record: RequestRecord, span: object) -> None:
        """Holds the spans of a request from now on, until it is settled; nothing where nobody would take them.

        Args:
            record: Of the request.
            span: Its SERVER span if there is one already, which is counted among them; one that is not the SDK's, or
                sampled, is left alone.
        """
        if not self._export.is_open():
            return
        waiting = self._waiting[record] = _Waiting()
        if isinstance(span, Span) and not span.context.trace_flags.sampled:
            self._expect(waiting, span.context)

    def holds(self, record: RequestRecord) -> bool:
        """Whether the spans of a request can still be exported."""
        return record in self._waiting and self._export.is_open()

    def settle(self, record: RequestRecord, server: object, *, is_kept: bool) -> None:
        """Exports what the request made, or forgets it; spans that have not ended by now are forgotten, too.

        Args:
            record: Of a request whose work is over.
            server: Its SERVER span, which may still be open: whoever opened it ends it later.
            is_kept: Whether it is worth exporting.
        """
        waiting = self._waiting.pop(record, None)
        if waiting is None:
            return
        with self._lock:
            waiting.is_kept = is_kept
            spans, waiting.spans = waiting.spans, []
            self._count -= len(spans)
            last = _number(server.context) if isinstance(server, Span) else None
            for number in waiting.open:
                if number != last:
                    self._open.pop(number, None)
        if is_kept:
            for span in spans:
                self._export(_as_sampled(span))

    @property
    def waiting_spans(self) -> int:
        """Spans that wait for the end of their requests."""
        return self._count

    def _expect(self, waiting: _Waiting, context: SpanContext) -> None:
        if len(self._open) >= MAX_WAITING:
            self._lost(Lost.TOO_MANY, 1)
            return
        number = _number(context)
        with self._lock:
            # It may have been settled since it was found.
            if waiting.is_kept is None:
                waiting.open.add(number)
                self._open[number] = waiting

    def _keep(self, waiting: _Waiting, span: ReadableSpan) -> None:
        # The SERVER span comes last and says what the others are about.
        is_full = len(waiting.spans) >= MAX_SPANS and span.kind is not SpanKind.SERVER
        if is_full or self._count >= MAX_WAITING:
            self._lost(Lost.TOO_MANY, 1)
            return
        waiting.spans.append(span)
        self._count += 1


class ExportersOf:
    """Hands a span to every exporter of a provider, and to nobody else.

    Args:
        provider: Its processors that export are those of the SDK, and subclasses of them. Others have seen the span
            and may count what they see, so one that passes spans on to an exporter of its own is passed over.
    """

    def __init__(self, provider: TracerProvider) -> None:
        # Not the provider itself, which would then hold itself.
        self._provider = ref(provider)

    def __call__(self, span: ReadableSpan, /) -> None:
        for processor in self._exporting():
            processor.on_end(span)

    def is_open(self) -> bool:
        # Asked for each request: exporters may be added at any time.
        return any(True for _ in self._exporting())

    def _exporting(self) -> Iterator[SpanProcessor]:
        for processor in _processors(self._provider()):
            if isinstance(processor, BatchSpanProcessor | SimpleSpanProcessor):
                yield processor


def _processors(provider: TracerProvider | None) -> Iterable[SpanProcessor]:
    # The SDK has no public way to what was added to it.
    active = getattr(provider, "_active_span_processor", None)
    processors: Iterable[SpanProcessor] = getattr(active, "_span_processors", ())
    return processors


def _number(context: SpanContext) -> int:
    return context.trace_id << 64 | context.span_id


def _as_sampled(span: ReadableSpan) -> ReadableSpan:
    context = span.context
    if context is None:
        return span
    sampled = SpanContext(context.trace_id, context.span_id, context.is_remote, _SAMPLED, context.trace_state)
    return ReadableSpan(
        name=span.name,
        context=sampled,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
