"""One HTTP answer, bounded in time and size, from an address whose credentials are never shown.

`urllib` of the standard library: what is read are a handful of answers, one after the other, by a command. A client
library would be one more dependency of the wheel for connection pools and HTTP/2 that nothing here needs.
"""

import http.client
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Final, NamedTuple, Self
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit

#: Far more than the series of a large service take.
MAX_BYTES: Final = 32 * 1024 * 1024
_SHOWN_CHARACTERS: Final = 300


class DownloadError(Exception):
    """There is no usable answer; the message is one line that names the address, without credentials, and the cause."""


class Answer(NamedTuple):
    """What a server said, whatever its status.

    Attributes:
        status: HTTP status code.
        content_type: Media type without parameters, in small letters; empty if it said none.
        body: At most `MAX_BYTES`.
    """

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask; as text, without credentials and without the query string, which may hold a token.

    Attributes:
        url: Without user and password.
    """

    url: str = field(repr=False)
    _authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `http(s)://[user:password@]host[:port][/path]`.

        Args:
            text: As it was given.

        Raises:
            DownloadError: It has another form.
        """
        try:
            parts = urlsplit(text)
            is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            is_usable, parts = False, SplitResult("", "", "", "", "")
        if not is_usable or not text.isascii() or not text.isprintable() or " " in text:
            # The text itself may hold a password, so it is not repeated.
            raise DownloadError("the address cannot be used: write it as http://HOST:PORT or https://HOST/PATH")
        credentials, _, host = parts.netloc.rpartition("@")
        url = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
        return cls(url, _basic(credentials) if credentials else None)

    def __str__(self) -> str:
        return self.url.partition("?")[0]

    def below(self, path: str, parameters: Mapping[str, str]) -> "Address":
        """The address of something behind this one, with the same credentials.

        Args:
            path: Begins with `/`.
            parameters: Of the query string.
        """
        parts = urlsplit(self.url)
        queries = "&".join(filter(None, (parts.query, urlencode(parameters))))
        url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + path, queries, ""))
        return Address(url, self._authorization)

    def download(self, *, accept: str, seconds: float) -> Answer:
        """Asks, and waits for the whole answer.

        Args:
            accept: Media types that are understood.
            seconds: Longest wait for all of it, redirects and the last byte included, > 0.

        Raises:
            DownloadError: There was no answer in time, or a longer one than `MAX_BYTES`.
        """
        request = urllib.request.Request(self.url, headers={"Accept": accept})  # noqa: S310 - parse() admits http only
        if self._authorization is not None:
            # Not sent again to where a redirect leads.
            request.add_unredirected_header("Authorization", self._authorization)
        outcome: Future[Answer] = Future()

        def ask() -> None:
            try:
                outcome.set_result(_answer(request, seconds))
            except Exception as error:  # noqa: BLE001 - told to whoever waits
                outcome.set_exception(error)

        # The timeout of a socket starts anew with each byte; a thread can be left behind after a time in all.
        Thread(target=ask, name="download", daemon=True).start()
        try:
            answer = outcome.result(seconds)
        except TimeoutError:
            raise DownloadError(f"{self} did not answer within {seconds:g} s") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DownloadError(f"{self} cannot be reached: {_cause(error)}") from None
        if len(answer.body) > MAX_BYTES:
            raise DownloadError(f"{self} answers with more than {MAX_BYTES // 1024 // 1024} MiB")
        return answer


def one_line(text: str) -> str:
    """The text of somebody else, as it may stand in a message: without control characters, and not too long."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + "…"


def _answer(request: urllib.request.Request, seconds: float) -> Answer:
    try:
        response = _opener().open(request, timeout=seconds)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        kind = response.headers.get_content_type() if response.headers.get("Content-Type") else ""
        return Answer(response.status, kind, response.read(MAX_BYTES + 1))


def _opener() -> urllib.request.OpenerDirector:
    # Not build_opener(): a redirect must not lead to ftp.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _basic(credentials: str) -> str:
    user, colon, password = credentials.partition(":")
    # https://www.rfc-editor.org/rfc/rfc7617#section-2
    pair = unquote(user) + colon + unquote(password)
    return "Basic " + b64encode(pair.encode()).decode()


def _cause(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, OSError) and reason.strerror:
        return one_line(reason.strerror.lower())
    return one_line(str(reason) or type(reason).__name__)
