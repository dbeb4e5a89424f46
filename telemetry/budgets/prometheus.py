"""A Prometheus, asked through its HTTP API.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from telemetry.budgets.download import Address, Answer, DownloadError, one_line

_PATH: Final = "/api/v1/query"
_NO_CREDENTIALS: Final = (401, 403)


class PrometheusError(Exception):
    """There is no answer that figures could be taken from; the message is one line, without credentials."""


class Sample(NamedTuple):
    """One series of an instant vector.

    Attributes:
        labels: With the name of the metric, if it has one, under `__name__`.
        value: Finite.
    """

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Something that answers PromQL.

    Attributes:
        address: What stands before `/api/v1`.
        seconds: Longest wait for one answer, > 0.
        warn: Told, in one line, what Prometheus warns of; figures may be incomplete then.
    """

    address: Address
    seconds: float
    warn: Callable[[str], None]

    def now(self) -> float:
        """Its own time, s since 1970: the clock here may differ, and then it would know no newest samples.

        Raises:
            PrometheusError: It does not answer.
        """
        data = self._query({"query": "time()"})
        try:
            return float(data["result"][1])
        except (KeyError, IndexError, TypeError, ValueError):
            raise PrometheusError(f"{self.address} is no Prometheus: it does not tell the time") from None

    def vector(self, query: str, at: float) -> tuple[Sample, ...]:
        """Result of an instant query; series whose value is NaN or infinite are left out.

        Args:
            query: PromQL that gives an instant vector.
            at: When to evaluate it, s since 1970.

        Raises:
            PrometheusError: It does not answer, or refuses the query.
        """
        data = self._query({"query": query, "time": f"{at:.3f}"})
        try:
            samples = [Sample(series["metric"], float(series["value"][1])) for series in data["result"]]
        except (KeyError, IndexError, TypeError, ValueError):
            raise PrometheusError(f"{self.address} is no Prometheus: its result is no vector") from None
        return tuple(sample for sample in samples if math.isfinite(sample.value))

    def _query(self, parameters: Mapping[str, str]) -> Any:
        address = self.address.below(_PATH, {**parameters, "timeout": f"{math.ceil(self.seconds)}s"})
        try:
            answer = address.download(accept="application/json", seconds=self.seconds)
        except DownloadError as error:
            raise PrometheusError(str(error)) from None
        content = _content(answer)
        if content is None:
            raise PrometheusError(self._refusal(answer))
        if content["status"] != "success":
            kind, message = content.get("errorType", "error"), content.get("error", "without a message")
            raise PrometheusError(f"{self.address} refuses the query: {one_line(f'{kind}: {message}')}")
        for warning in content.get("warnings") or ():
            self.warn(one_line(str(warning)))
        return content.get("data")

    def _refusal(self, answer: Answer) -> str:
        if answer.status in _NO_CREDENTIALS:
            how = "write them as https://USER:PASSWORD@HOST"
            return f"{self.address} answers {answer.status}: it wants other credentials; {how}"
        kind = answer.content_type or "no content type"
        return f"{self.address} is no Prometheus: {_PATH} answers {answer.status} ({one_line(kind)})"


def _content(answer: Answer) -> dict[str, Any] | None:
    """The object that the API answers with; None if this is no answer of it."""
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get("status") in ("success", "error") else None
