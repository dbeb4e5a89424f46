"""What is said to Redis, without one: operations driven by replies written down here."""

from collections.abc import Callable

import pytest

from telemetry.cache.backlog import Debt
from telemetry.cache.circuit import BusyError, Circuit
from telemetry.cache.commands import Command, Reply
from telemetry.cache.keys import KeyScheme
from telemetry.cache.limits import Limits
from telemetry.cache.operations import INVALIDATION_ATTEMPTS, Operation, outdate, ping, read, write

ENTRY = KeyScheme("app", "item").entry("item:5:user:7")
DOWN = ConnectionRefusedError("redis.internal:6379 user s3cret")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(Limits(), lambda _: "", clock)


def sharded(clock: Clock) -> Circuit:
    """Tags are on the shard that they are named after."""
    return Circuit(Limits(), lambda tag: tag, clock)


class Run:
    """An operation run to its end, and the batches that it sent."""

    def __init__(self, operation: Operation[object], answer: Callable[[Command], Reply]) -> None:
        self.batches: list[list[Command]] = []
        try:
            commands = next(operation)
            while True:
                self.batches.append(commands)
                commands = operation.send([answer(command) for command in commands])
        except StopIteration as stop:
            self.result = stop.value


def healthy(command: Command) -> Reply:
    if command[0] == "MGET":
        return [None, b"generation", None, None, None]
    return True


def down(_: Command) -> Reply:
    return DOWN


def opened(circuit: Circuit) -> None:
    for _ in range(Limits().failures):
        Run(read(circuit, ENTRY), down)


def test_a_read_is_one_command_that_names_the_value_and_all_tokens(circuit: Circuit) -> None:
    run = Run(read(circuit, ENTRY), healthy)
    assert run.batches == [[("MGET", ENTRY.value, *ENTRY.tokens)]]


def test_a_read_without_a_generation_takes_the_one_that_is_there_afterwards(circuit: Circuit) -> None:
    def no_generation(command: Command) -> Reply:
        return {"MGET": [b"old", None, None, None, None], "SET": None, "GET": b"of another reader"}[str(command[0])]

    run = Run(read(circuit, ENTRY), no_generation)
    assert run.result.sealed is None
    assert run.result.tokens[0] == b"of another reader"
    assert [batch[0][0] for batch in run.batches] == ["MGET", "SET"]
    assert run.batches[1][0][-1] == "NX"


def test_a_write_is_one_command_with_a_time_to_live(circuit: Circuit) -> None:
    run = Run(write(circuit, ENTRY, b"sealed", 60), healthy)
    assert run.batches == [[("SET", ENTRY.value, b"sealed", "PX", 60_000)]]
    assert run.result is True


def test_a_prefix_is_invalidated_by_one_batch_of_a_token_for_each_bucket(circuit: Circuit) -> None:
    debts = [Debt(tag, token, 1000) for tag, token in KeyScheme("app", "item").prefix_tokens("item:5:")]
    run = Run(outdate(circuit, debts), healthy)
    assert [len(batch) for batch in run.batches] == [16]
    assert {command[0] for command in run.batches[0]} == {"SET"}


def test_an_invalidation_is_tried_twice_then_kept(circuit: Circuit) -> None:
    run = Run(outdate(circuit, [Debt(ENTRY.tag, ENTRY.tokens[-1])]), down)
    assert len(run.batches) == INVALIDATION_ATTEMPTS
    assert len(circuit.backlog) == 1
    assert circuit.drops.invalidations_deferred == 1


def test_an_invalidation_whose_task_is_cancelled_is_kept(circuit: Circuit) -> None:
    operation = outdate(circuit, [Debt(ENTRY.tag, ENTRY.tokens[-1])])
    next(operation)
    operation.close()
    assert len(circuit.backlog) == 1


def test_a_kept_invalidation_is_sent_before_the_next_read_and_only_once(circuit: Circuit) -> None:
    Run(outdate(circuit, [Debt(ENTRY.tag, ENTRY.tokens[-1])]), down)
    first, second = Run(read(circuit, ENTRY), healthy), Run(read(circuit, ENTRY), healthy)
    assert [[command[:2] for command in batch] for batch in first.batches] == [
        [("SET", ENTRY.tokens[-1])],
        [("MGET", ENTRY.value)],
    ]
    assert len(second.batches) == 1


