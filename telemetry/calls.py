"""Calls for user code, where no instrumentation sees the work."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from telemetry.errors import Guard
from telemetry.functions import is_coroutine_function
from telemetry.request.context import HasScope, sink_of
from telemetry.request.lookups import CacheResult

P = ParamSpec("P")
R = TypeVar("R")

_GUARD = Guard("calls")
_NAMESPACE = "manual"


def update_cache_status(request: HasScope, hit: bool) -> None:  # noqa: FBT001 - the signature that users know
    """Adds one cache look-up to *request*; does nothing where telemetry is off.

    `CacheManager` reports its look-ups by itself; this is for another cache.

    Args:
        request: The request for which something was looked up.
        hit: Whether it was found.
    """
    with _GUARD:
        sink_of(request).lookup_answered(_NAMESPACE, CacheResult.HIT if hit else CacheResult.MISS)


def increment_query_count(request: HasScope, n: int = 1) -> None:
    """Adds *n* statements to those that were measured for *request*; does nothing where telemetry is off.

    For statements that do not go through SQLAlchemy: those that do are counted already.

    Args:
        request: The request for which statements were sent.
        n: How many, >= 0.
    """
    with _GUARD:
        if n < 0:
            raise ValueError(f"n={n}: a number of statements is not negative")
        sink_of(request).queries_added(n)


def bind(function: Callable[P, R]) -> Callable[P, R]:
    """*function*, run in the present context wherever it is called: what it costs belongs to the present request.

    For threads that are started by hand, and for executors: they begin with an
    empty context. It may be called by several threads at once. What runs on
    when the request is over belongs to no request.

    Args:
        function: A function, `def` or `async def`; a coroutine needs asyncio, in any thread.
    """
    context = copy_context()
    # Each call has a copy: a context can be entered once only at a time.
    if is_coroutine_function(function):

        @wraps(function)
        async def bound_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
            coroutine = cast(Any, function(*args, **kwargs))
            return await asyncio.get_running_loop().create_task(coroutine, context=context.copy())

        return cast(Callable[P, R], bound_coroutine)

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.copy().run(function, *args, **kwargs)

    return bound
