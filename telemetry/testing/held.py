"""A budget file at work in tests, and what a test says of itself with its marker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.judge import CacheJudge, RouteJudge
from telemetry.budgets.keys import CACHE_KEYS, ROUTE_KEYS
from telemetry.budgets.load import load
from telemetry.budgets.model import Budget
from telemetry.budgets.problems import did_you_mean
from telemetry.testing.findings import PER_TEST

#: Says of a marker that the test is held to no budget.
EVERYTHING: Final = "*"
_MAX_ROUTES: Final = 2_000
_NAMES: Final = tuple(dict.fromkeys(key.name for key in (*ROUTE_KEYS, *CACHE_KEYS)))
_ON_REQUEST: Final = tuple(sorted(kind.value for kind in PER_TEST))


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A budget file that tests are held to.

    Attributes:
        path: For people: relative to the root of the tests, if it is below it.
        book: Its content.
    """

    path: str
    book: BudgetBook
    _routes: dict[tuple[str, str], tuple[tuple[Budget, ...], RouteJudge]] = field(default_factory=dict)
    _caches: dict[str, CacheJudge] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path, root: Path) -> "HeldFile":
        """Reads a budget file.

        Args:
            path: Of the file, absolute.
            root: Of the tests.

        Raises:
            BudgetFileError: Something in it is wrong; the lines are told.
        """
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        book = load(path)
        return cls(shown, book, {}, {name: CacheJudge(budgets) for name, budgets in book.caches.items()})

    def of_route(self, method: str, template: str) -> tuple[tuple[Budget, ...], RouteJudge]:
        """Budgets and judge of a route."""
        found = self._routes.get((method, template))
        if found is None:
            budgets = self.book.of_route(method, template)
            found = (budgets, RouteJudge(budgets))
            if len(self._routes) < _MAX_ROUTES:
                self._routes[method, template] = found
        return found

    def of_cache(self, namespace: str) -> CacheJudge | None:
        """Judge of a namespace of cache keys; None if the file says nothing of it."""
        return self._caches.get(namespace)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a test is held to.

    Attributes:
        file: The budgets; None if it is held to none.
        also: Names of budgets that count in tests only where a test says that its requests are typical.
        ignore: Names of budgets that it may exceed.
    """

    file: HeldFile | None = None
    also: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()

    def holds(self, budget: Budget) -> bool:
        """Whether the test is held to a budget of the file."""
        if budget.name in self.ignore or EVERYTHING in self.ignore:
            return False
        return budget.kind not in PER_TEST or budget.name in self.also


def names_of(argument: str, value: object, allowed: tuple[str, ...]) -> frozenset[str]:
    """Names that a marker gives.

    Args:
        argument: Of the marker.
        value: A name, or several.
        allowed: Names that it may give.

    Raises:
        TypeError: There are no names.
        ValueError: A name is none of them.
    """
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, (tuple, list, set, frozenset)):
        raise TypeError(f"{argument}={value!r}: give names of budgets, such as {argument}=[{allowed[0]!r}]")
    for name in names:
        if name not in allowed:
            raise ValueError(f"{argument}={name!r}: {did_you_mean(str(name), allowed)}")
    return frozenset(names)


def terms_of(file: HeldFile | None, markers: list[Mapping[str, object]]) -> Terms:
    """What a test is held to.

    Args:
        file: The budgets.
        markers: Keyword arguments of its markers.

    Raises:
        TypeError, ValueError: An argument of a marker cannot work.
    """
    also: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    for arguments in markers:
        for name in arguments:
            if name not in {"also", "ignore"}:
                raise ValueError(f"{name}=: {did_you_mean(name, ('also', 'ignore'))}")
        also |= names_of("also", arguments.get("also", ()), _ON_REQUEST)
        ignore |= names_of("ignore", arguments.get("ignore", ()), (*_NAMES, EVERYTHING))
    return Terms(file, also, ignore)
