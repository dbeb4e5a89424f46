"""CacheManager: typed get, set and invalidation for one namespace of keys."""

from typing import Final, Generic, TypeVar

from telemetry.cache.keys import KeyScheme
from telemetry.cache.store import Store
from telemetry.cache.typed_operations import TypedOperations
from telemetry.request.context import HasScope

T = TypeVar("T")


class CacheManager(Generic[T]):
    """Cache of values of one type under the keys of one namespace.

    Keys are written whole, `item:5:user:7`; their first segment is the namespace. What
    a request sends may stand in them. What depends on the user needs the user in its key.

    Args:
        value_type: Of the values: a Pydantic model, dataclass, TypedDict or builtin, `list[Brand]` too.
        namespace: First segment of all keys: a-z, 0-9, '_' and '-'.
        store: Where the values are kept.
        ttl_seconds: Longest time for which a value is served, 1 second to 365 days. Use the same
            for all managers of a namespace: invalidations are remembered for twice that time.

    Attributes:
        sync: The same four methods for plain `def` routes and other threads.

    Raises:
        ConfigurationError: Namespace or time to live cannot work.
    """

    def __init__(self, value_type: type[T], *, namespace: str, store: Store, ttl_seconds: int) -> None:
        self._store = store
        self._operations = TypedOperations(
            value_type, KeyScheme(store.application, namespace), store.circuit, ttl_seconds
        )
        self.sync: Final = SyncCache(store, self._operations)

    async def get(self, key: str, request: HasScope | None = None) -> T | None:
        """The value of *key*; None if there is none, it was outdated, or Redis did not answer.

        None always means "load it": None itself is never stored. Each call reports one
        hit, miss or bypass to the record of the request.

        Args:
            key: Starts with the namespace and ':'.
            request: The request that the look-up is for; None for that of the running context.

        Raises:
            ValueError: The key is of another namespace.
        """
        return await self._store.run(self._operations.get(key, request))

    async def set(self, key: str, value: T, request: HasScope | None = None) -> None:
        """Stores *value*, unless something invalidated it since the `get` that missed.

        That `get` must have preceded the load, with the same request or in the same
        context. Without it, a value that was outdated while it was being loaded is taken
        for fresh. A context that a child task or a dependency run in a thread changed is
        lost: hand the request to both calls. What is loaded for more than 120 seconds
        after `get` is not stored, nor is None.

        Raises:
            ValueError: The key is of another namespace.
        """
        await self._store.run(self._operations.set(key, value, request))

    async def invalidate(self, key: str) -> None:
        """Outdates the value of *key*, also those that are being loaded now; call it after the commit.

        Raises:
            ValueError: The key is of another namespace.
        """
        await self._store.run(self._operations.invalidate(key))

    async def invalidate_by_prefix(self, prefix: str) -> None:
        """Outdates all values whose keys start with *prefix*, at the same cost for few and for many.

        Args:
            prefix: Ends with ':', so that `brand:1` cannot touch `brand:12`. Segments after the
                third behind the namespace are not looked at: more is outdated than was asked.

        Raises:
            ValueError: The prefix ends inside a segment, or is of another namespace.
        """
        await self._store.run(self._operations.invalidate_by_prefix(prefix))


class SyncCache(Generic[T]):
    """`CacheManager.sync`: the methods of the manager for callers that cannot await."""

    def __init__(self, store: Store, operations: TypedOperations[T]) -> None:
        self._store = store
        self._operations = operations

    def get(self, key: str, request: HasScope | None = None) -> T | None:
        """See `CacheManager.get`."""
        return self._store.run_sync(self._operations.get(key, request))

    def set(self, key: str, value: T, request: HasScope | None = None) -> None:
        """See `CacheManager.set`."""
        self._store.run_sync(self._operations.set(key, value, request))

    def invalidate(self, key: str) -> None:
        """See `CacheManager.invalidate`."""
        self._store.run_sync(self._operations.invalidate(key))

    def invalidate_by_prefix(self, prefix: str) -> None:
        """See `CacheManager.invalidate_by_prefix`."""
        self._store.run_sync(self._operations.invalidate_by_prefix(prefix))
