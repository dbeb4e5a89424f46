"""Database and cache of the stack: new and empty for each run."""

import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import Final

import anyio
from anyio.to_thread import run_sync

from service import demo, seed
from service.database import make_engine
from service.database_url import DatabaseUrls
from service.revisions import upgrade
from service.security import new_token
from service.stack.log import say
from service.stack.machine import Machine
from service.stack.part import Part
from service.stack.place import system_user, write_secret
from service.stack.ports import any_free
from service.stack.readiness import accepts, takes_queries
from service.stack.running import Running
from service.stack.settings import HOST

_USER: Final = "candid"
_PASSWORD_BYTES: Final = 16
_POSTGRES: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "log_min_messages": "warning",
    # It lives as long as the stack: what a crash would damage is thrown away anyhow.
    "fsync": "off",
    "synchronous_commit": "off",
}


@dataclass(frozen=True, slots=True)
class Database:
    """Where the service finds its data.

    Attributes:
        environ: Settings of the service.
        tokens: By the role of their user.
    """

    environ: Mapping[str, str]
    tokens: Mapping[str, str]


async def start_database(machine: Machine, directory: Path, running: Running) -> Database:
    """A PostgreSQL with the demo data, or the demo file where there can be none.

    Args:
        machine: What there is.
        directory: Of the run.
        running: Where it is started.

    Raises:
        StartError: It does not start.
    """
    password = secrets.token_hex(_PASSWORD_BYTES)
    own = directory / "postgres"
    if not machine.runs("postgres") or not await _initialised(machine.programs["initdb"], own, password):
        environ = {"DEMO_DATA_DIR": str(directory)}
        return Database(environ, {"user": demo.USER_TOKEN, "admin": demo.ADMIN_TOKEN})
    port = any_free()
    url = f"postgresql://{_USER}:{password}@{HOST}:{port}/postgres"
    options = (word for name, value in {**_POSTGRES, "port": port}.items() for word in ("-c", f"{name}={value}"))
    command = (machine.programs["postgres"], "-D", str(own / "data"), *options)
    # SIGINT ends its connections; SIGTERM would wait until they leave.
    part = Part("postgres", command, is_ready=takes_queries(url), user=system_user(), stop_signal=SIGINT)
    await running.start(part)
    tokens = {role: new_token() for role in ("user", "admin")}
    await run_sync(_fill, url, tokens)
    return Database({"DATABASE_URL": url}, tokens)


async def start_cache(machine: Machine, directory: Path, running: Running) -> Mapping[str, str]:
    """A Redis, if there is one.

    Args:
        machine: What there is.
        directory: Of the run.
        running: Where it is started.

    Returns:
        Settings of the service.

    Raises:
        StartError: It does not start.
    """
    if not machine.runs("redis"):
        return {}
    port, password = any_free(), secrets.token_hex(_PASSWORD_BYTES)
    config = directory / "redis.conf"
    lines = (
        f"bind {HOST}",
        f"port {port}",
        f"requirepass {password}",
        # In quotes: it may have a space.
        f'dir "{directory}"',
        'save ""',
        "loglevel warning",
        "maxmemory 256mb",
        "maxmemory-policy allkeys-lru",
    )
    # In a file: arguments are what every process list shows.
    write_secret(config, "\n".join(lines) + "\n")
    command = (machine.programs["redis-server"], str(config))
    await running.start(Part("redis", command, is_ready=accepts(port)))
    return {"REDIS_HOST": HOST, "REDIS_PORT": str(port), "REDIS_PASSWORD": password}


def _password_file(own: Path, password: str) -> Path:
    """A file with the password, in a new directory; both are the user's who runs PostgreSQL."""
    own.mkdir(mode=0o700)
    file = own / "password"
    write_secret(file, password)
    user = system_user()
    if user is not None:
        for path in (own, file):
            shutil.chown(path, user, user)
    return file


async def _initialised(initdb: str, own: Path, password: str) -> bool:
    """Whether PostgreSQL made its files; it says itself why not."""
    user = system_user()
    data = (
        "-D",
        str(own / "data"),
        "-U",
        _USER,
        "--pwfile",
        str(_password_file(own, password)),
        "--auth",
        "scram-sha-256",
    )
    done = await anyio.run_process(
        (initdb, *data, "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode != 0:
        for line in done.stdout.decode(errors="replace").splitlines():
            say(line, "postgres")
        say("postgres cannot run here, for what it says above: the service keeps its data in a file")
    return done.returncode == 0


def _fill(url: str, tokens: Mapping[str, str]) -> None:
    engine = make_engine(DatabaseUrls.parse(url).synchronous)
    try:
        with engine.begin() as connection:
            upgrade(connection)
            seed.fill(connection, tokens)
    finally:
        engine.dispose()
