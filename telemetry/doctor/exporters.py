"""Check: where do spans go, and does anybody take them there?"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, ok, problem
from telemetry.doctor.probe import Reached, reached

_PART: Final = "exporter"
_MAX_PROBES: Final = 5


def check_exporters(evidence: Evidence) -> Iterator[Finding]:
    """Each exporter of spans, and whether its endpoint answers."""
    exporters = evidence.inventory.exporters
    if not exporters:
        yield note(
            _PART,
            "none: spans are not exported, which neither Server-Timing nor metrics need",
            "Set OTEL_EXPORTER_OTLP_ENDPOINT, for example http://localhost:4318, to see traces.",
        )
    endpoints = Counter((type(exporter).__name__, _endpoint(exporter)) for exporter in exporters)
    for (name, endpoint), count in list(endpoints.items())[:_MAX_PROBES]:
        if endpoint is None:
            yield ok(_PART, f"{name}; it has no endpoint to be tried")
            continue
        answer = reached(endpoint)
        yield _finding(name, answer)
        if count > 1:
            yield problem(
                _PART,
                f"{count} of {name} export to {answer.shown}: every span arrives {count} times",
                "Configure the exporter in one place; FASTAPI_OTEL_AUTO_CONFIGURE adds one, too.",
            )
    if len(endpoints) > _MAX_PROBES:
        yield note(_PART, f"{len(endpoints) - _MAX_PROBES} further exporters were not tried")


def _endpoint(exporter: Any) -> str | None:
    # The specification gives exporters no way to say where they export to; those of OTLP agree on this attribute.
    endpoint = getattr(exporter, "_endpoint", None)
    return endpoint if isinstance(endpoint, str) else None


def _finding(name: str, answer: Reached) -> Finding:
    if answer.failure is not None:
        return problem(
            _PART,
            f"{name}: {answer.shown} cannot be reached ({answer.failure}); spans are lost",
            "Start the collector there, or correct or unset OTEL_EXPORTER_OTLP_ENDPOINT.",
        )
    if answer.status is None or answer.status < 300:
        return ok(_PART, f"{name}: {answer.shown} can be reached")
    if answer.needs_credentials:
        return note(_PART, f"{name}: {answer.shown} wants credentials, which are not tried here")
    return problem(
        _PART,
        f"{name}: {answer.shown} answers {answer.status} to an empty export",
        "Give the endpoint that takes OTLP over HTTP, usually port 4318 and path /v1/traces.",
    )
