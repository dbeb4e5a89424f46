"""Programs that no Debian package has: they are built beforehand, outside the checkout."""

import os
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Final

from service.stack.programs import Program
from tests.servers.requirement import missing

_HOST: Final = "127.0.0.1"
# Variables of the configuration files: what the developer's shell says about them is none of a test's business.
_THEIRS: Final = ("COLLECTOR_", "JAEGER_", "OTEL_")


def built(program: Program) -> str:
    """Path of the program; without it the test is skipped, or fails where servers are required."""
    if not program.is_built:
        missing(f"{program.name} {program.version}, which Go builds: make programs")
    return str(program.path)


def environ_with(settings: Mapping[str, object]) -> dict[str, str]:
    """The environment of a program under *settings* alone."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(_THEIRS)}
    return {**rest, **{name: str(value) for name, value in settings.items()}}


def body_of(port: int, path: str) -> bytes | None:
    """What an address of this machine answers with success; None otherwise."""
    connection = HTTPConnection(_HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return body if response.status == 200 else None
