"""A statement that is sent to a driver directly, reported through the same door as all others."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from itertools import count
from types import TracebackType
from typing import Any, Self

from telemetry.drivers.sender import is_direct
from telemetry.request.context import sink_of
from telemetry.request.sink import FigureSink
from telemetry.request.slots import current_slot
from telemetry.request.statement import Statement
from telemetry.spans.binding import sink_for
from telemetry.spans.counting import CountingGuard
from telemetry.spans.source import origin
from telemetry.spans.statements import describe

_GUARD = CountingGuard("drivers")
_MARK = "_candid_counted"
# Spans are numbered by their ids, which are above 2**64.
_numbers = count(1)

_OPAQUE = Statement(is_query=True, is_select=False, fingerprint="?")

Method = Callable[..., Any]
TextOf = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def report(text: Any) -> FigureSink | None:
    """Counts a statement for the request that sends it, without timing it; returns where it was counted.

    Args:
        text: The statement, as it was given to the driver, or as it was described.
    """
    with _GUARD:
        statement = text if isinstance(text, Statement) else described(text)
        sink = sink_for(statement)
        if sink.statement_counted(statement, current_slot()):
            sink.repeat_located(statement, origin())
        return sink
    return None


class TimedStatement:
    """Context manager around the execution of one statement: counts and times it.

    Args:
        text: The statement, as it was given to the driver.
    """

    __slots__ = ("_number", "_sink", "_text")

    def __init__(self, text: Any) -> None:
        self._text = text
        self._number = next(_numbers)
        self._sink: FigureSink | None = None

    def __enter__(self) -> Self:
        self._sink = report(self._text)
        if self._sink is not None:
            with _GUARD:
                self._sink.statement_began(self._number, current_slot())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._sink is not None:
            with _GUARD:
                self._sink.statement_ended(self._number)


def wrap(owner: Any, name: str, make: Callable[[Method], Method]) -> bool:
    """Replaces a method of a class by what *make* builds around it, once.

    Returns:
        Whether the class has such a method of its own.
    """
    if name not in vars(owner):
        return False
    # Through the class: what others wrapped before us finds its instance in the arguments only so.
    method = getattr(owner, name)
    if not hasattr(method, _MARK):
        replacement = wraps(method)(make(method))
        setattr(replacement, _MARK, True)
        setattr(owner, name, replacement)
    return True


def argument(position: int, name: str) -> TextOf:
    """Reads the text of a statement from the arguments of a method, *self* included in the position."""

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return args[position] if len(args) > position else kwargs.get(name)

    return read


@dataclass(frozen=True, slots=True)
class Entrances:
    """How calls into one driver are told apart, and where their text stands.

    Attributes:
        text_of: Finds the text of a statement in the arguments.
        passed: Prefixes of modules that hand calls on.
        never: Prefixes of modules whose calls are the driver's housekeeping.
        is_deferred: Whether calls of this object now return before their statement is answered.
    """

    text_of: TextOf
    passed: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    is_deferred: Callable[[Any], bool] = lambda _owner: False

    def timed(self, method: Method) -> Method:
        """Counts and times a method that returns when the statement was answered."""

        def execute(*args: Any, **kwargs: Any) -> Any:
            send = self._sender(args, kwargs)
            if send is None:
                return method(*args, **kwargs)
            with send:
                return method(*args, **kwargs)

        return execute

    def timed_async(self, method: Method) -> Method:
        """Counts and times a coroutine method."""

        async def direct(send: TimedStatement, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            with send:
                return await method(*args, **kwargs)

        # Told apart at the call: once a coroutine runs in a task of its own, its caller is gone.
        def execute(*args: Any, **kwargs: Any) -> Any:
            send = self._sender(args, kwargs)
            return method(*args, **kwargs) if send is None else direct(send, args, kwargs)

        return execute

    def counted(self, method: Method) -> Method:
        """Counts a method that returns before the statement was answered, so that its time is not known."""

        def begin(*args: Any, **kwargs: Any) -> Any:
            with _GUARD:
                if is_direct(self.passed, self.never):
                    report(self.text_of(args, kwargs))
            return method(*args, **kwargs)

        return begin

    def _sender(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TimedStatement | None:
        """What times the call; None where it is SQLAlchemy's, or cannot be timed."""
        with _GUARD:
            # One frame further out than where a call is usually judged: this method is in between.
            direct, deferred = is_direct(self.passed, self.never, depth=3), self.is_deferred(args[0])
            if direct and not deferred:
                return TimedStatement(self.text_of(args, kwargs))
            if direct:
                report(self.text_of(args, kwargs))
            elif deferred:
                # SQLAlchemy's span ends with the call, long before the statement.
                sink_of().database_unseen()
        return None


def described(text: Any) -> Statement:
    """What a statement is, as it was given to a driver.

    Args:
        text: `str`, `bytes`, or an object that knows its text only together with a
            connection, which is taken to be a query.
    """
    if isinstance(text, bytes):
        return describe(text.decode("utf-8", "replace"))
    return describe(text) if isinstance(text, str) else _OPAQUE
