"""The header, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.outputs.server_timing import header_line
from telemetry.request.breakdown import Figures
from telemetry.request.lookups import LookupTally
from tests.server_timing import Metric, dur_of, parse, queries_of

NANOSECONDS = st.integers(min_value=-(10**30), max_value=10**30)
COUNTS = st.integers(min_value=0, max_value=10**12)
TALLIES = st.builds(LookupTally, COUNTS, COUNTS, COUNTS)


def shown(busy_ns: int | None, queries: int | None, elapsed_ns: int, lookups: dict[str, LookupTally]) -> Figures:
    """Figures of which the header shows all: hypothesis would make up the other fields too."""
    return Figures(elapsed_ns, busy_ns, queries, lookups)


LOOKUPS = st.dictionaries(st.text(), TALLIES, max_size=5)
FIGURES = st.builds(shown, st.none() | NANOSECONDS, st.none() | COUNTS, NANOSECONDS, LOOKUPS)


def header_value(figures: Figures) -> str:
    return header_line(figures).value


def looked_up(hits: int = 0, misses: int = 0, bypasses: int = 0) -> dict[str, LookupTally]:
    return {"brand": LookupTally(hits, misses, bypasses)}


def test_the_form_that_was_agreed() -> None:
    figures = Figures(elapsed_ns=55_100_000, db_busy_ns=42_560_000, db_queries=3, lookups=looked_up(misses=1))
    assert header_value(figures) == (
        'db;dur=42.56;desc="Database Query Time", cache;desc="Cache Miss", queries;desc="3 Queries", total;dur=55.10'
    )


def test_a_hit_without_a_query() -> None:
    figures = Figures(elapsed_ns=1_370_000, db_busy_ns=0, db_queries=0, lookups=looked_up(hits=2))
    assert header_value(figures) == (
        'db;dur=0.00;desc="Database Query Time", cache;desc="Cache Hit", queries;desc="0 Queries", total;dur=1.37'
    )


@pytest.mark.parametrize(("count", "text"), [(0, "0 Queries"), (1, "1 Query"), (2, "2 Queries"), (999, "999 Queries")])
def test_one_query_is_singular(count: int, text: str) -> None:
    assert f'queries;desc="{text}"' in header_value(Figures(1, 1, count))


@pytest.mark.parametrize(
    ("lookups", "text"),
    [
        (looked_up(hits=1), "Cache Hit"),
        (looked_up(misses=2), "Cache Miss"),
        (looked_up(hits=1, misses=1), "Cache Partial"),
        (looked_up(bypasses=1), "Cache Bypass"),
        ({"brand": LookupTally(hits=1), "item": LookupTally(misses=1)}, "Cache Partial"),
    ],
)
def test_the_cache_entry_sums_up_all_namespaces(lookups: dict[str, LookupTally], text: str) -> None:
    assert f'cache;desc="{text}"' in header_value(Figures(1, lookups=lookups))


def test_no_look_up_has_no_cache_entry() -> None:
    assert "cache" not in header_value(Figures(elapsed_ns=1, db_busy_ns=1, db_queries=1))


def test_what_is_not_known_has_no_entry() -> None:
    assert header_value(Figures(elapsed_ns=2_000_000)) == "total;dur=2.00"


def test_a_count_without_a_time_stands_alone() -> None:
    assert header_value(Figures(elapsed_ns=2_000_000, db_queries=2)) == 'queries;desc="2 Queries", total;dur=2.00'


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [(-1, "0.00"), (4_999, "0.00"), (5_001, "0.01"), (10**16, "9999999.99"), (10**30, "9999999.99")],
)
def test_durations_stay_within_what_every_reader_takes(duration_ns: int, text: str) -> None:
    assert header_value(Figures(elapsed_ns=duration_ns)) == f"total;dur={text}"


@given(FIGURES)
def test_any_figures_make_one_short_ascii_line(figures: Figures) -> None:
    value = header_value(figures)
    assert value.isascii()
    assert value.isprintable()
    assert len(value) <= 200


@given(FIGURES)
def test_any_value_follows_the_grammar_in_the_agreed_order(figures: Figures) -> None:
    names = [metric.name for metric in parse(header_value(figures))]
    assert names == [name for name in ("db", "cache", "queries", "total") if name in names]
    assert ("db" in names) == (figures.db_busy_ns is not None)
    assert ("queries" in names) == (figures.db_queries is not None)
    assert ("cache" in names) == (figures.cache_status() is not None)


@given(FIGURES)
def test_the_numbers_are_those_of_the_figures(figures: Figures) -> None:
    value = header_value(figures)
    assert queries_of(value) == figures.db_queries
    if 0 <= figures.elapsed_ns <= 9_999_999_990_000:
        assert abs(dur_of(value, "total") - figures.elapsed_ns / 1e6) <= 0.00501


@given(st.integers(min_value=0, max_value=10**17), st.integers(min_value=0, max_value=10**17))
def test_rounding_never_puts_db_above_total(one_ns: int, other_ns: int) -> None:
    value = header_value(Figures(elapsed_ns=max(one_ns, other_ns), db_busy_ns=min(one_ns, other_ns), db_queries=1))
    assert dur_of(value, "db") <= dur_of(value, "total")


def test_the_parser_of_these_tests_refuses_what_browsers_stop_at() -> None:
    assert parse('a;dur=1 , b;desc="x, \\"y\\""') == (Metric("a", "1", None), Metric("b", None, 'x, "y"'))
    for broken in ("a;dur=1,,b", "my db;dur=1", 'a;desc="open', "a;desc=é", ",a", 'a;desc="x"y'):
        with pytest.raises(ValueError, match="at"):
            parse(broken)


def test_a_count_that_nobody_can_have_reached_has_no_entry() -> None:
    assert header_value(Figures(elapsed_ns=0, db_queries=10**5000)) == "total;dur=0.00"
