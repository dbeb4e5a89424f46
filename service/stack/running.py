"""Parts that run: their lines go to the log, and they end in the reverse order of their start."""

import os
import shutil
import subprocess
from signal import SIGKILL
from typing import Final

import anyio
from anyio.abc import Process, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from service.settings import ROOT
from service.stack.log import say
from service.stack.part import Part, StartError

_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 10
_POLL_SECONDS: Final = 0.1
_LINE_BYTES: Final = 16_384


class Running:
    """The parts that were started.

    Args:
        outputs: Where the outputs are read; it ends when all parts have ended.
    """

    def __init__(self, outputs: TaskGroup) -> None:
        self._outputs = outputs
        self._started: list[tuple[Part, Process]] = []
        self._stopping: set[int] = set()

    async def start(self, part: Part) -> None:
        """Starts a part, and returns when it is ready.

        Raises:
            StartError: It ended, or is not ready in time.
        """
        # What is started is known here, whatever happens meanwhile: otherwise nobody would end it.
        with anyio.CancelScope(shield=True):
            process = await _opened(part)
            self._started.append((part, process))
        if process.stdout is not None:
            self._outputs.start_soon(self._follow, part, process, BufferedByteReceiveStream(process.stdout))
        with anyio.move_on_after(_START_SECONDS):
            while process.returncode is None:
                if await part.is_ready():
                    say(f"{part.name} is ready (process {process.pid})")
                    return
                await anyio.sleep(_POLL_SECONDS)
        end = "is not ready in time" if process.returncode is None else "ended at its start"
        raise StartError(f"{part.name} {end}: what it says stands above")

    async def stop(self) -> None:
        """Ends all parts, the last one first."""
        self._stopping.update(process.pid for _, process in self._started)
        for part, process in reversed(self._started):
            if process.returncode is None:
                process.send_signal(part.stop_signal)
                with anyio.move_on_after(_STOP_SECONDS):
                    await process.wait()
        self.kill()

    def kill(self) -> None:
        """Ends what still runs at once."""
        for part, process in self._started:
            if process.returncode is None:
                say(f"{part.name} did not end when it was asked to: it is killed")
                os.killpg(process.pid, SIGKILL)

    async def _follow(self, part: Part, process: Process, lines: BufferedByteReceiveStream) -> None:
        try:
            while True:
                say((await _line(lines)).decode(errors="replace"), part.name)
        except (anyio.EndOfStream, anyio.IncompleteRead):
            if lines.buffer:
                say(lines.buffer.decode(errors="replace"), part.name)
        code = await process.wait()
        if process.pid not in self._stopping:
            say(f"{part.name} has ended, with exit code {code}; the rest runs on")


async def _opened(part: Part) -> Process:
    return await anyio.open_process(
        (*_ending_with_us(part), *part.command),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        env={**os.environ, **part.environ},
        cwd=ROOT,
        # Ctrl-C reaches every process of the terminal's group at once; parts are to end one after the other.
        start_new_session=True,
        user=part.user,
        group=part.user,
        extra_groups=None if part.user is None else [],
    )


def _ending_with_us(part: Part) -> tuple[str, ...]:
    """A prefix of the command: Linux tells the part to end when this process is gone, kill -9 included."""
    setpriv = shutil.which("setpriv")
    return () if setpriv is None else (setpriv, "--pdeathsig", part.stop_signal.name.removeprefix("SIG"), "--")


async def _line(lines: BufferedByteReceiveStream) -> bytes:
    try:
        return await lines.receive_until(b"\n", _LINE_BYTES)
    except anyio.DelimiterNotFound:
        return await lines.receive(_LINE_BYTES)
