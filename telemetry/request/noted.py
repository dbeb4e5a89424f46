"""All statements of a request by their fingerprints, for whoever has to show them: a test that was over a budget."""

from dataclasses import dataclass
from typing import Final

from telemetry.request.repeats import Origin
from telemetry.request.slots import Slot
from telemetry.request.statement import SentStatement, Statement
from telemetry.request.statements import StatementTally

#: Different statements that are kept of one request; the others are kept as one.
MAX_NOTED: Final = 200
#: Stands for the statements that were not kept.
FURTHER: Final = "(other statements)"


@dataclass(slots=True)
class _Group:
    count: int = 0
    source: str | None = None


class NotedStatements(StatementTally):
    """A tally that also remembers which queries were sent, and from where.

    It asks for the origin of each different statement, which costs some ten
    microseconds: for tests, not for production.
    """

    __slots__ = ("_groups",)

    def __init__(self) -> None:
        super().__init__()
        self._groups: dict[str, _Group] = {}

    def count(self, statement: Statement, slot: Slot) -> bool:
        is_wanted = super().count(statement, slot)
        if not statement.is_query:
            return is_wanted
        group = self._groups.get(statement.fingerprint)
        if group is None:
            name = statement.fingerprint if len(self._groups) < MAX_NOTED else FURTHER
            group = self._groups.setdefault(name, _Group())
        group.count += 1
        return is_wanted or group.count == 1

    def locate(self, statement: Statement, origin: Origin) -> None:
        super().locate(statement, origin)
        group = self._groups.get(statement.fingerprint)
        if group is not None and group.source is None:
            group.source = origin.line

    def noted(self) -> tuple[SentStatement, ...]:
        sent = [SentStatement(text, group.count, group.source) for text, group in self._groups.items()]
        return tuple(sorted(sent, key=lambda statement: -statement.count))
