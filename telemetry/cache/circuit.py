"""Who may be talked to, and what is owed: the state that the operations of a store share."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from telemetry.cache.backlog import Backlog, Debt
from telemetry.cache.breaker import Breaker
from telemetry.cache.commands import Reply
from telemetry.cache.drops import Drops
from telemetry.cache.limits import Limits

MAX_SHARDS: Final = 1000

_logger = logging.getLogger("telemetry.cache")


class BusyError(Exception):
    """No connection became free in time: says nothing about the server."""


class Circuit:
    """Breakers by shard, backlog and counters.

    One breaker for each shard, because in a cluster one node may hang while the others answer.

    Args:
        limits: When a breaker opens and for how long.
        shard_of: Name of the server that holds a tag, as far as is known without asking.
        clock: Monotonic, in seconds.
    """

    def __init__(
        self, limits: Limits, shard_of: Callable[[str], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.shard_of = shard_of
        self.clock = clock
        self.backlog = Backlog()
        self.drops = Drops()
        self._breakers: dict[str, Breaker] = {}

    def admits(self, shard: str) -> bool:
        """Whether a command may be sent to *shard* now; `report` must be told what became of it."""
        return self._breaker(shard).admits()

    def report(self, shard: str, replies: Sequence[Reply]) -> bool:
        """Takes note of the *replies* of a shard; True if none is a failure."""
        failure = next((reply for reply in replies if isinstance(reply, Exception)), None)
        if failure is None:
            if self._breaker(shard).succeeded():
                _logger.warning("cache: Redis answers again, %d invalidations to catch up", len(self.backlog))
            return True
        if not isinstance(failure, BusyError) and self._breaker(shard).failed():
            # The kind alone: messages hold addresses, keys and sometimes credentials.
            _logger.warning("cache: Redis does not answer (%s), look-ups are bypassed", _kind_of(failure))
        return False

    def defer(self, debts: Sequence[Debt]) -> None:
        """Keeps invalidations that could not be sent; they are sent before the next read."""
        if debts:
            self.drops.count("invalidations_deferred", len(debts))
            self.drops.count("invalidations_widened", self.backlog.owe(debts))

    def _breaker(self, shard: str) -> Breaker:
        breaker = self._breakers.get(shard)
        if breaker is None:
            if len(self._breakers) >= MAX_SHARDS:
                self._breakers.clear()
            fresh = Breaker(self.limits.failures, self.limits.rest_seconds, self.clock)
            breaker = self._breakers.setdefault(shard, fresh)
        return breaker


def _kind_of(error: BaseException) -> str:
    """Class of *error* and of what caused it; RedisClusterException alone says too little."""
    cause = error.__cause__ or error.__context__
    return type(error).__name__ if cause is None else f"{type(error).__name__} after {type(cause).__name__}"
