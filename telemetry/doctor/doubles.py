"""Check: is anything instrumented twice?"""

from collections.abc import Iterable, Iterator
from typing import Final

from telemetry.doctor.engines import described, tracers_of
from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, ok, problem
from telemetry.doctor.inventory import Inventory
from telemetry.doctor.redis import spans_per_command

_PART: Final = "spans"
_PREFIX: Final = "opentelemetry.instrumentation."
# Which of SQLAlchemy's drivers an instrumentation of drivers makes spans for.
_DRIVERS: Final = {
    "asyncpg": frozenset({"asyncpg"}),
    "mysql": frozenset({"mysqlconnector"}),
    "mysqlclient": frozenset({"mysqldb"}),
    "psycopg": frozenset({"psycopg", "psycopg_async"}),
    "psycopg2": frozenset({"psycopg2"}),
    "pymysql": frozenset({"pymysql", "aiomysql"}),
    "pymssql": frozenset({"pymssql"}),
    "sqlite3": frozenset({"pysqlite", "aiosqlite"}),
}


def check_doubles(evidence: Evidence) -> Iterator[Finding]:
    """What makes two spans for one thing; figures stay right, but traces and bills do not."""
    inventory = evidence.inventory
    active = _active_instrumentations(inventory)
    yield ok(_PART, f"instrumentations at work: {', '.join(active) or 'none'}")
    openers = () if evidence.answer is None else evidence.answer.server_spans
    found = [*_servers(openers), *_engines(inventory), *_drivers(inventory, active), *_redis(inventory)]
    yield from found
    if not found:
        yield ok(_PART, "nothing is instrumented twice")


def _active_instrumentations(inventory: Inventory) -> list[str]:
    active = (one for one in inventory.instrumentors if one.is_instrumented_by_opentelemetry)
    return sorted({type(one).__module__.removeprefix(_PREFIX) for one in active})


def _servers(openers: tuple[str, ...]) -> Iterator[Finding]:
    if len(openers) > 1:
        names = ", ".join(sorted(opener.removeprefix(_PREFIX) for opener in openers))
        yield problem(
            _PART,
            f"the request has {len(openers)} SERVER spans, opened by {names}",
            "Keep one: drop the OpenTelemetry middleware, or make the app with FastAPI(telemetry={'tracing': False}).",
        )


def _engines(inventory: Inventory) -> Iterator[Finding]:
    for engine in inventory.engines:
        count = tracers_of(engine)
        if count > 1:
            yield problem(
                _PART,
                f"{described(engine)}: {count} instrumentations of SQLAlchemy, so {count} spans for each statement",
                "Leave SQLAlchemy to telemetry.instrument: remove other calls of SQLAlchemyInstrumentor.",
            )


def _drivers(inventory: Inventory, active: Iterable[str]) -> Iterator[Finding]:
    used = {engine.dialect.driver for engine in inventory.engines}
    for name in active:
        if used & _DRIVERS.get(name, frozenset()):
            yield problem(
                _PART,
                f"SQLAlchemy and {name} are both instrumented: two spans for each statement",
                f"Do not instrument {name}: SQLAlchemy's spans are enough.",
            )


def _redis(inventory: Inventory) -> Iterator[Finding]:
    doubled = [client for client in inventory.redis_clients if spans_per_command(client) > 1]
    if doubled:
        yield problem(
            _PART,
            f"Redis clients instrumented twice, by class and by themselves: {len(doubled)}, with two spans per command",
            "Remove RedisInstrumentor.instrument_client: telemetry.instrument sees all clients.",
        )
