"""`python -m service`: serves. `migrate` and `seed` prepare a database of your own; `stack` brings all that watches."""

import argparse
import errno
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, NoReturn

import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from service import demo, seed
from service.database import DatabaseUnreachableError, make_engine
from service.main import create_app
from service.revisions import upgrade
from service.security import new_token
from service.settings import Settings, load_settings
from service.stack import command as stack
from telemetry import ConfigurationError

_STOP_SECONDS: Final = 5


def main() -> None:
    """Does what the command line says; what cannot be done is one line and exit code 1."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(name)s: %(message)s")
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, _stop)
    try:
        arguments.run(arguments)
    except ConfigurationError as error:
        raise SystemExit(f"service: {error}") from None
    except (DBAPIError, DatabaseUnreachableError) as error:
        cause = type(getattr(error, "orig", error)).__name__
        remedy = "is it running, and are user, password and name right?"
        raise SystemExit(f"service: the database of DATABASE_URL cannot be used ({cause}): {remedy}") from None


def serve() -> None:
    """Serves until it is told to stop."""
    settings = load_settings(debug=True)
    with closing(_listen(settings)) as listener:
        if settings.database_url is None:
            demo.prepare(settings.demo_file)
        app = create_app(settings)
        _say(_what_to_try(settings, listener.getsockname()[1]))
        server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=_STOP_SECONDS))
        server.run(sockets=[listener])


def migrate() -> None:
    """Brings the tables of the database up to date."""
    settings = load_settings()
    if settings.database_url is None:
        demo.prepare(settings.demo_file)
    with _engine(settings).begin() as connection:
        upgrade(connection)
    _say("The tables are up to date.")


def seed_database() -> None:
    """Fills an empty database, and shows the tokens this once."""
    settings = load_settings()
    if settings.database_url is None:
        demo.prepare(settings.demo_file)
        _say(f"The demo file is seeded, with the tokens {demo.USER_TOKEN} and {demo.ADMIN_TOKEN}: {settings.demo_file}")
        return
    tokens = {role: new_token() for role in ("user", "admin")}
    with _engine(settings).begin() as connection:
        upgrade(connection)
        is_empty = seed.is_empty(connection)
        if is_empty:
            seed.fill(connection, tokens)
    if not is_empty:
        _say("This database has users already: their tokens exist and cannot be shown again. Nothing was changed.")
        return
    _say("Seeded. These tokens are shown only now:")
    for role, token in tokens.items():
        _say(f"  {role}: {token}")


_COMMANDS: Final = {"serve": serve, "migrate": migrate, "seed": seed_database}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.set_defaults(run=_alone(serve))
    commands = parser.add_subparsers(metavar="command")
    for name, command in _COMMANDS.items():
        commands.add_parser(name, help=command.__doc__).set_defaults(run=_alone(command))
    stack.add(commands)
    return parser


def _alone(command: Callable[[], None]) -> Callable[[argparse.Namespace], None]:
    """A command that has no options."""
    return lambda _arguments: command()


def _engine(settings: Settings) -> Engine:
    return make_engine(settings.database_urls().synchronous)


def _listen(settings: Settings) -> socket.socket:
    """The socket to serve on, taken before anything else is done."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"PORT={settings.port} is taken on HOST={settings.host!r}: stop what uses it, or set another PORT"
        else:
            message = f"cannot listen on HOST={settings.host!r} PORT={settings.port} ({error.strerror}): set others"
        raise ConfigurationError(message) from None


def _what_to_try(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    root = f"http://{host}:{port}"
    token = demo.USER_TOKEN if settings.database_url is None else "<a token that `make seed` printed>"
    return f"""
Candid reference service

  curl -v -H 'Authorization: Bearer {token}' {root}/api/v1/items/1

  {root}/docs
  {root}/api/v1/brands/
  {root}/api/v1/locations/?bbox=2.2,48.8,2.5,48.9
  {root}/health/ready
  {root}/metrics
"""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _stop(_signal: int, _frame: Any) -> NoReturn:
    # uvicorn sends itself the signal again when it has stopped; a stop that was asked for is no failure.
    raise SystemExit(0)


if __name__ == "__main__":
    main()
