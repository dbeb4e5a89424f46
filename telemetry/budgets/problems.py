"""What is wrong with a budget file, one line each, and the error that carries all of them."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, NamedTuple

from telemetry.budgets.model import Place
from telemetry.errors import ConfigurationError

_MAX_PROBLEMS: Final = 500
_MAX_SHOWN: Final = 60


class Problem(NamedTuple):
    """One thing that is wrong, or of which the author should know.

    Attributes:
        place: Where.
        what: What is wrong, the value included.
        remedy: What to write instead.
        path: Of the file, as it was given.
    """

    place: Place
    what: str
    remedy: str
    path: str

    def __str__(self) -> str:
        return f"{self.path}:{self.place.line}:{self.place.column}: {self.what}; {self.remedy}"


class BudgetFileError(ConfigurationError):
    """A budget file cannot be used; the message holds one line for each problem.

    Attributes:
        problems: All of them, in the order of the file.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems: Final = problems


@dataclass(slots=True)
class Findings:
    """Collects problems, so that all are told at once; past 500 the rest is only said to be there.

    Attributes:
        path: Of the file, as it was given.
    """

    path: str
    _found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, what: str, remedy: str) -> None:
        """Takes one problem."""
        if len(self._found) < _MAX_PROBLEMS:
            self._found.append(Problem(place, what, remedy, self.path))
        elif len(self._found) == _MAX_PROBLEMS:
            self._found.append(Problem(place, "there are more problems", "mend those above first", self.path))

    def sorted(self) -> tuple[Problem, ...]:
        """All problems, in the order of the file, none twice."""
        return tuple(sorted(set(self._found)))


def shown(text: str) -> str:
    """A value of the file for one line of output: short, and without what a terminal would obey.

    Args:
        text: Of any length, with any characters.
    """
    cut = text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in cut)


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """The remedy for a word that is not known.

    Args:
        word: As it was written.
        known: What could have been meant, not empty.
    """
    spelled = {name.lower(): name for name in known}
    near = get_close_matches(word[:_MAX_SHOWN].lower(), spelled, n=1, cutoff=0.6)
    return f"did you mean {spelled[near[0]]}?" if near else f"known are {', '.join(known)}"
