"""Tickets: what `get` leaves for the `set` that follows it, so that a value loaded too early is not taken for fresh.

A value may be loaded, then outdated by an invalidation, then stored. It must be stored under the tokens
that held before it was loaded; a later reader sees other tokens and loads anew. `get` reads those tokens,
so it leaves them as a ticket, both in the request (if it is given one) and in the context that calls it.
"""

import asyncio
import threading
from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from telemetry.cache.codec import Tokens
from telemetry.request.context import HasScope

MAX_TICKETS: Final = 1000
MAX_LOAD_SECONDS: Final = 120

_SCOPE_KEY: Final = "candid.cache.tickets"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Tokens that a look-up read.

    Attributes:
        tokens: None if it could not read them: what is loaded after it must not be stored.
        read_at: When, in seconds of a monotonic clock.
    """

    tokens: Tokens | None
    read_at: float

    def is_fresh(self, now: float) -> bool:
        """Whether it is young enough: a token in Redis outlives the values that it outdates by no more than that."""
        return now - self.read_at <= MAX_LOAD_SECONDS


class TicketBag:
    """Tickets of one request or context by key and caller, at most MAX_TICKETS."""

    __slots__ = ("_has_lost_some", "_lock", "_tickets")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_lost_some = False
        self._tickets: dict[tuple[str, int], Ticket] = {}

    def leave(self, name: str, ticket: Ticket) -> None:
        """Keeps *ticket* for the next `set` of *name*, in place of an earlier one of the same caller."""
        mine = (name, _caller())
        with self._lock:
            self._tickets.pop(mine, None)
            self._tickets[mine] = ticket
            if len(self._tickets) > MAX_TICKETS:
                del self._tickets[next(iter(self._tickets))]
                self._has_lost_some = True

    def take(self, name: str, now: float) -> Ticket | None:
        """The ticket that the caller left for *name*; None if nobody left one.

        A value may be stored by another task than the one that looked it up. It gets
        the oldest fresh ticket, which is safe for all, and leaves it for the others.
        Where tickets were lost, it gets one without tokens.
        """
        with self._lock:
            mine = self._tickets.pop((name, _caller()), None)
            if mine is not None:
                return mine
            theirs = (ticket for (other, _), ticket in self._tickets.items() if other == name and ticket.is_fresh(now))
            return next(theirs, Ticket(None, now) if self._has_lost_some else None)


def leave_ticket(request: HasScope | None, name: str, ticket: Ticket) -> None:
    """Leaves *ticket* for a `set` with the same request or in the same context."""
    scope = _scope_of(request)
    if scope is not None:
        scope.setdefault(_SCOPE_KEY, TicketBag()).leave(name, ticket)
    bag = _context_bag.get()
    if bag is None:
        bag = TicketBag()
        _context_bag.set(bag)
    bag.leave(name, ticket)


def take_ticket(request: HasScope | None, name: str, now: float) -> Ticket | None:
    """The ticket that a `get` left for *name*; None if none did."""
    scope = _scope_of(request)
    bags = (None if scope is None else scope.get(_SCOPE_KEY), _context_bag.get())
    taken = [bag.take(name, now) for bag in bags if bag is not None]
    return next((ticket for ticket in taken if ticket is not None), None)


def _scope_of(request: HasScope | None) -> MutableMapping[str, Any] | None:
    scope = None if request is None else request.scope
    return scope if isinstance(scope, MutableMapping) else None


def _caller() -> int:
    """The running task, or the thread where there is none. A number used again only brings an older ticket."""
    try:
        return id(asyncio.current_task())
    except RuntimeError:
        return threading.get_ident()


_context_bag: ContextVar[TicketBag | None] = ContextVar("candid_cache_tickets", default=None)
