"""What a budget says: the figure that it is about, its limit, and how many events may be over it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """The figure that is held against the limit, and what counts as one event.

    An event whose figure is not known is no event: it is neither within nor over.
    """

    LATENCY = "latency"
    """Time to the last byte, ms; one event for each response that is no server error: a failure counts once, as one."""
    ERROR_RATE = "error_rate"
    """Server errors; one event for each request, over if it failed (5xx). The limit is a ratio."""
    DB_TIME = "db_ms"
    """Durations of the statements added up, ms; one event for each request, the work after its response included."""
    DB_SHARE = "db_share"
    """Busy time of the database / time to the last byte, a ratio; one event for each response of at least 20 ms."""
    QUERIES = "queries"
    """Statements sent; one event for each request, the work after its response included."""
    REPEATED_QUERIES = "repeated_queries"
    """Statements in groups of repeated SELECTs; one event for each request, the work after its response included."""
    HIT_RATIO = "hit_ratio"
    """Cache hits; one event for each look-up, over unless it hit. The limit is a ratio, and the objective equals it."""
    CACHE_LATENCY = "cache_latency"
    """Duration of a cache look-up, ms; one event for each look-up that the store answered."""


#: Kinds that are stated for namespaces of cache keys; all others are stated for routes.
CACHE_KINDS: Final = frozenset({Kind.HIT_RATIO, Kind.CACHE_LATENCY})
#: Kinds of which a single event says everything: the same request always gives the same figure. A failure is none of
#: them: a test may provoke one, to see that it is handled, and the service that it tests is as it should be.
DETERMINISTIC_KINDS: Final = frozenset({Kind.QUERIES, Kind.REPEATED_QUERIES})
#: Kinds of which nobody is woken, unless their budget itself says so.
QUIET_KINDS: Final = CACHE_KINDS | {Kind.DB_TIME, Kind.DB_SHARE, Kind.QUERIES, Kind.REPEATED_QUERIES}
#: A share of almost nothing means nothing: faster responses are no event of `db_share`.
SHARE_FLOOR_NS: Final = 20_000_000


class Alerts(StrEnum):
    """The loudest alert that a budget may raise; `PAGE` includes tickets."""

    PAGE = "page"
    TICKET = "ticket"
    NONE = "none"

    def at_most(self, other: "Alerts") -> "Alerts":
        """The quieter of the two."""
        levels = list(Alerts)
        return max(self, other, key=levels.index)


class Place(NamedTuple):
    """Where in the file something is said; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit on one figure.

    Attributes:
        name: Its key in the file, which is also its label `budget`: `p95_ms`, `latency`, `queries` ...
        kind: The figure.
        limit: Exact, in the unit of the kind; a figure at the limit is within.
        objective: Share of events that shall be within, in (0, 1), exact.
        alerts: The loudest alert.
        min_events: Events that a window must hold before it may alert, >= 1.
        owner: Who is told, None for the owner of the service.
        place: Where the file says so.
        stated: Names of the fields that the budget itself states; those of its route or the defaults leave them alone.
    """

    name: str
    kind: Kind
    limit: Decimal
    objective: Decimal
    alerts: Alerts
    min_events: int
    owner: str | None
    place: Place
    stated: frozenset[str] = frozenset()

    @property
    def limit_text(self) -> str:
        """The limit as it stands in the label `limit`: plain digits without needless zeros."""
        return decimal_text(self.limit)

    @property
    def objective_text(self) -> str:
        """The objective as plain digits without needless zeros."""
        return decimal_text(self.objective)

    @property
    def allowed(self) -> Decimal:
        """Share of events that may be over, in (0, 1), exact."""
        return 1 - self.objective


class Subject(NamedTuple):
    """What a budget is applied to, a route or a namespace of cache keys; the fields are labels, empty if not meant.

    Attributes:
        method: HTTP method of the route.
        route: Template of the route, or `unmatched`.
        cache_namespace: Namespace of cache keys.
    """

    method: str = ""
    route: str = ""
    cache_namespace: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.route}" if self.route else f"cache {self.cache_namespace}"


class Applied(NamedTuple):
    """A budget and what it applies to."""

    subject: Subject
    budget: Budget


def decimal_text(number: Decimal) -> str:
    """Plain digits without exponent and needless zeros: `250`, `0.001`.

    Args:
        number: Finite.
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
