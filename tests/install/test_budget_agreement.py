"""For any mix of requests, the header, the spans, the counters and the callback name the same budgets."""

import asyncio
import random
from collections import Counter
from typing import Any

from fastapi import FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry

import telemetry
from telemetry.budgets.model import Kind
from tests.apps import call, header_of, memory_engine, samples, select
from tests.budgets.made import book, budget
from tests.fresh import fresh
from tests.install.recorded import recorded, servers
from tests.server_timing import parse

OFF: TelemetryConfig = {"tracing": False}
REQUESTS = 1_000
# Time is left out of it: a header is written before the last byte.
BOOK = book(budget(Kind.QUERIES, "3"), budget(Kind.REPEATED_QUERIES, "5"), budget(Kind.ERROR_RATE, "0.01"))


async def _ask(app: FastAPI) -> list[tuple[str, ...]]:
    chosen = random.Random(7)
    shown = []
    for _ in range(REQUESTS):
        path = f"/{chosen.randint(0, 8)}/{chosen.choice([200, 404, 500])}"
        entries = parse(header_of(await call(app, path)))
        said = next((entry.desc or "" for entry in entries if entry.name == "budget"), "over ")
        shown.append(tuple(part.split(" ")[0] for part in said.removeprefix("over ").split(" and ") if part))
    return shown


def _over(attributes: dict[str, Any]) -> tuple[str, ...]:
    return tuple(attributes.get("performance.budget.over", ()))


def mixed() -> dict[str, Any]:
    spans, told, registry, engine = recorded(), Counter[str](), CollectorRegistry(), memory_engine()
    app = FastAPI(telemetry=OFF)

    @app.get("/{times}/{status}")
    async def endpoint(times: int, status: int) -> Response:
        select(engine, times)
        return Response(status_code=status)

    telemetry.instrument(
        app,
        registry=registry,
        budgets=BOOK,
        settings=telemetry.Settings(budget_entry=True),
        on_over_budget=lambda _breakdown, over: told.update(verdict.budget.name for verdict in over),
    )
    shown = asyncio.run(_ask(app))
    finished = sorted(servers(spans()), key=lambda span: span.start_time or 0)
    over = samples(registry, "performance_budget_over_total")
    return {
        "header": shown,
        "span": [_over(dict(span.attributes or {})) for span in finished],
        "counted": {labels[0]: count for labels, count in over.items() if labels[3] == "/{times}/{status}"},
        "told": dict(told),
    }


def test_a_thousand_requests_are_named_the_same_everywhere() -> None:
    found = fresh(mixed)
    assert len(found["header"]) == REQUESTS
    assert found["header"] == found["span"]
    names = Counter(name for over in found["header"] for name in over)
    assert set(names) == {"queries", "repeated_queries", "error_rate"}
    assert found["counted"] == dict(names) == found["told"]
