"""What is wrong with a file for one application."""

import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from telemetry.budgets.alerts import Links
from telemetry.budgets.book import BudgetBook
from telemetry.budgets.build import applied_of
from telemetry.budgets.check import problems_with_routes
from telemetry.budgets.load import load
from telemetry.budgets.reach import least_objective, never_pages, pages
from telemetry.budgets.rules import Ruling
from telemetry.budgets.unmatched import with_unmatched
from telemetry.budgets.warnings import warnings_of
from telemetry.budgets.windows import schedule
from telemetry.outputs.budget_metrics import budget_metrics_for
from telemetry.outputs.verdicts import Verdicts
from telemetry.route_list import routes_of

HEAD = "version: 1\nservice: shop\n"
ROUTES = (("GET", "/items"), ("GET", "/items/{item_id}"), ("POST", "/items"), ("GET", "/health"))


def loaded(directory: Path, text: str) -> BudgetBook:
    path = directory / "budgets.yaml"
    path.write_text(HEAD + text)
    return load(path)


def test_more_series_than_a_process_may_have_are_refused(tmp_path: Path) -> None:
    book = loaded(tmp_path, "defaults: {p95_ms: 250, p99_ms: 800, error_rate: 0.01, queries: 15}\n")
    # Each budget has five, and unmatched requests of eleven methods have budgets, too.
    routes = [("GET", f"/{number}") for number in range(490)]
    (problem,) = problems_with_routes(book, routes)
    assert problem.what == "490 routes with these budgets make 10020 series in each process"
    assert problems_with_routes(book, routes[:-1]) == ()


def test_unmatched_is_a_route_of_every_application(tmp_path: Path) -> None:
    book = loaded(
        tmp_path, 'defaults: {queries: 3}\nroutes:\n  "* unmatched": exclude\n  "GET unmatched": {queries: 1}\n'
    )
    assert problems_with_routes(book, ROUTES) == ()


def test_the_series_that_are_counted_are_those_of_the_page(tmp_path: Path) -> None:
    book = loaded(tmp_path, "defaults: {queries: 3}\n")
    registry = CollectorRegistry()
    Verdicts(book, budget_metrics_for(registry)).expect(ROUTES)
    page = generate_latest(registry).decode()
    series = [line for line in page.splitlines() if line.startswith("performance_budget")]
    budgets = book.applied(with_unmatched(ROUTES))
    assert len(series) == 5 * len(budgets)
    # What counts from the start is what the rules are made for.
    rules = Ruling(book.service, applied_of(book, ROUTES), schedule(28), Links())
    assert rules.applied == budgets


def test_a_large_file_on_a_large_application_is_checked_in_no_time(tmp_path: Path) -> None:
    routes = [("GET", f"/part{number // 10}/route{number}") for number in range(300)]
    entries = "".join(f'  "{method} {template}": {{queries: 3}}\n' for method, template in routes)
    wildcards = "".join(f'  "* /part{number}/*": {{db_ms: 40}}\n' for number in range(30))
    text = f"defaults: {{p95_ms: 250, p99_ms: 800}}\nroutes:\n{entries}{wildcards}"
    began = time.process_time()
    book = loaded(tmp_path, text)
    assert problems_with_routes(book, routes) == ()
    warnings_of(book, routes)
    assert time.process_time() - began < 3


@given(st.integers(1, 90))
def test_the_smallest_objective_that_is_named_can_page_and_the_one_below_it_cannot(days: int) -> None:
    least = least_objective(pages(days))
    assert any(pair.can_fire(least) for pair in pages(days))
    assert not any(pair.can_fire(least - Decimal("0.0001")) for pair in pages(days))


def test_what_a_page_needs_depends_on_the_window(tmp_path: Path) -> None:
    text = "window: {}d\ndefaults:\n  latency: [{{ms: 250, objective: 0.825}}]\n"
    is_silent = {
        days: never_pages(loaded(tmp_path, text.format(days)).of_route("GET", "/")[0], days) for days in (28, 30)
    }
    assert is_silent == {28: False, 30: True}


def test_the_file_of_the_service_has_neither_problems_nor_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    from service.main import create_app
    from service.settings import Settings

    book = load(Path(__file__).parents[2] / "service/budgets.yaml")
    routes = routes_of(create_app(Settings()))
    assert problems_with_routes(book, routes) == ()
    assert warnings_of(book, routes) == ()
