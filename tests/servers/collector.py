"""Collectors under the configuration files that ship."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.settings import ROOT
from service.stack.programs import collector as collector_program
from tests.servers.built_program import body_of, built, environ_with
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports

SAMPLING: Final = "otel-collector.yaml"
GATEWAY: Final = "otel-collector-gateway.yaml"
_PORTS: Final = (
    "COLLECTOR_GRPC_PORT",
    "COLLECTOR_HTTP_PORT",
    "COLLECTOR_HEALTH_PORT",
    "COLLECTOR_METRICS_PORT",
    "COLLECTOR_SPAN_METRICS_PORT",
)


class Collector:
    """A Collector that a test may kill and start again on its ports, with its queue.

    Attributes:
        process: The one that runs now, or ran last.
    """

    def __init__(self, config: str, settings: Mapping[str, str], ports: list[int], directory: Path) -> None:
        """Starts it.

        Raises:
            PortTakenError: A port is not free.
        """
        self.ports = dict(zip(_PORTS, ports, strict=True))
        own = {**self.ports, "COLLECTOR_QUEUE_DIR": directory / f"queue-{ports[0]}"}
        self._environ = environ_with({**own, **settings})
        self._command = [built(collector_program()), "--config", str(ROOT / config)]
        self._log = directory / f"collector-{ports[0]}.log"
        self.start()

    @property
    def otlp_endpoint(self) -> str:
        """For OTLP over HTTP, without a path."""
        return f"http://127.0.0.1:{self.ports['COLLECTOR_HTTP_PORT']}"

    @property
    def grpc_endpoint(self) -> str:
        return f"127.0.0.1:{self.ports['COLLECTOR_GRPC_PORT']}"

    def start(self) -> None:
        """Starts it, with the queue that it had, and waits until it is well."""
        self.process = Child(self._command, self._log, environ=self._environ)
        if not self.process.await_ready(lambda: body_of(self.ports["COLLECTOR_HEALTH_PORT"], "/") is not None):
            text = self.process.log_text()
            if "address already in use" in text:
                raise PortTakenError(text)
            raise AssertionError(text)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self.process.kill()

    def figure(self, name: str, **labels: str) -> float:
        """One of its own metrics, summed over the series that have *labels*; 0 while there is none."""
        return self._sum("COLLECTOR_METRICS_PORT", name, labels)

    def span_figure(self, name: str, **labels: str) -> float:
        """A metric of the spans that it saw, likewise."""
        return self._sum("COLLECTOR_SPAN_METRICS_PORT", name, labels)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Returns once that is so.

        Raises:
            AssertionError: It is not in time; the message shows the log.
        """
        assert self.process.await_ready(is_so), self.process.log_text()

    def _sum(self, port: str, name: str, labels: Mapping[str, str]) -> float:
        body = body_of(self.ports[port], "/metrics")
        text = "" if body is None else body.decode()
        # The parser gives every counter the suffix that the Collector's own do not have.
        names = {name, f"{name}_total"}
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name in names and labels.items() <= sample.labels.items()
        )


class StartCollector(Protocol):
    """Starts Collectors that end with the test."""

    def __call__(self, settings: Mapping[str, str], *, config: str = SAMPLING) -> Collector:
        """Starts one and waits until it is well.

        Args:
            settings: Variables of its configuration file.
            config: The file, in the checkout.
        """


@pytest.fixture
def start_collector(tmp_path: Path) -> Iterator[StartCollector]:
    """Starts Collectors, each on free ports with a queue of its own."""
    with ExitStack() as stack:

        def start(settings: Mapping[str, str], *, config: str = SAMPLING) -> Collector:
            collector = on_free_ports(len(_PORTS), lambda ports: Collector(config, settings, ports, tmp_path))
            stack.callback(collector.kill)
            return collector

        yield start
