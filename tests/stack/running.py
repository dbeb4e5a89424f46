"""The application in a process of its own, and what there is to know of a request from all sides."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Final, Protocol

import httpx
import psycopg
from prometheus_client.parser import text_string_to_metric_families

from tests.apps import header_of
from tests.server_timing import parse
from tests.servers.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.servers.postgres import Database, Postgres
from tests.servers.redis_server import RedisServer
from tests.servers.service_process import ServiceProcess
from tests.stack.modes import Mode
from tests.stack.postgres_log import PostgresLog, is_query
from tests.stack.serving import UVICORN, plain_environ, served

APPLICATION: Final = ("tests.stack.figures.application:create_app", "--factory")
_SECONDS: Final = 10
_TABLES: Final = """
    CREATE TABLE plain (number integer);
    INSERT INTO plain VALUES (0);
    CREATE TABLE slow_at_commit (number integer);
    CREATE FUNCTION sleep_at_commit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON slow_at_commit DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION sleep_at_commit();
    CREATE TABLE parent (id integer PRIMARY KEY);
    CREATE TABLE child (id integer PRIMARY KEY, parent_id integer REFERENCES parent);
    INSERT INTO parent SELECT generate_series(1, 3000);
    INSERT INTO child SELECT number, number FROM generate_series(1, 3000) AS number;
"""


class Source(Protocol):
    """Knows what a database was sent."""

    def mark(self) -> int: ...

    def queries_since(self, mark: int) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class SqliteLog:
    """What the connections of SQLAlchemy to SQLite said that they run."""

    file: Path

    def mark(self) -> int:
        return self.file.stat().st_size if self.file.exists() else 0

    def queries_since(self, mark: int) -> Sequence[str]:
        if not self.file.exists():
            return []
        return [line for line in self.file.read_text()[mark:].splitlines() if is_query(line)]


@dataclass(frozen=True, slots=True)
class SqliteRows:
    """The rows that were inserted, one for each statement of the routes that go past SQLAlchemy."""

    file: Path

    def mark(self) -> int:
        with closing(connect(self.file)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM asked").fetchone()
            return int(rows)

    def queries_since(self, mark: int) -> Sequence[str]:
        return ["INSERT"] * (self.mark() - mark)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request, seen from outside.

    Attributes:
        sent: Queries that databases were sent.
        server: Its SERVER spans; empty if none were asked for.
        late: Growth of the counter of queries after the last byte.
        outside: Growth of the counter of queries outside requests.
    """

    mode: Mode
    response: httpx.Response
    sent: Sequence[str]
    server: Sequence[ReceivedSpan]
    late: float
    outside: float

    @property
    def header(self) -> str:
        return header_of(self.response)

    def description(self, name: str) -> str | None:
        """The `desc` of an entry of the header; None without the entry."""
        return next((metric.desc for metric in parse(self.header) if metric.name == name), None)


