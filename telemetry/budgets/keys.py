"""Every key of a budget file: the one table from which files are read, checked and described to editors."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from telemetry.budgets.model import Kind

VERSION: Final = 1
WINDOW_DEFAULT: Final = "28d"
WINDOW_DAYS: Final = range(1, 91)
MIN_EVENTS_DEFAULT: Final = 50
#: A label longer than this helps nobody, and Prometheus limits are often set there.
MAX_LABEL: Final = 128
#: Decimals of a limit or objective.
MAX_DECIMALS: Final = 12


@dataclass(frozen=True, slots=True)
class Unit:
    """What a limit may be.

    Attributes:
        name: For messages.
        example: Of a limit.
        below: Limits are less than this.
        is_whole: Whether only whole numbers make sense.
    """

    name: str
    example: str
    below: Decimal
    is_whole: bool = False


MILLISECONDS: Final = Unit("a number of milliseconds", "250", Decimal(86_400_001))
RATIO: Final = Unit("a ratio between 0 and 1", "0.01", Decimal(1))
COUNT: Final = Unit("a whole number", "15", Decimal(1_000_000_001), is_whole=True)


class Objective(Enum):
    """Where the objective of a budget comes from, if it is no number."""

    OF_LIMIT = "equals the limit"
    REST_OF_LIMIT = "1 - limit"
    STATED = "must be stated"


@dataclass(frozen=True, slots=True)
class BudgetKey:
    """A key that states a budget.

    Attributes:
        name: In the file, and in the label `budget`.
        kind: The figure.
        unit: Of the limit.
        objective: Share of events that shall be within.
        is_fixed: Whether the key itself says the objective, so that none may be stated.
        description: One sentence for people.
    """

    name: str
    kind: Kind
    unit: Unit
    objective: Decimal | Objective
    is_fixed: bool
    description: str

    def objective_for(self, limit: Decimal) -> Decimal | None:
        """The objective where none is stated; None where one must be.

        Args:
            limit: Of the budget.
        """
        match self.objective:
            case Objective.OF_LIMIT:
                return limit
            case Objective.REST_OF_LIMIT:
                return 1 - limit
            case Objective.STATED:
                return None
        return self.objective


_P95, _P99 = Decimal("0.95"), Decimal("0.99")

ROUTE_KEYS: Final = (
    BudgetKey(
        "p95_ms",
        Kind.LATENCY,
        MILLISECONDS,
        _P95,
        is_fixed=True,
        description="95 % of the responses that are no server error take at most so many milliseconds.",
    ),
    BudgetKey(
        "p99_ms",
        Kind.LATENCY,
        MILLISECONDS,
        _P99,
        is_fixed=True,
        description="99 % of the responses that are no server error take at most so many milliseconds.",
    ),
    BudgetKey(
        "latency",
        Kind.LATENCY,
        MILLISECONDS,
        Objective.STATED,
        is_fixed=False,
        description="A list of {ms, objective}: a share of the responses that are no server error takes at most ms.",
    ),
    BudgetKey(
        "error_rate",
        Kind.ERROR_RATE,
        RATIO,
        Objective.REST_OF_LIMIT,
        is_fixed=True,
        description="Share of requests that may end in a server error (5xx): 0.001 is one in a thousand.",
    ),
    BudgetKey(
        "db_ms",
        Kind.DB_TIME,
        MILLISECONDS,
        _P99,
        is_fixed=False,
        description="Durations of the statements of a request, added up, in milliseconds.",
    ),
    BudgetKey(
        "db_share",
        Kind.DB_SHARE,
        RATIO,
        _P95,
        is_fixed=False,
        description="Share of a response's time in which the database worked; responses under 20 ms do not count.",
    ),
    BudgetKey("queries", Kind.QUERIES, COUNT, _P99, is_fixed=False, description="Statements that a request may send."),
    BudgetKey(
        "repeated_queries",
        Kind.REPEATED_QUERIES,
        COUNT,
        _P99,
        is_fixed=False,
        description="Statements of a request that may repeat one SELECT (the N+1 pattern).",
    ),
)
CACHE_KEYS: Final = (
    BudgetKey(
        "hit_ratio",
        Kind.HIT_RATIO,
        RATIO,
        Objective.OF_LIMIT,
        is_fixed=True,
        description="Share of the look-ups that shall be hits.",
    ),
    BudgetKey(
        "p99_ms",
        Kind.CACHE_LATENCY,
        MILLISECONDS,
        _P99,
        is_fixed=True,
        description="99 % of the look-ups take at most so many milliseconds.",
    ),
)
