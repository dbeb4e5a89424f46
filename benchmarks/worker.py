"""One configuration in a process of its own: does what it is told on standard input, a line of JSON each.

The environment is set by who starts it. It ends when its input does.
"""

import asyncio
import importlib
import json
import os
import resource
import sys
from pathlib import Path
from time import process_time_ns
from typing import Any

import fakeredis
import redis.asyncio
from fastapi import FastAPI
from opentelemetry import trace

from benchmarks.application import Backends, build, fill, memory_database
from benchmarks.traffic import headers_of, serve


class Worker:
    """Serves requests in a configuration, and measures itself.

    Args:
        module: Module of `benchmarks.configurations`.
        redis_url: Of a running Redis; empty for a fake one in the process.
        sizes: Numbers of routes: there is one application for each.
    """

    def __init__(self, module: str, redis_url: str, sizes: list[int]) -> None:
        self._configuration: Any = importlib.import_module(f"benchmarks.configurations.{module}")
        client = redis.asyncio.from_url(redis_url) if redis_url else fakeredis.FakeAsyncRedis()
        self._backends = Backends(memory_database(), client)
        self._apps = {size: self._instrumented(size) for size in sizes}

    def run(self, asyncio_runner: asyncio.Runner) -> None:
        """Answers until the input ends."""
        asyncio_runner.run(fill(self._backends))
        _flush()
        for line in sys.stdin:
            answer = asyncio_runner.run(self._answer(json.loads(line)))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        asyncio_runner.run(self._backends.cache.aclose())

    def _instrumented(self, size: int) -> FastAPI:
        app = build(self._backends, size, self._configuration.cache_answered)
        self._configuration.instrument(app, self._backends.engine)
        return app

    async def _answer(self, order: dict[str, Any]) -> dict[str, Any]:
        app, path = self._apps[order["routes"]], order["path"]
        if order["do"] == "show":
            return await headers_of(app, path)
        began_ns = process_time_ns()
        await serve(app, path, order["requests"])
        _flush()
        return {"cpu_ns": process_time_ns() - began_ns, "resident_bytes": _resident_bytes()}


def _flush() -> None:
    """Exports what waits: its cost belongs to the requests that caused it."""
    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is not None and not flush():
        raise RuntimeError("the export did not come to an end")


def _resident_bytes() -> int:
    statistics = Path("/proc/self/statm")
    if statistics.exists():
        return int(statistics.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    # Elsewhere than on Linux only the largest size so far is to be had, which shows growth as well.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        Worker(sys.argv[1], sys.argv[2], [int(size) for size in sys.argv[3:]]).run(runner)
