"""What a Prometheus saw of a service's routes and caches."""

from telemetry.budgets.history import Window
from telemetry.budgets.observations import METRICS, NAME, Observations
from telemetry.budgets.prometheus import Prometheus, Sample
from telemetry.budgets.recorded import JOB, selector
from telemetry.conventions import METRIC_DURATION


def observed(prometheus: Prometheus, job: str, window: Window) -> Observations:
    """All that was seen of a service in a window, its instances together.

    Args:
        prometheus: Where to ask.
        job: The service.
        window: In which to look.

    Raises:
        PrometheusError: It does not answer.
    """
    samples = []
    for metric, labels in METRICS.items():
        query = f"sum by ({', '.join(labels)}) (increase({selector(metric, job)}[{window.seconds}s]))"
        found = prometheus.vector(query, window.end)
        samples += [Sample({**sample.labels, NAME: metric}, sample.value) for sample in found]
    return Observations.of(samples)


def services(prometheus: Prometheus, window: Window) -> tuple[str, ...]:
    """Names of the services that exposed request figures in a window, sorted.

    Args:
        prometheus: Where to ask.
        window: In which to look.

    Raises:
        PrometheusError: It does not answer.
    """
    query = f"count by ({JOB}) (count_over_time({METRIC_DURATION}_count[{window.seconds}s]))"
    return tuple(sorted(sample.labels.get(JOB, "") for sample in prometheus.vector(query, window.end)))
