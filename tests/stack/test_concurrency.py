"""Fifty requests at once: each response states its own statements, which the server's log knows by a mark in them."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from tests.apps import header_of
from tests.server_timing import dur_of, queries_of
from tests.stack.postgres_log import PostgresLog
from tests.stack.running import Running, Surroundings

pytestmark = pytest.mark.anyio

REQUESTS: Final = 50
PATHS: Final = {
    "async psycopg": "/marked/psycopg/{count}",
    "async asyncpg": "/marked/asyncpg/{count}",
    "sync psycopg": "/marked-sync/{count}",
}
SHARED: Final = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
HEADERS: Final[Mapping[str, Callable[[], dict[str, str]]]] = {
    "no trace": dict,
    "a trace for each": lambda: {"traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"},
    "one trace for all": lambda: {"traceparent": SHARED},
}


@dataclass(frozen=True)
class Asked:
    """A request: it sends *count* statements with *mark* in their text."""

    path: str
    count: int
    mark: str
    headers: Mapping[str, str]


async def answered(url: str, requests: list[Asked]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=len(requests))
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        return await asyncio.gather(
            *(client.get(asked.path, params={"mark": asked.mark}, headers=asked.headers) for asked in requests)
        )


def marks_in(log: list[str], requests: list[Asked]) -> Counter[str]:
    known = {asked.mark for asked in requests}
    return Counter(word for text in log for word in text.split() if word in known)


@pytest.mark.parametrize("trace", HEADERS)
@pytest.mark.parametrize("kind", PATHS)
async def test_each_of_fifty_concurrent_requests_states_its_own_count(
    running: Running, surroundings: Surroundings, kind: str, trace: str
) -> None:
    requests = [
        Asked(PATHS[kind].format(count=number % 10), number % 10, secrets.token_hex(8), HEADERS[trace]())
        for number in range(REQUESTS)
    ]
    log = PostgresLog(surroundings.database)
    mark = log.mark()
    responses = await answered(running.process.url, requests)
    sent = marks_in(log.since(mark), requests)

    assert {response.status_code for response in responses} == {200}
    stated = [queries_of(header_of(response)) for response in responses]
    assert stated == [asked.count for asked in requests] == [sent[asked.mark] for asked in requests]
    for response in responses:
        assert dur_of(header_of(response), "db") <= dur_of(header_of(response), "total")
