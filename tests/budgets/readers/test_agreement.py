"""For any mix of requests, the gate names the budgets that the headers named, with the same counts."""

import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Final

import httpx
import pytest

from telemetry.__main__ import main
from tests.budgets.readers.exposition import scraped, scraping
from tests.server_timing import parse
from tests.servers.prometheus import StartPrometheus
from tests.stack.serving import UVICORN, plain_environ, served

_REQUESTS: Final = 1_000
_ROUTE: Final = "/{times}/{status}"
_FILE: Final = """
version: 1
service: mixed
defaults: {min_events: 10}
routes:
  "GET /{times}/{status}": {queries: 3, repeated_queries: 5, error_rate: 0.5}
"""
#: At most this share may be over: half of the requests, and what is the default.
_ALLOWED: Final = {"queries": Decimal("0.01"), "repeated_queries": Decimal("0.01"), "error_rate": Decimal("0.5")}
_EVENTS: Final = f'min(performance_budget_events_total{{http_route="{_ROUTE}"}})'


def _named(response: httpx.Response) -> list[str]:
    entries = {entry.name: entry.desc or "" for entry in parse(response.headers["server-timing"])}
    said = entries.get("budget", "over ").removeprefix("over ")
    return [part.split(" ")[0] for part in said.split(" and ") if part]


def test_the_gate_and_the_headers_name_the_same_budgets(
    start_prometheus: StartPrometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "budgets.yaml"
    file.write_text(_FILE, encoding="utf-8")
    module = (*UVICORN, "--factory", "tests.budgets.readers.mixed_app:create_app")
    chosen, named = random.Random(11), Counter[str]()
    with served(module, plain_environ({"BUDGETS": str(file)}), tmp_path) as server:
        prometheus = start_prometheus({"prometheus.yml": scraping({"mixed": [int(server.url.rpartition(":")[2])]})})
        scraped(prometheus, _EVENTS, 0)
        with httpx.Client(base_url=server.url) as client:
            for _ in range(_REQUESTS):
                named.update(_named(client.get(f"/{chosen.randint(0, 8)}/{chosen.choice([200, 404, 500])}")))
        scraped(prometheus, _EVENTS, _REQUESTS)
        code = main(["budgets", "gate", str(file), "--prometheus", prometheus.url, "--since", "1h", "--json"])
    judged = json.loads(capsys.readouterr().out)["budgets"]
    found = {entry["budget"]: entry for entry in judged if entry.get("http_route") == _ROUTE}
    assert set(named) == set(_ALLOWED) == set(found)
    assert {name: (entry["events"], entry["over"]) for name, entry in found.items()} == {
        name: (_REQUESTS, count) for name, count in named.items()
    }
    exceeded = {name for name, count in named.items() if Decimal(count) / _REQUESTS > _ALLOWED[name]}
    assert {name for name, entry in found.items() if entry["outcome"] == "exceeded"} == exceeded
    assert exceeded == {"queries", "repeated_queries"}
    assert code == 1
