"""SELECTs that come again and again, one after another."""

from telemetry.request.repeats import THRESHOLD, Origin, Repeat, RepeatTally
from telemetry.request.statement import Statement
from telemetry.request.statements import StatementTally


def statement(fingerprint: str) -> Statement:
    return Statement(is_query=True, is_select=True, fingerprint=fingerprint)


BRAND = statement("select brand where id = ?")


def test_the_origin_is_wanted_exactly_when_the_threshold_is_reached() -> None:
    tally = RepeatTally()
    assert [tally.count(BRAND) for _ in range(THRESHOLD + 2)] == [False] * (THRESHOLD - 1) + [True, False, False]


def test_fewer_than_the_threshold_are_no_repeat() -> None:
    tally = RepeatTally()
    for _ in range(THRESHOLD - 1):
        tally.count(BRAND)
    assert tally.repeats() == ()


def test_a_repeat_names_its_statement_count_time_and_line() -> None:
    tally = RepeatTally()
    for _ in range(6):
        tally.count(BRAND)
        tally.time(BRAND, 100)
    tally.locate(BRAND, Origin("app/brands.py:12 in read"))
    assert tally.repeats() == (Repeat(BRAND.fingerprint, 6, 600, "app/brands.py:12 in read"),)


def test_a_loader_that_works_in_batches_is_no_repeat() -> None:
    tally = RepeatTally()
    for _ in range(6):
        tally.count(BRAND)
    tally.locate(BRAND, Origin("app/brands.py:12 in read", is_batched_load=True))
    assert tally.repeats() == ()


def test_the_longest_repeat_comes_first() -> None:
    tally = RepeatTally()
    for name, duration_ns in (("short", 1), ("long", 9), ("middle", 5)):
        for _ in range(5):
            tally.count(statement(name))
            tally.time(statement(name), duration_ns)
    assert [repeat.fingerprint for repeat in tally.repeats()] == ["long", "middle", "short"]


def test_a_time_that_is_not_known_is_left_out_and_comes_last() -> None:
    tally = RepeatTally()
    for name, counted, timed in (("untimed", 9, 0), ("half", 6, 3), ("timed", 5, 5)):
        for _ in range(counted):
            tally.count(statement(name))
        for _ in range(timed):
            tally.time(statement(name), 1)
    found = [(repeat.fingerprint, repeat.total_ns) for repeat in tally.repeats()]
    assert found == [("timed", 5), ("untimed", None), ("half", None)]


def test_the_groups_of_a_request_are_bounded() -> None:
    tally = RepeatTally()
    for n in range(1_000):
        for _ in range(5):
            tally.count(statement(f"select {n}"))
            tally.time(statement(f"select {n}"), 1)
    assert len(tally.repeats()) == 200


def test_statements_sent_at_once_or_that_write_are_no_repeats() -> None:
    concurrent, writing = StatementTally(), StatementTally()
    insert = Statement(is_query=True, is_select=False, fingerprint="insert ?")
    for n in range(10):
        concurrent.count(BRAND, n)
        concurrent.begin(n, n, n)
        writing.count(insert, 0)
        writing.begin(n, 0, 2 * n)
        writing.end(n, 2 * n + 1)
    assert concurrent.repeats() == ()
    assert writing.repeats() == ()
