"""A server for one exchange, that notes every message it is sent."""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope


def scope_of(path: str, spec_version: str = "2.4", method: str = "GET") -> dict[str, Any]:
    """Scope of a request without headers."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": spec_version},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
    }


async def empty_body() -> Message:
    """What a server says to an application that asks for the body."""
    return {"type": "http.request", "body": b"", "more_body": False}


class Server:
    """Runs an application and keeps what it sends.

    Attributes:
        sent: The messages, in their order.
    """

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive = empty_body) -> None:
        """Runs *app* for one scope; raises what it raises."""
        await app(scope, receive, self.send)

    async def send(self, message: Message) -> None:
        """Takes a message; tests replace it to fail or to look closer."""
        self.sent.append(message)

    def headers(self, name: str) -> list[str]:
        """Values of a header in the message that started the response."""
        start = next(message for message in self.sent if message["type"] == "http.response.start")
        return [value.decode() for key, value in start["headers"] if key == name.encode()]
