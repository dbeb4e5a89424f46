"""A server that answers as badly as a test wants."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True)
class Reply:
    """What it says.

    Attributes:
        body: Of the answer.
        status: Of the answer.
        headers: Beside the length.
    """

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What it was asked.

    Attributes:
        url: Where it is.
        requests: Path, and the header with credentials, of each request.
    """

    url: str = ""
    requests: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def answering(reply: Callable[[str], Reply]) -> Iterator[Asked]:
    """Answers each path with a reply."""
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.requests.append((self.path, self.headers.get("Authorization")))
            found = reply(self.path)
            body = found.body.encode()
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    asked.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def dripping(seconds_between: float) -> Iterator[str]:
    """Sends a header that never ends, byte by byte; gives the URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    is_over = Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while not is_over.wait(seconds_between):
                connection.sendall(b".")

    thread = Thread(target=drip)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        is_over.set()
        thread.join()
        listener.close()
