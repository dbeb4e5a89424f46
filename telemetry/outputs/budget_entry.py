"""The `Server-Timing` entry of budgets that are over: pure, from verdicts to text."""

from collections.abc import Iterable
from typing import Final

from telemetry.budgets.judge import Verdict
from telemetry.budgets.verdict_text import over_text

#: Leaves room for the other entries of ours, whatever they say, and for a few timings of user code.
MAX_ENTRY_BYTES: Final = 160
_AND: Final = " and "


def budget_entry(verdicts: Iterable[Verdict]) -> str | None:
    """The entry; None if nothing is over. What does not fit is only counted.

    Names, figures and limits hold letters, digits, `_`, `.`, `>` and blanks, so that nothing has to be escaped. A
    comma is not used, though a quoted one is allowed: some readers split at it.

    Args:
        verdicts: On a request, up to now.
    """
    texts = [over_text(verdict) for verdict in verdicts if verdict.is_over]
    if not texts:
        return None
    entry = _entry(texts)
    for shown in range(len(texts) - 1, -1, -1):
        if len(entry) <= MAX_ENTRY_BYTES:
            break
        entry = _entry([*texts[:shown], f"{len(texts) - shown} more"])
    return entry


def _entry(texts: Iterable[str]) -> str:
    return f'budget;desc="over {_AND.join(texts)}"'
