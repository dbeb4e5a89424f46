"""The processes of the configurations, all alive at once."""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final, cast

from benchmarks.plan import FEW_ROUTES, MANY_ROUTES, Case, Configuration
from benchmarks.sink import Sink

_SETTINGS: Final = ("OTEL_", "TELEMETRY_", "FASTAPI_", "PROMETHEUS_")
# The default drops spans when requests come as fast as they are served, and would hide what they cost.
_QUEUE: Final = {"OTEL_BSP_MAX_QUEUE_SIZE": "1000000", "OTEL_SERVICE_NAME": "benchmark"}


class WorkerError(Exception):
    """A process ended or could not do what it was asked for."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the processes talk to.

    Attributes:
        sink: Receiver of spans.
        redis_url: Of a Redis server; empty for a fake one in each process.
    """

    sink: Sink
    redis_url: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What requests cost a process.

    Attributes:
        cpu_ns: User and system time of all its threads, the export included.
        resident_bytes: Its resident memory afterwards.
    """

    cpu_ns: int
    resident_bytes: int


class Worker:
    """One process; see `benchmarks.worker` for what it does."""

    def __init__(self, process: "subprocess.Popen[str]", errors: IO[str]) -> None:
        self._process = process
        self._errors = errors

    def serve(self, case: Case, requests: int) -> Cost:
        """Serves requests; returns what they cost."""
        answer = self._ask(do="serve", path=case.path, routes=case.routes, requests=requests)
        return Cost(answer["cpu_ns"], answer["resident_bytes"])

    def headers(self, case: Case) -> dict[str, str]:
        """Headers of the answer to one request."""
        return dict(self._ask(do="show", path=case.path, routes=case.routes))

    def pin(self) -> None:
        """Keeps the process on one core, where the system can do that."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {max(os.sched_getaffinity(0))})

    def end(self) -> None:
        """Ends the process by closing its input."""
        self._process.communicate()

    def _ask(self, **order: object) -> Any:
        orders, answers = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        try:
            orders.write(json.dumps(order) + "\n")
            orders.flush()
            return json.loads(answers.readline())
        except (BrokenPipeError, json.JSONDecodeError) as error:
            self._errors.seek(0)
            raise WorkerError(f"{self._process.args!r} failed:\n{self._errors.read()}") from error


@contextmanager
def fleet(configurations: Sequence[Configuration], places: Places) -> Iterator[dict[str, Worker]]:
    """Processes of *configurations* by name, started in random order, until the block ends."""
    with ExitStack() as stack:
        workers = {}
        for configuration in random.sample(configurations, len(configurations)):
            worker = workers[configuration.name] = _start(configuration, places, stack)
            stack.callback(worker.end)
        yield workers


def _start(configuration: Configuration, places: Places, stack: ExitStack) -> Worker:
    errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by the stack, after the process
    stack.callback(errors.close)
    sizes = (str(FEW_ROUTES), str(MANY_ROUTES))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", configuration.module, places.redis_url, *sizes],
        env=_environ(configuration, places.sink),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    return Worker(process, errors)


def _environ(configuration: Configuration, sink: Sink) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint(configuration.name)}
    return {**inherited, **_QUEUE, **endpoint, **configuration.environ}
