"""Starts an application and stops it again, as a server does.

Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

import asyncio
from typing import Any, Final

from starlette.types import ASGIApp, Message

from telemetry.doctor.redaction import Redaction

_RETURNED: Final = "returned"


class Lifespan:
    """The lifespan of an application; one without any simply has none, as under a server.

    Args:
        app: The application.
        redaction: Keeps secrets out of the reasons that are returned.
        seconds: Longest wait for the start, and for the stop, s.

    Attributes:
        state: What the application hands on to its requests.
        error: What it raised, if it did.
    """

    def __init__(self, app: ASGIApp, redaction: Redaction, seconds: float) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._redaction = redaction
        self._seconds = seconds
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue()
        self.error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str | None:
        """Starts the application; returns why it did not start, None if it did."""
        self._task = asyncio.create_task(self._run())
        answer = await self._asked("lifespan.startup")
        match answer:
            case None:
                return f"it had not started after {self._seconds:g} s"
            case {"type": "lifespan.startup.failed"}:
                return await self._failure(answer)
            case {"type": type_} if type_ == _RETURNED and isinstance(self.error, SystemExit):
                return self._redaction.cause(self.error)
            case _:
                return None

    async def stop(self) -> str | None:
        """Stops the application; returns why it did not stop, None if it did."""
        if self._task is None or self._task.done():
            return None
        answer = await self._asked("lifespan.shutdown")
        match answer:
            case None:
                return f"it had not stopped after {self._seconds:g} s"
            case {"type": "lifespan.shutdown.failed"}:
                return await self._failure(answer)
            case _:
                await asyncio.wait({self._task}, timeout=1)
                return None

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._incoming.get, self._outgoing.put)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is reported
            self.error = error
        finally:
            self._outgoing.put_nowait({"type": _RETURNED})

    async def _asked(self, type_: str) -> Message | None:
        self._incoming.put_nowait({"type": type_})
        try:
            return await asyncio.wait_for(self._outgoing.get(), self._seconds)
        except TimeoutError:
            return None

    async def _failure(self, answer: Message) -> str:
        # Starlette puts a whole traceback into its message, and then raises the exception itself.
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=1)
        if self.error is not None:
            return self._redaction.cause(self.error)
        lines = str(answer.get("message", "")).strip().splitlines()
        return self._redaction.text(lines[-1]) if lines else "it gave no reason"
