"""Shares as people read them."""

from typing import Final

# Few digits are enough, unless they would show two different shares as the same.
_DIGITS: Final = (3, 5, 8, 17)


def percent_text(share: float, beside: float | None = None) -> str:
    """A share as a percentage: `5.19 %`, `0.012 %`.

    Args:
        share: A ratio, finite.
        beside: Another ratio that it is shown beside; where they differ, their texts do.
    """
    if beside is None or share == beside:
        return f"{_rounded(share, _DIGITS[0])} %"
    texts = ((_rounded(share, digits), _rounded(beside, digits)) for digits in _DIGITS)
    return f"{next((text for text, other in texts if text != other), repr(share * 100))} %"


def _rounded(share: float, digits: int) -> str:
    value = float(f"{share * 100:.{digits}g}")
    # No exponent, and no "-0".
    return f"{value + 0.0:f}".rstrip("0").rstrip(".") if abs(value) >= 0.0001 or value == 0 else f"{value:.2g}"
