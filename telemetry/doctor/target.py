"""The application that is named on the command line."""

import importlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


class TargetError(Exception):
    """There is no application to be had from a target; the cause says why, if the message does not."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an application is to be found.

    Attributes:
        module: To import.
        attribute: Dotted name of the application in it.
        is_factory: Whether that is a function which makes the application.
    """

    module: str
    attribute: str
    is_factory: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `module:app`, the form that servers take; `module:create_app()` names a factory.

        Args:
            text: As it was given.

        Raises:
            TargetError: The text has another form.
        """
        module, _, attribute = text.partition(":")
        name = attribute.removesuffix("()")
        if not module or not name:
            raise TargetError("write it as module:app, for example service.main:app")
        return cls(module, name, name != attribute)

    def load(self) -> Callable[..., Any]:
        """Imports the module and finds, or makes, the application.

        Raises:
            TargetError: What is there is no application.
            BaseException: Whatever the application's own code raises.
        """
        _find_modules_here()
        importlib.invalidate_caches()
        found: Any = importlib.import_module(self.module)
        for name in self.attribute.split("."):
            found = getattr(found, name)
        if self.is_factory:
            found = found()
        elif _is_factory(found):
            raise TargetError(f"{self.attribute} is a function that makes the application; add --factory")
        if not callable(found):
            raise TargetError(f"{self.attribute} is no ASGI application but of type {type(found).__name__}")
        return found  # type: ignore[no-any-return]


def _find_modules_here() -> None:
    # `python -m` does so by itself, except with -P or PYTHONSAFEPATH.
    here = str(Path.cwd())
    if not {here, ""}.intersection(sys.path):
        sys.path.insert(0, here)


def _is_factory(found: Any) -> bool:
    if not inspect.isfunction(found):
        return False
    parameters = inspect.signature(found).parameters.values()
    return all(parameter.default is not parameter.empty for parameter in parameters)
