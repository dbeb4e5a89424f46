"""Ports that nothing listens on."""

import random
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final, TypeVar

T = TypeVar("T")

# Below the range from which Linux takes the ports of outgoing connections, so that a port stays free while the server
# that had it is down.
_RANGE: Final = range(15_000, 32_000)
_ATTEMPTS: Final = 5
# An own generator: a test that seeds the global one must not make two servers choose the same ports.
_choice: Final = random.SystemRandom()


class PortTakenError(Exception):
    """Somebody else was faster."""


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 on which nothing listens now."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            port = _choice.choice(_RANGE)
            listener = held.enter_context(socket.socket())
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
    return ports


def on_free_ports(count: int, start: Callable[[list[int]], T]) -> T:
    """What *start* returns, which is tried again on other ports when it raises `PortTakenError`."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return start(free_ports(count))
        except PortTakenError:
            continue
    return start(free_ports(count))
