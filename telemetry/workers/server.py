"""uvicorn, which the library does not depend on: started with the arguments of its own command line."""

import os
import signal
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NoReturn

from telemetry.conventions import ENVIRON_MULTIPROCESS
from telemetry.errors import ConfigurationError
from telemetry.workers.directory import given_directory, private_directory, wiped_directory

# What uvicorn exits with when its one worker cannot start; of several it says only in its log that they could not.
_NOT_STARTED: Final = 3
_ONLY_TOLD: Final = frozenset({"--help", "--version"})


def serve(arguments: Sequence[str], environ: MutableMapping[str, str]) -> int:
    """Runs uvicorn until it ends; several workers share a directory for their metrics meanwhile.

    uvicorn makes its workers as new processes, which read the variable before
    they import anything.

    Args:
        arguments: Of uvicorn's command line, the application first.
        environ: Environment of this process; gets the directory.

    Returns:
        The exit code of uvicorn; 3 also if none of several workers could start.

    Raises:
        ConfigurationError: uvicorn is missing, or the directory cannot be used.
    """
    if find_spec("uvicorn") is None:
        raise ConfigurationError("uvicorn is not installed: pip install uvicorn")
    command = import_module("uvicorn.main").main
    workers = 1 if _ONLY_TOLD.intersection(arguments) else _workers(command, arguments, environ)
    if workers == 1:
        return _served_by_one(command, arguments, environ)
    with _ended_by_signal(), _directory(environ), _noticed_signals() as signals:
        code = _code_of(command, arguments)
        return code if code or _read(signals) else _NOT_STARTED


def _served_by_one(command: Any, arguments: Sequence[str], environ: MutableMapping[str, str]) -> int:
    given = given_directory(environ)
    if given is None:
        return _code_of(command, arguments)
    # prometheus_client saw it when it was imported, and writes there also for one.
    with wiped_directory(given):
        return _code_of(command, arguments)


def _workers(command: Any, arguments: Sequence[str], environ: MutableMapping[str, str]) -> int:
    """As uvicorn counts them; what it cannot read it says itself when it runs."""
    options = command.make_context("uvicorn", list(arguments), resilient_parsing=True).params
    if options.get("reload"):
        return 1
    asked = options.get("workers") or environ.get("WEB_CONCURRENCY", "")
    return max(int(asked), 1) if str(asked).isdecimal() else 1


@contextmanager
def _directory(environ: MutableMapping[str, str]) -> Iterator[None]:
    given = given_directory(environ)
    with private_directory() if given is None else wiped_directory(given) as directory:
        environ[ENVIRON_MULTIPROCESS] = str(directory)
        yield


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Until uvicorn listens for signals itself, one must not leave the directory behind."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    yield


@contextmanager
def _noticed_signals() -> Iterator[int]:
    """A descriptor that tells of each signal, whoever handles it."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1)
    except BlockingIOError:
        return b""


def _code_of(command: Any, arguments: Sequence[str]) -> int:
    try:
        command.main(list(arguments), prog_name="python -m telemetry run")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
