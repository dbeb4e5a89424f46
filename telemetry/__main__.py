"""`python -m telemetry <command>`: hands over to the command."""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from telemetry.commands import doctor, run
from telemetry.commands.budgets import actions as budgets

_COMMANDS: Final = (budgets.add, doctor.add, run.add)
_LEAVE_SECONDS: Final = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the command line says.

    Args:
        arguments: Those after the name of the program; None for those of the process.

    Returns:
        The exit code of the command.
    """
    parser = argparse.ArgumentParser(prog="python -m telemetry", description="Request figures that are true.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for add in _COMMANDS:
        add(commands)
    chosen = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


def _leave(code: int) -> NoReturn:
    # A thread of the application that hangs would keep the process alive for as long as it likes.
    end = threading.Timer(_LEAVE_SECONDS, os._exit, (code,))
    end.daemon = True
    end.start()
    sys.exit(code)


if __name__ == "__main__":
    _leave(main())
