"""Shows the figures to whoever holds a token that was signed with a secret key and has not expired."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from telemetry.errors import ConfigurationError
from telemetry.outputs.exposure.level import Exposure

#: Shorter keys can be guessed from one token, offline.
MIN_KEY_BYTES: Final = 32
# What is signed begins with this, so that a signature made with the same key for another purpose is none here.
_PURPOSE: Final = b"candid server-timing until "
_TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedToken:
    """Exposure policy: the figures are for requests with a valid token, in a header or else in a cookie.

    Attributes:
        key: Secret, at least 32 bytes; text is taken as UTF-8. Never shown.
        header: Name of the request header, in any case.
        cookie: Name of the cookie; a browser sends it with the page itself, where no header can be set.
        otherwise: What requests without a valid token see.
        clock: Seconds since 1970.

    Raises:
        ConfigurationError: The key is too short.

    >>> policy = SignedToken("an example key of at least 32 bytes", clock=lambda: 1_000)
    >>> policy({"headers": [(b"x-server-timing-token", policy.token(60).encode())]})
    <Exposure.FULL: 'full'>
    """

    key: str | bytes = field(repr=False)
    header: str = "x-server-timing-token"
    cookie: str = "server_timing_token"
    otherwise: Exposure = Exposure.NOTHING
    clock: Callable[[], float] = field(default=time.time, repr=False)

    def __post_init__(self) -> None:
        if len(self._key()) < MIN_KEY_BYTES:
            raise ConfigurationError(
                f"key: it has {len(self._key())} bytes, fewer than {MIN_KEY_BYTES};"
                " make one with python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )

    def __call__(self, scope: Mapping[str, Any]) -> Exposure:
        token = _header(scope["headers"], self.header) or _cookie(scope["headers"], self.cookie)
        return Exposure.FULL if token is not None and self._is_valid(token) else self.otherwise

    def token(self, valid_seconds: float) -> str:
        """A token that is valid from now on.

        Args:
            valid_seconds: For how long, s, > 0. It cannot be taken back before, other than by another key.

        Raises:
            ValueError: It would never be valid.
        """
        if valid_seconds <= 0:
            raise ValueError(f"valid_seconds={valid_seconds}: a token is valid for more than 0 s")
        until = str(int(self.clock() + valid_seconds))
        return f"{until}.{self._signature(until)}"

    def _is_valid(self, token: str) -> bool:
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            return False
        until, signature = parts.groups()
        return hmac.compare_digest(signature, self._signature(until)) and self.clock() < int(until)

    def _signature(self, until: str) -> str:
        return hmac.new(self._key(), _PURPOSE + until.encode(), hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        return self.key.encode() if isinstance(self.key, str) else self.key


def _header(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    wanted = name.lower().encode("latin-1")
    return next((value.decode("latin-1") for key, value in headers if key.lower() == wanted), None)


def _cookie(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    # Not http.cookies: one cookie of another application that it dislikes hides all that follow.
    # HTTP/2 clients may send several cookie fields.
    lines = (value.decode("latin-1") for key, value in headers if key.lower() == b"cookie")
    pairs = (pair.strip().partition("=") for line in lines for pair in line.split(";"))
    return next((value.strip('"') for key, _, value in pairs if key == name), None)
