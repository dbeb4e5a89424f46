"""Custom entries of `Server-Timing`: user code times its own work."""

from collections.abc import Callable
from functools import wraps
from inspect import isasyncgenfunction, isgeneratorfunction
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from telemetry.errors import Guard
from telemetry.functions import is_coroutine_function
from telemetry.outputs.server_timing import entry_name
from telemetry.request.context import sink_of
from telemetry.request.sink import FigureSink

P = ParamSpec("P")
R = TypeVar("R")

_GUARD = Guard("timing")


def timing(name: str, description: str | None = None) -> "Timing":
    """Times a block or a function, and adds it to the `Server-Timing` header of the request that runs it.

    Durations of one name are added up, so that overlapping ones may exceed the
    time of the request. What still runs when the response starts is shown as far as it
    got; what begins later is not shown, but counted. Does nothing outside a
    request and where telemetry is off.

    Args:
        name: A constant. At most 64 letters, digits, `_`, `.` and `-`; other characters become `-`, and the names
            of our own entries (`db`, `cache`, `queries`, `total`, `traceparent`, `budget`) get the prefix `app-`.
            A request has room for 10 names.
        description: For people: at most 64 printable ASCII characters; others become `?`.

    Returns:
        A context manager, `with` or `async with`, and decorator of functions, `def` or `async def`; it may be kept
        and used again, also at the same time. A generator function is returned as it is: time the work inside it.
    """
    return Timing(name, description)


class Timing:
    """Context manager and decorator; see `timing`.

    Args:
        name: As for `timing`.
        description: As for `timing`.
    """

    __slots__ = ("_description", "_name", "_open")

    def __init__(self, name: str, description: str | None = None) -> None:
        self._name = entry_name(name)
        self._description = description
        self._open: list[FigureSink] = []

    def __enter__(self) -> Self:
        with _GUARD:
            sink = sink_of()
            self._open.append(sink)
            sink.timing_began(self._name, self._description)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with _GUARD:
            self._left().timing_ended(self._name)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """*function*, each call of which is timed."""
        if _is_generator_function(function):
            return function
        if is_coroutine_function(function):

            @wraps(function)
            async def timed_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                with Timing(self._name, self._description):
                    return await cast(Any, function(*args, **kwargs))

            return cast(Callable[P, R], timed_coroutine)

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            with Timing(self._name, self._description):
                return function(*args, **kwargs)

        return timed

    def _left(self) -> FigureSink:
        """The request of one entering. A block that is shared may be open in several, and end in another thread.

        A generator that is thrown away ends wherever it is collected, so the
        request that runs then counts only if it entered.
        """
        current = sink_of()
        if current in self._open:
            self._open.remove(current)
            return current
        return self._open.pop()


def _is_generator_function(function: object) -> bool:
    return isgeneratorfunction(function) or isasyncgenfunction(function)
