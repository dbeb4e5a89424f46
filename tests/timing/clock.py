"""A clock for records that stands still, and what they timed by it."""

from telemetry.request.record import RequestRecord


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_ns = 1_000

    def __call__(self) -> int:
        return self.now_ns

    def goes_on(self, ns: int) -> None:
        self.now_ns += ns


def timed(record: RequestRecord) -> dict[str, int]:
    return {timing.name: timing.duration_ns for timing in record.figures().timings}
