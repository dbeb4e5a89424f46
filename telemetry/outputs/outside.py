"""Work that belongs to no request, told to the metrics and to the budgets of caches."""

from collections.abc import Iterator
from typing import Generic, TypeVar
from weakref import ref

from telemetry.outputs.metrics import RequestMetrics
from telemetry.outputs.verdicts import Verdicts
from telemetry.request.lookups import CacheResult
from telemetry.request.sink import Nowhere
from telemetry.request.slots import Slot
from telemetry.request.statement import Statement

T = TypeVar("T")


class OutsideWork(Nowhere):
    """The sink for work outside requests, of which nobody knows for which application of the process it is.

    All metrics have it, and the cache budgets of all applications judge it; each of them once.
    """

    def __init__(self) -> None:
        self._metrics: _Living[RequestMetrics] = _Living()
        self._verdicts: _Living[Verdicts] = _Living()

    def add(self, metrics: RequestMetrics, verdicts: Verdicts | None) -> None:
        """Tells an application, too, for as long as it lives.

        Args:
            metrics: Of its registry; they may be known already.
            verdicts: Of its budgets; None without any.
        """
        self._metrics.add(metrics)
        if verdicts is not None:
            self._verdicts.add(verdicts)

    def statement_counted(self, statement: Statement, slot: Slot) -> bool:
        for metrics in self._metrics:
            metrics.statement_counted(statement, slot)
        return False

    def queries_added(self, count: int) -> None:
        for metrics in self._metrics:
            metrics.queries_added(count)

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        for metrics in self._metrics:
            metrics.lookup_answered(namespace, result, duration_ns)
        counted: set[int] = set()
        for verdicts in self._verdicts:
            verdicts.lookup_answered(namespace, result, duration_ns, counted)


class _Living(Generic[T]):
    """Things for as long as somebody else refers to them, each once."""

    def __init__(self) -> None:
        # Replaced and never changed: it may be read by any thread meanwhile.
        self._references: tuple[ref[T], ...] = ()

    def add(self, thing: T) -> None:
        self._references = (*(ref(known) for known in self if known is not thing), ref(thing))

    def __iter__(self) -> Iterator[T]:
        for reference in self._references:
            thing = reference()
            if thing is not None:
                yield thing
