"""Puts the budgets of a file to work for an application."""

import logging
import os
from typing import Any, Final, TypeAlias

from prometheus_client import CollectorRegistry

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.check import problems_with_routes
from telemetry.budgets.load import load
from telemetry.budgets.problems import BudgetFileError
from telemetry.outputs.budget_callback import OverBudget, over_budget_listener
from telemetry.outputs.budget_log import budget_log_for
from telemetry.outputs.budget_metrics import budget_metrics_for
from telemetry.outputs.verdicts import Verdicts
from telemetry.route_list import routes_of

_logger: Final = logging.getLogger("telemetry")

Budgets: TypeAlias = str | os.PathLike[str] | BudgetBook


class Budgeting:
    """The budgets of one application.

    Args:
        book: Its budgets.
        registry: Where verdicts are counted.
        on_over_budget: Called for each request that exceeds a budget; None for nobody.

    Attributes:
        verdicts: Judges the requests of the application.

    Raises:
        ConfigurationError: The function cannot be called, or the registry holds metrics of our names.
    """

    def __init__(self, book: BudgetBook, registry: CollectorRegistry, on_over_budget: OverBudget | None) -> None:
        self._book = book
        self._has_said = False
        log = budget_log_for(registry)
        listeners = (log,) if on_over_budget is None else (log, over_budget_listener(on_over_budget))
        self.verdicts = Verdicts(book, budget_metrics_for(registry), listeners)

    def expect(self, app: Any) -> None:
        """Makes the counters of all routes of *app* stand at 0.

        Args:
            app: An application that has all its routes.

        Raises:
            BudgetFileError: The file names routes that the application does not have.
        """
        routes = routes_of(app)
        problems = problems_with_routes(self._book, routes)
        if problems:
            raise BudgetFileError(problems)
        self.verdicts.expect(routes)

    def expect_late(self, app: Any) -> None:
        """As `expect`, for an application that serves already: with a wrong file it goes on without budgets."""
        try:
            self.expect(app)
        except BudgetFileError as error:
            self.verdicts.stop()
            _logger.error(
                "an application serves without budgets, as its file does not fit it and no lifespan ran that could have"
                " stopped its start: %s",
                error,
            )

    def pass_by(self) -> None:
        """Says once that requests are not judged, because they came through another application that is watched."""
        if not self._has_said:
            self._has_said = True
            _logger.warning(
                "%s: its application is mounted in another one that is instrumented, which alone judges the requests:"
                " put these budgets into the file of that one, with the path of the mount before the routes",
                self._book.path,
            )


def book_of(budgets: Budgets) -> BudgetBook:
    """The book itself, or the content of the file at a path.

    Raises:
        BudgetFileError: The file cannot be used.
    """
    return budgets if isinstance(budgets, BudgetBook) else load(budgets)
