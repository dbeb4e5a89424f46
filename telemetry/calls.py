"""Calls for user code, where no instrumentation sees the work."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from telemetry.errors import Guard
from telemetry.functions import is_coroutine_function
from telemetry.request.context import HasScope, outside, sink_of
from telemetry.request.lookups import CacheResult
from telemetry.request.sink import Nowhere
from telemetry.spans.binding import present, working_for

P = ParamSpec("P")
R = TypeVar("R")

_GUARD = Guard("calls")
_NAMESPACE = "manual"


def update_cache_status(request: HasScope, hit: bool) -> None:  # noqa: FBT001 - the signature that users know
    """Adds one cache look-up to *request*; does nothing where telemetry is off.

    `CacheManager` reports its look-ups by itself; this is for another cache.
    Something that is no request is logged and counted as a failure of telemetry;
    under pytest it is raised.

    Args:
        request: The request for which something was looked up.
        hit: Whether it was found.
    """
    if _is_off():
        return
    with _GUARD:
        sink_of(request).lookup_answered(_NAMESPACE, CacheResult.HIT if hit else CacheResult.MISS)


def increment_query_count(request: HasScope, n: int = 1) -> None:
    """Adds *n* statements to those that were measured for *request*; does nothing where telemetry is off.

    For statements that do not go through SQLAlchemy: those that do are counted
    already. A number or a request that is none is logged and counted as a failure
    of telemetry; under pytest it is raised.

    Args:
        request: The request for which statements were sent.
        n: How many, >= 0.
    """
    if _is_off():
        return
    with _GUARD:
        if n < 0:
            raise ValueError(f"n={n}: a number of statements is not negative")
        sink_of(request).queries_added(n)


def bind(function: Callable[P, R]) -> Callable[P, R]:
    """*function*, whose work is for the present request wherever it is called.

    For threads that are started by hand, and for executors: they begin with an
    empty context. It may be called by several threads at once. Context variables
    of others are those of the caller, as without it. What runs on when the request
    is over belongs to no request. Outside requests, and where telemetry is off, it
    is *function* itself.

    Args:
        function: A function, `def` or `async def`.
    """
    request = present()
    if request is None:
        return function
    if is_coroutine_function(function):

        @wraps(function)
        async def bound_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
            with working_for(request):
                return await cast(Any, function(*args, **kwargs))

        return cast(Callable[P, R], bound_coroutine)

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        with working_for(request):
            return function(*args, **kwargs)

    return bound


def _is_off() -> bool:
    # Nobody was made the sink for what belongs to no request: there was no `instrument`, or it was told to do nothing.
    return type(outside()) is Nowhere
