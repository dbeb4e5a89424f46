"""`python -m service stack`: arguments and exit code."""

import argparse
from functools import partial
from typing import Final

import anyio

from service.stack.log import say
from service.stack.part import StartError
from service.stack.place import run_directory
from service.stack.settings import load_stack_settings
from service.stack.start import Wishes, start
from service.stack.supervision import supervise

_MOST: Final = 240


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "stack",
        help="The service with all that watches it, as processes of this machine, until Ctrl-C.",
        description="Runs PostgreSQL, Redis, Jaeger, the Collector, Alertmanager, Prometheus and the service, as far as"
        " this machine has them, with demo traffic. Ports and the rate of the traffic are variables: docs/stack.md.",
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "--no-traffic", action="store_true", help="send no requests, and serve the application without its mistake"
    )
    parser.add_argument(
        "--faster",
        type=int,
        default=1,
        choices=range(1, _MOST + 1),
        metavar="N",
        help=f"divide the times of the alerts, to see them sooner: 1 to {_MOST}, default 1",
    )


def _run(arguments: argparse.Namespace) -> None:
    settings = load_stack_settings()
    wishes = Wishes(traffic=not arguments.no_traffic, faster=arguments.faster)
    try:
        with run_directory(settings.demo_data_dir) as directory:
            code = anyio.run(supervise, partial(start, wishes, settings, directory))
    except StartError as error:
        say(str(error))
        code = 1
    if code:
        raise SystemExit(code)
    say("all parts have ended")
