"""What was measured, and what follows from it: pure. All comparisons are made within a round, then summed up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.plan import BARE, FEW_ROUTES, HUNDRED, LARGE, MANY_ROUTES, NO_QUERIES, STACK, TEN, THOUSAND
from benchmarks.spread import differences, quotients


@dataclass(frozen=True, slots=True)
class Samples:
    """CPU time of requests, one value for each round.

    Attributes:
        cpu_us: µs per request by configuration and case; equal positions are of one round.
    """

    cpu_us: Mapping[tuple[str, str], Sequence[float]]

    def added_us(self, configuration: str, case: str) -> list[float]:
        """What *configuration* adds to the bare application, µs per request."""
        return differences(self.cpu_us[configuration, case], self.cpu_us[BARE, case])

    def ratios(self, configuration: str, case: str) -> list[float]:
        """What *configuration* adds, as a share of what people's usual stack adds (S)."""
        return quotients(self.added_us(configuration, case), self.added_us(STACK, case))

    def query_us(self, configuration: str) -> tuple[list[float], list[float]]:
        """What *configuration* adds to each further query, µs: from 10 to 100 queries, and from 100 to 1000."""
        ten, hundred, thousand = (self.added_us(configuration, case.name) for case in (TEN, HUNDRED, THOUSAND))
        first = [difference / 90 for difference in differences(hundred, ten)]
        return first, [difference / 900 for difference in differences(thousand, hundred)]

    def rises(self, configuration: str) -> list[float]:
        """How much dearer a query of 1000 is than one of 100, beside the same of people's usual stack."""
        first, second = self.query_us(configuration)
        stack_first, stack_second = self.query_us(STACK)
        # Each side is a product, so that one division remains.
        ours = [late * early for late, early in zip(second, stack_first, strict=True)]
        theirs = [late * early for late, early in zip(stack_second, first, strict=True)]
        return quotients(ours, theirs)

    def route_us(self, configuration: str) -> list[float]:
        """What *configuration* adds to each request for each route that the application has, µs."""
        further = MANY_ROUTES - FEW_ROUTES
        few, many = self.added_us(configuration, NO_QUERIES.name), self.added_us(configuration, LARGE.name)
        return [difference / further for difference in differences(many, few)]


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of one process over many requests.

    Attributes:
        requests: How many were served.
        resident_bytes: Before the first, then at equal distances, then after the last.
    """

    requests: int
    resident_bytes: Sequence[int]

    def late_growth_mib(self) -> float:
        """Growth over the second half of the requests, MiB: by then caches and pools are full."""
        return (self.resident_bytes[-1] - self.resident_bytes[len(self.resident_bytes) // 2]) / 2**20


@dataclass(frozen=True, slots=True)
class Results:
    """All that one run found.

    Attributes:
        samples: CPU time.
        memory: By configuration.
        spans: Spans that arrived at the sink per request, by configuration and case.
        environment: What it ran on.
        verdict_us: CPU time of the verdict on one request, µs, one value for each round.
    """

    samples: Samples
    memory: Mapping[str, Memory]
    spans: Mapping[tuple[str, str], float]
    environment: Mapping[str, str]
    verdict_us: Sequence[float]
