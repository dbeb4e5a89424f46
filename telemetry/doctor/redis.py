"""Check: which Redis clients are there, and do their commands make spans?"""

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any, Final

from wrapt import FunctionWrapper

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, counted, note, ok, problem

_PART: Final = "redis"
_METHOD: Final = "execute_command"
# Clients of caches that no instrumentation of ours sees.
_OTHERS: Final = ("aiomcache", "coredis", "glide", "pymemcache", "valkey")


def check_redis(evidence: Evidence) -> Iterator[Finding]:
    """Every Redis client that is alive, by class, and other caches that are not seen."""
    clients = evidence.inventory.redis_clients
    if importlib.util.find_spec("redis") is None:
        yield note(_PART, "redis is not installed: no cache is seen", "pip install 'candid-telemetry[redis]'")
    elif not clients:
        yield note(_PART, "no Redis client is alive")
    yield from counted(_finding(client) for client in clients)
    for name in _OTHERS:
        if name in sys.modules:
            yield note(
                _PART,
                f"{name} is in use and not seen",
                "Report its look-ups by telemetry.update_cache_status(request, hit).",
            )


def spans_per_command(client: Any) -> int:
    """How many spans each command of a client surely makes: its class, the client itself, or both are instrumented."""
    first = next(kind for kind in type(client).__mro__ if _METHOD in vars(kind))
    return _is_wrapped(first) + _is_wrapped(client)


def _finding(client: Any) -> Finding:
    name = f"{type(client).__module__}.{type(client).__qualname__}"
    if spans_per_command(client):
        return ok(_PART, f"{name}: the time of its commands is seen")
    if any(_is_wrapped(kind) for kind in type(client).__mro__):
        return note(
            _PART,
            f"{name} sends commands in its own way: their time is seen only if it calls redis-py's execute_command",
            "If it does not, pass the client: telemetry.instrument(app, redis=[client]).",
        )
    return problem(
        _PART,
        f"{name}: the time of its commands is not seen",
        "Call telemetry.instrument(app), with redis=[client] for a class that sends commands in its own way.",
    )


def _is_wrapped(owner: Any) -> bool:
    return isinstance(vars(owner).get(_METHOD), FunctionWrapper)
