"""What the cache says to Redis, without saying how: generators that yield commands and are sent the replies.

One asynchronous and one synchronous driver run them (`telemetry.cache.store`). A reply is an exception
when its command failed; drivers never throw into an operation.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from telemetry.cache.backlog import Debt, new_token
from telemetry.cache.circuit import Circuit
from telemetry.cache.codec import Tokens
from telemetry.cache.commands import Command, Reply
from telemetry.cache.keys import Entry

R = TypeVar("R")

Operation = Generator[list[Command], Sequence[Reply], R]

INVALIDATION_ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What Redis holds for an entry.

    Attributes:
        sealed: The value; None if there is none.
        tokens: Current tokens of the entry.
    """

    sealed: bytes | None
    tokens: Tokens


def read(circuit: Circuit, entry: Entry) -> Operation[Reading | None]:
    """Value and tokens of *entry* in one round trip; None if Redis did not answer.

    Invalidations that Redis has not taken yet are sent before.
    """
    shard = circuit.shard_of(entry.tag)
    if not circuit.admits(shard):
        return None
    if circuit.backlog:
        due = circuit.backlog.due(lambda tag: circuit.shard_of(tag) == shard)
        if due and (yield from _pay(circuit, due)):
            return None
    (reply,) = yield [("MGET", entry.value, *entry.tokens)]
    if not circuit.report(shard, [reply]) or not isinstance(reply, list):
        return None
    sealed, *tokens = map(_as_bytes, reply)
    if tokens[0] is None:
        # No generation yet, or Redis lost it. Two readers may both make one: what counts is what is there then.
        name = entry.tokens[0]
        replies = yield [("SET", name, new_token(), "NX"), ("GET", name)]
        if not circuit.report(shard, replies):
            return None
        sealed, tokens[0] = None, _as_bytes(replies[1])
    return Reading(sealed, tuple(tokens))


def write(circuit: Circuit, entry: Entry, sealed: bytes, life_seconds: int) -> Operation[bool]:
    """Stores *sealed* as the value of *entry*; False if Redis did not take it."""
    shard = circuit.shard_of(entry.tag)
    if not circuit.admits(shard):
        return False
    replies = yield [("SET", entry.value, sealed, "PX", life_seconds * 1000)]
    return circuit.report(shard, replies)


def outdate(circuit: Circuit, debts: Sequence[Debt]) -> Operation[None]:
    """Replaces the tokens of *debts*; those that Redis does not take go to the backlog.

    Also when the task is cancelled half-way: the caller committed before it invalidates.
    """
    left = list(debts)
    try:
        for _ in range(INVALIDATION_ATTEMPTS):
            shards = {circuit.shard_of(debt.tag) for debt in left}
            admitted = {shard for shard in shards if circuit.admits(shard)}
            due = [debt for debt in left if circuit.shard_of(debt.tag) in admitted]
            if not due:
                return
            refused = [debt for debt in left if circuit.shard_of(debt.tag) not in admitted]
            left = refused + (yield from _pay(circuit, due))
    finally:
        circuit.defer(left)


def ping(circuit: Circuit, tags: Sequence[str]) -> Operation[bool]:
    """Whether the servers that hold *tags* answer; asks them even if their breaker is open."""
    answered = yield from _send(circuit, [(tag, [("GET", tag)]) for tag in tags])
    return all(answered)


def _pay(circuit: Circuit, debts: list[Debt]) -> Operation[list[Debt]]:
    """Sends *debts* at once and removes from the backlog those that were taken; returns the others."""
    taken = yield from _send(circuit, [(debt.tag, debt.commands()) for debt in debts])
    circuit.backlog.settle(debt for debt, is_taken in zip(debts, taken, strict=True) if is_taken)
    return [debt for debt, is_taken in zip(debts, taken, strict=True) if not is_taken]


def _send(circuit: Circuit, parcels: list[tuple[str, list[Command]]]) -> Operation[list[bool]]:
    """Sends the commands of several tags in one batch; whether all of each tag's were answered."""
    # Asked before: a client that connects on the way may know other names for the shards afterwards.
    shards = [circuit.shard_of(tag) for tag, _ in parcels]
    replies = iter((yield [command for _, commands in parcels for command in commands]))
    answers = [[next(replies) for _ in commands] for _, commands in parcels]
    by_shard: dict[str, list[Reply]] = {}
    for shard, answer in zip(shards, answers, strict=True):
        by_shard.setdefault(shard, []).extend(answer)
    for shard, shard_replies in by_shard.items():
        circuit.report(shard, shard_replies)
    return [not any(isinstance(reply, Exception) for reply in answer) for answer in answers]


def _as_bytes(reply: Reply) -> bytes | None:
    """*reply* of a command that reads a string, also from a client made with `decode_responses=True`."""
    if isinstance(reply, str):
        return reply.encode()
    return reply if isinstance(reply, bytes) else None
