"""An N+1 on a real PostgreSQL: header, counter, span, log and callback name the same breach."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

import telemetry
from telemetry.budgets.model import Kind
from tests.apps import called, header_of, samples
from tests.budgets.made import book, budget
from tests.fresh import fresh
from tests.install.recorded import logged, recorded, servers
from tests.server_timing import parse, queries_of
from tests.servers.postgres import Database

OFF: TelemetryConfig = {"tracing": False}
ORDERS = 7
# One statement for the orders, and one for each order's customer.
SENT = 1 + ORDERS


class Table(DeclarativeBase):
    """The tables of this test."""


class Customer(Table):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Order(Table):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship()


@contextmanager
def shop(url: str) -> Iterator[Engine]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    Table.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(Order(customer=Customer(name="geheim")) for _ in range(ORDERS))
    try:
        yield engine
    finally:
        engine.dispose()


def asked(url: str) -> dict[str, Any]:
    spans, lines, told = recorded(), logged("telemetry.budgets"), list[list[str]]()
    registry, app = CollectorRegistry(), FastAPI(telemetry=OFF)
    budgets = book(budget(Kind.QUERIES, "3"), budget(Kind.LATENCY, "60000", "p99_ms"))
    with shop(url) as engine:

        @app.get("/orders")
        def orders() -> list[str]:
            with Session(engine) as session:
                return [order.customer.name for order in session.scalars(select(Order)).all()]

        telemetry.instrument(
            app,
            registry=registry,
            budgets=budgets,
            settings=telemetry.Settings(budget_entry=True),
            on_over_budget=lambda _breakdown, over: told.append([verdict.budget.name for verdict in over]),
        )
        header = header_of(called(app, "/orders"))
    (server,) = servers(spans())
    assert server.context is not None
    return {
        "header": header,
        "events": dict(samples(registry, "performance_budget_events_total")),
        "over": dict(samples(registry, "performance_budget_over_total")),
        "span": dict(server.attributes or {}),
        "trace": f"{server.context.trace_id:032x}",
        "lines": lines,
        "told": told,
    }


def test_header_counter_span_log_and_callback_name_the_same_breach(postgres_database: Database) -> None:
    found = fresh(asked, postgres_database.url)
    sent = postgres_database.statements()
    reads = [calls for text, calls in sent.calls.items() if re.search(r"^SELECT .*FROM (orders|customers)", text, re.S)]
    assert sorted(reads) == [1, ORDERS]
    assert queries_of(found["header"]) == SENT
    assert [entry.desc for entry in parse(found["header"]) if entry.name == "budget"] == [f"over queries {SENT}>3"]
    queries, latency = ("queries", "", "GET", "/orders", "3"), ("p99_ms", "", "GET", "/orders", "60000")
    assert (found["events"][queries], found["over"][queries]) == (1, 1)
    assert (found["events"][latency], found["over"][latency]) == (1, 0)
    assert list(found["span"]["performance.budget.over"]) == ["queries"]
    assert found["span"]["performance.budget.breached"] is True
    assert found["span"]["performance.db.queries"] == SENT
    assert found["told"] == [["queries"]]
    (line,) = found["lines"]
    assert f'over="queries {SENT}>3"' in line
    assert f'trace_id="{found["trace"]}"' in line
    assert f"repeated_count={ORDERS}" in line
    assert re.search(r'repeated_statement="SELECT customers\.id, .* WHERE customers\.id = \?', line)
    assert "stack/test_budget_verdicts.py:" in line
    assert "geheim" not in line
