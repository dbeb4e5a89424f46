"""What may be said of a budget after a number of events: over, within, or not enough seen to tell.

Both answers are one-sided exact binomial tests at 95 %, with the share that the budget allows as the hypothesis.
Without any event over, the second one is the known rule `objective ** n <= 0.05`: 59 events for an objective of 95 %,
299 for 99 %, 2995 for 99.9 %.
Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), https://doi.org/10.1093/biomet/26.4.404
"""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from telemetry.budgets.finding import Outcome

#: Chance that is put up with, at most, of a wrong answer.
RISK: Final = 0.05


def outcome_of(events: int, over: int, allowed: Decimal) -> Outcome:
    """What may be said of a share that is allowed to be over.

    Exceeded: with the allowed share, *over* or more of so many events would be seen in 5 % of all cases or fewer.
    Within: with it, *over* or fewer would be. Anything between, and fewer events than it takes to call clean ones
    within, is insufficient.

    Args:
        events: Events seen.
        over: How many of them were over.
        allowed: Share that may be over, in (0, 1).
    """
    if events < events_needed(allowed):
        return Outcome.INSUFFICIENT
    share = float(allowed)
    if _chance_of_at_most(over, events, share) <= RISK:
        return Outcome.WITHIN
    # Above the allowed share only: below it the chance is large, and 1 - sum loses no digit that matters.
    if over > events * share and 1 - _chance_of_at_most(over - 1, events, share) <= RISK:
        return Outcome.EXCEEDED
    return Outcome.INSUFFICIENT


def events_needed(allowed: Decimal, over: int = 0) -> int:
    """Events after which *over* of them, and no more, show that the share is within.

    Args:
        allowed: Share that may be over, in (0, 1).
        over: How many were over.
    """
    share = float(allowed)
    low, high = over, max(1, 2 * over)
    while _chance_of_at_most(over, high, share) > RISK:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _chance_of_at_most(over, middle, share) <= RISK else (middle, high)
    return high


def _chance_of_at_most(over: int, events: int, share: float) -> float:
    """Chance that no more than *over* of *events* are over, if each is with the chance *share*."""
    if over >= events:
        return 1.0
    return min(1.0, math.fsum(math.exp(term) for term in _logarithms(over, events, share)))


def _logarithms(over: int, events: int, share: float) -> Iterator[float]:
    # Logarithms: with many events each single chance is too small for a float.
    odds = math.log(share) - math.log1p(-share)
    term = events * math.log1p(-share)
    yield term
    for number in range(over):
        term += math.log(events - number) - math.log(number + 1) + odds
        yield term
