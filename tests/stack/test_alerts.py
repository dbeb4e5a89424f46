"""From a request over its budget to the webhook of whom it concerns, with all windows sixty times shorter.

https://sre.google/workbook/alerting-on-slos/ has the windows; an hour is a minute here.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

from telemetry.budgets.alertmanager import alertmanager_config
from telemetry.budgets.alerts import BURN, TARGET_DOWN, Links
from telemetry.budgets.build import applied_of
from telemetry.budgets.load import load
from telemetry.budgets.receivers import Receiver, Receivers
from telemetry.budgets.rules import Ruling, rules_text
from telemetry.budgets.scrape import prometheus_config
from telemetry.budgets.windows import schedule
from tests.servers.alertmanager import Alertmanager, AlertReceiver, StartAlertmanager
from tests.servers.prometheus import Prometheus, StartPrometheus
from tests.stack.serving import UVICORN, plain_environ, served

_SHOP: Final = """
version: 1
service: shop
routes:
  "GET /items/{item_id}": {%s, alerts: page, min_events: 10, owner: catalogue}
"""
_ERRORS: Final = _SHOP % "error_rate: 0.01"
_ROUTE: Final = ("GET", "/items/{item_id}")
_FASTER: Final = schedule(28).faster(60)
_RULES: Final = "rules.yml"
_BREACH_SECONDS: Final = 5


class _Shop:
    """A service under budgets, with customers, watched by Prometheus and Alertmanager.

    Attributes:
        prometheus: It watches the service that runs, or ran last.
        receiver: Gets the notifications.
        fails: Whether each request fails.
    """

    def __init__(
        self, directory: Path, prometheus: Prometheus, alertmanager: Alertmanager, receiver: AlertReceiver
    ) -> None:
        self.prometheus = prometheus
        self.receiver = receiver
        self._alertmanager = alertmanager
        self.fails = False
        self._directory = directory

    @contextmanager
    def open(self, budgets: str) -> Iterator[None]:
        """Serves under budgets, and Prometheus has their rules."""
        path = self._directory / "budgets.yaml"
        path.write_text(budgets)
        environ = plain_environ({"TELEMETRY_BUDGETS": str(path)})
        with served((*UVICORN, "tests.stack.alerts_app:app"), environ, self._directory) as service:
            self.prometheus.write(_RULES, _rules(path))
            self.prometheus.write("targets/shop.yml", _target(service.url.removeprefix("http://"), "shop"))
            self.prometheus.reload()
            with self._customers(service.url):
                yield

    @contextmanager
    def _customers(self, url: str) -> Iterator[None]:
        is_closed = threading.Event()

        def ask() -> None:
            with httpx.Client(base_url=url) as client:
                while not is_closed.wait(0.02):
                    client.get("/items/7", params={"fails": self.fails})

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_closed.set()
            thread.join()

    def await_series(self, query: str) -> None:
        """Returns once Prometheus answers anything."""
        _awaited(lambda: self.prometheus.query(query))

    def tickets(self) -> list[dict[str, Any]]:
        """The tickets that Alertmanager knows, those that it holds back too."""
        return [alert for alert in self._alertmanager.alerts() if alert["labels"]["severity"] == "ticket"]


def _awaited(happens: Callable[[], object], *, seconds: float = 20) -> None:
    """Returns once it happens; other processes have no event that could be awaited."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def _rules(path: Path) -> str:
    book = load(path)
    ruling = Ruling(book.service, applied_of(book, (_ROUTE,)), _FASTER, Links())
    return rules_text(ruling, book.path)


def _target(address: str, job: str) -> str:
    return yaml.safe_dump([{"targets": [address], "labels": {"job": job}}])


def _quickly(config: dict[str, Any]) -> str:
    """The configuration as text, with all waiting made short."""
    for route in (config["route"], *config["route"]["routes"]):
        route.update(group_wait="0s", group_interval="1s", repeat_interval="1h")
    # A ticket waits for the page that would inhibit it.
    config["route"]["routes"][1]["group_wait"] = "3s"
    return yaml.safe_dump(config)


def _is(name: str, status: str, **labels: str) -> Callable[[dict[str, Any]], bool]:
    wanted = {"alertname": name, **labels}
    return lambda alert: alert["status"] == status and wanted.items() <= alert["labels"].items()


@pytest.fixture
def shop(
    start_prometheus: StartPrometheus,
    start_alertmanager: StartAlertmanager,
    alert_receiver: AlertReceiver,
    tmp_path: Path,
) -> _Shop:
    hook = Receiver(webhook=alert_receiver.url)
    alertmanager = start_alertmanager(_quickly(alertmanager_config(Receivers(page=hook, ticket=hook))))
    config = prometheus_config(_FASTER, _RULES)
    files = {
        "prometheus.yml": yaml.safe_dump(config),
        _RULES: "groups: []",
        "alertmanagers/here.yml": yaml.safe_dump([{"targets": [alertmanager.address]}]),
    }
    return _Shop(tmp_path, start_prometheus(files), alertmanager, alert_receiver)


def test_a_breach_reaches_the_webhook_and_its_end_too(shop: _Shop) -> None:
    with shop.open(_ERRORS):
        shop.await_series('performance:budget_events:increase1m{budget="error_rate"} >= 50')
        assert not shop.receiver.notifications

        shop.fails, breached = True, time.monotonic()
        page = shop.receiver.wait_for(_is(BURN, "firing", burn="page_fast"), seconds=_BREACH_SECONDS)
        assert time.monotonic() - breached < _BREACH_SECONDS
        assert page["labels"]["owner"] == "catalogue"
        assert page["annotations"]["summary"].startswith("GET /items/{item_id} (error_rate): ")
        assert (
            "% of requests ended in a server error in the last 1m, 1 % may; budget of" in page["annotations"]["summary"]
        )

        # What the annotation asks Prometheus is what the alert is about.
        share = float(shop.prometheus.query(page["annotations"]["query"])[0]["value"][1])
        assert share > 0.1344

        # The tickets for the same budget fire as well, and nobody is told.
        shop.await_series('ALERTS{burn="ticket_slow",alertstate="firing"}')
        _awaited(lambda: all(alert["status"]["inhibitedBy"] for alert in shop.tickets()) and shop.tickets())
        assert not [alert for alert in shop.receiver.alerts() if alert["labels"]["severity"] == "ticket"]

        shop.fails = False
        shop.receiver.wait_for(_is(BURN, "resolved", burn="page_fast"))
    # It is closed: nothing answers any more.
    shop.receiver.wait_for(_is(TARGET_DOWN, "firing", severity="page", job="shop"))


def test_a_changed_limit_is_no_breach(shop: _Shop) -> None:
    # No response is that fast, so each is over.
    with shop.open(_SHOP % "p99_ms: 0.001"):
        shop.receiver.wait_for(_is(BURN, "firing", limit="0.001"))
    with shop.open(_SHOP % "p99_ms: 5000"):
        shop.await_series('performance:budget_events:increase1m{limit="5000"} >= 50')
        _awaited(lambda: not shop.prometheus.query('ALERTS{limit="0.001"}'))
        assert not shop.prometheus.query('ALERTS{limit="5000"}')
        assert not shop.prometheus.query('count_over_time(ALERTS{limit="5000"}[5m])')
        assert [
            sample["value"][1] for sample in shop.prometheus.query('performance:budget_burn:rate1m{limit="5000"}')
        ] == ["0"]
    assert not [alert for alert in shop.receiver.alerts() if alert["labels"].get("limit") == "5000"]
