"""The routes of an application that is named on the command line."""

import argparse
import os

from telemetry.commands.budgets.asking import UsageError
from telemetry.doctor.examination import loaded
from telemetry.doctor.redaction import Redaction
from telemetry.doctor.target import Target, TargetError
from telemetry.route_list import routes_of


def add_app(parser: argparse.ArgumentParser, *, is_required: bool) -> None:
    """Adds where the application is."""
    parser.add_argument(
        "--app",
        required=is_required,
        metavar="MODULE:APP",
        help="the application whose routes are meant, as for a server: module:app or module:create_app()",
    )


def routes_named(name: str) -> tuple[tuple[str, str], ...]:
    """Method and template of each route of an application.

    Args:
        name: Where it is, `module:app` or `module:create_app()`.

    Raises:
        UsageError: It cannot be loaded, or has no routes.
    """
    redaction = Redaction.of(dict(os.environ))
    try:
        app = loaded(Target.parse(name))
    except TargetError as error:
        raise UsageError(f"cannot load {name}: {redaction.text(str(error))}") from error
    except (Exception, SystemExit) as error:
        raise UsageError(f"cannot load {name}: {redaction.cause(error)}") from error
    routes = routes_of(app)
    if not routes:
        raise UsageError(f"{name} has no routes: is it the FastAPI or Starlette application?")
    return routes
