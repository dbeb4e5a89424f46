"""Rows of text as columns for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 100
_GAP: Final = "  "
_LEAST: Final = 12


@dataclass(frozen=True, slots=True)
class Columns:
    """How rows are laid out.

    Attributes:
        headings: One for each column.
        cut: Number of the column that is cut in its middle if a row would be wider than 100.
        right: Numbers of the columns that are aligned at their right, as figures are.
    """

    headings: tuple[str, ...]
    cut: int
    right: frozenset[int]

    def lines(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """Headings, a rule and the rows; wider than 100 only if the other columns alone are.

        Args:
            rows: One text for each column.
        """
        widths = [max(map(len, texts)) for texts in zip(self.headings, *rows, strict=True)]
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - WIDTH
        widths[self.cut] = max(widths[self.cut] - max(0, excess), min(widths[self.cut], _LEAST))
        rule = ["-" * width for width in widths]
        return [self._line(row, widths) for row in (self.headings, rule, *rows)]

    def _line(self, row: Sequence[str], widths: Sequence[int]) -> str:
        texts = [_shortened(text, width) for text, width in zip(row, widths, strict=True)]
        padded = [
            text.rjust(width) if number in self.right else text.ljust(width)
            for number, (text, width) in enumerate(zip(texts, widths, strict=True))
        ]
        return _GAP.join(padded).rstrip()


def _shortened(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    # Routes are told apart by their ends rather than by their common begin.
    head = (width - 1) // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
