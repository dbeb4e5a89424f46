"""What the actions share that ask a Prometheus: their arguments, and one line for what goes wrong."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Final

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.download import Address, DownloadError
from telemetry.budgets.duration import seconds_of
from telemetry.budgets.load import load
from telemetry.budgets.problems import BudgetFileError
from telemetry.budgets.prometheus import Prometheus, PrometheusError
from telemetry.commands.terminal import show

OK: Final = 0
EXCEEDED: Final = 1
BAD: Final = 2
INSUFFICIENT: Final = 3

_FILE_VARIABLE: Final = "TELEMETRY_BUDGETS"
# A window below one scrape interval holds nothing; above a year Prometheus holds nothing.
_SECONDS: Final = range(10, 366 * 86_400)
_MAX_TIMEOUT: Final = 600


class UsageError(Exception):
    """The command line cannot be used; the message is one line."""


def add_file(parser: argparse.ArgumentParser) -> None:
    """Adds the budget file."""
    parser.add_argument("file", nargs="?", help=f"the budget file; default: what {_FILE_VARIABLE} names")


def add_prometheus(parser: argparse.ArgumentParser) -> None:
    """Adds the address of a Prometheus, which must be given, and how long to wait for it."""
    add_url(parser, is_required=True)
    add_timeout(parser)


def add_url(parser: argparse._ActionsContainer, *, is_required: bool) -> None:
    """Adds the address of a Prometheus."""
    parser.add_argument(
        "--prometheus",
        required=is_required,
        metavar="URL",
        help="where a Prometheus is: http://HOST:9090, or https://USER:PASSWORD@HOST/PATH; credentials are never shown",
    )


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """Adds how long to wait."""
    parser.add_argument(
        "--timeout", type=_timeout, default=30.0, metavar="SECONDS", help="longest wait for one answer; default 30"
    )


def length(text: str) -> int:
    """Seconds of an argument such as `1h30m`.

    Args:
        text: As it was given.
    """
    try:
        seconds = seconds_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if seconds not in _SECONDS:
        raise argparse.ArgumentTypeError(f"{text} must be at least 10s and less than 366d")
    return seconds


def book_of(arguments: argparse.Namespace) -> BudgetBook:
    """The budget file.

    Args:
        arguments: Of a parser with `add_file`.

    Raises:
        UsageError: None is named.
        BudgetFileError: It cannot be used.
    """
    return load(path_of(arguments))


def path_of(arguments: argparse.Namespace) -> str:
    """Path of the budget file.

    Args:
        arguments: Of a parser with `add_file`.

    Raises:
        UsageError: None is named.
    """
    path: str | None = arguments.file or os.environ.get(_FILE_VARIABLE)
    if not path:
        raise UsageError(f"no budget file is named: give its path, or set {_FILE_VARIABLE}")
    return path


def prometheus_of(arguments: argparse.Namespace) -> Prometheus:
    """The Prometheus to ask.

    Args:
        arguments: Of a parser with `add_prometheus`.

    Raises:
        DownloadError: Its address cannot be used.
    """
    return Prometheus(
        Address.parse(arguments.prometheus),
        arguments.timeout,
        lambda warning: show(sys.stderr, f"warning of Prometheus: {warning}"),
    )


def answered(name: str, work: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """*work*, with one line on the standard error output, and exit code 2, for what it cannot go on without.

    Args:
        name: Of the action.
        work: Returns its exit code.
    """

    def run(arguments: argparse.Namespace) -> int:
        try:
            return work(arguments)
        except BudgetFileError as error:
            # Its lines begin with the file.
            show(sys.stderr, str(error))
        except (DownloadError, PrometheusError, UsageError) as error:
            show(sys.stderr, f"{name}: {error}")
        except OSError as error:
            show(sys.stderr, f"{name}: {error.filename}: {(error.strerror or 'cannot be used').lower()}")
        return BAD

    return run


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _MAX_TIMEOUT:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0, and at most {_MAX_TIMEOUT}")
    return seconds
