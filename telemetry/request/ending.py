"""A request whose work is over: what was sent, and what it had cost in the end."""

from typing import NamedTuple

from telemetry.request.breakdown import Breakdown, Figures


class Ending(NamedTuple):
    """What one request came to.

    Attributes:
        breakdown: The request at its last byte.
        final: What it had cost when its work was over: background tasks, and dependencies after their `yield`,
            included. Its `elapsed_ns` is longer than that of the response.
        is_served: Whether a response that is no server error was sent; also if the client left before its end.
        has_failed: Whether the application failed: a status of 500 or more, or an exception before the last byte. A
            client that leaves is no failure.
    """

    breakdown: Breakdown
    final: Figures
    is_served: bool
    has_failed: bool
