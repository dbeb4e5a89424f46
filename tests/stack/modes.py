"""The modes: what each route of the application costs, and what may be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final


@dataclass(frozen=True, slots=True)
class Mode:
    """A way of sending statements, with the figures that are true of it.

    Attributes:
        name: As `docs/truth.md` calls it.
        path: Of the route.
        queries: What the header states; None where it must state nothing.
        asleep_ms: Time in queries that was asked for before the response started.
        below_ms: What the time in queries cannot reach, because only something else takes that long.
        final: Queries at the last byte; None if they are as many as in the header.
        asleep_final_ms: As `asleep_ms`, until the last byte.
        late: Queries after the last byte.
        outside: Queries that nobody can tell to be of the request.
        sends_more: The database is sent more than is counted, for a reason that is told.
        is_timed: False where `db;dur` must be left out.
        cache: What the header says of the cache.
        status: Of the response.
        phases: Time that was asked for beside the execution of statements, s, by attribute.
        attributes: Others that the SERVER span must have.
    """

    name: str
    path: str
    queries: int | None
    asleep_ms: float = 0
    below_ms: float = inf
    final: int | None = None
    asleep_final_ms: float = 0
    late: int = 0
    outside: int = 0
    sends_more: bool = False
    is_timed: bool = True
    cache: str | None = None
    status: int = 200
    phases: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)

    @property
    def all_queries(self) -> int:
        """Queries of the request, whenever they are sent; of those nothing counts, two are sent."""
        final = self.queries if self.final is None else self.final
        return (final or 0) + self.late + self.outside


_SUM: Final = "performance.db.sum_seconds"
_NOT_TIMED: Final = {"performance.unknown": ["statements_not_timed"]}

_PLAIN: Final = (
    Mode("sync route, psycopg", "/psycopg/sync", 3, 50),
    Mode("async route, psycopg", "/psycopg/async", 3, 50),
    Mode("async route, asyncpg", "/asyncpg/async", 3, 50),
    Mode("sync route, sqlite3", "/sqlite/sync", 3, 50),
    Mode("async route, aiosqlite", "/sqlite/async", 3, 50),
    Mode("no statement at all", "/none", 0, 0, 0.01),
    Mode("first connection of an engine", "/first-connection", 1, 50, sends_more=True),
    Mode("pool that checks its connections, sqlite3", "/checked-connection", 2, 50, sends_more=True),
    Mode("several engines in one request", "/engines/several", 5, 50),
    Mode("mounted sub-application", "/sub/nested/2", 3, 50),
)
_CONCURRENT: Final = (
    Mode("gather, asyncpg", "/gather/asyncpg", 3, 200, 600, phases={_SUM: 0.6}),
    Mode("gather, psycopg", "/gather/psycopg", 3, 200, 600, phases={_SUM: 0.6}),
    Mode("TaskGroup", "/task-group", 3, 200, 600, phases={_SUM: 0.6}),
    Mode("to_thread", "/to-thread", 3, 200, 600, phases={_SUM: 0.6}),
    Mode("thread with telemetry.bind", "/thread/bound", 6, 50),
    Mode("thread without telemetry.bind", "/thread/bare", 1, 0, 50, outside=3),
    Mode(
        "thread without telemetry.bind, and nothing else",
        "/thread/alone",
        None,
        outside=3,
        is_timed=False,
        attributes={"performance.unknown": ["statements_elsewhere"]},
    ),
    Mode(
        "worker task that was there before",
        "/worker",
        None,
        outside=1,
        is_timed=False,
        attributes={"performance.unknown": ["statements_elsewhere"]},
    ),
    Mode("run_in_executor", "/executor", 3, 50),
)
_RESPONSES: Final = (
    Mode("streaming response, async", "/stream/async", 1, 50, final=3, asleep_final_ms=150),
    Mode("streaming response, sync", "/stream/sync", 1, 50, final=3, asleep_final_ms=150),
    Mode("server-sent events", "/stream/events", 1, 50, final=3, asleep_final_ms=150),
    Mode("background task, async", "/background/async", 1, 0, 50, late=2),
    Mode("background task, sync", "/background/sync", 1, 0, 50, late=2),
    Mode("dependency with yield", "/dependency/request", 2, 0, 50, late=2),
    Mode("dependency with yield, scope function", "/dependency/function", 4, 50),
    Mode("unhandled error", "/unhandled", 2, 50, status=500),
)
_STATEMENTS: Final = (
    Mode("transaction control as a statement", "/control/psycopg", 1, 50),
    Mode("transaction control as a statement, SQLite", "/control/sqlite", 1, 50),
    Mode("savepoint", "/savepoint", 2, 50),
    Mode("executemany, psycopg", "/executemany/psycopg", 1, sends_more=True),
    Mode("executemany, asyncpg", "/executemany/asyncpg", 1, sends_more=True),
    Mode("several statements in one text", "/two-in-one", 1, 50),
    Mode("refused statements, psycopg", "/failed/psycopg", 3, 50),
    Mode("refused statements, asyncpg", "/failed/asyncpg", 3, 50),
    Mode("cancelled statement, asyncpg", "/cancelled/asyncpg", 2, 100, 10_000),
    Mode("cancelled statement, psycopg", "/cancelled/psycopg", 2, 100, 10_000),
    Mode("statement over its time-out", "/timed-out", 3, 50, 10_000),
)
_PAST_SQLALCHEMY: Final = (
    Mode("raw cursor, psycopg", "/past/psycopg/cursor", 2, 50),
    Mode("raw_connection, psycopg", "/past/psycopg/raw", 2, 50),
    Mode("taken from the pool, psycopg", "/past/psycopg/pool", 2, 50),
    Mode("driver used directly, psycopg", "/past/psycopg/driver", 2, 50),
    Mode("driver used directly, async psycopg", "/past/psycopg/driver-async", 2, 50),
    Mode("COPY, psycopg", "/past/psycopg/copy", 1, is_timed=False, attributes=_NOT_TIMED),
    Mode("rows streamed by the driver, psycopg", "/past/psycopg/stream", 1, is_timed=False, attributes=_NOT_TIMED),
    Mode("driver used directly, asyncpg", "/past/asyncpg/driver", 2, 50),
    Mode("pool of the driver, asyncpg", "/past/asyncpg/pool", 2, 50, sends_more=True),
    Mode("driver connection, asyncpg", "/past/asyncpg/raw", 2, 50),
    Mode("COPY, asyncpg", "/past/asyncpg/copy", 1),
    Mode(
        "cursor of the driver, asyncpg",
        "/past/asyncpg/cursor",
        1,
        is_timed=False,
        attributes=_NOT_TIMED,
    ),
    Mode(
        "adapted cursor, asyncpg",
        "/past/asyncpg/adapted",
        None,
        sends_more=True,
        is_timed=False,
        attributes={"performance.unknown": ["driver_not_seen"]},
    ),
    Mode("driver used directly, sqlite3", "/past/sqlite/driver", 2, is_timed=False, attributes=_NOT_TIMED),
    Mode("raw_connection, sqlite3", "/past/sqlite/cursor", 2, is_timed=False, attributes=_NOT_TIMED),
    Mode("taken from the pool, sqlite3", "/past/sqlite/pool", 2, is_timed=False, attributes=_NOT_TIMED),
    Mode(
        "listener of a pool with a raw cursor, sqlite3",
        "/past/sqlite/listener",
        None,
        sends_more=True,
        is_timed=False,
        attributes={"performance.unknown": ["driver_not_seen"]},
    ),
    Mode(
        "listener of a new connection with a raw cursor, sqlite3",
        "/past/sqlite/listener-new",
        None,
        sends_more=True,
        is_timed=False,
        attributes={"performance.unknown": ["driver_not_seen"]},
    ),
    Mode("driver used directly, aiosqlite", "/past/aiosqlite/driver", 2),
)
_POOL: Final = "performance.db.pool_wait_seconds"
_FETCH: Final = "performance.db.fetch_seconds"
_COMMIT: Final = "performance.db.transaction_seconds"
_WAITS: Final = (
    Mode("waiting for a pooled connection", "/wait/pool", 2, 0, 400, phases={_POOL: 0.4}),
    Mode("slow rows, SQLite", "/wait/fetch/sqlite", 1, 100, 500, phases={_FETCH: 0.4}),
    Mode("slow rows, streamed by psycopg", "/wait/fetch/psycopg", 1, 0, 400, sends_more=True, phases={_FETCH: 0.4}),
    Mode("slow rows, streamed by asyncpg", "/wait/fetch/asyncpg", 1, 0, 400, phases={_FETCH: 0.4}),
    Mode("slow COMMIT, psycopg", "/wait/commit/psycopg", 1, 0, 200, phases={_COMMIT: 0.2}),
    Mode("slow COMMIT, asyncpg", "/wait/commit/asyncpg", 1, 0, 200, phases={_COMMIT: 0.2}),
)
_CACHE: Final = (
    Mode("cache miss, async", "/cached/async/1", 1, 50, cache="Cache Miss"),
    Mode("cache hit, async", "/cached/async/1", 0, 0, 0.01, cache="Cache Hit"),
    Mode("cache miss, sync", "/cached/sync/2", 1, 50, cache="Cache Miss"),
    Mode("cache hit, sync", "/cached/sync/2", 0, 0, 0.01, cache="Cache Hit"),
    Mode("one hit and one miss", "/cached/two/1/3", 1, 50, cache="Cache Partial"),
    Mode("Redis away", "/cached/away", 1, 50, cache="Cache Bypass"),
    Mode(
        "Redis commands that are no look-ups",
        "/redis/no-look-ups",
        0,
        0,
        0.01,
        phases={"performance.redis.duration_seconds": 0.2},
    ),
)
_REPEATED: Final = (
    Mode("N+1, psycopg", "/repeated/lazy", 8, attributes={"performance.repeated_queries": 7}),
    Mode("N+1, asyncpg", "/repeated/lazy-async", 8, attributes={"performance.repeated_queries": 7}),
    Mode("selectinload in batches", "/repeated/batches", 7, attributes={"performance.repeated_queries": None}),
)

MODES: Final[tuple[Mode, ...]] = (
    *(*_PLAIN, *_CONCURRENT, *_RESPONSES, *_STATEMENTS),
    *(*_PAST_SQLALCHEMY, *_WAITS, *_CACHE, *_REPEATED),
)
