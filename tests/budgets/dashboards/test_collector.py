"""A real Prometheus that scrapes a real Collector under traffic has an answer to every question about it."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import yaml

from telemetry.budgets.dashboards import foreign
from tests.budgets.dashboards.answers import Asked
from tests.budgets.dashboards.content import EVERYTHING, targets
from tests.budgets.dashboards.selections import selections
from tests.servers.collector import Collector, StartCollector
from tests.servers.jaeger import Jaeger
from tests.servers.prometheus import StartPrometheus
from tests.stack.collector.traffic import send

_SECONDS: Final = 60
#: What the Collector first counts when it happens.
_ONLY_IN_TROUBLE: Final = frozenset({foreign.SPANS_ENQUEUE_FAILED, foreign.SPANS_SEND_FAILED})


@contextmanager
def _traces_going_on(collector: Collector) -> Iterator[None]:
    enough = threading.Event()

    def keep_sending() -> None:
        for seed in itertools.count():
            send(collector, breached=2, rest=8, seed=seed)
            if enough.wait(0.5):
                return

    sending = threading.Thread(target=keep_sending)
    sending.start()
    try:
        yield
    finally:
        enough.set()
        sending.join()


def test_every_question_about_the_collector_has_an_answer(
    start_collector: StartCollector, jaeger: Jaeger, start_prometheus: StartPrometheus
) -> None:
    settings = {
        "COLLECTOR_JAEGER_ENDPOINT": jaeger.endpoint,
        "COLLECTOR_DECISION_WAIT": "1s",
        "COLLECTOR_DECISION_WAIT_AFTER_ROOT": "1s",
    }
    collector = start_collector(settings)
    address = f"127.0.0.1:{collector.ports['COLLECTOR_METRICS_PORT']}"
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {"job_name": "targets", "static_configs": [{"targets": [address], "labels": {"job": "otel-collector"}}]}
        ],
    }
    asked = Asked(start_prometheus({"prometheus.yml": yaml.safe_dump(config)}))
    ours = [
        target
        for target in targets()
        if any(each.metric in foreign.COLLECTOR for each in selections(EVERYTHING.fill(target.expression)))
    ]
    with _traces_going_on(collector):
        unanswered = asked.await_all(ours, _SECONDS)
    assert [target.name for target in unanswered] == []
    stored = set(asked.prometheus.api("label/__name__/values"))
    assert foreign.COLLECTOR - stored <= _ONLY_IN_TROUBLE
