"""Where Redis is and how to be let in: values that are checked when they are made."""

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from telemetry.errors import ConfigurationError

CertReqs = Literal["none", "optional", "required"]

_MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """TLS is on, with these PEM files.

    Attributes:
        cert_reqs: Whether the server's certificate is checked. "none" accepts any server, also an
            attacker's; "optional" checks a client's view of the server just as "required" does.
        ca_file: Authorities to trust; None for those of the system.
        cert_file: Certificate by which this client shows who it is.
        key_file: Private key of `cert_file`; None if that file holds it too.

    Raises:
        ConfigurationError: A file cannot be read or is not what its field says.
    """

    cert_reqs: CertReqs = "required"
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None

    def __post_init__(self) -> None:
        if self.cert_reqs not in get_args(CertReqs):
            raise ConfigurationError(f"TlsFiles.cert_reqs is {self.cert_reqs!r}: use none, optional or required")
        if self.key_file is not None and self.cert_file is None:
            raise ConfigurationError("TlsFiles.key_file is set without cert_file: give the certificate of that key too")
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(self, name)
            if path is not None and not (Path(path).is_file() and os.access(path, os.R_OK)):
                raise ConfigurationError(f"TlsFiles.{name} is {path!r}: no such file, or it may not be read")
        self._load()

    def _load(self) -> None:
        """Reads the files once: the client would do so inside the first request, where its error is only counted."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.ca_file is not None:
            try:
                context.load_verify_locations(self.ca_file)
            except OSError as error:
                raise ConfigurationError(
                    f"TlsFiles.ca_file is {self.ca_file!r}: it holds no PEM certificate"
                ) from error
        if self.cert_file is not None:
            try:
                context.load_cert_chain(self.cert_file, self.key_file, password=_no_password)
            except (OSError, ValueError) as error:
                raise ConfigurationError(
                    f"TlsFiles.cert_file is {self.cert_file!r}, key_file {self.key_file!r}: "
                    "give a PEM certificate and the unencrypted private key that belongs to it"
                ) from error


@dataclass(frozen=True, slots=True)
class RedisConnection:
    """One Redis server, or any node of a cluster.

    Attributes:
        host: Name or address, without scheme or port.
        port: 1 to 65535.
        username: ACL user; None for the default user.
        password: Of that user; never shown.
        cluster_mode: True when the server is a cluster.
        tls: Files for TLS; None for a plain connection.

    Raises:
        ConfigurationError: A field cannot work.
    """

    host: str
    port: int = 6379
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    cluster_mode: bool = False
    tls: TlsFiles | None = None

    def __post_init__(self) -> None:
        if not self.host or any(mark in self.host for mark in "/@ \t\r\n"):
            # Not shown: what stands here by mistake is often a URL with its password.
            raise ConfigurationError(
                "RedisConnection.host is empty or not a host name: give the name or address alone, like "
                "'cache.internal'; port, user and password have fields of their own"
            )
        if isinstance(self.port, bool) or not 1 <= self.port <= _MAX_PORT:
            raise ConfigurationError(f"RedisConnection.port is {self.port!r}: give a number from 1 to {_MAX_PORT}")
        if self.username is not None and self.password is None:
            raise ConfigurationError(
                f"RedisConnection.username is {self.username!r} without a password: give both, or neither"
            )


def _no_password() -> str:
    """Stands for the passphrase of an encrypted key, which OpenSSL would otherwise ask for on the terminal."""
    return ""
