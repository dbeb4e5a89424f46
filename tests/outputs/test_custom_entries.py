"""The entries that user code adds to the header: whatever they are called, they harm nothing."""

import re
from enum import Enum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.outputs.exposure.level import Exposure
from telemetry.outputs.server_timing import RESERVED_NAMES, entry_name, header_line, traceparent_of
from telemetry.request.breakdown import Figures
from telemetry.request.lookups import LookupTally
from telemetry.request.timings import MAX_NAMES, CustomTiming
from tests.outputs.test_server_timing import FIGURES, NANOSECONDS
from tests.server_timing import Metric, parse

# Texts that a careless program may take from its input, each likely to hold what breaks a header.
HOSTILE = st.text(st.sampled_from('",;=\\\r\n\t\0 aé✓\x7f\ud800') | st.characters(), max_size=100)
TIMINGS = st.lists(st.builds(CustomTiming, HOSTILE, NANOSECONDS, st.none() | HOSTILE), max_size=MAX_NAMES).map(tuple)
TRACES = st.none() | st.builds(traceparent_of, st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1))
LEVELS = st.sampled_from([Exposure.FULL, Exposure.COARSE])
OWN_NAMES = ("db", "cache", "queries", "total")


@given(FIGURES, TIMINGS, LEVELS, TRACES)
def test_whatever_user_code_names_the_line_stays_short_and_follows_the_grammar(
    figures: Figures, timings: tuple[CustomTiming, ...], level: Exposure, traceparent: str | None
) -> None:
    line = header_line(figures._replace(timings=timings), level, traceparent)
    assert line.value.isascii()
    assert line.value.isprintable()
    assert len(line.value) <= 512
    shown = [metric for metric in parse(line.value) if metric.name not in OWN_NAMES]
    if traceparent is not None:
        assert shown.pop() == Metric("traceparent", None, traceparent)
    assert len(shown) + line.omitted == len(timings)
    for metric, timing in zip(shown, timings, strict=False):
        assert metric.name == entry_name(timing.name)
        assert (metric.desc or "") == printable(timing.description or "")


@given(FIGURES, TIMINGS, TRACES)
def test_custom_entries_change_no_byte_of_ours(
    figures: Figures, timings: tuple[CustomTiming, ...], traceparent: str | None
) -> None:
    own = header_line(figures).value
    assert (header_line(figures._replace(timings=timings), Exposure.FULL, traceparent).value + ", ").startswith(
        own + ", "
    )


def test_custom_entries_follow_ours_and_the_trace_is_last() -> None:
    timings = (CustomTiming("render", 12_340_000, 'the "page"'), CustomTiming("zip", 1_000_000))
    figures = Figures(elapsed_ns=55_100_000, db_queries=1, timings=timings)
    assert header_line(figures, traceparent=traceparent_of(1, 2)).value == (
        'queries;desc="1 Query", total;dur=55.10, render;dur=12.34;desc="the \\"page\\"", zip;dur=1.00, '
        f'traceparent;desc="00-{"0" * 31}1-{"0" * 15}2-01"'
    )


def test_what_does_not_fit_is_left_out_whole_from_the_tail_and_counted() -> None:
    timings = (*(CustomTiming(f"step{number}", 10**9, "x" * 64) for number in range(9)), CustomTiming("z", 1))
    line = header_line(
        Figures(elapsed_ns=10**9, db_busy_ns=1, db_queries=1, timings=timings), traceparent=traceparent_of(1, 2)
    )
    names = [metric.name for metric in parse(line.value)]
    assert names == ["db", "queries", "total", "step0", "step1", "step2", "traceparent"]
    assert line.omitted == 7
    assert len(line.value) <= 512


@given(TIMINGS)
def test_the_first_timing_always_fits(timings: tuple[CustomTiming, ...]) -> None:
    figures = Figures(10**20, 10**20, 10**12, {"brand": LookupTally(1, 1, 1)}, timings=timings)
    assert header_line(figures, traceparent=traceparent_of(1, 2)).omitted < max(len(timings), 1)


@given(HOSTILE)
def test_a_name_becomes_one_that_every_browser_reads_and_stays_it(text: str) -> None:
    name = entry_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,68}", name)
    assert name.lower() not in RESERVED_NAMES
    assert entry_name(name) == name


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES | {"Total", "DB"}))
def test_the_names_of_our_entries_are_not_for_others(name: str) -> None:
    assert entry_name(name) == f"app-{name}"


@pytest.mark.parametrize("nonsense", [None, 7, b"render", object(), "", ["render"]])
def test_what_is_no_name_is_called_unnamed(nonsense: object) -> None:
    assert entry_name(nonsense) == "unnamed"


def test_a_name_of_an_enumeration_is_its_value() -> None:
    class Step(str, Enum):  # noqa: UP042 - its text in a format differs from its value
        RENDER = 'ren"der'

    class Kind(StrEnum):
        RENDER = "render"

    assert (entry_name(Step.RENDER), entry_name(Kind.RENDER)) == ("ren-der", "render")
    assert f"{entry_name(Kind.RENDER)}" == "render"


def test_coarse_figures_are_whole_ms_without_counts_and_without_the_cache() -> None:
    figures = Figures(
        55_600_000, 42_560_000, 3, {"brand": LookupTally(misses=1)}, timings=(CustomTiming("render", 2_499_999, "R"),)
    )
    assert header_line(figures, Exposure.COARSE).value == (
        'db;dur=43;desc="Database Query Time", total;dur=56, render;dur=2;desc="R"'
    )


@given(FIGURES)
def test_coarse_figures_are_the_same_for_every_answer_of_the_cache_and_every_count(
    figures: Figures,
) -> None:
    other = figures._replace(lookups={"brand": LookupTally(hits=7)}, db_queries=7)
    assert header_line(figures, Exposure.COARSE) == header_line(other, Exposure.COARSE)


def printable(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text[:64])
