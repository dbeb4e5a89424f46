"""`python -m telemetry doctor`: arguments and exit codes."""

import argparse
import gc
import math
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

from telemetry.commands.terminal import Commands, show
from telemetry.doctor.answer import Request
from telemetry.doctor.evidence import Evidence
from telemetry.doctor.examination import examined, loaded
from telemetry.doctor.finding import Status
from telemetry.doctor.redaction import Redaction
from telemetry.doctor.table import as_json, coloured, plain, table
from telemetry.doctor.target import Target, TargetError

_NO_PROBLEM: Final = 0
_PROBLEMS: Final = 1
_NOT_EXAMINED: Final = 2


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "doctor",
        help="say what is seen of an application, and what is not",
        description="Loads an application, serves one request in this process and says what is seen of it.",
        epilog="Exit code: 0 without problems, 1 with problems, 2 if the application could not be loaded.",
    )
    parser.add_argument("app", help="where the application is, as for a server: module:app or module:create_app()")
    parser.add_argument("--factory", action="store_true", help="app names a function that makes the application")
    parser.add_argument("--path", type=_path, default="/", help="what to GET; default /")
    parser.add_argument(
        "--header",
        type=_header,
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a header of that request, such as Authorization; never shown; may be repeated",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="longest wait for the start and for the answer",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("-v", "--verbose", action="store_true", help="print tracebacks, too")
    parser.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    environ, frozen = dict(os.environ), gc.get_freeze_count()
    request = Request(arguments.path, tuple(arguments.header), arguments.timeout)
    redaction = Redaction.of(environ, (part for _, value in request.headers for part in (value, *value.split())))

    def explain(error: BaseException | None) -> None:
        if error is not None and arguments.verbose:
            show(sys.stderr, redaction.text("".join(traceback.format_exception(error))))

    try:
        target = Target.parse(f"{arguments.app.removesuffix('()')}()" if arguments.factory else arguments.app)
        app = loaded(target)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an application may fail in any way as it is imported
        explain(error)
        cause = redaction.text(str(error)) if isinstance(error, TargetError) else redaction.cause(error)
        show(sys.stderr, f"doctor: cannot load {arguments.app}: {cause}")
        return _NOT_EXAMINED
    name = f"{target.module}:{target.attribute}"
    found = examined(Evidence(name, app, environ, frozen, request, redaction=redaction))
    for finding in found:
        explain(finding.error)
    shown = as_json(arguments.app, found) if arguments.json else table(f"doctor: {arguments.app}", found, _paint())
    show(sys.stdout, shown)
    return _PROBLEMS if any(finding.status is Status.PROBLEM for finding in found) else _NO_PROBLEM


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isascii():
        raise argparse.ArgumentTypeError(f"{text!r} must begin with / and be percent-encoded")
    return text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError("write it as 'Name: value'")
    return name.strip(), value.strip()


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return seconds


def _paint() -> Callable[[Status, str], str]:
    # https://no-color.org
    return coloured if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else plain
