"""Work that belongs to no request, told to the metrics and to the budgets of caches."""

from telemetry.outputs.metrics import RequestMetrics
from telemetry.request.lookups import CacheResult
from telemetry.request.record import LookupListener
from telemetry.request.sink import Nowhere
from telemetry.request.slots import Slot
from telemetry.request.statement import Statement


class OutsideWork(Nowhere):
    """The sink for work outside requests, where cache look-ups are judged.

    Args:
        metrics: Counts all of it.
        on_lookup: Judges look-ups; must not raise.
    """

    def __init__(self, metrics: RequestMetrics, on_lookup: LookupListener) -> None:
        self._metrics = metrics
        self._on_lookup = on_lookup

    def statement_counted(self, statement: Statement, slot: Slot) -> bool:
        return self._metrics.statement_counted(statement, slot)

    def queries_added(self, count: int) -> None:
        self._metrics.queries_added(count)

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        self._metrics.lookup_answered(namespace, result, duration_ns)
        self._on_lookup(namespace, result, duration_ns)
