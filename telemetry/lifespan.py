"""What an application says to its server about its start and its end.

Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from typing import Final

from starlette.types import Message, Send

from telemetry.errors import ConfigurationError, Guard
from telemetry.pipeline import Pipeline

_GUARD: Final = Guard("middleware")
_LAST: Final = frozenset({"lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed"})


class Lifespan:
    """The messages of one lifespan on their way to the server.

    Args:
        send: Takes them.
        pipeline: The rest of telemetry.

    Attributes:
        has_started: Whether the server was told that the application serves.
    """

    def __init__(self, send: Send, pipeline: Pipeline) -> None:
        self.has_started = False
        self._send = send
        self._pipeline = pipeline
        self._refusal: str | None = None

    async def send(self, message: Message) -> None:
        """Passes a message on, unless a start is refused: then the server hears of that and of nothing else.

        Raises:
            ConfigurationError: Telemetry cannot work with the application, which has to undo what it did to start.
        """
        if self._refusal is not None:
            # Its own words are the traceback of ours.
            message = {"type": "lifespan.startup.failed", "message": self._refusal}
        elif message["type"] == "lifespan.startup.complete":
            self._check()
        if message["type"] in _LAST:
            # Here and not at exit: uvicorn ends by the signal that it got, which skips exit hooks.
            with _GUARD:
                await self._pipeline.flush()
        await self._send(message)

    def _check(self) -> None:
        # Not earlier: an application may add routes as it starts.
        try:
            self._pipeline.expect()
        except ConfigurationError as error:
            self._refusal = str(error)
            raise
        except Exception as error:
            if not _GUARD.took(error):
                raise
        self.has_started = True
