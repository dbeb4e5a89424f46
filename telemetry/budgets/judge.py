"""Verdicts: the figures of one request, or of one look-up, against the budgets that apply to it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple, TypeAlias

from telemetry.budgets.model import SHARE_FLOOR_NS, Budget, Kind
from telemetry.request.breakdown import Unknown
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult

_NS_PER_MS: Final = 1_000_000


class Verdict(NamedTuple):
    """Whether one figure is within its budget.

    Attributes:
        budget: The budget.
        figure: In ns for budgets in ms, a ratio for `db_share`, else a count; for `error_rate` 1 if the request
            failed, for `hit_ratio` 1 if the look-up hit, else 0.
        is_over: Whether it exceeds the budget; at the limit it does not.
    """

    budget: Budget
    figure: int | float
    is_over: bool


_Rule: TypeAlias = Callable[[Ending], Verdict | None]
_LookupRule: TypeAlias = Callable[[CacheResult, int | None], Verdict | None]


class RouteJudge:
    """Judges the requests of one route.

    Limits are made whole numbers once, here: what is counted in whole ns, or by
    one, is over a limit if it is over the whole number below it.

    Args:
        budgets: Those of the route; budgets of caches are left out.
    """

    __slots__ = ("_rules",)

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self._rules: Final = tuple(_RULES[budget.kind](budget) for budget in budgets if budget.kind in _RULES)

    def __call__(self, ending: Ending) -> tuple[Verdict, ...]:
        """The verdicts in the order of the budgets; a budget for which *ending* is no event has none."""
        return tuple([verdict for rule in self._rules if (verdict := rule(ending)) is not None])


class CacheJudge:
    """Judges the look-ups of one namespace of cache keys.

    Args:
        budgets: Those of the namespace; budgets of routes are left out.
    """

    __slots__ = ("_rules",)

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self._rules: Final = tuple(
            _LOOKUP_RULES[budget.kind](budget) for budget in budgets if budget.kind in _LOOKUP_RULES
        )

    def __call__(self, result: CacheResult, duration_ns: int | None) -> tuple[Verdict, ...]:
        """The verdicts on one look-up; a budget for which it is no event has none.

        Args:
            result: What the cache answered.
            duration_ns: How long the look-up took, ns; None if nobody measured it.
        """
        return tuple([verdict for rule in self._rules if (verdict := rule(result, duration_ns)) is not None])


def _latency(budget: Budget) -> _Rule:
    limit_ns = _whole(budget.limit * _NS_PER_MS)

    def judged(ending: Ending) -> Verdict | None:
        if not ending.is_served:
            return None
        elapsed_ns = ending.breakdown.figures.elapsed_ns
        return Verdict(budget, elapsed_ns, elapsed_ns > limit_ns)

    return judged


def _error_rate(budget: Budget) -> _Rule:
    failed, served = Verdict(budget, 1, is_over=True), Verdict(budget, 0, is_over=False)
    return lambda ending: failed if ending.has_failed else served


def _db_time(budget: Budget) -> _Rule:
    limit_ns = _whole(budget.limit * _NS_PER_MS)

    def judged(ending: Ending) -> Verdict | None:
        sum_ns = ending.final.db_sum_ns
        return None if sum_ns is None else Verdict(budget, sum_ns, sum_ns > limit_ns)

    return judged


def _db_share(budget: Budget) -> _Rule:
    numerator, denominator = budget.limit.as_integer_ratio()

    def judged(ending: Ending) -> Verdict | None:
        figures = ending.breakdown.figures
        busy_ns, elapsed_ns = figures.db_busy_ns, figures.elapsed_ns
        if busy_ns is None or elapsed_ns < SHARE_FLOOR_NS:
            return None
        return Verdict(budget, busy_ns / elapsed_ns, busy_ns * denominator > elapsed_ns * numerator)

    return judged


def _queries(budget: Budget) -> _Rule:
    limit = _whole(budget.limit)

    def judged(ending: Ending) -> Verdict | None:
        queries = ending.final.db_queries
        return None if queries is None else Verdict(budget, queries, queries > limit)

    return judged


def _repeated_queries(budget: Budget) -> _Rule:
    limit = _whole(budget.limit)

    def judged(ending: Ending) -> Verdict | None:
        final = ending.final
        # Where the time alone is unknown, all statements were counted.
        if final.unknown and final.unknown != (Unknown.STATEMENTS_NOT_TIMED,):
            return None
        repeated = sum([repeat.count for repeat in final.repeats])
        return Verdict(budget, repeated, repeated > limit)

    return judged


def _hit_ratio(budget: Budget) -> _LookupRule:
    hit, other = Verdict(budget, 1, is_over=False), Verdict(budget, 0, is_over=True)
    return lambda result, _duration_ns: hit if result is CacheResult.HIT else other


def _cache_latency(budget: Budget) -> _LookupRule:
    limit_ns = _whole(budget.limit * _NS_PER_MS)

    def judged(result: CacheResult, duration_ns: int | None) -> Verdict | None:
        if duration_ns is None or result is CacheResult.BYPASS:
            return None
        return Verdict(budget, duration_ns, duration_ns > limit_ns)

    return judged


def _whole(limit: Decimal) -> int:
    return int(limit.to_integral_value(ROUND_FLOOR))


_RULES: Final[Mapping[Kind, Callable[[Budget], _Rule]]] = {
    Kind.LATENCY: _latency,
    Kind.ERROR_RATE: _error_rate,
    Kind.DB_TIME: _db_time,
    Kind.DB_SHARE: _db_share,
    Kind.QUERIES: _queries,
    Kind.REPEATED_QUERIES: _repeated_queries,
}
_LOOKUP_RULES: Final[Mapping[Kind, Callable[[Budget], _LookupRule]]] = {
    Kind.HIT_RATIO: _hit_ratio,
    Kind.CACHE_LATENCY: _cache_latency,
}
