"""The objects of an application that doctor looks at, found in one pass over the process."""

import sys
from dataclasses import dataclass
from typing import Any, TypeVar

from opentelemetry.instrumentation import instrumentor
from opentelemetry.sdk.trace.export import SpanExporter
from sqlalchemy import Engine

from telemetry.doctor.living import living
from telemetry.handle import Telemetry
from telemetry.outputs.response_headers import ResponseHeaders

T = TypeVar("T")

# mypy skips the module by its own wish.
_Instrumentor: type = instrumentor.BaseInstrumentor  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is alive.

    Attributes:
        engines: Of SQLAlchemy, each pool once: those derived by execution options share one.
        redis_clients: Of redis-py, pipelines left out.
        exporters: Of spans.
        instrumentors: Of OpenTelemetry; each is a single object, kept by its class.
        handles: What `telemetry.instrument` returned.
        response_headers: Our writers of headers, one for each watched application.
    """

    engines: tuple[Engine, ...] = ()
    redis_clients: tuple[Any, ...] = ()
    exporters: tuple[SpanExporter, ...] = ()
    instrumentors: tuple[Any, ...] = ()
    handles: tuple[Telemetry, ...] = ()
    response_headers: tuple[ResponseHeaders, ...] = ()

    @classmethod
    def taken(cls) -> "Inventory":
        """Everything that is alive now."""
        # Not imported here: an application that does without redis shall not have it because of us.
        redis = sys.modules.get("redis")
        clients = () if redis is None else _client_classes(redis)
        kinds = (Engine, SpanExporter, _Instrumentor, Telemetry, ResponseHeaders)
        alive = living(*kinds, *clients)
        return cls(
            engines=_one_per_pool(_of(alive, Engine)),
            redis_clients=tuple(thing for thing in alive if isinstance(thing, clients) and not _is_pipeline(thing)),
            exporters=tuple(_of(alive, SpanExporter)),
            instrumentors=tuple(_of(alive, _Instrumentor)),
            handles=tuple(_of(alive, Telemetry)),
            response_headers=tuple(_of(alive, ResponseHeaders)),
        )


def _of(alive: list[Any], kind: type[T]) -> list[T]:
    return [thing for thing in alive if isinstance(thing, kind)]


def _client_classes(redis: Any) -> tuple[type, ...]:
    return (redis.Redis, redis.RedisCluster, redis.asyncio.Redis, redis.asyncio.RedisCluster)


def _one_per_pool(engines: list[Engine]) -> tuple[Engine, ...]:
    by_pool: dict[int, Engine] = {}
    for engine in sorted(engines, key=lambda engine: type(engine) is not Engine):
        by_pool.setdefault(id(engine.pool), engine)
    return tuple(by_pool.values())


def _is_pipeline(client: Any) -> bool:
    return any("Pipeline" in kind.__name__ for kind in type(client).__mro__)
