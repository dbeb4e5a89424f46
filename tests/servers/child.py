"""A process that a test started."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGTERM, Signals
from typing import Final

_POLL_SECONDS: Final = 0.02
_STOP_SECONDS: Final = 15


class Child:
    """A process and the log that it writes; it is only ever ended by its own pid.

    Attributes:
        log: Its standard output and error.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        directory: Path | None = None,
        user: str | None = None,
    ) -> None:
        """Starts it.

        Args:
            command: Program and arguments.
            log: File to append to.
            environ: Its whole environment; the one of this process if None.
            directory: Where it starts.
            user: Whom it runs as; only root may choose.
        """
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=directory,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def await_ready(self, is_ready: Callable[[], bool], *, seconds: float = 30) -> bool:
        """Whether it became ready; False once it has ended.

        Raises:
            AssertionError: It runs and is not ready in time; the message shows its log.
        """
        deadline = time.monotonic() + seconds
        while self.is_running:
            if is_ready():
                return True
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"not ready after {seconds} s:\n{self.log_text()}")
            # Another process has no event that could be awaited.
            time.sleep(_POLL_SECONDS)
        return False

    def send(self, number: Signals) -> None:
        """Sends it a signal, unless it has ended."""
        self._process.send_signal(number)

    def wait(self, *, seconds: float = _STOP_SECONDS) -> int:
        """Its exit code, minus the signal that ended it.

        Raises:
            AssertionError: It does not end in time; it is killed then.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s:\n{self.log_text()}") from None

    def stop(self, number: Signals = SIGTERM, *, seconds: float = _STOP_SECONDS) -> int:
        """Asks it to end, and returns its exit code; of one that ended before, the code of then."""
        self.send(number)
        # A process that is stopped takes no signal but SIGKILL until it may go on.
        self.send(SIGCONT)
        return self.wait(seconds=seconds)

    def kill(self) -> None:
        """Ends it, and what it started in its session, at once, as a crash would."""
        if self.is_running:
            os.killpg(self.pid, SIGKILL)
            self._process.wait()
