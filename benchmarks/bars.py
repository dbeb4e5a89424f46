"""The bars that the project sets itself, and whether a run clears them: pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.plan import CANDID, CANDID_UNSAMPLED, CONTRIB, NO_QUERIES, ROUTES
from benchmarks.samples import Results, Samples
from benchmarks.spread import Spread, quotients, spread_of
from benchmarks.verdicts import VERDICT_BUDGETS

SAMPLED_MOST: Final = 1.05
NO_QUERIES_MOST: Final = 0.5
UNSAMPLED_MOST: Final = 0.7
# A further query is as dear from 100 to 1000 as from 10 to 100: what grows would show as a multiple. What the SDK's
# export costs more in large batches, on a machine that is busy with other things, is in the stock stack, too.
STEADY_MOST: Final = 1.15
# The contrib instrumentation matches all routes a second time. What does not is still a little slower after a long
# search, which leaves the caches of the processor cold: some 30 µs in all, with 300 routes as with 1500.
ROUTE_MOST: Final = 0.1
VERDICT_MOST_US: Final = 20.0
# 40 bytes for each of 25,000 requests.
GROWTH_MOST_MIB: Final = 1.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise, and what was found.

    Attributes:
        promise: What is promised, in words.
        most: The largest value that keeps it.
        found: What was measured.
    """

    promise: str
    most: float
    found: Spread

    @property
    def holds(self) -> bool:
        """Whether the promise is kept: by the median, noise goes both ways."""
        return self.found.median <= self.most

    @property
    def is_clear(self) -> bool:
        """Whether noise leaves no doubt: the middle half of the rounds is on one side."""
        return not self.found.low <= self.most < self.found.high


def bars(results: Results) -> Iterator[Bar]:
    """The bars in the order of the report."""
    samples = results.samples
    for case in ROUTES:
        ratios = spread_of(samples.ratios(CANDID, case.name))
        yield Bar(f"{case.name}: everything sampled adds <= {SAMPLED_MOST} S", SAMPLED_MOST, ratios)
    ratios = spread_of(samples.ratios(CANDID, NO_QUERIES.name))
    yield Bar(f"{NO_QUERIES.name}: everything sampled adds <= {NO_QUERIES_MOST} S", NO_QUERIES_MOST, ratios)
    for case in ROUTES:
        ratios = spread_of(samples.ratios(CANDID_UNSAMPLED, case.name))
        yield Bar(f"{case.name}: at 1 % sampling adds <= {UNSAMPLED_MOST} S", UNSAMPLED_MOST, ratios)
    yield Bar(
        f"verdicts on {VERDICT_BUDGETS} budgets, counted, take <= {VERDICT_MOST_US:g} µs",
        VERDICT_MOST_US,
        spread_of(results.verdict_us),
    )
    for configuration in (CANDID, CANDID_UNSAMPLED):
        yield from _growth(results, samples, configuration)


def _growth(results: Results, samples: Samples, configuration: str) -> Iterator[Bar]:
    yield Bar(
        f"{configuration}: a query of 1000 costs <= {STEADY_MOST} times one of 100, beside the stock stack's",
        STEADY_MOST,
        spread_of(samples.rises(configuration)),
    )
    yield Bar(
        f"{configuration}: a registered route costs <= {ROUTE_MOST} of what it costs contrib",
        ROUTE_MOST,
        spread_of(quotients(samples.route_us(configuration), samples.route_us(CONTRIB))),
    )
    memory = results.memory[configuration]
    yield Bar(
        f"{configuration}: memory grows <= {GROWTH_MOST_MIB:g} MiB in the second half of {memory.requests} requests",
        GROWTH_MOST_MIB,
        spread_of([memory.late_growth_mib()]),
    )
