"""A budget file becomes the book that it states, or says what is wrong with it; nothing between."""

import os
import re
import string
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import telemetry
from telemetry.budgets.book import BudgetBook, RoutePattern
from telemetry.budgets.document import MAX_BYTES
from telemetry.budgets.load import load, read
from telemetry.budgets.model import Alerts, Budget, Kind, decimal_text
from telemetry.budgets.problems import BudgetFileError, Problem

HEAD = "version: 1\nservice: shop\n"
FULL = (
    HEAD
    + """
defaults: {p95_ms: 250, p99_ms: 800, error_rate: 0.001, queries: 15, alerts: page, min_events: 20, owner: shop}
routes:
  "GET /items/{id}": {p99_ms: 300, queries: {limit: 3, objective: 0.999, alerts: page, min_events: 5}}
  "* /items/*": {db_ms: 40, alerts: ticket, owner: items}
  "* /items/{id}": {db_ms: false, min_events: 7}
  "POST /items": {alerts: none}
  "* /internal*": exclude
  "GET /internal/report": {p95_ms: 700}
caches:
  brands: {hit_ratio: 0.90, p99_ms: 5}
  items: {hit_ratio: 0.95, alerts: page}
"""
)


@pytest.fixture
def book(tmp_path: Path) -> BudgetBook:
    return loaded(tmp_path, FULL)


def loaded(directory: Path, text: str | bytes) -> BudgetBook:
    path = directory / "budgets.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path)


