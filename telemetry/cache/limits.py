"""How long and how much the cache may cost a request."""

from dataclasses import dataclass, fields

from telemetry.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a store may cost; the defaults suit a Redis in the same network.

    redis-py's own defaults let one command on a hung server take 59 seconds.

    Attributes:
        response_seconds: Wait for one answer of the server.
        connect_seconds: Wait for a TCP connection.
        connect_tls_seconds: Wait for a TCP connection when TLS is on.
        exchange_seconds: Wait for a whole exchange, connecting included; asynchronous callers only.
        connections: Commands in flight at once, for each event loop and for all threads together.
        turn_seconds: Wait for one of these when all are taken; the look-up is bypassed after it.
        failures: Failures in a row of one server that stop all traffic to it.
        rest_seconds: How long that traffic rests, until one command may try again.
        value_bytes: Largest value that is stored.
    """

    response_seconds: float = 0.25
    connect_seconds: float = 0.25
    connect_tls_seconds: float = 0.5
    exchange_seconds: float = 1.0
    connections: int = 8
    turn_seconds: float = 0.1
    failures: int = 3
    rest_seconds: float = 1.0
    value_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) <= 0:
                raise ConfigurationError(f"Limits.{field.name} is {getattr(self, field.name)!r}: give a number above 0")
