"""A start that would count wrongly is refused."""

import os
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from telemetry.conventions import ENVIRON_MULTIPROCESS
from telemetry.errors import ConfigurationError
from telemetry.outputs.worker_files import is_shared
from telemetry.workers.count import count_of_workers
from telemetry.workers.directory import given_directory

_REMEDY: Final = "Start with `python -m telemetry run module:app --workers {workers}`, which needs no settings"


def unless_wrong(app: ASGIApp) -> ASGIApp:
    """*app*, or what refuses to start in its place: several workers would each count for themselves.

    Asked when the server starts to serve, not when the application is made:
    then it is known to be a worker, and how many there are.
    """
    workers = 1 if is_shared() else count_of_workers()
    if workers == 1:
        return app
    remedy = _REMEDY.format(workers=workers)
    if given_directory(os.environ) is None:
        return RefusedStart(
            ConfigurationError(
                f"{ENVIRON_MULTIPROCESS} is not set and the server runs {workers} workers: each scrape would show the"
                f" metrics of one of them. {remedy}, or set it to an empty directory before the server starts."
            )
        )
    return RefusedStart(
        ConfigurationError(
            f"{ENVIRON_MULTIPROCESS} was set after prometheus_client had been imported, too late, and the server runs"
            f" {workers} workers: each scrape would show the metrics of one of them. {remedy}, or set it in the"
            " environment of the server."
        )
    )


class RefusedStart:
    """An ASGI application that fails its start with a message, and every request with the error.

    An exception alone would not do: uvicorn starts a worker that raised again,
    for ever, and takes an exception in the lifespan for an application that has none.

    Args:
        error: Says what cannot work, and the remedy.

    Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html#startup-failed-send-event
    """

    def __init__(self, error: ConfigurationError) -> None:
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self._error)})
        raise self._error
