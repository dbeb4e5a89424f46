"""Runs a function in a process in which nothing is instrumented yet.

The tracer provider and the instrumentors are global to a process and meant to be
set once. A fork server that has imported the libraries, and nothing more, gives
each scenario a process of its own in a few milliseconds.
"""

import multiprocessing
import os
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_SECONDS = 30
_PRELOADED = [
    "anyio._backends._asyncio",
    "fakeredis",
    "fastapi",
    "httpx",
    "opentelemetry.instrumentation.fastapi",
    "opentelemetry.instrumentation.redis",
    "pytest",
    "telemetry",
]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_PRELOADED)


def fresh(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What *function*, importable by its name, returns in a new process under no telemetry settings at all."""
    return fresh_with({}, function, *args, **kwargs)


def fresh_with(environ: Mapping[str, str], function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `fresh`, with *environ* as the only telemetry settings; fails with the child's traceback if it raises."""
    ours, theirs = _context.Pipe(duplex=False)
    # Daemonic: a scenario that hangs is killed with the test run.
    process = _context.Process(target=_run, args=(theirs, environ, function, args, kwargs), daemon=True)
    process.start()
    theirs.close()
    try:
        assert ours.poll(_SECONDS), f"{function.__name__} did not return within {_SECONDS} s"
        result, failure = ours.recv()
    finally:
        process.kill()
        process.join()
    if failure is not None:
        raise AssertionError(f"in a fresh process:\n{failure}")
    return result  # type: ignore[no-any-return]


def _run(
    result: Connection,
    environ: Mapping[str, str],
    function: Callable[..., R],
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> None:
    for name in [name for name in os.environ if name.startswith(("OTEL_", "TELEMETRY_", "PYTEST_"))]:
        del os.environ[name]
    os.environ.update(environ)
    try:
        result.send((function(*args, **kwargs), None))
    except BaseException:  # noqa: BLE001 the traceback of whatever was raised is what the parent wants
        result.send((None, traceback.format_exc()))
