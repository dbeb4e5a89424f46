"""The header's entry of the cache, held against what Redis says that it was asked."""

from collections.abc import Iterator

import pytest
import redis

from tests.stack.modes import Mode
from tests.stack.running import Running, Surroundings

COMMANDS = ("mget", "get", "exists", "incrby", "blpop")


@pytest.fixture
def store(surroundings: Surroundings) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(surroundings.redis.url) as client:
        client.flushdb()
        yield client


def calls(store: redis.Redis) -> dict[str, int]:
    stats = store.info("commandstats")
    return {name: int(stats.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in COMMANDS}


def asked(running: Running, store: redis.Redis, path: str) -> tuple[str | None, int, dict[str, int]]:
    """What the header says of the cache, how many queries the database was sent, and the commands that Redis got."""
    before = calls(store)
    seen = running.observe(Mode("look-ups", path, None), exports=False)
    growth = {name: count - before[name] for name, count in calls(store).items()}
    return seen.description("cache"), len(seen.sent), {name: count for name, count in growth.items() if count}


def test_a_look_up_is_one_question_and_a_hit_spares_the_database(running: Running, store: redis.Redis) -> None:
    for kind in ("async", "sync"):
        store.flushdb()
        miss = asked(running, store, f"/cached/{kind}/1")
        hit = asked(running, store, f"/cached/{kind}/1")
        partial = asked(running, store, "/cached/two/1/2")

        assert (miss[0], miss[1], miss[2]["mget"]) == ("Cache Miss", 1, 1)
        assert hit == ("Cache Hit", 0, {"mget": 1})
        assert (partial[0], partial[1], partial[2]["mget"]) == ("Cache Partial", 1, 2)


def test_commands_that_are_no_look_ups_claim_nothing(running: Running, store: redis.Redis) -> None:
    commands = {"get": 1, "exists": 1, "incrby": 1, "blpop": 1}
    assert asked(running, store, "/redis/no-look-ups") == (None, 0, commands)
