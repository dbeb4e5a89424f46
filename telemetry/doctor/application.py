"""Check: is the application that was named the one that telemetry watches?"""

import os
from collections.abc import Iterator
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, ok, problem
from telemetry.doctor.layers import application_in, is_watched, layers, mounted_in
from telemetry.errors import internal_errors
from telemetry.middleware import TelemetryMiddleware
from telemetry.settings import Settings

_PART: Final = "application"
_CONTRIB: Final = "opentelemetry.instrumentation."


def check_application(evidence: Evidence) -> Iterator[Finding]:
    """Whether `telemetry.instrument` was called, and for which application."""
    application = application_in(evidence.app)
    if application is None:
        yield problem(
            _PART,
            f"{evidence.target} holds no FastAPI or Starlette application, only {type(evidence.app).__name__}",
            "Name the application itself; telemetry.instrument takes no other kind.",
        )
        return
    if not is_watched(application):
        yield _unwatched(evidence, application)
        return
    yield ok(_PART, f"telemetry.instrument was called for {evidence.target} ({type(application).__name__})")
    around = [*_until(evidence.app, Starlette), *_until(application.middleware_stack, TelemetryMiddleware)]
    names = ", ".join(type(layer).__name__ for layer in around if not _is_idle(layer))
    if names:
        yield note(_PART, f"outside of telemetry stands {names}: `total` does not hold the time that is spent there")


def check_failures(_evidence: Evidence) -> Iterator[Finding]:
    """Whether telemetry failed in something, which it keeps from the application."""
    for part, count in internal_errors().items():
        yield problem(
            _PART,
            f"telemetry itself failed {count} times in {part}; what it saw there is not in the figures",
            "Read its first traceback in the log above, and report it with the versions below.",
        )


def _unwatched(evidence: Evidence, application: Starlette) -> Finding:
    if not Settings.from_environ(os.environ).enabled:
        return problem(
            _PART,
            "telemetry is switched off by TELEMETRY_ENABLED or OTEL_SDK_DISABLED: nothing is seen",
            "Unset that variable.",
        )
    below = [path for path, inner in mounted_in(application) if is_watched(inner)]
    if below:
        return problem(
            _PART,
            f"telemetry.instrument was called for what is mounted at {', '.join(below)}: only that is seen",
            f"Call telemetry.instrument for {evidence.target} itself; what is mounted in it is seen then, too.",
        )
    called = "was called for another application" if evidence.inventory.handles else "was not called"
    return problem(
        _PART,
        f"telemetry.instrument {called}: requests of {evidence.target} are not seen",
        f"Call telemetry.instrument(app) where {evidence.target} is made, and before it is first served.",
    )


def _until(outermost: Any, kind: type) -> list[Any]:
    found = layers(outermost)
    return found[: next(index for index, layer in enumerate(found) if isinstance(layer, kind))]


def _is_idle(layer: Any) -> bool:
    # What opens spans or only handles errors costs next to nothing.
    return isinstance(layer, ServerErrorMiddleware) or type(layer).__module__.startswith(_CONTRIB)
