"""Tells queries from transaction control by the text of a statement."""

import re
from typing import Final

# Linear on hostile text: each repetition consumes a character that the next one cannot.
_COMMENT: Final = r"--[^\n]*(?:\n|$)|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
_VERB: Final = re.compile(
    rf"(?:\s|{_COMMENT})*(BEGIN|START|COMMIT|END|ABORT|PREPARE|ROLLBACK|SAVEPOINT|RELEASE|SAVE)\b", re.IGNORECASE
)
_ANY_COMMENT: Final = re.compile(_COMMENT)
_VERBS: Final = frozenset(
    {"BEGIN", "START", "COMMIT", "END", "ABORT", "PREPARE", "ROLLBACK", "SAVEPOINT", "RELEASE", "SAVE"}
)
# Words that may follow without naming anything: PostgreSQL, SQLite, MySQL and SQL Server together.
_MODES: Final = frozenset(
    "TRANSACTION TRAN WORK DEFERRED IMMEDIATE EXCLUSIVE CONCURRENT ISOLATION LEVEL SERIALIZABLE REPEATABLE READ"
    " COMMITTED UNCOMMITTED ONLY WRITE NOT DEFERRABLE AND NO CHAIN WITH CONSISTENT SNAPSHOT".split()
)


def is_query(statement: str) -> bool:
    """Whether a statement counts as a query: anything but transaction control.

    Several statements in one text, and a PL/SQL block that opens with BEGIN, are queries.

    Args:
        statement: Text of an SQL statement, comments allowed.

    >>> is_query("/* route */ select 1"), is_query("BEGIN IMMEDIATE"), is_query("ROLLBACK TO SAVEPOINT a")
    (True, False, False)
    """
    # Nearly every statement ends here, after one failed match.
    if _VERB.match(statement) is None:
        return True
    only, _, further = _ANY_COMMENT.sub(" ", statement).strip().partition(";")
    if further.strip():
        return True
    verb, *rest = only.upper().replace(",", " ").split()
    return not _controls(verb, rest)


def names_query(span_name: str) -> bool:
    """Whether a span's name, `VERB database`, may belong to a query; a guess, until the text is known.

    Args:
        span_name: Name that the SQLAlchemy instrumentation gave at the start.
    """
    return span_name.partition(" ")[0].upper() not in _VERBS


def _controls(verb: str, rest: list[str]) -> bool:
    first = rest[0] if rest else ""
    match verb:
        case "SAVEPOINT" | "RELEASE":
            return bool(rest)
        case "SAVE":
            return first in {"TRANSACTION", "TRAN"}
        case "PREPARE":
            return first == "TRANSACTION"
        case "START":
            return first == "TRANSACTION" and _MODES.issuperset(rest)
        case "ROLLBACK" | "COMMIT":
            return first == "PREPARED" or "TO" in rest or _MODES.issuperset(rest)
        case _:
            return _MODES.issuperset(rest)
