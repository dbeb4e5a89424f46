"""Tallies add up in any order and go from process to process unchanged; what is kept is bounded."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from telemetry.budgets.judge import Verdict
from telemetry.budgets.model import Alerts, Budget, Kind, Place, Subject
from telemetry.request.statement import SentStatement
from telemetry.testing import tally as limits
from telemetry.testing.tally import Tallies, Tally, TallyKey
from telemetry.testing.wire import packed, unpacked


def key(route: str = "/items", owner: str | None = None) -> TallyKey:
    limit = (Decimal("3.50"), Decimal("0.999"))
    budget = Budget("queries", Kind.QUERIES, *limit, Alerts.PAGE, 50, owner, Place(2, 4))
    return TallyKey("budgets.yaml", Subject("GET", route), budget)


_FIGURES = st.integers(0, 2**63) | st.floats(0, 1)
_SENT = st.builds(SentStatement, st.text(), st.integers(1, 9), st.none() | st.text())
_EVENTS = st.lists(
    st.tuples(st.builds(key, st.sampled_from("ab"), st.none() | st.text()), _FIGURES, st.booleans(), st.lists(_SENT))
)


def tallied(events: list[tuple[TallyKey, float, bool, list[SentStatement]]], test: str = "test_a") -> Tallies:
    tallies = Tallies(requests=len(events))
    for at, figure, is_over, sent in events:
        found = tallies.of(at)
        assert found is not None
        found.add(Verdict(at.budget, figure, is_over), tuple(sent), test)
    return tallies


@given(_EVENTS)
def test_what_is_unpacked_is_what_was_packed(events: list[tuple[TallyKey, float, bool, list[SentStatement]]]) -> None:
    tallies = tallied(events)
    assert unpacked(packed(tallies)) == tallies


@given(_EVENTS, st.integers(0))
def test_two_workers_count_what_one_would_have(
    events: list[tuple[TallyKey, float, bool, list[SentStatement]]], at: int
) -> None:
    cut = at % (len(events) + 1)
    both = tallied(events[:cut])
    both.merge(tallied(events[cut:]))
    assert both == tallied(events)


def test_what_one_budget_keeps_is_bounded() -> None:
    kept, budget = Tally(), key().budget
    sent = tuple(SentStatement(f"SELECT {number}", 2) for number in range(50))
    for number in range(20):
        kept.add(Verdict(budget, number, is_over=True), sent, f"test_{number}")
    assert len(kept.seen_in) == limits.MAX_SEEN_IN
    assert len(kept.statements) == limits.MAX_STATEMENTS + 1
    assert sum(statement.count for statement in kept.statements) == 100


def test_budgets_beyond_the_bound_are_counted_as_dropped() -> None:
    tallies = Tallies()
    found = [tallies.of(key(f"/{number}")) for number in range(limits.MAX_TALLIES + 2)]
    assert found[-2:] == [None, None]
    assert (len(list(tallies)), tallies.dropped) == (limits.MAX_TALLIES, 2)
