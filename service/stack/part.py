"""A part of the stack: one process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from signal import SIGTERM, Signals

from service.stack.readiness import Ready, at_once


@dataclass(frozen=True, slots=True)
class Part:
    """What runs under which name.

    Attributes:
        name: Before each of its lines in the log.
        command: Program and arguments.
        environ: What differs from the environment of the stack.
        is_ready: Asked until it is.
        user: Whom it runs as; None for whoever started the stack.
        stop_signal: Asks it to end in good order.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    is_ready: Ready = at_once
    user: str | None = None
    stop_signal: Signals = SIGTERM


class StartError(Exception):
    """The stack cannot start; the message is for the log, one line for each thing that is wrong."""
