"""Numbers that people like to read in a file, never below the figure that they stand for."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

_FIGURES: Final = tuple(map(Decimal, ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10")))
_DIGITS: Final = 3


def readable_above(number: Decimal) -> Decimal:
    """The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below.

    Args:
        number: > 0.
    """
    unit = Decimal(1).scaleb(number.adjusted())
    return next(figure * unit for figure in _FIGURES if figure * unit >= number)


def shortened(number: Decimal) -> Decimal:
    """The number rounded up to three digits; one that has no more stays.

    Args:
        number: > 0.
    """
    return number.quantize(Decimal(1).scaleb(number.adjusted() - _DIGITS + 1), ROUND_CEILING).normalize()
