"""One PostgreSQL that counts and logs what it is asked."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGQUIT
from typing import Final

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.requirement import program

_HOST: Final = "127.0.0.1"
_USER: Final = "candid"
#: Where Debian keeps its programs.
PLACES: Final = tuple(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
_OPTIONS: Final = {
    "listen_addresses": _HOST,
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    # What clients sent: not what functions sent inside, nor BEGIN, COMMIT and SET, which drivers add.
    "pg_stat_statements.track": "top",
    "pg_stat_statements.track_utility": "off",
    "log_statement": "all",
    "log_line_prefix": "%m [%p] %d ",
}


@dataclass(frozen=True, slots=True)
class Statements:
    """What a database executed, by its text with the values taken out."""

    calls: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.calls.values())

    def since(self, earlier: "Statements") -> "Statements":
        """What was executed after *earlier* was read."""
        growth = {text: calls - earlier.calls.get(text, 0) for text, calls in self.calls.items()}
        return Statements({text: calls for text, calls in growth.items() if calls})


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own name in the server.

    Attributes:
        url: For SQLAlchemy without a driver, and for psycopg and asyncpg as it is.
    """

    server: "Postgres"
    name: str

    @property
    def url(self) -> str:
        return self.server.url_of(self.name)

    def statements(self) -> Statements:
        """What it executed so far; a statement counts once its transaction has ended."""
        query = (
            "SELECT query, sum(calls)::bigint FROM pg_stat_statements"
            " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s) GROUP BY query"
        )
        # Asked in another database, so that asking is never counted.
        with self.server.administer() as connection:
            return Statements(dict(connection.execute(query, (self.name,))))


class Postgres:
    """A PostgreSQL that a test may stop and start again on its port; its data stay."""

    def __init__(self, executable: str, port: int, directory: Path, password: str) -> None:
        """Starts it.

        Args:
            executable: Of `postgres`.
            port: Of 127.0.0.1.
            directory: Holds `data`, made by initdb.
            password: Of its only user.

        Raises:
            PortTakenError: The port is not free.
        """
        self.port = port
        self._executable = executable
        self._directory = directory
        self._password = password
        self.start()

    def url_of(self, database: str) -> str:
        return f"postgresql://{_USER}:{self._password}@{_HOST}:{self.port}/{database}"

    def administer(self) -> psycopg.Connection[TupleRow]:
        """A connection to the database `postgres`, which no test uses."""
        return psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=5)

    def new_database(self) -> Database:
        """An empty database of its own for whoever asks."""
        name = f"test_{secrets.token_hex(4)}"
        with self.administer() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return Database(self, name)

    def log_text(self) -> str:
        """All that it logged: each statement as it came, with its database."""
        return self.process.log_text()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        options = _OPTIONS | {"port": str(self.port), "unix_socket_directories": str(self._directory)}
        arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [self._executable, "-D", str(self._directory / "data"), *arguments]
        self.process = Child(command, self._directory / "postgres.log", user=_system_user(), directory=self._directory)
        if not self.process.await_ready(self._answers):
            raise PortTakenError(self.process.log_text())

    def stop(self) -> None:
        """Ends it and all its connections at once, in good order."""
        # SIGINT is its "fast" shutdown; SIGTERM would wait for clients to leave.
        self.process.stop(SIGINT)

    def _answers(self) -> bool:
        try:
            self.administer().close()
        except psycopg.OperationalError:
            return False
        return True


def _system_user() -> str | None:
    # PostgreSQL refuses to run as root.
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def _directory() -> Iterator[Path]:
    """A directory that the user of the server can reach; those of pytest are closed to all but one user."""
    directory = Path(tempfile.mkdtemp(prefix="candid-postgres-"))
    try:
        if (user := _system_user()) is not None:
            shutil.chown(directory, user, user)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _initialise(executable: str, directory: Path, password: str) -> None:
    password_file = directory / "password"
    password_file.write_text(password)
    command = [executable, "-D", str(directory / "data"), "-U", _USER, "--pwfile", str(password_file)]
    options = ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    done = subprocess.run(
        [*command, *options],
        capture_output=True,
        text=True,
        check=False,
        user=_system_user(),
        cwd=directory,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for the whole run; who stops it starts it again."""
    initdb, executable = (program(name, package="postgresql", places=PLACES) for name in ("initdb", "postgres"))
    password = secrets.token_urlsafe(16)
    with _directory() as directory:
        _initialise(initdb, directory, password)
        server = on_free_ports(1, lambda ports: Postgres(executable, ports[0], directory, password))
        try:
            with server.administer() as connection:
                connection.execute("CREATE EXTENSION pg_stat_statements")
            yield server
        finally:
            # Its data go too: it need not write them down first.
            server.process.stop(SIGQUIT)


@pytest.fixture
def postgres_database(postgres: Postgres) -> Database:
    """An empty database for one test."""
    return postgres.new_database()
