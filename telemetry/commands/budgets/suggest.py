"""`python -m telemetry budgets suggest`: a file to begin with."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from telemetry.budgets.download import MAX_BYTES, Address
from telemetry.budgets.history import Window, history_of
from telemetry.budgets.keys import MAX_LABEL
from telemetry.budgets.metrics_page import MetricsPage, MetricsPageError
from telemetry.budgets.observations import Observations
from telemetry.budgets.observed import observed, services
from telemetry.budgets.recorded import selector
from telemetry.budgets.suggest_text import budget_file, unknown
from telemetry.commands.budgets import asking
from telemetry.commands.budgets.application import add_app, routes_named
from telemetry.commands.terminal import Commands, show
from telemetry.conventions import METRIC_DURATION

_NAME: Final = "suggest"
_STDIN: Final = "-"
_ACCEPT: Final = "text/plain;version=0.0.4"
_HTTP_OK: Final = 200
_WINDOW_DAYS: Final = 28


class _Seen(NamedTuple):
    observations: Observations
    service: str
    origin: str


def add(commands: Commands) -> None:
    """Adds the action."""
    parser = commands.add_parser(
        _NAME,
        help="propose a budget file from what was seen",
        description="Proposes a budget file with limits a little above what was seen, and says what is not known.",
        epilog="Exit code: 0 with a file on the standard output, 2 bad usage or no answer, 3 nothing can be proposed.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    asking.add_url(source, is_required=False)
    source.add_argument("--metrics", metavar="PAGE", help="a page of metrics: a file, a URL, or - for standard input")
    asking.add_timeout(parser)
    parser.add_argument(
        "--since", type=asking.length, default="7d", metavar="LENGTH", help="how far to look back; default 7d"
    )
    parser.add_argument(
        "--service", type=_service, help="name of the service, the label job in Prometheus; needed with --metrics"
    )
    add_app(parser, is_required=False)
    parser.set_defaults(run=asking.answered(_NAME, _suggest))


def _suggest(arguments: argparse.Namespace) -> int:
    routes = None if arguments.app is None else routes_named(arguments.app)
    seen = _on_page(arguments) if arguments.metrics is not None else _in_prometheus(arguments)
    text = budget_file(seen.observations, seen.service, seen.origin, _WINDOW_DAYS, routes)
    if text is None:
        show(sys.stderr, f"{_NAME}: nothing can be proposed from {seen.origin}")
        for line in unknown(seen.observations, routes):
            show(sys.stderr, f"  {line}")
        return asking.INSUFFICIENT
    show(sys.stdout, text.rstrip("\n"))
    return asking.OK


def _in_prometheus(arguments: argparse.Namespace) -> _Seen:
    prometheus = asking.prometheus_of(arguments)
    window = Window(arguments.since, prometheus.now())
    service = arguments.service or _only(services(prometheus, window))
    history = history_of(prometheus, selector(f"{METRIC_DURATION}_count", service), window)
    origin = f"a Prometheus, {window.known(history)}"
    if history is not None:
        origin += f" (from {_time(history.since)})"
    return _Seen(observed(prometheus, service, window), service, origin)


def _only(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    found = ", ".join(names) or "none exposes request figures"
    raise asking.UsageError(f"which service is meant? Name it with --service; there are: {found}")


def _on_page(arguments: argparse.Namespace) -> _Seen:
    if arguments.service is None:
        raise asking.UsageError("a page of metrics does not say whose it is: name the service with --service")
    try:
        page = MetricsPage.parse(_page(arguments.metrics, arguments.timeout))
    except MetricsPageError as error:
        raise asking.UsageError(str(error)) from None
    since = "its process started, which it does not date" if page.since is None else _time(page.since)
    return _Seen(Observations.of(page.samples), arguments.service, f"a page of metrics, since {since}")


def _page(name: str, seconds: float) -> str:
    if name == _STDIN:
        body = sys.stdin.buffer.read(MAX_BYTES + 1)
    elif name.startswith(("http://", "https://")):
        address = Address.parse(name)
        answer = address.download(accept=_ACCEPT, seconds=seconds)
        if answer.status != _HTTP_OK:
            raise asking.UsageError(f"{address} answers {answer.status}, no page of metrics")
        body = answer.body
    else:
        with Path(name).open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise asking.UsageError(f"the page has more than {MAX_BYTES // 1024 // 1024} MiB")
    return body.decode("utf-8", "replace")


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "minutes").replace("+00:00", " UTC")
    except (OverflowError, ValueError, OSError):
        return "a time that cannot be"


def _service(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > MAX_LABEL:
        raise argparse.ArgumentTypeError(f"write a name of at most {MAX_LABEL} printable characters")
    return text
