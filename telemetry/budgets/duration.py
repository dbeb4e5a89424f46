"""Lengths of time as Prometheus and people write them: `90s`, `1h30m`, `28d`."""

import re
from typing import Final

_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FORM: Final = re.compile("".join(rf"(?:(?P<{unit}>\d{{1,9}}){unit})?" for unit in _UNITS), re.ASCII)


def seconds_of(text: str) -> int:
    """Seconds that a text such as `1h30m` stands for; larger units come first.

    Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations

    Args:
        text: As it was given.

    Raises:
        ValueError: It has another form.
    """
    match = _FORM.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is no length of time such as 15m, 1h or 28d")
    return sum(int(match[unit] or 0) * seconds for unit, seconds in _UNITS.items())


def rough_text(seconds: float) -> str:
    """The two largest units of a length of time, rounded down: `27d 3h`, `12m`, `0s`.

    Args:
        seconds: >= 0.
    """
    rest = int(seconds)
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _UNITS[unit])
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
    return " ".join(filter(None, parts[:2])) or "0s"
