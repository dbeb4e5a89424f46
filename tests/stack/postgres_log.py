"""What PostgreSQL logged that it was asked: a source that knows nothing of the client's side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.servers.postgres import Database

_LINE: Final = re.compile(r"\S+ \S+ \S+ \[(?P<pid>\d+)\] (?P<database>\S+) (?P<level>[A-Z]+):  (?P<text>.*)", re.DOTALL)
_SENT: Final = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)
# DEALLOCATE is psycopg's own, as it forgets statements that it had prepared.
_CONTROL: Final = re.compile(
    r"(BEGIN|(START|SET) TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|DEALLOCATE)\b", re.IGNORECASE
)
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PostgresLog:
    """The log, as far as it is about one database."""

    database: Database

    def mark(self) -> int:
        """The present end, for `since`."""
        return self.database.server.process.log.stat().st_size

    def since(self, mark: int) -> list[str]:
        """Every statement that came after *mark*, as it came; those too that were refused before they ran."""
        return list(self._statements(mark))

    def queries_since(self, mark: int) -> list[str]:
        """The statements after *mark* that are neither transaction control nor the housekeeping of a driver."""
        return [text for text in self._statements(mark) if is_query(text)]

    def _statements(self, mark: int) -> Iterator[str]:
        last: dict[str, str] = {}
        for pid, level, text in self._entries(mark):
            sent = _SENT.fullmatch(text)
            if level == "LOG" and sent is not None:
                last[pid] = sent[1]
                yield sent[1]
            elif level == "STATEMENT" and last.pop(pid, None) != text:
                # It failed while it was parsed, before it was logged as executed.
                yield text

    def _entries(self, mark: int) -> Iterator[tuple[str, str, str]]:
        with self.database.server.process.log.open("rb") as log:
            log.seek(mark)
            text = log.read().decode(errors="replace")
        for entry in re.split(r"\n(?!\t)", text):
            found = _LINE.fullmatch(entry.replace("\n\t", "\n"))
            if found is not None and found["database"] == self.database.name:
                yield found["pid"], found["level"], found["text"]


def is_query(text: str) -> bool:
    """Whether a logged statement asks for more than to begin or end a transaction; a driver's ping is empty."""
    bare = _COMMENT.sub(" ", text).strip("; \t\n")
    return bool(bare) and (";" in bare or _CONTROL.match(bare) is None)
