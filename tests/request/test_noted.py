"""A tally that notes its statements counts as any other, and what it keeps is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from telemetry.request.noted import FURTHER, MAX_NOTED, NotedStatements
from telemetry.request.repeats import Origin
from telemetry.request.slots import current_slot
from telemetry.request.statement import SentStatement, Statement
from telemetry.request.statements import StatementTally

# What a statement is follows from its text.
_SENT = st.sampled_from(
    [
        Statement(is_query=True, is_select=True, fingerprint="a"),
        Statement(is_query=True, is_select=True, fingerprint="b"),
        Statement(is_query=True, is_select=False, fingerprint="c"),
        Statement(is_query=False, is_select=False, fingerprint="d"),
    ]
)


def sent(tally: StatementTally, statements: list[Statement]) -> None:
    for number, statement in enumerate(statements):
        if tally.count(statement, current_slot()):
            tally.locate(statement, Origin(f"shop.py:{number} in f"))
        tally.begin(number, current_slot(), 10 * number)
        tally.end(number, 10 * number + 5)


@given(st.lists(_SENT, max_size=40))
def test_the_figures_are_those_of_a_tally_that_notes_nothing(statements: list[Statement]) -> None:
    plain, noting = StatementTally(), NotedStatements()
    sent(plain, statements)
    sent(noting, statements)
    assert (noting.queries, noting.sum_ns(0), noting.repeats()) == (plain.queries, plain.sum_ns(0), plain.repeats())
    assert plain.noted() == ()
    assert sum(one.count for one in noting.noted()) == noting.queries


def test_the_most_repeated_comes_first_with_the_line_that_sent_it_first() -> None:
    tally = NotedStatements()
    sent(tally, [Statement(True, True, text) for text in ("a", "b", "b")] + [Statement(False, False, "COMMIT")])
    assert tally.noted() == (SentStatement("b", 2, "shop.py:1 in f"), SentStatement("a", 1, "shop.py:0 in f"))


def test_statements_beyond_the_bound_are_noted_as_one() -> None:
    tally = NotedStatements()
    sent(tally, [Statement(True, False, str(number)) for number in range(MAX_NOTED + 7)])
    noted = tally.noted()
    assert len(noted) == MAX_NOTED + 1
    assert noted[0].fingerprint == FURTHER
    assert noted[0].count == 7
