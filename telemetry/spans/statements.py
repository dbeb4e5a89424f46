"""What a statement is, from its text: query or transaction control, and its fingerprint without values."""

import re
from functools import lru_cache
from typing import Final

from telemetry.request.statement import Statement

# Linear on hostile text: each repetition consumes a character that the next one cannot.
# A comment that is never closed reaches to the end, or each of its beginnings would be searched for an end again.
_COMMENT: Final = r"--[^\n]*(?:\n|\Z)|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)"
_VERB: Final = re.compile(
    rf"(?:\s|{_COMMENT})*(BEGIN|START|COMMIT|END|ABORT|PREPARE|ROLLBACK|SAVEPOINT|RELEASE|SAVE|SET|XA)\b",
    re.IGNORECASE,
)
_ANY_COMMENT: Final = re.compile(_COMMENT)
# Words that may follow without naming anything: PostgreSQL, SQLite, MySQL and SQL Server together.
_MODES: Final = frozenset(
    {"TRANSACTION", "TRAN", "WORK", "DEFERRED", "IMMEDIATE", "EXCLUSIVE", "CONCURRENT", "ISOLATION", "LEVEL"}
    | {"SERIALIZABLE", "REPEATABLE", "READ", "COMMITTED", "UNCOMMITTED", "ONLY", "WRITE", "NOT", "DEFERRABLE"}
    | {"AND", "NO", "CHAIN", "WITH", "CONSISTENT", "SNAPSHOT"}
)
# Of the next transaction, of those of the session, and MySQL's way to begin one with each statement.
_SETTING: Final = re.compile(
    r"(?:(?:SESSION|GLOBAL|LOCAL) )?TRANSACTION .+|SESSION CHARACTERISTICS AS TRANSACTION .+"
    r"|(?:(?:SESSION|GLOBAL|LOCAL) |@@(?:\w+\.)?)?AUTOCOMMIT ?:?= ?[^\s,]+",
)
# Verbs that control transactions where one of these words follows.
_FOLLOWED_BY: Final = {
    "SAVE": frozenset({"TRANSACTION", "TRAN"}),
    "PREPARE": frozenset({"TRANSACTION", "TRAN"}),
    "XA": frozenset({"START", "BEGIN", "END", "PREPARE", "COMMIT", "ROLLBACK"}),
}
# Strings, comments and values in one alternation, so that whichever opens first wins: a quote in a comment opens no
# string. A backslash in a string escapes on some databases and not on others, so the text is cut there: no reading of
# what follows is safe. Double quotes name columns on most; text with backticks is MySQL's, where they hold strings.
_TOKEN: Final = re.compile(
    rf"(?P<comment>{_COMMENT})"
    r"|'(?:[^'\\]|'')*(?:'|\\.*\Z|\Z)|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
    r"|%\(\w+\)s(?:::\w+)?|%s|\$\d+(?:::\w+)?|(?<![:\w]):\w+|\?|(?<![\w.$])\d[\w.]*",
    re.DOTALL,
)
_DOUBLE_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.|"")*"', re.DOTALL)
_VALUE_LIST: Final = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)")
_SPACE: Final = re.compile(r"\s+")
_MAX_FINGERPRINT: Final = 2_000
# Longer texts are made, not written: caching them would keep megabytes for no second use.
_MAX_CACHED: Final = 10_000


def describe(text: str) -> Statement:
    """What the statement is.

    Several statements in one text, and a PL/SQL block that opens with BEGIN, are
    queries. Statements that differ in values, or in the length of an IN list, have
    one fingerprint; no value stays in it.

    Args:
        text: Text of an SQL statement as it is sent, comments allowed.

    >>> describe("select a from t where id in (1, 2) and b = 'x'").fingerprint
    'select a from t where id in (?) and b = ?'
    >>> describe("/* route */ BEGIN IMMEDIATE").is_query
    False
    """
    return describe_once(text) if len(text) > _MAX_CACHED else _cached(text)


def describe_once(text: str) -> Statement:
    """As `describe`, but keeps nothing: for texts that hold values.

    Args:
        text: Text of an SQL statement, values and comments allowed.
    """
    shape = _fingerprint(text)
    first = shape[:6].upper()
    return Statement(_is_query(text), first == "SELECT" or first[:4] == "WITH", shape)


_cached = lru_cache(maxsize=1024)(describe_once)


def _is_query(text: str) -> bool:
    # Nearly every statement ends here, after one failed match.
    found = _VERB.match(text)
    if found is None:
        return True
    only, _, further = _ANY_COMMENT.sub(" ", text).strip().partition(";")
    if further.strip("; \t\r\n"):
        return True
    verb = found[1].upper()
    return not _controls(verb, only[len(verb) :].upper())


def _controls(verb: str, further: str) -> bool:
    rest = further.replace(",", " ").split()
    first = rest[0] if rest else ""
    match verb:
        case "COMMIT" | "ROLLBACK":
            return True
        case "SAVEPOINT" | "RELEASE":
            return bool(rest)
        case "SAVE" | "PREPARE" | "XA":
            return first in _FOLLOWED_BY[verb]
        case "SET":
            return _SETTING.fullmatch(" ".join(further.split())) is not None
        case "START":
            return first == "TRANSACTION" and _MODES.issuperset(rest)
        case _:
            # SQL Server names transactions: BEGIN TRAN t1.
            named = first in {"TRANSACTION", "TRAN", "DISTRIBUTED"} and len(rest) <= 3
            return named or _MODES.issuperset(rest)


def _fingerprint(text: str) -> str:
    head = text[: 10 * _MAX_FINGERPRINT]
    if "`" in head:
        head = _DOUBLE_QUOTED.sub("?", head)
    shape = _VALUE_LIST.sub("(?)", _TOKEN.sub(_replacement, head))
    return _SPACE.sub(" ", shape).strip()[:_MAX_FINGERPRINT]


def _replacement(match: re.Match[str]) -> str:
    return " " if match["comment"] is not None else "?"
