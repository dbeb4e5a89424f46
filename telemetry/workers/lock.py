"""Who uses a directory of metrics: locks that the kernel takes back when a process ends, however it ends."""

import errno
import fcntl
import os
from pathlib import Path
from typing import Final

_FILE: Final = "workers.lock"
# The first byte is the launcher's; each byte after it is a slot.
_LAUNCHER: Final = 0
_MAX_SLOTS: Final = 1_000
_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN})


class DirectoryLock:
    """Locks on the bytes of one file in a directory of metrics.

    These are POSIX locks: a fork does not inherit them, and closing any
    descriptor of the file would give them up, so it stays open.

    Args:
        directory: Where the file is made.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take_slot(self) -> int | None:
        """Takes the lowest slot that no living process holds, for as long as this one lives.

        Returns:
            Its number, from 1; None if all are taken.

        Raises:
            OSError: The file system has no locks.
        """
        return next((slot for slot in range(1, _MAX_SLOTS + 1) if self._taken(slot, 1)), None)

    def take_all(self) -> bool:
        """Takes the launcher's lock and all slots; False if any living process holds one of them.

        Raises:
            OSError: The file system has no locks.
        """
        return self._taken(_LAUNCHER, 0)

    def free_slots(self) -> None:
        """Keeps the launcher's lock alone."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 0, _LAUNCHER + 1)

    def close(self) -> None:
        """Gives up what this process holds."""
        os.close(self._file)

    def _taken(self, start: int, length: int) -> bool:
        """A length of 0 means all that follows."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except OSError as error:
            if error.errno in _HELD:
                return False
            raise
        return True
