"""Refuses large bodies before they are read."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fastapi import HTTPException

MAX_BODY_BYTES: Final = 1_000_000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class BodyLimit:
    """ASGI middleware that stops a body at its first byte too many, whatever its header says of its length.

    FastAPI has `max_body_size` for this, but answers plain text where all else is problem JSON.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Any) -> None:
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_BYTES:
                # Raised where the route reads the body, so that it is answered like any other error.
                raise HTTPException(413, f"A body holds at most {MAX_BODY_BYTES} bytes.")
            return message

        await self._app(scope, limited if scope["type"] == "http" else receive, send)