class Running:
    """A process of the application, asked one request at a time.

    Args:
        name: Of the service in its traces.
        process: The server.
        receiver: Gets its spans.
        sources: Know what its databases were sent.
    """

    def __init__(self, name: str, process: ServiceProcess, receiver: OtlpReceiver, sources: Sequence[Source]) -> None:
        self.name = name
        self.process = process
        self.receiver = receiver
        # uvicorn closes a connection on which an application raised.
        self.client = httpx.Client(base_url=process.url, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
        self._sources = sources

    def observe(self, mode: Mode, *, flags: str = "01", exports: bool = True) -> Seen:
        """Asks for the route of *mode*.

        Args:
            mode: Whose route.
            flags: Of the caller's trace: whether it is sampled.
            exports: Whether to wait for its span.
        """
        trace_id = secrets.token_hex(16)
        marks = [source.mark() for source in self._sources]
        before = self.metrics()
        response = self.ask(mode.path, trace_id, flags)
        after = self._metrics_with(before, mode)
        sent = [text for source, mark in zip(self._sources, marks, strict=True) for text in source.queries_since(mark)]
        server = self.servers(trace_id) if exports else []
        late, outside = ((after.get(name, 0) - before.get(name, 0)) for name in (_LATE, _OUTSIDE))
        return Seen(mode, response, sent, server, late, outside)

    def ask(self, path: str, trace_id: str, flags: str = "01") -> httpx.Response:
        """One request of a trace that somebody else began."""
        return self.client.get(path, headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"})

    def servers(self, trace_id: str) -> Sequence[ReceivedSpan]:
        """The SERVER spans of a trace, once there is one."""

        def of_trace(spans: Sequence[ReceivedSpan]) -> list[ReceivedSpan]:
            return [span for span in spans if span.trace_id == trace_id and span.kind == "SERVER"]

        return of_trace(self.receiver.wait_for(lambda spans: bool(of_trace(spans))))

    def metrics(self) -> Mapping[str, float]:
        """The sum of each metric over its labels."""
        sums: dict[str, float] = {}
        for family in text_string_to_metric_families(self.client.get("/metrics").text):
            for sample in family.samples:
                sums[sample.name] = sums.get(sample.name, 0) + sample.value
        return sums

    def _metrics_with(self, before: Mapping[str, float], mode: Mode) -> Mapping[str, float]:
        """The metrics, once what comes after the response is in them."""
        deadline = time.monotonic() + _SECONDS
        metrics = self.metrics()
        while metrics.get(_LATE, 0) - before.get(_LATE, 0) < mode.late and time.monotonic() < deadline:
            metrics = self.metrics()
        return metrics


_LATE: Final = "http_server_request_late_db_queries_total"
_OUTSIDE: Final = "telemetry_statements_outside_requests_total"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The servers that an application needs.

    Attributes:
        directory: For files and logs.
    """

    database: Database
    redis: RedisServer
    receiver: OtlpReceiver
    directory: Path

    @classmethod
    def prepare(cls, postgres: Postgres, redis: RedisServer, receiver: OtlpReceiver, directory: Path) -> "Surroundings":
        """A database with the tables of the application, in both kinds of servers."""
        database = postgres.new_database()
        with psycopg.connect(database.url) as connection:
            connection.execute(_TABLES)
        made = cls(database, redis, receiver, directory)
        with closing(connect(made.sqlite_file)) as sqlite:
            sqlite.execute("CREATE TABLE asked (id INTEGER PRIMARY KEY)")
        return made

    @property
    def sqlite_file(self) -> Path:
        return self.directory / "figures.sqlite3"

    @property
    def sqlite_log(self) -> Path:
        return self.directory / "sqlite.log"

    def environ(self, variant: str) -> dict[str, str]:
        """Settings of the application in a variant; it exports what it samples, soon."""
        return {
            "VARIANT": variant,
            "POSTGRES_URL": self.database.url,
            "SQLITE_FILE": str(self.sqlite_file),
            "SQLITE_LOG": str(self.sqlite_log),
            "REDIS_PORT": str(self.redis.port),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.receiver.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }

    @contextmanager
    def running(
        self, variant: str, environ: Mapping[str, str] | None = None, *, name: str = "figures"
    ) -> Iterator[Running]:
        """The application under uvicorn, with connections that are open.

        Args:
            variant: How it is put together.
            environ: Settings beside those that it needs.
            name: Of the service in its traces.
        """
        settings = plain_environ({**self.environ(variant), "OTEL_SERVICE_NAME": name, **(environ or {})})
        sources = (PostgresLog(self.database), SqliteLog(self.sqlite_log), SqliteRows(self.sqlite_file))
        with served((*UVICORN, *APPLICATION), settings, self.directory) as process:
            running = Running(name, process, self.receiver, sources)
            warmed = running.client.get("/warm")
            assert warmed.is_success, f"{warmed.text}\n{process.log_text()}"
            yield running
            running.client.close()