def problems_of(directory: Path, text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(BudgetFileError) as refused:
        loaded(directory, text)
    return refused.value.problems


def by_name(budgets: tuple[Budget, ...]) -> dict[str, Budget]:
    return {budget.name: budget for budget in budgets}


def test_a_route_has_the_defaults(book: BudgetBook) -> None:
    budgets = by_name(book.of_route("GET", "/other"))
    assert {name: budget.limit_text for name, budget in budgets.items()} == {
        "p95_ms": "250",
        "p99_ms": "800",
        "error_rate": "0.001",
        "queries": "15",
    }
    assert {name: str(budget.objective) for name, budget in budgets.items()} == {
        "p95_ms": "0.95",
        "p99_ms": "0.99",
        "error_rate": "0.999",
        "queries": "0.99",
    }


def test_each_key_comes_from_the_most_specific_entry_that_has_it(book: BudgetBook) -> None:
    budgets = by_name(book.of_route("GET", "/items/{id}"))
    assert {name: budget.limit_text for name, budget in budgets.items()} == {
        "p95_ms": "250",
        "p99_ms": "300",
        "error_rate": "0.001",
        "queries": "3",
    }
    assert "db_ms" in by_name(book.of_route("GET", "/items/{id}/parts"))


def test_what_a_route_says_of_alerts_and_owner_holds_for_inherited_budgets_too(book: BudgetBook) -> None:
    budget = by_name(book.of_route("DELETE", "/items/{id}"))["p95_ms"]
    assert (budget.alerts, budget.owner, budget.min_events) == (Alerts.TICKET, "items", 7)


def test_what_a_budget_says_itself_stands_above_what_its_route_says(book: BudgetBook) -> None:
    budget = by_name(book.of_route("GET", "/items/{id}"))["queries"]
    assert (budget.alerts, budget.min_events, budget.objective) == (Alerts.PAGE, 5, Decimal("0.999"))


def test_counts_wake_nobody_unless_they_say_so_themselves(book: BudgetBook) -> None:
    assert by_name(book.of_route("GET", "/other"))["queries"].alerts is Alerts.TICKET
    assert {budget.alerts for budget in book.of_route("POST", "/items")} == {Alerts.NONE}


def test_the_most_specific_entry_decides_whether_a_route_is_excluded(book: BudgetBook) -> None:
    assert book.of_route("GET", "/internal/metrics") == ()
    assert by_name(book.of_route("GET", "/internal/report"))["p95_ms"].limit == 700


def test_a_cache_has_its_budgets(book: BudgetBook) -> None:
    hits, time = book.of_cache("brands")
    assert (hits.kind, hits.limit, hits.objective, hits.alerts) == (
        Kind.HIT_RATIO,
        Decimal("0.9"),
        Decimal("0.9"),
        Alerts.TICKET,
    )
    assert (time.kind, time.limit, time.objective) == (Kind.CACHE_LATENCY, Decimal(5), Decimal("0.99"))
    assert hits.min_events == 20
    assert book.of_cache("items")[0].alerts is Alerts.PAGE


def test_each_budget_knows_its_place(book: BudgetBook) -> None:
    lines = FULL.splitlines()
    for budget in book.of_route("GET", "/items/{id}"):
        line, column = budget.place
        assert lines[line - 1][column - 1 :].startswith(f"{budget.name}:")


def test_all_budgets_of_an_application_are_listed_once_and_sorted(book: BudgetBook) -> None:
    applied = book.applied([("POST", "/b"), ("GET", "/a"), ("GET", "/internal")])
    assert [str(entry.subject) for entry in applied] == [
        "cache brands",
        "cache brands",
        "cache items",
        *["GET /a"] * 4,
        *["POST /b"] * 4,
    ]


def test_resolved_routes_are_remembered_up_to_a_limit(book: BudgetBook) -> None:
    for number in range(2_500):
        book.of_route("GET", f"/{number}")
    assert len(book._resolved) == 2_000
    assert by_name(book.of_route("GET", "/2499"))["queries"].limit == 15


def test_a_bad_file_is_a_configuration_error_with_all_lines(tmp_path: Path) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(HEAD + "defaults: {p95: 250, queries: -1}\n")
    with pytest.raises(telemetry.ConfigurationError) as refused:
        load(path)
    assert [line.split(": ")[0] for line in str(refused.value).splitlines()] == [f"{path}:3:12", f"{path}:3:31"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe", "the file is not UTF-8"),
        (b"version: 1\nservice: \xe4\n", "the file is not UTF-8"),
        (b"version: 1\nservice: a\x00b\n", "the character U+0000 may not stand in YAML"),
        (b"a" * (MAX_BYTES + 1), f"the file is larger than {MAX_BYTES} bytes"),
        (b"[" * 100_000, "deeper than 8 levels"),
        (b"- " * 100_000, "deeper than 8 levels"),
        (b"[" + b"1," * 30_000 + b"]", "more than 20000 values"),
        (b"a: &a [*a]\n", "&a is an anchor"),
    ],
)
def test_what_is_no_budget_file_is_one_problem(tmp_path: Path, content: bytes, what: str) -> None:
    (problem,) = problems_of(tmp_path, content)
    assert problem.what == what
    assert problem.remedy


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path, Path("a\0b")):
        with pytest.raises(BudgetFileError, match="cannot be read"):
            load(path)


def test_a_device_without_end_is_read_to_the_limit_only() -> None:
    with pytest.raises(BudgetFileError, match="is larger than"):
        load("/dev/zero")


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    assert loaded(tmp_path, b"\xef\xbb\xbf" + FULL.encode()).service == "shop"


def test_problems_are_told_up_to_a_limit(tmp_path: Path) -> None:
    text = HEAD + "defaults:\n" + "".join(f"  key{number}: 1\n" for number in range(2_000))
    problems = problems_of(tmp_path, text)
    assert len(problems) == 501
    assert any("there are more problems" in problem.what for problem in problems)


def test_more_namespaces_than_are_told_apart_are_refused(tmp_path: Path) -> None:
    text = HEAD + "caches:\n" + "".join(f"  n{number}: {{hit_ratio: 0.9}}\n" for number in range(101))
    (problem,) = problems_of(tmp_path, text)
    assert problem.what == "caches has 101 namespaces"


LIMITS = st.decimals("0.001", 86_400_000, places=3) | st.decimals("0.000000000001", 1, places=12)


