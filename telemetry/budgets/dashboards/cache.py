"""The dashboard of the caches: do they help, and do they answer?"""

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards import variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import ORANGE, Frame, figure, lines
from telemetry.budgets.dashboards.promql import (
    BY_ROUTE,
    CACHES,
    RECORDED_CACHES,
    ROUTE_LEGEND,
    SERVICE,
    counter,
    limit,
    observations,
    or_zero,
    per,
    rate,
    total,
)
from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sdk import dashboard
from telemetry.budgets.dashboards.sheet import Section, Sheet
from telemetry.budgets.dashboards.standing import NAMESPACE, standing
from telemetry.budgets.dashboards.standing import SERVICE as SERVICE_OF_ROW
from telemetry.budgets.dashboards.units import Unit
from telemetry.request.lookups import CacheResult
from telemetry.request.phases import Phase

_REQUESTS = counter(names.METRIC_CACHE_REQUESTS)
_BY_NAMESPACE = (names.LABEL_CACHE_NAMESPACE,)
_NAMESPACE_LEGEND = f"{{{{{names.LABEL_CACHE_NAMESPACE}}}}}"
_LOOK_UPS = total(rate(_REQUESTS, CACHES))


def sheet(scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.CACHE,
        "Candid: cache",
        "Do the caches help, and do they answer?",
        (variables.JOB, variables.INSTANCES, variables.NAMESPACES),
        (
            Section("Now", (_hits_now(), _look_ups_now(), _bypass_now())),
            Section("Budgets of caches", (_budgets(scene),)),
            Section("Over time", (_hits(), _results(), _redis(), _slow())),
        ),
    )


def _result(result: CacheResult) -> str:
    return f'{names.LABEL_CACHE_RESULT}="{result}"'


def _hits_now() -> dashboard.Panel:
    frame = Frame("Hit ratio", "Hits by look-ups now. Low just after a deploy is normal: the cache is cold.", 8, 4)
    hits = or_zero(total(rate(_REQUESTS, CACHES, _result(CacheResult.HIT))))
    return figure(frame, [Query.now(per(hits, _LOOK_UPS), "hits")], Unit.SHARE)


def _look_ups_now() -> dashboard.Panel:
    frame = Frame(
        "Look-ups", "How much the caches are asked. 0 while there is traffic: the cache is switched off.", 8, 4
    )
    return figure(frame, [Query.now(_LOOK_UPS, "look-ups")], Unit.PER_SECOND)


def _bypass_now() -> dashboard.Panel:
    frame = Frame(
        "Skipped or failed",
        "Look-ups that nothing answered. Above 0 for long: Redis is away or too slow, and the breaker keeps it out of"
        " requests; look at Redis.",
        8,
        4,
    )
    bypass = or_zero(total(rate(_REQUESTS, CACHES, _result(CacheResult.BYPASS))))
    return figure(frame, [Query.now(per(bypass, _LOOK_UPS), "bypass")], Unit.SHARE, ((0.01, ORANGE),))


def _budgets(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Caches and their budgets",
        "Burn above 1 does not last. Hit ratio: is the time to live too short, or are keys too special? Duration: is"
        " Redis busy, or are values too large?",
        24,
        7,
    )
    return standing(frame, scene, (SERVICE_OF_ROW, NAMESPACE), CACHES, RECORDED_CACHES)


def _hits() -> dashboard.Panel:
    frame = Frame(
        "Hit ratio by namespace",
        "A dashed line is the least that its budget asks for. A fall at a deploy: keys or values have changed, and all"
        " is written anew. A lasting fall: raise the time to live, or drop the cache.",
    )
    hits, look_ups = (
        total(rate(_REQUESTS, CACHES, _result(CacheResult.HIT)), _BY_NAMESPACE),
        total(rate(_REQUESTS, CACHES), _BY_NAMESPACE),
    )
    queries = [
        Query.over_time(per(f"({hits} or 0 * {look_ups})", look_ups), _NAMESPACE_LEGEND),
        Query.over_time(limit(CACHES, "hit_ratio"), f"limit {{{{{names.LABEL_LIMIT}}}}}"),
    ]
    return lines(frame, queries, Unit.SHARE)


def _results() -> dashboard.Panel:
    frame = Frame(
        "Look-ups by answer", "Bypass is a look-up that was skipped or failed. Misses that follow writes are right."
    )
    results = total(rate(_REQUESTS, CACHES), (names.LABEL_CACHE_RESULT,))
    return lines(frame, [Query.over_time(results, f"{{{{{names.LABEL_CACHE_RESULT}}}}}")], Unit.PER_SECOND)


def _redis() -> dashboard.Panel:
    frame = Frame(
        "Time in Redis of a request, by route",
        "Mean, whatever the commands were for. If it is more than what the database would take, the cache does not help"
        " there.",
    )
    redis = total(rate(counter(names.METRIC_PHASE_SECONDS), SERVICE, f'{names.LABEL_PHASE}="{Phase.REDIS}"'), BY_ROUTE)
    requests = total(rate(observations(names.METRIC_DURATION), SERVICE), BY_ROUTE)
    return lines(frame, [Query.over_time(per(redis, requests), ROUTE_LEGEND)], Unit.SECONDS)


def _slow() -> dashboard.Panel:
    frame = Frame(
        "Look-ups over their budget",
        "Share by namespace and budget. hit_ratio: those that were no hit. p99_ms: those that took too long; if it"
        " rises for all namespaces, Redis or the network is slow.",
    )
    by = (names.LABEL_CACHE_NAMESPACE, names.LABEL_BUDGET)
    of_caches = f'{names.LABEL_CACHE_NAMESPACE}!=""'
    over, events = (total(rate(name, CACHES, of_caches), by) for name in (recorded.OVER_TOTAL, recorded.EVENTS_TOTAL))
    legend = f"{_NAMESPACE_LEGEND} {{{{{names.LABEL_BUDGET}}}}}"
    return lines(frame, [Query.over_time(per(over, events), legend)], Unit.SHARE)
