"""When alerts must fire, from the definition of the SRE workbook alone: no PromQL, and no line of the rules' code.

https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import yaml

#: Long window, short window in minutes, and share of the budget that is used up within the long one when it alerts.
_WORKBOOK = {
    "page_fast": (60, 5, Fraction(2, 100)),
    "page_slow": (360, 30, Fraction(5, 100)),
    "ticket_fast": (1440, 120, Fraction(10, 100)),
    "ticket_slow": (4320, 360, Fraction(10, 100)),
}


@dataclass(frozen=True)
class Minutes:
    """What happened in each minute: events, and those over the limit."""

    events: tuple[int, ...]
    over: tuple[int, ...]

    @classmethod
    def of(cls, *parts: tuple[int, int, int]) -> "Minutes":
        """So many minutes with so many events each, so many of them over; one part after the other."""
        return cls(
            tuple(events for minutes, events, _ in parts for _ in range(minutes)),
            tuple(over for minutes, _, over in parts for _ in range(minutes)),
        )


#: Windows of the budget that keep the workbook's windows; for others all its times are stretched.
_MONTHS = range(28, 32)
_MONTH_DAYS = 30
_LEAST_OVER = 2


def factor(pair: str, window_days: int) -> Fraction:
    """The burn over which a pair alerts; never below 1, at which the budget just lasts."""
    long, _, share = _WORKBOOK[pair]
    days = window_days if window_days in _MONTHS else _MONTH_DAYS
    return max(share * days * 1440 / long, Fraction(1))


def minute_seconds(window_days: int) -> int:
    """How long a minute of the workbook is where its windows are stretched to those of a budget."""
    return 60 if window_days in _MONTHS else 60 * window_days // _MONTH_DAYS


def fires(pair: str, minutes: Minutes, *, window_days: int, allowed: Fraction, min_events: int) -> list[bool]:
    """Whether a pair alerts, at the end of each minute; the first is the start, at which nothing has happened.

    Args:
        pair: Its name.
        minutes: What happened, in minutes of the workbook.
        window_days: Of the budget.
        allowed: Share of events that may be over.
        min_events: That the long window must hold.
    """
    events, over = ([0, *accumulate(counts)] for counts in (minutes.events, minutes.over))
    long, short, _ = _WORKBOOK[pair]
    least = factor(pair, window_days) * allowed

    def is_over(at: int, window: int) -> bool:
        start = max(at - window, 0)
        seen = events[at] - events[start]
        return seen > 0 and Fraction(over[at] - over[start], seen) > least

    return [
        is_over(at, long)
        and is_over(at, short)
        and events[at] - events[max(at - long, 0)] >= min_events
        and over[at] - over[max(at - long, 0)] >= _LEAST_OVER
        for at in range(len(events))
    ]


def sure(expected: Sequence[bool], tolerance: int) -> Iterator[int]:
    """Minutes with no change for some minutes before and after, so that the edge of a window cannot matter."""
    for at in range(tolerance, len(expected) - tolerance):
        if len(set(expected[at - tolerance : at + tolerance + 1])) == 1:
            yield at


def chosen(expected: Sequence[bool], minutes: Iterable[int], every: int) -> list[int]:
    """Some minutes of many: those nearest to each change, and every so-many-th."""
    of_all = list(minutes)
    changes = {
        at for before, after in pairwise(of_all) if expected[before] != expected[after] for at in (before, after)
    }
    return sorted(changes | set(of_all[::every]))


def scenario(
    labels: dict[str, str], minutes: Minutes, checks: list[dict[str, Any]], seconds: int = 60
) -> dict[str, Any]:
    """A test for promtool with the counters of one budget, whose minutes have so many seconds."""
    inner = ",".join(f'{name}="{value}"' for name, value in labels.items())
    counted = {"performance_budget_events_total": minutes.events, "performance_budget_over_total": minutes.over}
    series = [
        {"series": f"{metric}{{{inner}}}", "values": " ".join(map(str, [0, *accumulate(counts)]))}
        for metric, counts in counted.items()
    ]
    up = {"series": f'up{{job="{labels["job"]}"}}', "values": f"1x{len(minutes.events)}"}
    return {"interval": f"{seconds}s", "input_series": [*series, up], "promql_expr_test": checks}


def firing(pair: str, at: int, *, is_expected: bool, seconds: int = 60) -> dict[str, Any]:
    """Whether an alert of a pair fires at a minute, which has so many seconds, as a check for promtool."""
    query = f'count(ALERTS{{burn="{pair}",alertstate="firing"}}) or vector(0)'
    return {
        "expr": query,
        "eval_time": f"{at * seconds}s",
        "exp_samples": [{"labels": "{}", "value": int(is_expected)}],
    }


def file_text(rules_file: str, evaluation: str, tests: list[dict[str, Any]]) -> str:
    """A file for `promtool test rules`."""
    document = {
        "rule_files": [rules_file],
        "evaluation_interval": evaluation,
        # Without it promtool evaluates them in any order.
        "group_eval_order": ["shop budgets", "shop budgets left"],
        "tests": tests,
    }
    return yaml.safe_dump(document, sort_keys=False)
