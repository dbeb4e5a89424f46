"""What doctor found: one line of its table."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Status(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    """As it should be."""
    NOTE = "note"
    """Worth knowing, and nothing is wrong with the figures."""
    PROBLEM = "problem"
    """Something is not seen, is seen twice, or cannot work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that doctor looked at.

    Attributes:
        part: What it is about, in one word.
        status: How it is to be taken.
        what: What was found, in one sentence.
        remedy: What to do, in one sentence; a problem has one.
        error: What was raised, for those who want its traceback.

    Raises:
        ValueError: A problem comes without a remedy.
    """

    part: str
    status: Status
    what: str
    remedy: str | None = None
    error: BaseException | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.status is Status.PROBLEM and not self.remedy:
            raise ValueError(f"{self.part}: a problem needs a remedy")


def ok(part: str, what: str) -> Finding:
    """A finding of something that is as it should be."""
    return Finding(part, Status.OK, what)


def note(part: str, what: str, remedy: str | None = None) -> Finding:
    """A finding that is worth knowing."""
    return Finding(part, Status.NOTE, what, remedy)


def problem(part: str, what: str, remedy: str) -> Finding:
    """A finding that needs a remedy."""
    return Finding(part, Status.PROBLEM, what, remedy)


def counted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Equal findings as one that says how many they are, in an order that does not hang on theirs."""
    for finding, count in sorted(Counter(findings).items(), key=lambda item: item[0].what):
        yield finding if count == 1 else replace(finding, what=f"{finding.what} ({count} alike)")
