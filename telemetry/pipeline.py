"""What the middleware needs from the rest of telemetry."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from opentelemetry.trace import Span
from starlette.types import Scope

from telemetry.outputs.kept_traces import KeptTraces
from telemetry.outputs.response_headers import ResponseHeaders
from telemetry.outputs.verdicts import Verdicts
from telemetry.request.breakdown import Breakdown, LateWork
from telemetry.request.ending import Ending
from telemetry.request.record import RequestRecord
from telemetry.request.timings import Dropped


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the middleware needs from the rest.

    Attributes:
        enter: Told the scope of each request as it arrives.
        adopt: Told the SERVER span that somebody else opened for a request, if there is one at its arrival.
        open_record: A new record for a request that arrives now.
        release: Closes a record and forgets what is kept for it elsewhere.
        outputs: Told of each finished request, in this order.
        late_outputs: Told of what a request did after its last byte, if anything.
        headers: Writes our headers into each response.
        timings_dropped: Told which timings of a request the header does not show, if any.
        verdicts: Judges requests by the budgets of the application; None without budgets.
        keeping: Exports traces of requests that are over budget or failed, though not sampled; None for those of the
            sampler only.
        endings: Told of each request when its work is over, in this order.
        expect: Called as the application says that it has started, with all its routes; a `ConfigurationError` that it
            raises stops the start.
        begin: Called before the first request of an application whose start was not seen: the server runs no lifespan,
            or the application is mounted in another one.
        pass_by: Called for each request that an instrumented application around this one watches.
        flush: Awaited when the application has shut down.
    """

    open_record: Callable[[], RequestRecord]
    release: Callable[[RequestRecord], None]
    outputs: tuple[Callable[[Breakdown], None], ...]
    flush: Callable[[], Awaitable[object]]
    late_outputs: tuple[Callable[[LateWork], None], ...] = ()
    enter: Callable[[Scope], None] = lambda _scope: None
    adopt: Callable[[Span], None] = lambda _span: None
    headers: ResponseHeaders = field(default_factory=ResponseHeaders)
    timings_dropped: Callable[[Mapping[Dropped, int]], None] = lambda _dropped: None
    verdicts: Verdicts | None = None
    keeping: KeptTraces | None = None
    endings: tuple[Callable[[Ending], None], ...] = ()
    expect: Callable[[], None] = lambda: None
    begin: Callable[[], None] = lambda: None
    pass_by: Callable[[], None] = lambda: None
