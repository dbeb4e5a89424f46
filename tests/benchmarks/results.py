"""Results of a benchmark as they would be on a machine without noise."""

from collections.abc import Mapping

from benchmarks.plan import AGAIN, BARE, CANDID, CANDID_UNSAMPLED, CASES, CONFIGURATIONS, CONTRIB, NATIVE, STACK, Case
from benchmarks.samples import Memory, Results, Samples

#: Cost of a request without queries, of each query and of each registered route, µs.
BARE_COST = (50.0, 30.0, 1.0)
ADDED = {
    BARE: (0.0, 0.0, 0.0),
    AGAIN: (0.0, 0.0, 0.0),
    CONTRIB: (250.0, 70.0, 2.0),
    STACK: (300.0, 70.0, 2.75),
    CANDID: (120.0, 70.0, 0.0),
    CANDID_UNSAMPLED: (60.0, 35.0, 0.0),
    NATIVE: (240.0, 70.0, 0.0),
}
Costs = Mapping[str, tuple[float, float, float]]


def results(changed: Costs | None = None, grown_bytes: int = 0, verdict_us: float = 8.0) -> Results:
    """Results of two equal rounds.

    Args:
        changed: What configurations add, where it is not as in `ADDED`.
        grown_bytes: Growth of each process over its second half of requests.
        verdict_us: What a verdict takes, µs.
    """
    costs = {**ADDED, **(changed or {})}
    cpu_us = {
        (configuration.name, case.name): [_cpu_us(costs[configuration.name], case)] * 2
        for configuration in CONFIGURATIONS
        for case in CASES
    }
    resident_bytes = (90_000_000, 91_000_000, 91_000_000, 91_000_000 + grown_bytes)
    memory = {name: Memory(50_000, resident_bytes) for name in (BARE, STACK, CANDID, CANDID_UNSAMPLED)}
    spans, environment = dict.fromkeys(cpu_us, 3.0), {"python": "CPython 3.14.0"}
    return Results(Samples(cpu_us), memory, spans, environment, [verdict_us] * 2)


def _cpu_us(added: tuple[float, float, float], case: Case) -> float:
    asked = case.path.rpartition("/")[2]
    queries = int(asked) if asked.isdigit() else 0
    bare, query, route = (mine + theirs for mine, theirs in zip(added, BARE_COST, strict=True))
    return bare + query * queries + route * case.routes
