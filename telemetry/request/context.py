"""Which request is being served: binding of its record to the running context and to the request object."""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Any, NamedTuple, Protocol

from telemetry.conventions import SCOPE_KEY
from telemetry.request.record import RequestRecord
from telemetry.request.sink import FigureSink, Nowhere
from telemetry.request.slots import Slot, current_slot


class Cell:
    """What a context is bound to: the record of its request, until that is over.

    Contexts outlive requests: asyncio keeps the one of whoever opened a
    connection for as long as it is open. They shall keep no request alive.
    """

    __slots__ = ("apart_slot", "record")

    def __init__(self, record: RequestRecord | None, apart_slot: Slot | None = None) -> None:
        self.record = record
        #: Where work is known to be for no request: the task of a websocket. A task or a thread that was started
        #: there has a copy of the context, but may be a worker for requests.
        self.apart_slot = apart_slot


class Bound(NamedTuple):
    """What `unbind` needs to undo a `bind`."""

    cell: Cell
    token: Token[Cell | None]


#: Bound to the context of a request; `current_record` is the way to read it.
CELL: ContextVar[Cell | None] = ContextVar("candid_cell", default=None)


class HasScope(Protocol):
    """Anything with an ASGI scope: a Starlette or FastAPI request."""

    @property
    def scope(self) -> Mapping[str, Any]: ...


def bind(record: RequestRecord) -> Bound:
    """Makes *record* that of the running context; returns what `unbind` needs to undo it.

    A `ContextVar` is used beside OpenTelemetry's own context because FastAPI's
    native telemetry starts each request from an empty OpenTelemetry context.
    """
    cell = Cell(record)
    return Bound(cell, CELL.set(cell))


def bind_apart() -> Bound:
    """Says that the running task works for no request; returns what `unbind` needs to undo it."""
    cell = Cell(None, current_slot())
    return Bound(cell, CELL.set(cell))


def unbind(bound: Bound) -> None:
    """Undoes `bind`, in all contexts that were copied from this one since."""
    bound.cell.record = bound.cell.apart_slot = None
    CELL.reset(bound.token)


def current_record() -> RequestRecord | None:
    """Record of the request that the running context serves; None outside one or after its end."""
    cell = CELL.get()
    record = None if cell is None else cell.record
    return None if record is None or record.is_closed else record


def record_of(request: HasScope) -> RequestRecord | None:
    """Record of *request*; None if telemetry does not watch it or it is over."""
    record = request.scope.get(SCOPE_KEY)
    return record if isinstance(record, RequestRecord) and not record.is_closed else None


def sink_of(request: HasScope | None = None) -> FigureSink:
    """Where figures of *request* go.

    Args:
        request: The request that the work is for; None for that of the running context.

    Returns:
        The record of the request, or the sink for work outside any request.
    """
    record = current_record() if request is None else record_of(request)
    return _sinks[0] if record is None else record


def outside() -> FigureSink:
    """Sink that is told of work outside any request."""
    return _sinks[0]


def send_outside_to(sink: FigureSink) -> None:
    """Makes *sink* the one that is told of work outside any request, in the whole process."""
    _sinks[0] = sink


_sinks: list[FigureSink] = [Nowhere()]
