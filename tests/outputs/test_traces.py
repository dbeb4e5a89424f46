"""The figures that are known become attributes of the SERVER span, and no others."""

from collections.abc import Mapping

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from telemetry.outputs.traces import annotate
from telemetry.request.breakdown import Figures
from telemetry.request.lookups import LookupTally
from telemetry.request.repeats import Repeat


def performance(figures: Figures) -> Mapping[str, object]:
    span = TracerProvider(shutdown_on_exit=False).get_tracer("tests").start_span("request")
    annotate(span, figures)
    assert isinstance(span, ReadableSpan)
    return {name: value for name, value in (span.attributes or {}).items() if name.startswith("performance.")}


def test_all_figures_in_base_units() -> None:
    attributes = performance(Figures(2_000_000_000, 1_500_000_000, 3, {"brand": LookupTally(misses=1)}))
    expected = {
        "performance.db.duration_seconds": 1.5,
        "performance.db.queries": 3,
        "performance.cache.status": "miss",
    }
    assert {name: attributes.get(name) for name in expected} == expected


@pytest.mark.parametrize("figures", [Figures(elapsed_ns=1), Figures(elapsed_ns=1, lookups={"brand": LookupTally()})])
def test_what_is_not_known_is_not_an_attribute(figures: Figures) -> None:
    assert performance(figures) == {}


def test_a_database_at_rest_is_zero() -> None:
    attributes = performance(Figures(elapsed_ns=1, db_busy_ns=0, db_queries=0))
    assert attributes["performance.db.queries"] == 0
    assert attributes["performance.db.duration_seconds"] == 0


@pytest.mark.parametrize(("total_ns", "seconds"), [(2_000_000_000, (1.0, 2.0)), (None, None)])
def test_a_repeat_whose_time_is_not_known_has_none(total_ns: int | None, seconds: tuple[float, ...] | None) -> None:
    repeats = Repeat("SELECT a", 7, 1_000_000_000, None), Repeat("SELECT b", 5, total_ns, "shop.py:7 in read")
    attributes = performance(Figures(elapsed_ns=1, repeats=repeats))
    assert attributes["performance.repeated_queries.counts"] == (7, 5)
    assert attributes.get("performance.repeated_queries.durations_seconds") == seconds
