"""Ways in which an application is put together: each takes a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.stack.modes import MODES, Mode

_BEFORE: Final = "engines made before"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way.

    Attributes:
        name: As `docs/truth.md` calls it.
        builds: The function of the application that puts it together.
        environ: Settings that make the difference.
        exports: Whether spans leave the process.
    """

    name: str
    builds: str = _BEFORE
    environ: Mapping[str, str] = field(default_factory=dict)
    exports: bool = True


VARIANTS: Final = (
    Variant("engines made after instrument, by attribute", "engines made after"),
    Variant("engines made in requests", "engines made in requests"),
    Variant("engines and clients passed", "engines passed"),
    Variant("instrument called twice", "instrumented twice"),
    Variant("psycopg and asyncpg instrumented as well", "drivers instrumented"),
    Variant("SQLAlchemy instrumented by the application", "SQLAlchemy instrumented"),
    Variant("contrib FastAPI instrumentation before ours", "contrib first"),
    Variant("contrib FastAPI instrumentation after ours", "contrib last"),
    Variant("FastAPI's native telemetry off", "native off"),
    Variant("tracer provider of the application", "provider of the application"),
    Variant(
        "sampler ratio 0",
        environ={"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
        exports=False,
    ),
    Variant("no provider and no exporter", environ={"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, exports=False),
)

_NAMES: Final = (
    "sync route, psycopg",
    "async route, psycopg",
    "async route, asyncpg",
    "gather, asyncpg",
    "to_thread",
    "thread with telemetry.bind",
    "mounted sub-application",
    "streaming response, async",
    "background task, async",
    "unhandled error",
    "raw cursor, psycopg",
    "driver used directly, asyncpg",
    "COPY, psycopg",
    "cancelled statement, asyncpg",
    "cache miss, async",
    "cache hit, async",
)
#: The modes that are tried in every variant.
CORE: Final[tuple[Mode, ...]] = tuple(mode for mode in MODES if mode.name in _NAMES)
assert len(CORE) == len(_NAMES)
