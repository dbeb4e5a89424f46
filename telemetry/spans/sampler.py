"""A sampler that leaves the decision to another, and has every span recorded."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import AlwaysRecordSampler, Decision, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class RecordAll(AlwaysRecordSampler):
    """Records what another sampler leaves out, with the attributes that a span was started with.

    The SDK's samplers forget those of a span that they leave out, and its
    `AlwaysRecordSampler` does not bring them back: a trace that turns out to be
    worth keeping would have no statement in it, and no method.

    Args:
        root: Decides what is exported.
    """

    def should_sample(  # noqa: PLR0913, PLR0917 - what the SDK calls it with
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        result = super().should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if result.decision is not Decision.RECORD_ONLY or result.attributes or not attributes:
            return result
        return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)
