"""All budgets of one file, resolved for a route or a namespace."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from telemetry.budgets.model import QUIET_KINDS, Alerts, Applied, Budget, Place, Subject

ANY_METHOD: Final = "*"
WILDCARD: Final = "*"
_MAX_RESOLVED: Final = 2_000


class RoutePattern(NamedTuple):
    """Routes that an entry of the file is about.

    Attributes:
        method: HTTP method, or `*` for all.
        template: Template of a route, `unmatched` for requests that no route served; `*` in it stands for any
            characters, `/` included.
    """

    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def is_wildcard(self) -> bool:
        """Whether the template stands for more than one route."""
        return WILDCARD in self.template

    @property
    def specificity(self) -> tuple[bool, int, bool]:
        """Grows with what the pattern says: an exact template, then the length of the literal part, then the method."""
        literal = self.template.replace(WILDCARD, "")
        return (not self.is_wildcard, len(literal) if self.is_wildcard else 0, self.method != ANY_METHOD)

    def matches(self, method: str, template: str) -> bool:
        """Whether a route is meant.

        Args:
            method: HTTP method.
            template: Of the route, or `unmatched`.
        """
        return self.method in (ANY_METHOD, method) and _fits(self.template, template)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a route, or the defaults, say for all their budgets; None where they say nothing.

    Attributes:
        alerts: The loudest alert.
        min_events: Events that a window must hold before it may alert, >= 1.
        owner: Who is told.
        places: Where each is said, by name.
    """

    alerts: Alerts | None = None
    min_events: int | None = None
    owner: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)

    def over(self, inherited: "Terms") -> "Terms":
        """These terms, and the inherited ones where these say nothing."""
        return Terms(
            self.alerts or inherited.alerts,
            self.min_events or inherited.min_events,
            self.owner or inherited.owner,
            {**inherited.places, **self.places},
        )

    def applied_to(self, budget: Budget) -> Budget:
        """The budget under these terms, which change nothing that the budget itself states."""
        said: dict[str, object] = {"alerts": self.alerts, "min_events": self.min_events, "owner": self.owner}
        if self.alerts is not None and budget.kind in QUIET_KINDS:
            said["alerts"] = self.alerts.at_most(Alerts.TICKET)
        changes = {name: value for name, value in said.items() if value is not None and name not in budget.stated}
        return replace(budget, **changes) if changes else budget  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """What the file says about the routes of one pattern.

    Attributes:
        pattern: The routes.
        is_excluded: Whether they have no budgets at all.
        budgets: By key of the file; an empty tuple drops an inherited budget.
        place: Of the pattern.
        terms: For all budgets of these routes, the inherited ones included.
    """

    pattern: RoutePattern
    is_excluded: bool
    budgets: Mapping[str, tuple[Budget, ...]]
    place: Place
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class BudgetBook:
    """The content of a budget file.

    Attributes:
        path: Of the file, as it was given.
        service: Name of the service, which is also the Prometheus label `job`.
        window_days: Length of the rolling window, days, 1..90.
        defaults: Budgets of every route, by key.
        routes: Entries, least specific first; resolved in this order.
        caches: Budgets by namespace.
        terms: For all budgets, unless their route says otherwise.
    """

    path: str
    service: str
    window_days: int
    defaults: Mapping[str, tuple[Budget, ...]]
    routes: tuple[RouteEntry, ...]
    caches: Mapping[str, tuple[Budget, ...]]
    terms: Terms = Terms()
    _resolved: dict[tuple[str, str], tuple[Budget, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of_route(self, method: str, template: str) -> tuple[Budget, ...]:
        """Budgets of one route; empty if it is excluded or none apply.

        The most specific entry decides whether a route is excluded. Each key is taken from the most specific entry
        that has it, so an entry changes one budget and inherits the others.

        Args:
            method: HTTP method.
            template: Of the route, or `unmatched`.
        """
        route = (method, template)
        found = self._resolved.get(route)
        if found is None:
            found = self._of_route(method, template)
            if len(self._resolved) < _MAX_RESOLVED:
                self._resolved[route] = found
        return found

    def entries_of(self, method: str, template: str) -> tuple[RouteEntry, ...]:
        """Entries that are about one route, least specific first.

        Args:
            method: HTTP method.
            template: Of the route, or `unmatched`.
        """
        return tuple(entry for entry in self.routes if entry.pattern.matches(method, template))

    def terms_of(self, method: str, template: str) -> Terms:
        """What is said for all budgets of one route.

        Args:
            method: HTTP method.
            template: Of the route, or `unmatched`.
        """
        terms = self.terms
        for entry in self.entries_of(method, template):
            terms = entry.terms.over(terms)
        return terms

    def of_cache(self, namespace: str) -> tuple[Budget, ...]:
        """Budgets of one namespace of cache keys."""
        return self.caches.get(namespace, ())

    def applied(self, routes: Iterable[tuple[str, str]]) -> tuple[Applied, ...]:
        """Every budget with every route or namespace that it applies to, sorted by subject, name and limit.

        Args:
            routes: Method and template of each route of the application.
        """
        found = [
            Applied(Subject(method, route), budget)
            for method, route in routes
            for budget in self.of_route(method, route)
        ]
        found += [
            Applied(Subject(cache_namespace=name), budget)
            for name, budgets in self.caches.items()
            for budget in budgets
        ]
        return tuple(sorted(found, key=lambda entry: (entry.subject, entry.budget.name, entry.budget.limit)))

    def _of_route(self, method: str, template: str) -> tuple[Budget, ...]:
        entries = self.entries_of(method, template)
        if entries and entries[-1].is_excluded:
            return ()
        terms, by_key = self.terms_of(method, template), dict(self.defaults)
        for entry in entries:
            by_key.update(entry.budgets)
        return tuple(terms.applied_to(budget) for budgets in by_key.values() for budget in budgets)


def _fits(pattern: str, text: str) -> bool:
    # Not a regular expression: many wildcards in one would take forever on a long template.
    first, *others = pattern.split(WILDCARD)
    if not others:
        return text == first
    *middle, last = others
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
