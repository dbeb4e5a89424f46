"""What was done for an application, and what was asked for."""

import logging
from collections.abc import Mapping
from pathlib import PurePath
from types import MethodType
from typing import Final
from weakref import WeakMethod, ref

from telemetry.handle import Telemetry
from telemetry.settings import Settings

_logger: Final = logging.getLogger("telemetry")


class Installation:
    """One application with telemetry.

    Args:
        handle: What whoever asked for it was given.
        arguments: What it was asked for with, by name. They are not kept: they may refer to the application.
    """

    def __init__(self, handle: Telemetry, arguments: Mapping[str, object]) -> None:
        self.handle: Final = handle
        self._marks = {name: _mark(value) for name, value in arguments.items()}
        self._has_warned = False

    def asked_again(self, arguments: Mapping[str, object], defaults: Mapping[str, object]) -> None:
        """Warns, once, if it is asked for with other arguments, which change nothing.

        Args:
            arguments: As for the first time.
            defaults: What stands for an argument that is not given.
        """
        marks = {name: _mark(value) for name, value in arguments.items()}
        others = [name for name, mark in marks.items() if mark not in (self._marks[name], _mark(defaults[name]))]
        if others and not self._has_warned:
            self._has_warned = True
            _logger.warning(
                "telemetry.instrument was called again for one application: the first call holds, and of this one"
                " nothing is taken: %s",
                ", ".join(others),
            )


def _mark(value: object) -> object:
    """What equals the mark of the same value, and of no other, and keeps nothing alive that may refer to others."""
    if isinstance(value, list | tuple):
        return tuple(_mark(item) for item in value)
    if isinstance(value, MethodType):
        return WeakMethod(value)
    # Plain values, of which an equal one may come with the next call.
    if isinstance(value, Settings | PurePath):
        return value
    try:
        return ref(value)
    except TypeError:
        return value
