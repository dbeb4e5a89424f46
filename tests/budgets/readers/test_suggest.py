"""Proposed budget files: limits that hold for what was seen, and no word on what was not."""

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.exposition import choose_encoder

from telemetry.__main__ import main
from telemetry.budgets.book import BudgetBook
from telemetry.budgets.check import MAX_APPLIED, problems_with_routes
from telemetry.budgets.document import MAX_BYTES
from telemetry.budgets.histogram import Histogram
from telemetry.budgets.load import load
from telemetry.budgets.metrics_page import MetricsPage
from telemetry.budgets.model import Budget
from telemetry.budgets.observations import Observations, RouteFigures
from telemetry.budgets.suggest_text import budget_file
from tests.budgets.readers.exposition import JOB, Exposition, scraped, scraping
from tests.budgets.readers.pages import Page
from tests.servers.prometheus import StartPrometheus

Suggest = Callable[[Page], tuple[str, BudgetBook]]


@pytest.fixture
def suggest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Suggest:
    """Text and content of the file that is proposed for a page; it is checked by the command, too."""

    def suggested(page: Page) -> tuple[str, BudgetBook]:
        (tmp_path / "page.txt").write_text(page.text, encoding="utf-8")
        assert main(["budgets", "suggest", "--metrics", str(tmp_path / "page.txt"), "--service", "shop"]) == 0
        text = capsys.readouterr().out
        path = tmp_path / "budgets.yaml"
        path.write_text(text, encoding="utf-8")
        assert main(["budgets", "check", str(path)]) == 0
        assert "warning" not in capsys.readouterr().out
        return text, load(path)

    return suggested


def _limits(budgets: tuple[Budget, ...]) -> dict[str, Decimal]:
    return {budget.name: budget.limit for budget in budgets}


def test_a_limit_is_the_upper_end_of_the_bucket_in_the_unit_of_the_file(suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 980 + [0.3] * 20)
    text, book = suggest(page)
    assert _limits(book.of_route("GET", "/items")) == {"p95_ms": 50, "p99_ms": 500}
    assert "p95_ms: 50  # 2 % of 1000 were over 50, 100 % over 25" in text


