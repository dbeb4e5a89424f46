"""Redis commands are spans of the request's trace, never queries; without redis installed nothing is missed."""

import os
import subprocess
import sys

import fakeredis
from fastapi import FastAPI
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry

import telemetry
from tests.apps import called, header_of
from tests.fresh import fresh
from tests.install.recorded import logged, recorded
from tests.server_timing import parse, queries_of


def commands(made: str) -> tuple[str, list[str], int, list[str]]:
    spans, app, said = recorded(), FastAPI(), logged("opentelemetry")
    if made == "instrumented by the application":
        RedisInstrumentor().instrument()
    client = fakeredis.FakeRedis()
    asynchronous = fakeredis.FakeAsyncRedis()
    telemetry.instrument(app, redis=[client] if made == "passed" else [], registry=CollectorRegistry())
    if made == "after":
        client, asynchronous = fakeredis.FakeRedis(), fakeredis.FakeAsyncRedis()

    @app.get("/")
    async def endpoint() -> None:
        client.get("a")
        await asynchronous.set("b", 1)

    header = header_of(called(app, "/"))
    found = [span for span in spans() if span.kind is SpanKind.CLIENT]
    traces = {span.context.trace_id for span in found if span.context}
    return header, [span.name for span in found], len(traces), said


def test_commands_are_spans_once_and_no_queries() -> None:
    for made in ("before", "after", "passed", "instrumented by the application"):
        header, names, traces, said = fresh(commands, made)
        assert (names, traces, said) == (["GET", "SET"], 1, []), made
        assert queries_of(header) == 0
        assert "cache" not in [metric.name for metric in parse(header)]


PROGRAM = """
import sys
from importlib.machinery import PathFinder

class Hidden(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {"redis", "fakeredis"} else super().find_spec(name, path, target)

sys.meta_path[:] = [Hidden if finder is PathFinder else finder for finder in sys.meta_path]
import telemetry
from fastapi import FastAPI
from tests.apps import called, header_of, memory_engine, select
engine, app = memory_engine(), FastAPI()
app.get("/")(lambda: select(engine, 2))
telemetry.instrument(app)
print(header_of(called(app, "/")))
assert "redis" not in sys.modules
"""


def test_telemetry_works_where_redis_is_not_installed() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TELEMETRY_"))}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, env=clean | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert queries_of(done.stdout.strip()) == 2
