"""Several commands in few round trips, on every kind of redis-py client.

Commands go through `execute_command`. On a cluster, `pipeline.unlink(...)` and the like are coroutines
that are lost when they are not awaited: https://github.com/redis/redis-py/issues/4259
"""

from collections.abc import Sequence
from typing import Final

import redis
import redis.asyncio
from redis.cluster import ClusterNode
from redis.exceptions import AskError, MovedError, RedisClusterException, RedisError, TryAgainError

from telemetry.cache.clients import AsyncClient, SyncClient
from telemetry.cache.commands import Command, Reply

_REDIRECTIONS: Final = (MovedError, AskError, TryAgainError)


async def send(client: AsyncClient, commands: Sequence[Command]) -> Sequence[Reply]:
    """Replies to *commands*, exceptions among them."""
    if isinstance(client, redis.asyncio.RedisCluster):
        # A client that knows no topology asks any node, and is sent elsewhere.
        client = await client.initialize()
    if len(commands) == 1:
        return [await client.execute_command(*commands[0])]
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return await pipeline.execute(raise_on_error=False)


def send_sync(client: SyncClient, commands: Sequence[Command]) -> Sequence[Reply]:
    """Replies to *commands*, exceptions among them."""
    if len(commands) == 1:
        return [client.execute_command(*commands[0])]
    if isinstance(client, redis.RedisCluster):
        return _send_by_node(client, commands)
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return pipeline.execute(raise_on_error=False)


def node_of(client: AsyncClient | SyncClient, key: str) -> str:
    """Name of the cluster node that holds *key*; "" for a single server or as long as that is unknown."""
    if not isinstance(client, redis.RedisCluster | redis.asyncio.RedisCluster):
        return ""
    try:
        node = client.get_node_from_key(key)
    except RedisClusterException:
        # The client knows no topology yet, or no node that holds the slot.
        return ""
    return "" if node is None else node.name


def _send_by_node(client: redis.RedisCluster, commands: Sequence[Command]) -> Sequence[Reply]:
    """Replies to *commands*, with one round trip for each node.

    The pipeline of the synchronous cluster client sends all commands of a hung node
    again, each with its own time-out; so every node gets a pipeline of its own here.
    """
    by_node: dict[str, tuple[ClusterNode, list[int]]] = {}
    for position, command in enumerate(commands):
        node = client.get_node_from_key(command[1])  # type: ignore[no-untyped-call]
        by_node.setdefault(node.name, (node, []))[1].append(position)
    replies: dict[int, Reply] = {}
    for node, positions in by_node.values():
        answers = _send_to_node(client, node, [commands[position] for position in positions])
        replies.update(zip(positions, answers, strict=True))
    return [replies[position] for position in range(len(commands))]


def _send_to_node(client: redis.RedisCluster, node: ClusterNode, commands: Sequence[Command]) -> Sequence[Reply]:
    """Replies of *node*; commands that it sends elsewhere are followed."""
    try:
        replies = send_sync(client.get_redis_connection(node), commands)
        return [
            send_sync(client, [command])[0] if isinstance(reply, _REDIRECTIONS) else reply
            for command, reply in zip(commands, replies, strict=True)
        ]
    except (RedisError, RedisClusterException, OSError) as error:
        return [error] * len(commands)