def test_what_is_in_the_last_bucket_has_no_limit(suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/slow", [0.03] * 900 + [60] * 100)
    page.responses("GET", "/fast", [0.03] * 900)
    text, book = suggest(page)
    assert not book.of_route("GET", "/slow")
    assert '# "GET /slow": nothing to propose; p95_ms: 10 % were over 10000, above which there is no bucket' in text


@pytest.mark.parametrize(("responses", "known"), [(58, set()), (59, {"p95_ms"}), (298, {"p95_ms"}), (299, {"p99_ms"})])
def test_a_percentile_takes_as_many_requests_as_can_show_it(suggest: Suggest, responses: int, known: set[str]) -> None:
    page = Page()
    page.answers("brands", hits=900, misses=100)
    page.responses("GET", "/items", [0.03] * responses)
    text, book = suggest(page)
    assert set(_limits(book.of_route("GET", "/items"))) == known
    assert (f"too few requests: {responses} of the" in text) is (responses < 299)


def test_errors_that_were_never_seen_have_no_rate(suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 1000)
    text, book = suggest(page)
    assert "error_rate" not in _limits(book.of_route("GET", "/items"))
    assert "# error_rate: not known, none of 1000 requests failed, so at most 0.3 % (95 % sure) do" in text


def test_errors_count_for_their_rate_alone(suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 997)
    page.responses("GET", "/items", [9.0] * 3, status=500)
    text, book = suggest(page)
    assert _limits(book.of_route("GET", "/items")) == {"p99_ms": 50, "error_rate": Decimal("0.004")}
    assert "0.3 % of 1000 requests failed" in text


def test_statements_and_their_time_are_known_where_they_follow_one_another(suggest: Suggest) -> None:
    page = Page()
    page.statements("GET", "/items", [3] * 995 + [7] * 5)
    _, book = suggest(page)
    assert _limits(book.of_route("GET", "/items")) == {"queries": 3, "repeated_queries": 4, "db_ms": 10}


def test_the_sum_of_statements_that_overlapped_is_not_known(suggest: Suggest) -> None:
    page = Page()
    page.statements("GET", "/items", [3] * 1000)
    page.db_sum.labels("GET", "/items").inc(0.1)
    text, book = suggest(page)
    assert "db_ms" not in _limits(book.of_route("GET", "/items"))
    assert "# db_ms: not known, statements overlapped" in text


def test_statements_after_the_last_byte_leave_all_that_counts_them_unknown(suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 1000)
    page.statements("GET", "/items", [3] * 1000)
    page.late.labels("GET", "/items").inc(12)
    text, book = suggest(page)
    assert set(_limits(book.of_route("GET", "/items"))) == {"p99_ms"}
    assert "# queries: not known, 12 statements came after the last byte" in text


def test_repeated_statements_are_told_and_not_allowed(suggest: Suggest) -> None:
    page = Page()
    page.statements("GET", "/items", [30] * 1000)
    page.repeated.labels("GET", "/items").inc(29_000)
    text, book = suggest(page)
    assert _limits(book.of_route("GET", "/items")) == {"queries": 34, "db_ms": 100}
    assert "# repeated_queries: not known, 29000 were sent in all" in text


def test_a_hit_ratio_is_a_little_below_what_was_seen(suggest: Suggest) -> None:
    page = Page()
    page.answers("brands", hits=943, misses=57)
    page.answers("always", hits=1000, misses=0)
    page.answers("never", hits=0, misses=1000)
    page.answers("seldom", hits=90, misses=10)
    text, book = suggest(page)
    assert {name: _limits(budgets) for name, budgets in book.caches.items()} == {
        "brands": {"hit_ratio": Decimal("0.92")}
    }
    assert "each of 1000 look-ups hit, so at most 0.3 % (95 % sure) miss" in text
    assert "only 0 % of 1000 look-ups hit" in text
    assert "too few look-ups: 100 of the 299 that it takes" in text


def test_it_wakes_nobody(suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 500)
    page.responses("GET", "/items", [0.03] * 500, status=503)
    _, book = suggest(page)
    assert {budget.alerts.value for budget in book.of_route("GET", "/items")} == {"ticket"}


def test_it_says_since_when(tmp_path: Path, capsys: pytest.CaptureFixture[str], suggest: Suggest) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 500)
    text, _ = suggest(page)
    assert text.startswith("# Proposed from a page of metrics, since 20")
    (tmp_path / "page.txt").write_text(page.text.replace("_created", "_other"), encoding="utf-8")
    assert main(["budgets", "suggest", "--metrics", str(tmp_path / "page.txt"), "--service", "shop"]) == 0
    assert "since its process started, which it does not date" in capsys.readouterr().out


def test_openmetrics_and_the_standard_input_give_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 500)
    page.answers("brands", hits=900, misses=100)
    outputs = []
    for accepted in ("text/plain", "application/openmetrics-text"):
        body = choose_encoder(accepted)[0](page.registry)
        assert body.endswith(b"# EOF\n") is (accepted != "text/plain")
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body)))
        assert main(["budgets", "suggest", "--metrics", "-", "--service", "shop"]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_a_method_that_no_route_takes_is_left_out_and_the_file_fits_the_application(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], suggest: Suggest
) -> None:
    page = Page()
    page.responses("GET", "/api/items/{item_id}", [0.03] * 500)
    for method in ("HEAD", "POST", "_OTHER"):
        page.responses(method, "/api/items/{item_id}", [0.001] * 500, status=405)
        page.responses(method, "unmatched", [0.001] * 500, status=404)
    text, book = suggest(page)
    assert (
        "# POST /api/items/{item_id}: left out, all requests were answered 405, so no route takes this method" in text
    )
    assert not book.of_route("POST", "/api/items/{item_id}")
    assert book.of_route("_OTHER", "unmatched")
    assert main(["budgets", "check", str(tmp_path / "budgets.yaml"), "--app", "tests.budgets.small_app:app"]) == 0


