"""A service that exposes counters of budgets, for a real Prometheus to scrape."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Counter, start_http_server

from telemetry import conventions as names
from telemetry.budgets.model import Subject
from tests.servers.ports import free_ports
from tests.servers.prometheus import Prometheus

JOB: Final = "candid-demo"
_LABELS: Final = (
    names.LABEL_METHOD,
    names.LABEL_ROUTE,
    names.LABEL_CACHE_NAMESPACE,
    names.LABEL_BUDGET,
    names.LABEL_LIMIT,
)
_PATIENCE_SECONDS: Final = 30


@dataclass
class Exposition:
    """Counters of a service, as its processes expose them.

    Attributes:
        registry: That holds them.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Registers them."""
        self._register()

    def restart(self) -> None:
        """Begins again, without any series, as another process would."""
        self.registry.unregister(self._events)
        self.registry.unregister(self._over)
        self._register()

    def _register(self) -> None:
        self._events = Counter(names.METRIC_BUDGET_EVENTS, "Events.", _LABELS, registry=self.registry)
        self._over = Counter(names.METRIC_BUDGET_OVER, "Over.", _LABELS, registry=self.registry)

    def count(self, subject: Subject, budget: str, limit: str, *, events: int = 0, over: int = 0) -> None:
        """Adds events of one budget, of which so many are over."""
        self._events.labels(*subject, budget, limit).inc(events)
        self._over.labels(*subject, budget, limit).inc(over)

    @contextmanager
    def served(self) -> Iterator[int]:
        """Serves the page; gives the port."""
        (port,) = free_ports(1)
        server, thread = start_http_server(port, "127.0.0.1", self.registry)
        try:
            yield port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def scraping(ports: Mapping[str, Sequence[int]]) -> str:
    """Configuration of a Prometheus that scrapes ports every second.

    Args:
        ports: Of each job.
    """
    lines = ["global: {scrape_interval: 1s}", "scrape_configs:"]
    for job, own in ports.items():
        targets = ", ".join(f"'127.0.0.1:{port}'" for port in own)
        lines.append(f"  - {{job_name: {job}, static_configs: [{{targets: [{targets}]}}]}}")
    return "\n".join(lines) + "\n"


def scraped(prometheus: Prometheus, expression: str, value: float) -> None:
    """Waits until an expression that gives one number has a value.

    Raises:
        AssertionError: It does not in time.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    found: list[float] = []
    while time.monotonic() < deadline:
        found = [float(sample["value"][1]) for sample in prometheus.query(expression)]
        if found == [value]:
            return
        # Another process has no event that could be awaited.
        time.sleep(0.1)
    raise AssertionError(f"{expression} is {found}, not {value}")
