"""`python -m telemetry run`: arguments and exit codes."""

import argparse
import os
import sys
from typing import Final

from telemetry.commands.terminal import Commands, show
from telemetry.errors import ConfigurationError
from telemetry.workers.server import serve

_NOT_STARTED: Final = 2


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "run",
        help="serve an application with uvicorn, so that the metrics of several workers are exact",
        description="Runs uvicorn. With several workers it makes, wipes and removes the directory of their metrics.",
        epilog="Exit code: 2 if the server cannot be started, otherwise that of uvicorn.",
    )
    parser.add_argument("app", help="where the application is: module:app")
    parser.add_argument(
        "options",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="options of uvicorn, such as --workers 4 --host 0.0.0.0 --port 8000; `run module:app --help` lists them",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return serve([arguments.app, *arguments.options], os.environ)
    except ConfigurationError as error:
        show(sys.stderr, f"run: {error}")
        return _NOT_STARTED