def test_routes_that_the_application_does_not_have_are_left_out_if_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page()
    page.responses("GET", "/api/items/{item_id}", [0.03] * 500)
    page.responses("GET", "/before/the/deploy", [0.03] * 500)
    # A handler of its own may answer 404 where no route takes the method.
    page.responses("POST", "/api/items/{item_id}", [0.03] * 500, status=404)
    (tmp_path / "page.txt").write_text(page.text, encoding="utf-8")
    app = ("--app", "tests.budgets.small_app:app")
    assert main(["budgets", "suggest", "--metrics", str(tmp_path / "page.txt"), "--service", "shop", *app]) == 0
    text = capsys.readouterr().out
    assert "# GET /before/the/deploy: left out, the application has no such route" in text
    assert "# POST /api/items/{item_id}: left out, the application has no such route" in text
    (tmp_path / "budgets.yaml").write_text(text, encoding="utf-8")
    assert main(["budgets", "check", str(tmp_path / "budgets.yaml"), *app]) == 0


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_holds_as_many_budgets_as_the_check_allows_and_says_what_it_leaves_out(
    more: int, tmp_path: Path
) -> None:
    count = MAX_APPLIED // 5 + more
    observations = _observed({f"/items/{number:04}": 1_000 - number for number in range(count)})
    path = tmp_path / "budgets.yaml"
    path.write_text(budget_file(observations, "shop", "a page", 28) or "", encoding="utf-8")
    book = load(path)
    assert problems_with_routes(book, tuple(observations.routes)) == ()
    assert len(book.routes) == count - more
    # The one that was asked least.
    assert bool(book.of_route("GET", f"/items/{count - 1:04}")) is not bool(more)
    assert ("1 routes or caches, those that were asked least, and 0 comments" in path.read_text()) is bool(more)


def test_a_file_is_no_larger_than_one_that_can_be_read(tmp_path: Path) -> None:
    observations = _observed({f"/{number:04}{'/' * 100}": 60 + number for number in range(1_000)}, db=False)
    path = tmp_path / "budgets.yaml"
    text = budget_file(observations, "shop", "a page", 28) or ""
    path.write_text(text, encoding="utf-8")
    assert MAX_BYTES * 0.98 < path.stat().st_size <= MAX_BYTES
    kept = len(load(path).routes)
    assert f"{1_000 - kept} routes or caches, those that were asked least" in text


def _observed(requests: dict[str, int], *, db: bool = True) -> Observations:
    """Routes with five budgets that can be proposed, or with one, by how often they were asked."""
    durations = Histogram.of([("0.05", 980), ("0.5", 1_000), ("+Inf", 1_000)])
    statements = Histogram.of([("3", 1_000), ("+Inf", 1_000)]) if db else Histogram(0, ())
    times = durations if db else replace(durations, count=60)
    routes = {
        ("GET", template): RouteFigures(count, 0, 0, times, statements, times, 1, 1, 0, 0)
        for template, count in requests.items()
    }
    return Observations(routes, {})


