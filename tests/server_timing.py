"""A `Server-Timing` parser of its own, written from the grammar and strict about it.

Source: https://www.w3.org/TR/server-timing/#the-server-timing-header-field
"""

import re
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t \x21-\x7e])*"'
_PARAM = rf"[ \t]*;[ \t]*({_TOKEN})[ \t]*=[ \t]*({_TOKEN}|{_QUOTED})"
_METRIC = re.compile(rf"({_TOKEN})((?:{_PARAM})*)")
_SEPARATOR = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True)
class Metric:
    """One entry as a browser would expose it."""

    name: str
    dur: str | None
    desc: str | None


def parse(value: str) -> tuple[Metric, ...]:
    """The entries of a header value.

    Raises:
        ValueError: The value does not follow the grammar.
    """
    metrics: list[Metric] = []
    position = 0
    while position < len(value):
        if metrics:
            separator = _SEPARATOR.match(value, position)
            if separator is None:
                raise ValueError(f"no comma at {position} of {value!r}")
            position = separator.end()
        found = _METRIC.match(value, position)
        if found is None:
            raise ValueError(f"no metric at {position} of {value!r}")
        params = dict(re.findall(_PARAM, found[2]))
        metrics.append(Metric(found[1], params.get("dur"), _unquoted(params.get("desc"))))
        position = found.end()
    return tuple(metrics)


def queries_of(value: str) -> int | None:
    """The number that the `queries` entry states; None without the entry."""
    for metric in parse(value):
        if metric.name == "queries":
            stated = re.fullmatch(r"(\d+) Quer(?:y|ies)", metric.desc or "")
            assert stated is not None, metric
            return int(stated[1])
    return None


def dur_of(value: str, name: str) -> float:
    """The `dur` of an entry, ms.

    Raises:
        LookupError: There is no such entry, or it has no `dur`.
    """
    for metric in parse(value):
        if metric.name == name and metric.dur is not None:
            return float(metric.dur)
    raise LookupError(f"{name} has no dur in {value!r}")


def _unquoted(text: str | None) -> str | None:
    if text is None or not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1])
