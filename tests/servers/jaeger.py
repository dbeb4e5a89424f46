"""Jaeger 2 with its traces in memory, under the configuration that ships."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from service.settings import ROOT
from service.stack.programs import jaeger as jaeger_program
from tests.servers.built_program import body_of, built, environ_with
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports

CONFIG: Final = ROOT / "jaeger.yaml"
_PORTS: Final = (
    "JAEGER_GRPC_PORT",
    "JAEGER_QUERY_PORT",
    "JAEGER_QUERY_GRPC_PORT",
    "JAEGER_HEALTH_PORT",
    "JAEGER_METRICS_PORT",
)
_MOST_TRACES: Final = 10_000


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A span as Jaeger's query API tells it.

    Attributes:
        tags: Attributes, by name.
    """

    span_id: str
    name: str
    tags: Mapping[str, Any]


class Jaeger:
    """A Jaeger that a test may kill and start again on its ports; it keeps nothing.

    Attributes:
        process: The one that runs now, or ran last.
    """

    def __init__(self, executable: str, ports: list[int], directory: Path) -> None:
        """Starts it.

        Raises:
            PortTakenError: A port is not free.
        """
        self.ports = dict(zip(_PORTS, ports, strict=True))
        self._executable = executable
        self._log = directory / "jaeger.log"
        self.start()

    @property
    def endpoint(self) -> str:
        """For COLLECTOR_JAEGER_ENDPOINT."""
        return f"127.0.0.1:{self.ports['JAEGER_GRPC_PORT']}"

    def start(self) -> None:
        """Starts it, empty, and waits until it is well."""
        command = [self._executable, "--config", str(CONFIG)]
        self.process = Child(command, self._log, environ=environ_with(self.ports))
        if not self.process.await_ready(lambda: body_of(self.ports["JAEGER_HEALTH_PORT"], "/status") is not None):
            text = self.process.log_text()
            if "address already in use" in text:
                raise PortTakenError(text)
            raise AssertionError(text)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self.process.kill()

    def traces(self, service: str) -> dict[str, list[StoredSpan]]:
        """All traces of a service, by their ids."""
        query = urlencode({"service": service, "limit": _MOST_TRACES, "lookback": "1h"})
        body = body_of(self.ports["JAEGER_QUERY_PORT"], f"/api/traces?{query}")
        found = [] if body is None else json.loads(body)["data"]
        return {trace["traceID"]: [_span(span) for span in trace["spans"]] for trace in found}

    def await_traces(self, service: str, ids: Collection[str], *, spans: int) -> None:
        """Returns once it has those traces, each with that many spans.

        Raises:
            AssertionError: It has not in time.
        """

        def has_all() -> bool:
            stored = self.traces(service)
            return all(len({span.span_id for span in stored.get(each, [])}) >= spans for each in ids)

        assert self.process.await_ready(has_all), self.process.log_text()


def _span(told: Mapping[str, Any]) -> StoredSpan:
    tags = {tag["key"]: tag["value"] for tag in told["tags"]}
    return StoredSpan(told["spanID"], told["operationName"], tags)


@pytest.fixture
def jaeger(tmp_path: Path) -> Iterator[Jaeger]:
    """An empty Jaeger."""
    executable = built(jaeger_program())
    server = on_free_ports(len(_PORTS), lambda ports: Jaeger(executable, ports, tmp_path))
    yield server
    server.kill()