def test_nothing_seen_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.responses("GET", "/items", [0.03] * 5)
    (tmp_path / "page.txt").write_text(page.text, encoding="utf-8")
    assert main(["budgets", "suggest", "--metrics", str(tmp_path / "page.txt"), "--service", "shop"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "GET /items: p95_ms: too few requests: 5 of the 59 that it takes" in shown.err


@pytest.mark.parametrize(
    ("text", "cause"),
    [("<html>not found</html>", "it is no page of metrics: "), ("a_total{b=", "it is no page of metrics: ")],
)
def test_what_is_no_page_is_told_in_one_line(
    text: str, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.txt").write_text(text, encoding="utf-8")
    assert main(["budgets", "suggest", "--metrics", str(tmp_path / "page.txt"), "--service", "shop"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"suggest: {cause}")


def test_a_prometheus_says_the_same_as_the_page(
    start_prometheus: StartPrometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page()
    page.responses("GET", "/items", [])
    page.statements("GET", "/items", [3])
    page.answers("brands", hits=0, misses=0)
    with Exposition(page.registry).served() as port:
        prometheus = start_prometheus({"prometheus.yml": scraping({JOB: [port]})})
        scraped(prometheus, "http_server_request_db_queries_count", 1)
        page.responses("GET", "/items", [0.03] * 980 + [0.3] * 20)
        page.statements("GET", "/items", [3] * 995 + [7] * 5)
        page.answers("brands", hits=943, misses=57)
        scraped(prometheus, "cache_requests_total{cache_result='miss'}", 57)
        assert main(["budgets", "suggest", "--prometheus", prometheus.url, "--since", "1h"]) == 0
    text = capsys.readouterr().out
    path = tmp_path / "budgets.yaml"
    path.write_text(text, encoding="utf-8")
    book = load(path)
    assert book.service == "candid-demo"
    assert _limits(book.of_route("GET", "/items")) == {
        "p95_ms": 50,
        "p99_ms": 500,
        "queries": 3,
        "repeated_queries": 4,
        "db_ms": 10,
    }
    assert _limits(book.caches["brands"]) == {"hit_ratio": Decimal("0.92")}
    assert "a Prometheus, the last 1h, of which only " in text.splitlines()[0]


_NAMES = st.text(max_size=40)
_METHODS = st.sampled_from(("GET", "POST", "_OTHER", "BREW", ""))
_REQUESTS = st.lists(
    st.tuples(st.floats(0, 20), st.integers(1, 400), st.sampled_from((200, 404, 405, 500))), max_size=4
)
_STATEMENTS = st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 400)), max_size=4)
_ROUTES = st.dictionaries(
    st.tuples(_METHODS, st.one_of(_NAMES, st.sampled_from(("/items/{id}", "/a*", "unmatched", "/x:{p:int}")))),
    st.tuples(_REQUESTS, _STATEMENTS, st.integers(0, 2), st.integers(0, 2), st.floats(0, 1)),
    max_size=4,
)
_CACHES = st.dictionaries(
    st.one_of(_NAMES, st.sampled_from(("brands", "a-b_9"))),
    st.tuples(st.integers(0, 2_000), st.integers(0, 2_000)),
    max_size=3,
)


def _filled(routes: Any, caches: Any) -> Page:
    page = Page()
    for (method, route), (requests, statements, late, repeated, overlap) in routes.items():
        for seconds, count, status in requests:
            page.responses(method, route, [seconds] * count, status=status)
        for queries, count in statements:
            page.statements(method, route, [queries] * count)
        page.late.labels(method, route).inc(late)
        page.repeated.labels(method, route).inc(repeated)
        page.db_sum.labels(method, route).inc(overlap)
    for namespace, (hits, misses) in caches.items():
        page.answers(namespace, hits=hits, misses=misses)
    return page


@settings(max_examples=150)
@given(routes=_ROUTES, caches=_CACHES)
def test_whatever_was_seen_the_file_can_be_used_and_holds_for_it(
    tmp_path_factory: pytest.TempPathFactory, routes: Any, caches: Any
) -> None:
    observations = Observations.of(MetricsPage.parse(_filled(routes, caches).text).samples)
    text = budget_file(observations, 'shop "x" # y', "a\npage", 28)
    if text is None:
        return
    path = tmp_path_factory.mktemp("file") / "budgets.yaml"
    path.write_text(text, encoding="utf-8")
    book = load(path)
    for (method, route), (requests, statements, *_) in routes.items():
        budgets = {budget.name: budget for budget in book.of_route(method, route)}
        answered = [(seconds * 1000, count) for seconds, count, status in requests if status < 500]
        _assert_within(budgets.get("p95_ms"), answered)
        _assert_within(budgets.get("p99_ms"), answered)
        _assert_within(budgets.get("queries"), statements)
        _assert_within(budgets.get("error_rate"), [(float(status >= 500), count) for _, count, status in requests], 0.5)
    for namespace, (hits, misses) in caches.items():
        for budget in book.of_cache(namespace):
            assert hits / (hits + misses) >= budget.limit


def _assert_within(budget: Budget | None, seen: list[tuple[float, int]], limit: float | None = None) -> None:
    """No larger share of what was seen is over than the budget allows, and there was enough of it."""
    if budget is None:
        return
    events = sum(count for _, count in seen)
    over = sum(count for figure, count in seen if figure > (float(budget.limit) if limit is None else limit))
    assert over <= float(budget.allowed) * events
    assert events >= 59
