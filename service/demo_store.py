"""The demo store: a Redis in this process, for those who have none."""

from typing import Any, Final

from fakeredis import FakeAsyncRedis, FakeRedis, FakeServer

from telemetry.cache import Store

MAX_KEYS: Final = 10_000


def demo_store(application: str) -> Store:
    """A store that is empty at the start, ends with the process and holds about 10,000 keys at most."""
    server = FakeServer()
    return Store(
        async_client=lambda: _Bounded(FakeAsyncRedis(server=server), server),
        sync_client=lambda: _Bounded(FakeRedis(server=server), server),
        application=application,
    )


class _Bounded:
    """A client, of either kind, that empties its server when that is full.

    Who moves a map about makes new keys for ever, and a fake evicts none before its time.
    """

    def __init__(self, client: Any, server: FakeServer) -> None:
        self._client = client
        self._server = server

    def execute_command(self, *args: Any) -> Any:
        with self._server.lock:
            database = self._server.dbs[0]
            if len(database) >= MAX_KEYS:
                database.clear()
        return self._client.execute_command(*args)

    def pipeline(self, transaction: bool) -> Any:  # noqa: FBT001 - as the clients of redis-py have it
        return self._client.pipeline(transaction)

    def close(self) -> None:
        self._client.close()

    async def aclose(self) -> None:
        await self._client.aclose()
