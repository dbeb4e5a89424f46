"""The ports that parts listen on."""

import errno
import socket
from collections.abc import Mapping

from service.stack.part import StartError
from service.stack.settings import HOST


def check_free(ports: Mapping[str, int]) -> None:
    """Returns if nothing listens on any of them.

    Args:
        ports: By the variable that names each.

    Raises:
        StartError: With a line for each that cannot be had.
    """
    problems = [problem for name, port in ports.items() if (problem := _problem(name, port))]
    if problems:
        raise StartError("\n".join(problems))


def any_free() -> int:
    """A port that nothing listens on now."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _problem(name: str, port: int) -> str | None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"{name}={port} is taken on {HOST}: stop what uses it, or set another {name}"
        return f"{name}={port} cannot be used on {HOST} ({error.strerror}): set another {name}"
    return None
