"""A verdict in the words of the budget file: pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from telemetry.budgets.judge import Verdict
from telemetry.budgets.model import Kind
from telemetry.units import ms_from_ns

_TIMES: Final = frozenset({Kind.LATENCY, Kind.DB_TIME, Kind.CACHE_LATENCY})
# Few digits are enough, unless they would show a figure that is over as one that is at the limit. A ns is 6 of a ms.
_DIGITS: Final = (2, 4, 6, 9, 17)


def figure_text(verdict: Verdict) -> str:
    """The figure in the unit of the file: `7`, `312.40` ms, a share of `0.91`; `failed` and `no hit` for a failure."""
    kind, figure = verdict.budget.kind, verdict.figure
    if kind is Kind.ERROR_RATE:
        return "failed" if verdict.is_over else "no error"
    if kind is Kind.HIT_RATIO:
        return "no hit" if verdict.is_over else "hit"
    if kind in _TIMES:
        return _digits(ms_from_ns(int(figure)), verdict)
    return _digits(figure, verdict) if kind is Kind.DB_SHARE else str(figure)


def over_text(verdict: Verdict) -> str:
    """What is over, with its figure and its limit: `queries 7>3`; the name alone where the figure is yes or no."""
    budget = verdict.budget
    if budget.kind in {Kind.ERROR_RATE, Kind.HIT_RATIO}:
        return budget.name
    return f"{budget.name} {figure_text(verdict)}>{budget.limit_text}"


def over_names(verdicts: Iterable[Verdict]) -> list[str]:
    """Names of the budgets that are over, each once, in their order."""
    return list(dict.fromkeys(verdict.budget.name for verdict in verdicts if verdict.is_over))


def _digits(value: float, verdict: Verdict) -> str:
    texts = (f"{value:.{digits}f}" for digits in _DIGITS)
    return next((text for text in texts if (Decimal(text) > verdict.budget.limit) is verdict.is_over), f"{value!r}")
