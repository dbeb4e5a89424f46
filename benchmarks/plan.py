"""What is measured: the configurations, the requests, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BARE: Final = "bare"
AGAIN: Final = "bare-again"
CONTRIB: Final = "contrib"
STACK: Final = "contrib+instrumentator"
CANDID: Final = "candid"
CANDID_UNSAMPLED: Final = "candid-1%"
NATIVE: Final = "native"

FEW_ROUTES: Final = 10
MANY_ROUTES: Final = 300
HIT: Final = "hit"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One way to run the application, in a process of its own: instrumentations are global to a process.

    Attributes:
        name: As it stands in the report.
        module: Module of `benchmarks.configurations` that instruments the application.
        environ: What it needs in its environment, beside the address of the sink.
    """

    name: str
    module: str
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request.

    Attributes:
        name: As it stands in the report.
        path: What is asked for.
        requests: How many make one measurement of about 0.1 s.
        routes: How many routes the application has that is asked.
    """

    name: str
    path: str
    requests: int
    routes: int = FEW_ROUTES


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        sets: How often all processes are started afresh: one may be faster than its twin for life.
        rounds: Measurements of each case in each configuration, per set.
        share: Factor for the requests of a measurement, 0..1.
        memory_requests: Requests over which memory is watched.
        most_seconds: No round begins after this wall time, s: other work may be on the machine. A set has one at least.
    """

    sets: int
    rounds: int
    share: float
    memory_requests: int
    most_seconds: float


CONFIGURATIONS: Final = (
    Configuration(BARE, "bare"),
    Configuration(AGAIN, "bare"),
    Configuration(CONTRIB, "contrib"),
    Configuration(STACK, "instrumentator"),
    Configuration(CANDID, "candid"),
    Configuration(
        CANDID_UNSAMPLED,
        "candid",
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"},
    ),
    Configuration(NATIVE, "native"),
)
NO_QUERIES: Final = Case("0 queries", "/queries/0", 300)
TEN: Final = Case("10 queries", "/queries/10", 40)
HUNDRED: Final = Case("100 queries", "/queries/100", 6)
THOUSAND: Final = Case("1000 queries", "/queries/1000", 1)
LARGE: Final = Case(f"{MANY_ROUTES} routes", "/queries/0", 150, MANY_ROUTES)
ROUTES: Final = (NO_QUERIES, Case("1 query", "/queries/1", 150), TEN, HUNDRED, Case(HIT, "/hit", 150))
CASES: Final = (*ROUTES, THOUSAND, LARGE)

FULL: Final = Plan(sets=5, rounds=15, share=1.0, memory_requests=50_000, most_seconds=1_800)
QUICK: Final = Plan(sets=2, rounds=8, share=0.5, memory_requests=2_000, most_seconds=110)