@given(limit=LIMITS.filter(lambda limit: limit > 0))
def test_limits_survive_exactly(tmp_path_factory: pytest.TempPathFactory, limit: Decimal) -> None:
    directory = tmp_path_factory.getbasetemp()
    book = loaded(directory, HEAD + f"defaults: {{db_ms: {limit:f}}}\n")
    (budget,) = book.of_route("GET", "/")
    assert budget.limit == limit
    assert Decimal(budget.limit_text) == limit
    again = loaded(directory, HEAD + f"defaults: {{db_ms: {budget.limit_text}}}\n")
    assert again.of_route("GET", "/")[0].limit_text == budget.limit_text


@given(objective=st.decimals(0, 1, places=9).filter(lambda ratio: 0 < ratio < 1))
def test_objectives_survive_exactly(tmp_path_factory: pytest.TempPathFactory, objective: Decimal) -> None:
    text = HEAD + f"defaults: {{queries: {{limit: 3, objective: {objective:f}}}}}\n"
    (budget,) = loaded(tmp_path_factory.getbasetemp(), text).of_route("GET", "/")
    assert budget.objective == objective
    assert budget.allowed + budget.objective == 1
    assert decimal_text(budget.objective) == decimal_text(objective)


WORDS = st.sampled_from(
    [
        *("version: 1", "service: a", "defaults:", "routes:", "caches:", "window: 28d", "p95_ms: 250", "queries: 3"),
        *('"GET /a":', "{", "}", "[", "]", ",", ": ", "- ", "exclude", "limit: 3", "objective: 0.9", "latency:"),
        *(
            "\n",
            "\n  ",
            "\n    ",
            "true",
            ".nan",
            "1e9",
            "99.9",
            "&a",
            "*a",
            "!x",
            "<<:",
            "? ",
            "| ",
            "'",
            '"',
            "#",
            "%",
        ),
    ]
)


@given(st.lists(WORDS, max_size=40).map("".join) | st.text(max_size=200) | st.binary(max_size=200))
def test_any_content_loads_or_is_told_to_be_wrong(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    encoded = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    path = tmp_path_factory.getbasetemp() / "budgets.yaml"
    path.write_bytes(encoded)
    book, problems = read(path)
    assert problems or book is not None
    for problem in problems:
        assert len(str(problem).splitlines()) == 1
        assert str(problem).isprintable()
        assert min(problem.place) >= 1


VALUES = st.recursive(
    st.sampled_from(["1", "0.9", "-1", "99.9", "true", "false", "null", ".nan", '"3"', "x", "exclude", "page", "012"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(["limit", "objective", "alerts", "ms", "min_events", "owner", "p95_ms", "GET /a", "a"]),
            inner,
            max_size=4,
        ).map(lambda pairs: f"{{{', '.join(f'{key}: {value}' for key, value in pairs.items())}}}")
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(["version", "service", "window", "defaults", "routes", "caches", "other"])


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_values_load_or_are_told_to_be_wrong(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]
) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in values.items())
    path = tmp_path_factory.getbasetemp() / "budgets.yaml"
    path.write_text(text)
    book, problems = read(path)
    assert problems or (book is not None and book.service)


LETTERS = st.text(string.ascii_lowercase[:3] + "/", max_size=8)


@given(st.lists(LETTERS, min_size=1, max_size=5), LETTERS, LETTERS)
def test_a_wildcard_stands_for_any_characters(parts: list[str], filling: str, other: str) -> None:
    pattern, expression = RoutePattern("*", "*".join(parts)), ".*".join(map(re.escape, parts))
    assert pattern.matches("GET", filling.join(parts))
    assert pattern.matches("GET", other) == (re.fullmatch(expression, other) is not None)


def test_many_wildcards_on_a_long_template_are_matched_at_once() -> None:
    assert not RoutePattern("*", "/" + "*a" * 60 + "b").matches("GET", "/" + "a" * 10_000)


def test_the_pure_part_of_a_path_is_kept_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "budgets.yaml").write_text(FULL)
    monkeypatch.chdir(tmp_path)
    assert load("budgets.yaml").path == "budgets.yaml"
    assert load(Path(os.curdir) / "budgets.yaml").path == "budgets.yaml"
