"""Parts of the dashboards' PromQL: what is chosen with the variables, and the usual questions about a metric."""

from collections.abc import Iterable
from typing import Final

from telemetry import conventions as names
from telemetry.budgets import recorded

INSTANCE: Final = "instance"

_JOB: Final = f'{recorded.JOB}=~"$job"'
_ROUTE: Final = f'{names.LABEL_METHOD}=~"$method",{names.LABEL_ROUTE}=~"$route"'
#: The processes that are chosen.
SERVICE: Final = f'{_JOB},{INSTANCE}=~"$instance"'
#: The routes that are chosen, in the processes that are.
ROUTES: Final = f"{SERVICE},{_ROUTE}"
#: The namespaces of cache keys that are chosen, in the processes that are.
CACHES: Final = f'{SERVICE},{names.LABEL_CACHE_NAMESPACE}=~"$namespace"'
# What rules record is of a service as a whole: it has no instance.
RECORDED_SERVICE: Final = _JOB
RECORDED_ROUTES: Final = f"{_JOB},{_ROUTE}"
RECORDED_CACHES: Final = f'{_JOB},{names.LABEL_CACHE_NAMESPACE}=~"$namespace"'

BY_ROUTE: Final = (names.LABEL_METHOD, names.LABEL_ROUTE)
BY_BUDGET: Final = recorded.BUDGET_LABELS

#: Legend of a route.
ROUTE_LEGEND: Final = f"{{{{{names.LABEL_METHOD}}}}} {{{{{names.LABEL_ROUTE}}}}}"
#: Legend of a budget, whatever it is for.
BUDGET_LEGEND: Final = f"{ROUTE_LEGEND}{{{{{names.LABEL_CACHE_NAMESPACE}}}}} {{{{{names.LABEL_BUDGET}}}}}"
#: Legend of a limit.
LIMIT_LEGEND: Final = f"limit {{{{{names.LABEL_BUDGET}}}}}"


def counter(metric: str) -> str:
    """The series of a counter."""
    return f"{metric}_total"


def observations(histogram: str) -> str:
    """The series that counts what a histogram observed."""
    return f"{histogram}_count"


def added_up(histogram: str) -> str:
    """The series that adds up what a histogram observed."""
    return f"{histogram}_sum"


def chosen(metric: str, *matchers: str) -> str:
    """The series of a metric that some matchers choose."""
    return f"{metric}{{{','.join(matchers)}}}"


def rate(metric: str, *matchers: str) -> str:
    """Per second, over as long as the resolution of the panel needs."""
    return f"rate({chosen(metric, *matchers)}[$__rate_interval])"


def increase(metric: str, *matchers: str) -> str:
    """Over the whole range that the dashboard shows."""
    return f"increase({chosen(metric, *matchers)}[$__range])"


def total(expression: str, by: Iterable[str] = ()) -> str:
    """The sum, one for each combination of some labels."""
    return f"sum by ({', '.join(by)}) ({expression})"


def highest(expression: str, by: Iterable[str] = ()) -> str:
    """The highest, one for each combination of some labels."""
    return f"max by ({', '.join(by)}) ({expression})"


def per(expression: str, divisor: str) -> str:
    """A quotient; where there is nothing to divide by it is silent instead of NaN."""
    return f"{expression} / ({divisor} > 0)"


def each_per(expression: str, divisor: str) -> str:
    """Each of some series by one that has no labels; silent where there is nothing to divide by."""
    return f"{expression} / on () group_left () ({divisor} > 0)"


def or_zero(expression: str) -> str:
    """0 where nothing is found: for counts, of which nothing means none."""
    return f"({expression} or vector(0))"


def worst(count: int, expression: str) -> str:
    """The highest of some series; for what is asked of one moment, over a range it would be other series each time.

    Args:
        count: How many.
        expression: The series.
    """
    return f"topk({count}, {expression})"


def quantile(share: float, histogram: str, scope: str, by: Iterable[str] = ()) -> str:
    """The figure that a share of the observations does not exceed, as exact as the buckets are; silent without any.

    Args:
        share: In (0, 1).
        histogram: Its name.
        scope: Matchers.
        by: Labels to tell apart.
    """
    # Without an observation it is NaN, which is not >= 0.
    return f"(histogram_quantile({share}, {total(rate(f'{histogram}_bucket', scope), ('le', *by))}) >= 0)"


def mean(histogram: str, scope: str, by: Iterable[str] = ()) -> str:
    """Mean of what a histogram observed: of requests, mostly."""
    by = tuple(by)
    observed, count = (rate(series, scope) for series in (added_up(histogram), observations(histogram)))
    return per(total(observed, by), total(count, by))


def limit(scope: str, *budgets: str) -> str:
    """The limits of some budgets, one series each: a changed limit is a new line, without a new dashboard.

    Args:
        scope: Matchers.
        *budgets: Keys of the budget file.
    """
    named = f'{names.LABEL_BUDGET}=~"{"|".join(budgets)}"'
    return highest(chosen(names.METRIC_BUDGET_LIMIT, scope, named), (names.LABEL_BUDGET, names.LABEL_LIMIT))