def test_a_read_is_not_served_while_a_kept_invalidation_cannot_be_sent(circuit: Circuit) -> None:
    Run(outdate(circuit, [Debt(ENTRY.tag, ENTRY.tokens[-1])]), down)
    run = Run(read(circuit, ENTRY), lambda command: DOWN if command[0] == "SET" else healthy(command))
    assert run.result is None
    assert len(run.batches) == 1
    assert len(circuit.backlog) == 1


def test_an_invalidation_made_while_the_breaker_is_open_costs_nothing_and_is_kept(circuit: Circuit) -> None:
    opened(circuit)
    run = Run(outdate(circuit, [Debt(ENTRY.tag, ENTRY.tokens[-1])]), healthy)
    assert run.batches == []
    assert len(circuit.backlog) == 1


def test_an_open_breaker_sends_nothing_until_it_has_rested(circuit: Circuit, clock: Clock) -> None:
    opened(circuit)
    assert Run(read(circuit, ENTRY), healthy).batches == []
    assert Run(write(circuit, ENTRY, b"", 1), healthy).result is False
    clock.now += Limits().rest_seconds
    assert Run(read(circuit, ENTRY), healthy).result is not None
    assert Run(write(circuit, ENTRY, b"", 1), healthy).result is True


def test_a_ping_asks_even_if_the_breaker_is_open_and_closes_it(circuit: Circuit) -> None:
    opened(circuit)
    assert Run(ping(circuit, ["{a}"]), healthy).result is True
    assert Run(read(circuit, ENTRY), healthy).result is not None


def test_a_topology_that_becomes_known_on_the_way_does_not_leave_a_breaker_open(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    names = [""]
    circuit = Circuit(Limits(), lambda _: names[-1], clock)
    opened(circuit)

    def learning(command: Command) -> Reply:
        names.append("node")
        return healthy(command)

    assert Run(ping(circuit, ["{a}"]), learning).result is True
    assert [record.getMessage()[:19] for record in caplog.records] == ["cache: Redis does n", "cache: Redis answer"]


def test_waiting_for_a_turn_in_vain_says_nothing_about_the_server(circuit: Circuit) -> None:
    for _ in range(10):
        assert Run(read(circuit, ENTRY), lambda _: BusyError()).result is None
    assert Run(read(circuit, ENTRY), healthy).result is not None


def test_a_shard_that_fails_does_not_close_the_others(clock: Clock) -> None:
    circuit = sharded(clock)
    opened(circuit)
    other = next(entry for n in range(99) if (entry := KeyScheme("app", "item").entry(f"item:{n}")).tag != ENTRY.tag)
    assert Run(read(circuit, ENTRY), healthy).batches == []
    assert Run(read(circuit, other), healthy).result is not None


def test_of_a_prefix_only_what_failed_is_sent_again_and_kept(clock: Clock) -> None:
    circuit = sharded(clock)
    debts = [Debt(tag, token) for tag, token in KeyScheme("app", "item").prefix_tokens("item:")]
    bad = debts[3].token
    run = Run(outdate(circuit, debts), lambda command: DOWN if command[1] == bad else healthy(command))
    assert [len(batch) for batch in run.batches] == [16, 1]
    assert [debt.token for debt in circuit.backlog.due(lambda _: True)] == [bad]


def test_what_is_kept_for_another_shard_does_not_hold_up_a_read(clock: Clock) -> None:
    circuit = sharded(clock)
    circuit.defer([Debt("{elsewhere}", "{elsewhere}g")])
    assert len(Run(read(circuit, ENTRY), healthy).batches) == 1


def test_each_change_of_state_is_one_line_that_gives_nothing_away(
    circuit: Circuit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        Run(read(circuit, ENTRY), down)
    clock.now += Limits().rest_seconds
    for _ in range(10):
        Run(read(circuit, ENTRY), healthy)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "cache: Redis does not answer (ConnectionRefusedError), look-ups are bypassed",
        "cache: Redis answers again, 0 invalidations to catch up",
    ]


def test_strings_of_a_decoding_client_are_read_like_bytes(circuit: Circuit) -> None:
    run = Run(read(circuit, ENTRY), lambda _: ["sealed", "generation", None, None, "token"])
    assert run.result.sealed == b"sealed"
    assert run.result.tokens == (b"generation", None, None, b"token")
