"""A sampler that leaves the decision to another, and has every span recorded."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import AlwaysRecordSampler, Decision, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class RecordAll(AlwaysRecordSampler):
    """Records what another sampler leaves out.

    The SDK's samplers forget the attributes that such a span was started with, and
    its `AlwaysRecordSampler` does not bring them back: a trace that turns out to be
    worth keeping would have no statement in it, and no method.

    Args:
        root: Decides what is exported.

    Attributes:
        keeps_attributes: Whether spans that are left out have them all the same. They cost as much as the rest of
            such a span, and only a keeper of traces reads them.
    """

    keeps_attributes = False

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
        if not self.keeps_attributes or result.decision is not Decision.RECORD_ONLY or result.attributes:
            return result
        return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)
