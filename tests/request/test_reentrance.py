"""The garbage collector may end a transaction, which is timed, while the record's lock is held."""

from telemetry.request.phases import Phase
from telemetry.request.record import RequestRecord
from telemetry.request.statements import StatementTally


class CollectingClock:
    """Reports from within a report, once: the clock is read under the lock, as good a moment as any."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.record: RequestRecord | None = None

    def __call__(self) -> int:
        self.now_ns += 1
        record, self.record = self.record, None
        if record is not None:
            record.phase_ended(Phase.TRANSACTION, 0)
        return self.now_ns


def test_a_report_from_within_a_report_does_not_hang_and_is_not_lost() -> None:
    clock = CollectingClock()
    record = RequestRecord(StatementTally(), clock)
    for report in (record.figures, lambda: record.phase_ended(Phase.FETCH, 0), lambda: record.statement_ended(1)):
        clock.record = record
        report()
    assert record.figures().phases[Phase.TRANSACTION].count == 3
