"""Who else wants to see the requests of this process: test plugins. Without any, a request costs one look."""

from typing import NamedTuple, Protocol

from telemetry.errors import Guard
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult
from telemetry.request.noted import NotedStatements
from telemetry.request.record import LookupListener, RequestRecord
from telemetry.request.statement import SentStatement
from telemetry.request.statements import StatementTally

_GUARD = Guard("observers")


class Observation(NamedTuple):
    """A finished request as an observer sees it.

    Attributes:
        ending: What it came to, its background work included.
        statements: What it sent, most repeated first; empty if it began before anybody observed.
    """

    ending: Ending
    statements: tuple[SentStatement, ...]


class Observer(Protocol):
    """Sees the requests of all applications of this process, in whichever thread they are served."""

    def finished(self, observation: Observation) -> None:
        """Takes a request whose work is over."""

    def looked_up(self, namespace: str, result: CacheResult, duration_ns: int | None) -> None:
        """Takes a cache look-up of a request, as it is answered."""


def observe(observer: Observer) -> None:
    """Tells *observer* of what begins from now on, until it is dismissed."""
    _observers.append(observer)


def dismiss(observer: Observer) -> None:
    """Tells *observer* of nothing more."""
    _observers.remove(observer)


def new_tally() -> StatementTally:
    """A tally for a request that arrives now, which notes its statements if anybody observes."""
    return NotedStatements() if _observers else StatementTally()


def also_told(listener: LookupListener | None) -> LookupListener | None:
    """What a request that arrives now tells of its look-ups: *listener*, and the observers if there are any."""
    if not _observers:
        return listener

    def told(namespace: str, result: CacheResult, duration_ns: int | None) -> None:
        if listener is not None:
            listener(namespace, result, duration_ns)
        for observer in tuple(_observers):
            with _GUARD:
                observer.looked_up(namespace, result, duration_ns)

    return told


def tell(ending: Ending, record: RequestRecord) -> None:
    """Tells the observers of a request whose work is over."""
    for observer in tuple(_observers):
        with _GUARD:
            observer.finished(Observation(ending, record.statements_noted()))


_observers: list[Observer] = []
