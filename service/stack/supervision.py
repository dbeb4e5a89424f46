"""One life of the stack: start, run until a signal, end."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import anyio

from service.stack.log import say
from service.stack.part import StartError
from service.stack.running import Running

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Parts that have ended have little left to say; what still holds an output open is none of them.
_DRAIN_SECONDS: Final = 2
# Ctrl-C reaches this process from the terminal, and from make at nearly the same time.
_SAME_WISH_SECONDS: Final = 1


async def supervise(start: Callable[[Running], Awaitable[None]]) -> int:
    """Starts parts, and ends them at a signal, or when one of them does not start; at a second signal at once.

    Args:
        start: Starts them; raises `StartError` if that cannot be.

    Returns:
        Exit code: 0 after a signal, 1 if they did not start.
    """
    code = 0
    with anyio.open_signal_receiver(*_SIGNALS) as signals:
        async with anyio.create_task_group() as outputs:
            running = Running(outputs)
            try:
                code = await _run(start, running, signals)
            finally:
                with anyio.CancelScope(shield=True) as stopping:
                    await _until(signals, stopping, running.stop, after_seconds=_SAME_WISH_SECONDS)
                running.kill()
                outputs.cancel_scope.deadline = anyio.current_time() + _DRAIN_SECONDS
    for number in _SIGNALS:
        # All that is left is to remove files, which is soon done.
        signal.signal(number, signal.SIG_IGN)
    return code


async def _run(
    start: Callable[[Running], Awaitable[None]], running: Running, signals: AsyncIterator[signal.Signals]
) -> int:
    code = 0

    async def start_and_stay() -> None:
        nonlocal code
        try:
            await start(running)
        except StartError as error:
            code = 1
            for line in str(error).splitlines():
                say(line)
        else:
            await anyio.sleep_forever()

    with anyio.CancelScope() as scope:
        await _until(signals, scope, start_and_stay)
    return code


async def _until(
    signals: AsyncIterator[signal.Signals],
    scope: anyio.CancelScope,
    work: Callable[[], Awaitable[None]],
    *,
    after_seconds: float = 0,
) -> None:
    """Returns when *work* does; a signal that comes after that many seconds cancels *scope*."""
    heard = anyio.current_time() + after_seconds

    async def cancel() -> None:
        async for number in signals:
            if anyio.current_time() >= heard:
                say(f"stopping, at {number.name} ...")
                scope.cancel()
                return

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel)
        await work()
        tasks.cancel_scope.cancel()
