"""The URL of the database, given once, for two drivers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS: Final = {"postgresql": ("asyncpg", "psycopg"), "sqlite": ("aiosqlite", "pysqlite")}
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One database as its asynchronous and its synchronous driver want it named.

    Attributes:
        asynchronous: For asyncpg or aiosqlite.
        synchronous: For psycopg or sqlite3.
    """

    asynchronous: URL
    synchronous: URL

    @classmethod
    def parse(cls, text: str) -> Self:
        """Both URLs from one, such as `postgresql://user:password@host/name` or `sqlite:////path/to/file`.

        Raises:
            ValueError: It cannot work; the message says what to change and shows no part of the URL.
        """
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise ValueError(
                "is not a URL: write postgresql://user:password@host:5432/name or sqlite:////path"
            ) from None
        backend = "postgresql" if url.drivername == "postgres" else url.get_backend_name()
        drivers = _DRIVERS.get(backend)
        driver = url.drivername.partition("+")[2]
        if drivers is None or (driver and driver not in drivers):
            raise ValueError(
                "names a database or driver that is not supported: write postgresql://... or sqlite:///..."
            )
        return cls(*(_for_driver(url, backend, driver) for driver in drivers))

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Both URLs of an SQLite file."""
        return cls(*(URL.create(f"sqlite+{driver}", database=str(path)) for driver in _DRIVERS["sqlite"]))


def _for_driver(url: URL, backend: str, driver: str) -> URL:
    url = url.set(drivername=f"{backend}+{driver}")
    if backend == "sqlite":
        return _checked_file(url)
    mode = url.query.get("sslmode")
    if set(url.query) - {"sslmode"} or (mode is not None and mode not in _SSL_MODES):
        raise ValueError(f"may have no option but sslmode={'|'.join(_SSL_MODES)}: set others by PG* variables")
    # The same option, by the name that asyncpg gives it.
    return url.set(query={"ssl": mode}) if mode is not None and driver == "asyncpg" else url


def _checked_file(url: URL) -> URL:
    if url.query or url.database in {None, "", ":memory:"}:
        raise ValueError("must name an SQLite file, without options: two drivers cannot share a database in memory")
    path = Path(str(url.database))
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError("names no SQLite file, or one in a directory that does not exist: make the directory first")
    return url
