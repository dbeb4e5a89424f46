"""Asks the endpoint of an exporter whether it takes traces, by an empty export, within two seconds."""

import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, Request, build_opener

from opentelemetry.instrumentation.utils import suppress_instrumentation

from telemetry.spans.provider import bounded

_SECONDS: Final = 2.0
_GRPC_PORT: Final = 4317
_CERTIFICATES: Final = ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE")
_NEEDS_CREDENTIALS: Final = frozenset({401, 403, 407})


@dataclass(frozen=True, slots=True)
class Reached:
    """What an endpoint answered.

    Attributes:
        shown: The endpoint without credentials, query, and any path but the usual one, which may be a key.
        status: Of the HTTP response; None if none came, or none was asked for.
        failure: Why it cannot be reached; None if it can.
    """

    shown: str
    status: int | None = None
    failure: str | None = None

    @property
    def needs_credentials(self) -> bool:
        """Whether it refuses those who say nothing of who they are, as the probe does."""
        return self.status in _NEEDS_CREDENTIALS


def reached(endpoint: str) -> Reached:
    """Tries an endpoint.

    Args:
        endpoint: URL for HTTP, or host and port for gRPC, where only a connection is opened.
    """
    url = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
    ask = _post if url.scheme in {"http", "https"} else _connect
    answers: list[Reached] = []
    # The time limits of sockets hold for each step alone, and not at all for the look-up of a name.
    bounded(lambda: answers.append(_tried(ask, url)), _SECONDS)
    return answers[0] if answers else Reached(_shown(url), failure=f"no answer within {_SECONDS:.0f} s")


def _tried(ask: Callable[[SplitResult], int | None], url: SplitResult) -> Reached:
    try:
        # Or our own request would be one more span to export.
        with suppress_instrumentation():
            return Reached(_shown(url), ask(url))
    except HTTPError as error:
        error.close()
        return Reached(_shown(url), error.code)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        return Reached(_shown(url), failure=getattr(reason, "strerror", None) or str(reason))


def _post(url: SplitResult) -> int:
    # No bytes are a valid export of no spans. https://protobuf.dev/programming-guides/encoding/
    bare = urlunsplit((url.scheme, _netloc(url), url.path, url.query, ""))
    request = Request(bare, data=b"", headers={"content-type": "application/x-protobuf"})  # noqa: S310 - http(s) only
    trusted = next((os.environ[name] for name in _CERTIFICATES if os.environ.get(name)), None)
    context = ssl.create_default_context(cafile=trusted)
    with build_opener(HTTPSHandler(context=context)).open(request, timeout=_SECONDS) as response:
        status: int = response.status
        return status


def _connect(url: SplitResult) -> None:
    with socket.create_connection((url.hostname or "localhost", url.port or _GRPC_PORT), timeout=_SECONDS):
        return


def _netloc(url: SplitResult) -> str:
    return url.netloc.rpartition("@")[2]


def _shown(url: SplitResult) -> str:
    path = url.path if url.path in {"", "/", "/v1/traces"} else "/***"
    return f"{url.scheme}://{_netloc(url)}{path}" if url.scheme else _netloc(url)
