"""Certificates of an authority that exists for one test run."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.requirement import program

# Python 3.13 trusts no authority that does not say what its key is for.
_CA = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, as PEM files with absolute paths."""

    cert_file: str
    key_file: str


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates.

    Attributes:
        directory: Where all files are.
        own: Its own certificate, the one to trust.
    """

    directory: Path
    own: Certificate

    @classmethod
    def create(cls, directory: Path) -> "Authority":
        """A new authority; needs openssl."""
        own = _files(directory, "authority")
        _openssl("req", "-x509", *_key(own), "-out", own.cert_file, "-subj", "/CN=authority of a test run", *_CA)
        return cls(directory, own)

    def sign(self, name: str) -> Certificate:
        """A certificate for servers and clients on this machine."""
        made = _files(self.directory, name)
        _openssl(
            *("req", "-x509", "-CA", self.own.cert_file, "-CAkey", self.own.key_file),
            *(*_key(made), "-out", made.cert_file, "-subj", f"/CN={name}"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"),
        )
        return made


def _files(directory: Path, name: str) -> Certificate:
    root = directory.resolve() / name
    return Certificate(f"{root}.crt", f"{root}.key")


def _key(certificate: Certificate) -> list[str]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", certificate.key_file]


def _openssl(*arguments: str) -> None:
    command = [program("openssl", package="openssl"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
