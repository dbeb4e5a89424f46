"""The entry of budgets that are over: whole, readable for a browser, and never too long."""

from hypothesis import given
from hypothesis import strategies as st

from telemetry.budgets.judge import Verdict
from telemetry.budgets.model import Kind
from telemetry.outputs.budget_entry import MAX_ENTRY_BYTES, budget_entry
from telemetry.outputs.exposure.level import Exposure
from telemetry.outputs.server_timing import MAX_BYTES, header_line, traceparent_of
from telemetry.request.breakdown import Figures
from telemetry.request.lookups import LookupTally
from telemetry.request.timings import CustomTiming
from tests.budgets.made import MS, budget
from tests.server_timing import parse

OVER = Verdict(budget(Kind.QUERIES, "3"), 7, is_over=True)
SLOW = Verdict(budget(Kind.DB_TIME, "40"), 48 * MS, is_over=True)
FIGURES = Figures(55 * MS, 42 * MS, 7)


def test_it_names_what_is_over_with_figure_and_limit() -> None:
    within = Verdict(budget(Kind.LATENCY, "250"), MS, is_over=False)
    assert budget_entry([OVER, within, SLOW]) == 'budget;desc="over queries 7>3 and db_ms 48.00>40"'


def test_there_is_none_where_nothing_is_over() -> None:
    assert budget_entry([]) is None
    assert budget_entry([OVER._replace(is_over=False)]) is None


def test_it_stands_between_the_figures_and_the_timings_of_user_code() -> None:
    figures = FIGURES.timed((CustomTiming("render", MS),))
    line = header_line(figures, budget_entry=budget_entry([OVER])).value
    assert [entry.name for entry in parse(line)] == ["db", "queries", "total", "budget", "render"]


def test_who_sees_no_counts_sees_no_budgets() -> None:
    for exposure in (Exposure.COARSE, Exposure.NOTHING):
        assert "budget" not in header_line(FIGURES, exposure, budget_entry=budget_entry([OVER])).value


@given(
    names=st.lists(st.text("abcdefgh_", min_size=1, max_size=40), max_size=20),
    digits=st.integers(1, 60),
    figure=st.integers(0, 10**15),
)
def test_any_number_of_budgets_makes_one_whole_entry_of_bounded_length(
    names: list[str], digits: int, figure: int
) -> None:
    verdicts = [Verdict(budget(Kind.LATENCY, "0." + "1" * digits, name), figure * MS, is_over=True) for name in names]
    entry = budget_entry(verdicts)
    assert (entry is None) is not bool(names)
    if entry is not None:
        (parsed,) = parse(entry)
        assert len(entry) <= MAX_ENTRY_BYTES
        assert parsed.name == "budget"
        said = (parsed.desc or "").removeprefix("over ").split(" and ")
        left_out = int(said.pop().removesuffix(" more")) if said[-1].endswith(" more") else 0
        assert len(said) + left_out == len(names)


def test_the_longest_line_stays_within_512_bytes() -> None:
    figures = Figures(10**16, 10**16, 10**12, {"brand": LookupTally(1, 1)}).timed(
        tuple(CustomTiming(f"{number}" * 64, 10**16, '"' * 64) for number in range(10))
    )
    verdicts = [OVER._replace(figure=10**12)] * 30
    line = header_line(figures, Exposure.FULL, traceparent_of(2**128 - 1, 2**64 - 1), budget_entry(verdicts)).value
    assert len(line) <= MAX_BYTES
    assert [entry.name for entry in parse(line)][-1] == "traceparent"
    assert "budget" in [entry.name for entry in parse(line)]
