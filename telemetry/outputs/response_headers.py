"""The headers that a response gets from us, before those of the application."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from opentelemetry.trace import Span

from telemetry.budgets.judge import Verdict
from telemetry.outputs.budget_entry import budget_entry
from telemetry.outputs.exposure.level import Exposure, Policy
from telemetry.outputs.exposure.policy import decided
from telemetry.outputs.exposure.shared_caches import may_be_shared
from telemetry.outputs.server_timing import header_line, traceparent_of
from telemetry.request.breakdown import Figures
from telemetry.request.record import RequestRecord

Headers: TypeAlias = list[tuple[bytes, bytes]]

_SERVER_TIMING: Final = b"server-timing"
_TIMING_ALLOW_ORIGIN: Final = b"timing-allow-origin"


def _nothing(_figures: Figures) -> tuple[Verdict, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class ResponseHeaders:
    """Writes `Server-Timing` for those who may see it.

    Attributes:
        policy: Who may see what; None for everything to everybody.
        shows_trace: Whether sampled requests name their SERVER span.
        timing_allow_origin: Origins whose scripts may read the figures too.
        shows_budgets: Whether the budgets that are over when the response starts are named.
    """

    policy: Policy | None = None
    shows_trace: bool = False
    timing_allow_origin: tuple[str, ...] = ()
    shows_budgets: bool = False

    def added(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        scope: Mapping[str, Any],
        record: RequestRecord,
        span: Span | None,
        judged: Callable[[Figures], tuple[Verdict, ...]] = _nothing,
    ) -> Headers:
        """The headers of a response that starts now, with ours.

        Args:
            headers: Those of the application.
            scope: ASGI scope of the request.
            record: Of the request; it is told that its figures were shown.
            span: SERVER span of the request, if there is one.
            judged: Verdicts on the request, by its figures.
        """
        ours = list(headers)
        level = Exposure.FULL if self.policy is None else _gated(self.policy, scope, ours)
        if level is Exposure.NOTHING:
            record.header_written()
            return ours
        figures = record.figures()
        entry = budget_entry(judged(figures)) if self.shows_budgets and level is Exposure.FULL else None
        line = header_line(figures, level, _traceparent(span) if self.shows_trace else None, entry)
        record.header_written(line.omitted)
        # Before the application's own line: a browser stops reading at the first malformed entry.
        ours.insert(_index(ours, _SERVER_TIMING), (_SERVER_TIMING, line.value.encode("ascii")))
        if self.timing_allow_origin and _index(ours, _TIMING_ALLOW_ORIGIN) == len(ours):
            ours.append((_TIMING_ALLOW_ORIGIN, ", ".join(self.timing_allow_origin).encode("ascii")))
        return ours


def _gated(policy: Policy, scope: Mapping[str, Any], headers: Headers) -> Exposure:
    # A shared cache would hand what one may see to all others.
    return Exposure.NOTHING if may_be_shared(headers) else decided(policy, scope)


def _traceparent(span: Span | None) -> str | None:
    context = None if span is None else span.get_span_context()
    # The trace of an unsampled request is nowhere to be found.
    if context is None or not context.is_valid or not context.trace_flags.sampled:
        return None
    return traceparent_of(context.trace_id, context.span_id)


def _index(headers: Headers, name: bytes) -> int:
    return next((index for index, (key, _) in enumerate(headers) if key.lower() == name), len(headers))
