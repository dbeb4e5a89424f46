"""Typed cache on Redis whose entries can be invalidated by prefix, and which reports its own hits and misses.

What holds:
    * A value that was loaded before an invalidation is never served after it, also
      when it is stored after it, provided that `get` preceded the load in the same
      request or context (`CacheManager.set` says what is unprotected).
    * Invalidating a prefix costs the same for ten keys and for ten million.
    * A Redis that is slow, hung or gone makes look-ups answer None and nothing else;
      invalidations that could not be sent are kept and sent before the next read.

What does not hold:
    * A load that reads from a database snapshot older than an invalidation (REPEATABLE READ,
      a lagging replica, objects that an ORM session still holds) is cached as if it were
      fresh until its time to live ends. Read in a new transaction after `get`.
    * Other processes keep serving old values while this one cannot reach Redis to invalidate
      them, and a failover may lose the last invalidation: both end with the time to live.
    * Servers that evict keys under memory pressure (`maxmemory-policy` other than
      noeviction) may evict a token of `invalidate_by_prefix` before the values that it outdated.
"""

try:
    import orjson as orjson
    import redis as redis
except ImportError as error:  # pragma: no cover - a subprocess in the tests runs it
    raise ImportError(
        f"telemetry.cache needs {error.name}, which is not installed: pip install 'candid-telemetry[redis]'"
    ) from error

from telemetry.cache.connection import RedisConnection, TlsFiles
from telemetry.cache.drops import Drops
from telemetry.cache.limits import Limits
from telemetry.cache.manager import CacheManager, SyncCache
from telemetry.cache.store import Store

__all__ = ["CacheManager", "Drops", "Limits", "RedisConnection", "Store", "SyncCache", "TlsFiles"]
