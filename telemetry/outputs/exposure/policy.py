"""Which policy holds for an application, and what it decides."""

import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

from telemetry.errors import ConfigurationError, Guard
from telemetry.functions import is_coroutine_function
from telemetry.outputs.exposure.level import Exposure, Policy

Choice: TypeAlias = Literal["always", "never", "debug"]

_logger = logging.getLogger("telemetry")
_GUARD = Guard("exposure")
_CHOICES: Final = "always, never, debug or a function of the ASGI scope that returns an Exposure"


class HasDebug(Protocol):
    """An application with Starlette's switch."""

    @property
    def debug(self) -> bool: ...


def policy_for(argument: Choice | Policy | None, setting: Choice, app: HasDebug) -> Policy | None:
    """The policy of an application; None if everybody may see everything.

    Args:
        argument: What the code asks for; None for the setting.
        setting: What the environment asks for. Its `never` holds against the code,
            so that an operator can close what a programmer opened.
        app: The application, for `debug`.

    Raises:
        ConfigurationError: The argument can decide nothing.
    """
    choice = setting if argument is None or setting == "never" else argument
    match choice:
        case "always":
            _logger.info(
                "Server-Timing is shown to everybody (TELEMETRY_EXPOSURE=always); docs/security.md says what it reveals"
            )
            return None
        case "never":
            return _never
        case "debug":
            return lambda _scope: Exposure.FULL if app.debug else Exposure.NOTHING
        case policy if not callable(policy):
            raise ConfigurationError(f"exposure={policy!r} is not known; use {_CHOICES}")
        case policy if is_coroutine_function(policy):
            raise ConfigurationError(
                f"exposure={getattr(policy, '__qualname__', type(policy).__qualname__)} is a coroutine function;"
                " pass a plain one: it is asked while the response starts and must not wait"
            )
        case policy:
            return policy


def decided(policy: Policy, scope: Mapping[str, Any]) -> Exposure:
    """What *policy* says; nothing is shown if it fails or says something else."""
    with _GUARD:
        answer: object = policy(scope)
        if isinstance(answer, Coroutine):
            answer.close()
        if not isinstance(answer, Exposure):
            raise TypeError(f"the exposure policy returned a {type(answer).__name__}, not an Exposure")
        return answer
    return Exposure.NOTHING


def _never(_scope: Mapping[str, Any]) -> Exposure:
    return Exposure.NOTHING
