"""What a budget is called, in JSON: the names of the labels of its series."""

from typing import Any

from telemetry import conventions as names
from telemetry.budgets.model import Budget, Subject


def labels(subject: Subject, budget: Budget) -> dict[str, Any]:
    """Labels of a budget, null where they are empty, and the limit as a number in the unit of the file.

    Args:
        subject: The route or the namespace.
        budget: What the file says.
    """
    return {
        names.LABEL_METHOD: subject.method or None,
        names.LABEL_ROUTE: subject.route or None,
        names.LABEL_CACHE_NAMESPACE: subject.cache_namespace or None,
        names.LABEL_BUDGET: budget.name,
        names.LABEL_LIMIT: float(budget.limit),
    }
