"""Sees the requests of this process, and judges each for the test that runs."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from telemetry.budgets.finding import Finding
from telemetry.budgets.judge import Verdict
from telemetry.budgets.model import Kind, Subject
from telemetry.conventions import ROUTE_UNMATCHED
from telemetry.outputs.observers import Observation
from telemetry.request.lookups import CacheResult
from telemetry.testing.findings import PER_REQUEST, PER_TEST, finding_of, is_share_exceeded
from telemetry.testing.held import HeldFile, Terms
from telemetry.testing.tally import Tallies, Tally, TallyKey

#: Requests of one test that a fixture can be asked for: the last ones.
MAX_REQUESTS: Final = 1_000
_OF_DATABASE: Final = frozenset({Kind.DB_TIME, Kind.DB_SHARE, Kind.QUERIES, Kind.REPEATED_QUERIES})
_OUTSIDE: Final = "(outside any test)"


class Scope:
    """The requests of one test, or those outside any.

    Args:
        terms: What they are held to.
        test: Id of the test.
        sources: Makes the line of a statement one that a reader of the report finds.
    """

    def __init__(self, terms: Terms, test: str, sources: Callable[[str | None], str | None]) -> None:
        self.requests: deque[Observation] = deque(maxlen=MAX_REQUESTS)
        self.tallies = Tallies()
        self._terms = terms
        self._test = test
        self._sources = sources
        self._told: dict[TallyKey, int] = {}

    def take(self, observation: Observation) -> None:
        """Adds a finished request."""
        self.tallies.requests += 1
        self.requests.append(observation)
        file = self._terms.file
        if file is None:
            return
        breakdown, final, *_ = observation.ending
        route = (breakdown.method, breakdown.route or ROUTE_UNMATCHED)
        budgets, judge = file.of_route(*route)
        verdicts = judge(observation.ending)
        for verdict in verdicts:
            self._add(TallyKey(file.path, Subject(*route), verdict.budget), verdict, observation)
        if final.unknown:
            judged = {id(verdict.budget) for verdict in verdicts}
            for budget in budgets:
                if budget.kind in _OF_DATABASE and id(budget) not in judged:
                    self._add_unknown(TallyKey(file.path, Subject(*route), budget))

    def looked_up(self, namespace: str, result: CacheResult, duration_ns: int | None) -> None:
        """Adds a cache look-up."""
        file = self._terms.file
        judge = None if file is None else file.of_cache(namespace)
        if file is None or judge is None:
            return
        for verdict in judge(result, duration_ns):
            self._add(TallyKey(file.path, Subject(cache_namespace=namespace), verdict.budget), verdict, None)

    def breaches(self) -> tuple[Finding, ...]:
        """What was exceeded and not told yet."""
        found = [(key, tally) for key, tally in self.tallies if self._is_breach(key, tally)]
        fresh = [(key, tally) for key, tally in found if self._told.get(key) != tally.over]
        for key, tally in fresh:
            tally.breaches = 1
            self._told[key] = tally.over
        return tuple(finding_of(key, tally) for key, tally in fresh)

    def close(self) -> Tallies:
        """All that was counted; what came outside any test is marked so."""
        if self._test == _OUTSIDE:
            for key, tally in self.tallies:
                if self._is_breach(key, tally):
                    tally.breaches = tally.outside = 1
        return self.tallies

    def _is_breach(self, key: TallyKey, tally: Tally) -> bool:
        kind = key.budget.kind
        if kind in PER_REQUEST:
            return tally.over > 0
        return kind in PER_TEST and is_share_exceeded(key, tally)

    def _add(self, key: TallyKey, verdict: Verdict, observation: Observation | None) -> None:
        tally = self.tallies.of(key) if self._terms.holds(key.budget) else None
        if tally is None:
            return
        sent = () if observation is None or not verdict.is_over else observation.statements
        named = tuple(replace(statement, source=self._sources(statement.source)) for statement in sent)
        tally.add(verdict, named, self._test)

    def _add_unknown(self, key: TallyKey) -> None:
        tally = self.tallies.of(key) if self._terms.holds(key.budget) else None
        if tally is not None:
            tally.unknown += 1


class Watch:
    """Hands each request to the test that runs; requests finish in threads of their own.

    Args:
        file: What requests outside any test are held to.
        sources: As for `Scope`.
    """

    def __init__(self, file: HeldFile | None, sources: Callable[[str | None], str | None]) -> None:
        self._lock = threading.Lock()
        self._sources = sources
        self._file = file
        self._outside = self._new_outside()
        self._scope: Scope | None = None

    def begin(self, terms: Terms, test: str) -> Scope:
        """Gives the requests from now on to a test."""
        scope = Scope(terms, test, self._sources)
        with self._lock:
            self._scope = scope
        return scope

    def end(self) -> None:
        """Gives the requests from now on to no test."""
        with self._lock:
            self._scope = None

    def outside(self) -> Tallies:
        """What was counted outside any test since this was asked last."""
        with self._lock:
            scope, self._outside = self._outside, self._new_outside()
        return scope.close()

    def finished(self, observation: Observation) -> None:
        """Takes a request whose work is over."""
        with self._lock:
            (self._scope or self._outside).take(observation)

    def looked_up(self, namespace: str, result: CacheResult, duration_ns: int | None) -> None:
        """Takes a cache look-up."""
        with self._lock:
            (self._scope or self._outside).looked_up(namespace, result, duration_ns)

    def _new_outside(self) -> Scope:
        return Scope(Terms(self._file), _OUTSIDE, self._sources)
