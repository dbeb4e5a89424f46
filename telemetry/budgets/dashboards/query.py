"""What a panel asks Prometheus."""

from dataclasses import dataclass
from typing import Self

from telemetry.budgets.dashboards.sdk import prometheus


@dataclass(frozen=True, slots=True)
class Query:
    """One question; made by one of its class methods.

    Attributes:
        expression: PromQL with the variables of the dashboard.
        legend: Of a series, with `{{label}}`; the heading of its column in a table.
        is_instant: Whether it asks for now instead of for the whole range.
        has_exemplars: Whether requests that are examples are shown, which lead to their traces.
        is_heatmap: Whether the series are the buckets of a histogram.
    """

    expression: str
    legend: str
    is_instant: bool = False
    has_exemplars: bool = False
    is_heatmap: bool = False

    @classmethod
    def over_time(cls, expression: str, legend: str) -> Self:
        """Series over the range."""
        return cls(expression, legend)

    @classmethod
    def with_exemplars(cls, expression: str, legend: str) -> Self:
        """Series over the range, and the requests that are examples of them."""
        return cls(expression, legend, has_exemplars=True)

    @classmethod
    def buckets(cls, expression: str) -> Self:
        """Buckets by `le` over the range."""
        return cls(expression, "{{le}}", is_heatmap=True)

    @classmethod
    def buckets_with_exemplars(cls, expression: str) -> Self:
        """Buckets by `le` over the range, and the requests that are examples of them."""
        return cls(expression, "{{le}}", has_exemplars=True, is_heatmap=True)

    @classmethod
    def now(cls, expression: str, legend: str) -> Self:
        """The value at the end of the range."""
        return cls(expression, legend, is_instant=True)

    def target(self, number: int) -> prometheus.Dataquery:
        """The query in a panel that draws series.

        Args:
            number: Within its panel, from 0.
        """
        formats = prometheus.PromQueryFormat
        return self._data(number, formats.HEATMAP if self.is_heatmap else formats.TIME_SERIES, self.legend)

    def table_target(self, number: int) -> prometheus.Dataquery:
        """The query in a table, whose headings are given to its columns afterwards.

        Args:
            number: Within its panel, from 0.
        """
        return self._data(number, prometheus.PromQueryFormat.TABLE, None)

    def _data(self, number: int, shape: prometheus.PromQueryFormat, legend: str | None) -> prometheus.Dataquery:
        return prometheus.Dataquery(
            expr=self.expression,
            legend_format=legend,
            instant=self.is_instant,
            range_val=not self.is_instant,
            exemplar=self.has_exemplars,
            format_val=shape,
            ref_id=ref_id(number),
        )


def ref_id(number: int) -> str:
    """Name of a query within its panel: `A`, `B` ...

    Args:
        number: 0..25.
    """
    return chr(ord("A") + number)
