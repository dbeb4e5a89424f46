"""The one log of all parts."""

import os
import signal
import sys
from typing import Final

#: What the stack itself says, and what each part says, begins with a name so wide.
WIDTH: Final = 12
STACK: Final = "stack"


def say(line: str, part: str = STACK) -> None:
    """Writes a line of *part*; once nobody reads any more, the stack is told to stop.

    Args:
        line: Without its end.
        part: Who says it.
    """
    try:
        sys.stdout.write(f"{part:<{WIDTH}} | {line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be said goes nowhere, also what Python flushes at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)
