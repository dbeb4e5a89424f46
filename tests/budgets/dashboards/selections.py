"""What a PromQL expression reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser


@dataclass(frozen=True, slots=True)
class Selection:
    """Series that an expression reads.

    Attributes:
        metric: Their name.
        selector: Name and matchers, as PromQL.
        matchers: Label, operator and value of each.
        function: That is applied to them directly, empty for none.
        range_seconds: Back from each moment; None for the moment itself.
    """

    metric: str
    selector: str
    matchers: tuple[tuple[str, str, str], ...]
    function: str
    range_seconds: float | None


def selections(expression: str) -> tuple[Selection, ...]:
    """All series that an expression reads.

    Args:
        expression: PromQL, without variables.

    Raises:
        ValueError: It is none.
    """
    return tuple(_walk(promql_parser.parse(expression), ""))


def _walk(node: Any, function: str) -> Iterator[Selection]:
    match node:
        case promql_parser.VectorSelector():
            yield _selection(node, function, None)
        case promql_parser.MatrixSelector():
            yield _selection(node.vector_selector, function, node.range.total_seconds())
        case promql_parser.Call():
            for argument in node.args:
                yield from _walk(argument, node.func.name)
        case promql_parser.BinaryExpr():
            yield from _walk(node.lhs, "")
            yield from _walk(node.rhs, "")
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from _walk(node.expr, "")
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            return
        case _:
            raise ValueError(f"{type(node).__name__} is not expected in a dashboard")


def _selection(vector: Any, function: str, seconds: float | None) -> Selection:
    matchers = tuple((each.name, str(each.op), each.value) for each in vector.matchers.matchers)
    selector = str(vector).partition(" offset ")[0]
    return Selection(vector.name or "", selector, matchers, function, seconds)
