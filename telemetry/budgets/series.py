"""The counters of budgets as a Prometheus holds them."""

import json
from typing import Final, NamedTuple

from telemetry import conventions as names
from telemetry.budgets.model import Applied, Subject
from telemetry.budgets.prometheus import Prometheus, Sample
from telemetry.budgets.recorded import BUDGET_LABELS, EVENTS_TOTAL, JOB, selector

#: Labels that tell budgets apart; the others tell instances apart.
BY: Final = ", ".join(BUDGET_LABELS)
_SHOWN_JOBS: Final = 8


class SeriesKey(NamedTuple):
    """One budget as a process exposes it; after a change of its limit it is another.

    Attributes:
        subject: The route or the namespace.
        budget: Name of the budget.
        limit: As text, in the unit of the file.
    """

    subject: Subject
    budget: str
    limit: str

    @classmethod
    def of(cls, applied: Applied) -> "SeriesKey":
        """The series of a budget as the file states it now."""
        return cls(applied.subject, applied.budget.name, applied.budget.limit_text)

    @classmethod
    def from_sample(cls, sample: Sample) -> "SeriesKey":
        """The budget that a series is about; Prometheus drops labels that are empty."""
        label = sample.labels.get
        subject = Subject(
            label(names.LABEL_METHOD, ""), label(names.LABEL_ROUTE, ""), label(names.LABEL_CACHE_NAMESPACE, "")
        )
        return cls(subject, label(names.LABEL_BUDGET, ""), label(names.LABEL_LIMIT, ""))


def exposed(prometheus: Prometheus, job: str, at: float) -> frozenset[SeriesKey]:
    """The budgets that a service exposes at a moment.

    Args:
        prometheus: Where to ask.
        job: The service.
        at: s since 1970.

    Raises:
        PrometheusError: It does not answer.
    """
    query = f"count by ({BY}) ({selector(EVENTS_TOTAL, job)})"
    return frozenset(SeriesKey.from_sample(sample) for sample in prometheus.vector(query, at))


def why_nothing(prometheus: Prometheus, job: str, at: float) -> str:
    """Why nothing is known of a service, in a few words.

    Args:
        prometheus: Where to ask.
        job: The service.
        at: s since 1970.

    Raises:
        PrometheusError: It does not answer.
    """
    label = json.dumps(job, ensure_ascii=False)
    up = {sample.labels.get(JOB, ""): sample.value for sample in prometheus.vector(f"sum by ({JOB}) (up)", at)}
    if job not in up:
        others = ", ".join(sorted(up)[:_SHOWN_JOBS]) or "none"
        return f"no target has the label {JOB}={label}; there are: {others}"
    if not up[job]:
        return f"the targets with {JOB}={label} are down"
    return f"the targets with {JOB}={label} expose no such series"
