"""Check: which tracer provider is there, and does it record every span?"""

import re
from collections.abc import Iterator

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import AlwaysRecordSampler, Sampler

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, ok, problem
from telemetry.doctor.layers import application_in, is_watched
from telemetry.spans.provider import is_ours


def check_tracing(evidence: Evidence) -> Iterator[Finding]:
    """Where spans come from, and whether those of unsampled requests are recorded, too."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):
        yield note("tracer", "there is no tracer provider: nothing makes spans")
        return
    if not isinstance(provider, TracerProvider):
        yield problem(
            "tracer",
            f"the tracer provider {type(provider).__name__} is not the OpenTelemetry SDK's: statements cannot be timed",
            "Set a provider of opentelemetry.sdk.trace before telemetry.instrument, or leave that to it.",
        )
        return
    made_by = "was made by telemetry" if is_ours(provider) else "is the application's own, adopted by telemetry"
    application = application_in(evidence.app)
    if application is None or not is_watched(application):
        yield note("tracer", "the tracer provider is the application's own; telemetry does not use it")
        return
    yield ok("tracer", f"the tracer provider {made_by}")
    yield _sampler(provider)


def _sampler(provider: TracerProvider) -> Finding:
    sampler = provider.sampler
    if isinstance(sampler, AlwaysRecordSampler):
        return ok("sampler", f"every span is recorded, and {_description(sampler)} says what is exported")
    return problem(
        "sampler",
        f"{_description(sampler)} drops spans unseen: unsampled requests have no db;dur",
        "Set the sampler before telemetry.instrument, which puts an AlwaysRecordSampler around it.",
    )


def _description(sampler: Sampler) -> str:
    # AlwaysRecordSampler{ParentBased{root:AlwaysOnSampler,remoteParentSampled:…}}: the first is ours, the end is usual.
    text: str = sampler.get_description()
    if isinstance(sampler, AlwaysRecordSampler):
        text = text.removeprefix("AlwaysRecordSampler{").removesuffix("}")
    root = re.match(r"ParentBased\{root:([^,]+)", text)
    return text if root is None else f"ParentBased({root[1]})"
