"""Calls a function of the user for each request that exceeds a budget."""

from collections.abc import Callable, Coroutine
from typing import TypeAlias

from telemetry.budgets.judge import Verdict
from telemetry.errors import ConfigurationError
from telemetry.functions import is_coroutine_function
from telemetry.outputs.verdicts import Breach
from telemetry.request.breakdown import Breakdown

#: Takes the request at its last byte, and the verdicts that are over.
OverBudget: TypeAlias = Callable[[Breakdown, tuple[Verdict, ...]], object]


def over_budget_listener(function: OverBudget) -> Callable[[Breach], None]:
    """A listener that calls *function*.

    Raises:
        ConfigurationError: It cannot be called, or would have to be awaited.
    """
    if not callable(function):
        raise ConfigurationError(f"on_over_budget={function!r} cannot be called; pass a function")
    if is_coroutine_function(function):
        raise ConfigurationError(
            f"on_over_budget={getattr(function, '__qualname__', type(function).__qualname__)} is a coroutine function;"
            " pass a plain one: it is called while the request ends and must not wait"
        )

    def told(breach: Breach) -> None:
        answer = function(breach.ending.breakdown, breach.over)
        if isinstance(answer, Coroutine):
            answer.close()
            raise TypeError("on_over_budget returned a coroutine, which nobody awaits; pass a plain function")

    return told
