"""What a statement is, told from its text alone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemetry.spans.statements import describe

CONTROL = [
    # PostgreSQL
    "BEGIN",
    "begin",
    "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, NOT DEFERRABLE",
    "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "START TRANSACTION READ WRITE",
    "COMMIT",
    "COMMIT AND NO CHAIN",
    "COMMIT PREPARED 'x'",
    "PREPARE TRANSACTION 'x'",
    "ROLLBACK PREPARED 'x'",
    "END",
    "END TRANSACTION",
    "ABORT",
    "ROLLBACK TO SAVEPOINT sa_savepoint_1",
    "ROLLBACK TO sa_savepoint_1",
    "SAVEPOINT sa_savepoint_1",
    "RELEASE SAVEPOINT sa_savepoint_1",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "SET TRANSACTION SNAPSHOT '00000003-0000001B-1'",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    # SQLite
    "BEGIN DEFERRED",
    "BEGIN IMMEDIATE TRANSACTION",
    "BEGIN EXCLUSIVE",
    "RELEASE sa_savepoint_1",
    # MySQL and MariaDB
    "BEGIN WORK",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    "ROLLBACK AND CHAIN NO RELEASE",
    "ROLLBACK WORK TO SAVEPOINT a",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET autocommit=0",
    "set autocommit = 1",
    "SET @@session.autocommit = OFF",
    "XA START 'x'",
    "XA END 'x'",
    "XA PREPARE 'x'",
    "XA COMMIT 'x' ONE PHASE",
    "XA ROLLBACK 'x'",
    # SQL Server: SQLAlchemy sends the first two itself
    "SAVE TRANSACTION sa_savepoint_1",
    "ROLLBACK TRANSACTION sa_savepoint_1",
    "BEGIN TRAN",
    "BEGIN TRAN t1",
    "BEGIN DISTRIBUTED TRANSACTION t1",
    "COMMIT TRAN t1",
    "SAVE TRAN t1",
    # Oracle
    "COMMIT WORK WRITE BATCH NOWAIT",
    "COMMIT COMMENT 'nightly run'",
    "ROLLBACK FORCE '25.32.87'",
]
QUERIES = [
    "SELECT 1",
    "  select 1",
    "INSERT INTO commits VALUES (1)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "VALUES (1)",
    "EXPLAIN SELECT 1",
    "CALL commit_all()",
    "CREATE TABLE begin_of (a INT)",
    "PRAGMA foreign_keys",
    "SET search_path TO a",
    "SET transaction_timeout = 5",
    "SET @x=1",
    "SET@x=1",
    "SET autocommit=0, sql_mode=''",
    "SET autocommit=(SELECT a FROM t)",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET TRANSACTION READ ONLY; SELECT 1",
    "XA RECOVER",
    "SETTING",
    "LOCK TABLE t",
    "COPY t FROM STDIN",
    "DECLARE a CURSOR FOR SELECT 1",
    "FETCH 10 FROM a",
    "PREPARE plan AS SELECT 1",
    "EXECUTE plan",
    "START REPLICA",
    "BEGINNING",
    "SAVEPOINTS",
    "(SELECT 1)",
    "",
    ";",
    # Blocks of Oracle, SQL Server, PostgreSQL and MySQL, which hold statements of their own
    "BEGIN NULL; END;",
    "begin\n  update t set a = 1;\nend;",
    "BEGIN TRY SELECT 1 END TRY BEGIN CATCH END CATCH",
    "BEGIN UPDATE t SET a = 1 END",
    "BEGIN ATOMIC SELECT 1; END",
    # Several statements in one text
    "BEGIN; SELECT 1; COMMIT",
    "COMMIT; SELECT 1",
    "SAVEPOINT a; UPDATE t SET a = 1",
]


@pytest.mark.parametrize("text", CONTROL)
def test_transaction_control_is_no_query(text: str) -> None:
    assert not describe(text).is_query


@pytest.mark.parametrize("text", QUERIES)
def test_everything_else_is_a_query(text: str) -> None:
    assert describe(text).is_query


@pytest.mark.parametrize("before", ["", " \n\t", "/* route:'/items' */ ", "-- a comment\n", "/* a *//* b **/\n--c\n"])
@pytest.mark.parametrize("after", ["", ";", " ; \n", " -- done", "/* done */", ";-- done; really"])
@pytest.mark.parametrize(("text", "is_query"), [("COMMIT", False), ("SAVEPOINT a", False), ("SELECT 1", True)])
def test_comments_space_and_a_semicolon_change_nothing(before: str, after: str, text: str, is_query: bool) -> None:
    assert describe(before + text + after).is_query is is_query
    assert describe(before + text.lower() + after).is_query is is_query


def test_control_words_in_a_comment_are_comments() -> None:
    assert describe("/* BEGIN */ SELECT 1").is_query
    assert describe("-- COMMIT\nSELECT 1").is_query
    assert not describe("/* SELECT 1; */ COMMIT").is_query


@pytest.mark.parametrize(
    ("text", "is_select"),
    [
        ("SELECT 1", True),
        ("/* a */ select 1", True),
        ("WITH a AS (SELECT 1) SELECT 1", True),
        ("INSERT INTO t SELECT 1", False),
        ("UPDATE t SET a = 1", False),
        ("COMMIT", False),
    ],
)
def test_what_reads_is_told_from_what_writes(text: str, is_select: bool) -> None:
    assert describe(text).is_select is is_select


UNITS = [
    "/* ",
    "/*",
    "*/",
    "--",
    "-- \n",
    "'",
    "''",
    "\\'",
    '"',
    "`",
    "$a$",
    "$$",
    "$",
    "(?,",
    "?, ",
    "%(a)s",
    "1.",
    ":a",
]
UNITS += [";", " ", "a ", "\n", "*", "/", "((", "N'"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("start", ["", "BEGIN ", "SET ", "COMMIT /*", "SELECT '", "/*", "SELECT $b$"])
def test_a_megabyte_of_hostile_text_is_described_in_time(start: str) -> None:
    for unit in UNITS:
        describe(start + unit * (1_000_000 // len(unit)))


@given(st.text("/*-'\"\\$`; \nabeginCOMMIT?(),1", max_size=200))
def test_any_text_is_described(text: str) -> None:
    assert describe(text) == describe(text)


@given(
    st.lists(st.integers(min_value=0), min_size=1, max_size=9),
    st.sampled_from(["%(p_{0})s", ":p_{0}", "${0}", "?", "{0}", "'{0}'"]),
)
def test_statements_that_differ_in_values_only_have_one_fingerprint(values: list[int], marker: str) -> None:
    markers = ", ".join(marker.format(value) for value in values)
    shape = describe(f"SELECT a.id\nFROM a  WHERE a.id IN ({markers}) AND a.b = {marker.format(7)} /* {values} */")
    assert shape.fingerprint == "SELECT a.id FROM a WHERE a.id IN (?) AND a.b = ?"


@pytest.mark.parametrize("text", ["SELECT a1, t2.b3 FROM t2", 'SELECT "Column" FROM "Some Table"'])
def test_names_stay(text: str) -> None:
    assert describe(text).fingerprint == text


def standard(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def with_backslashes(value: str) -> str:
    return "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def in_dollars(value: str) -> str:
    return "$tag$" + value.replace("$", "") + "$tag$"


SECRET = "SecretValue"
LITERALS = st.tuples(
    st.text("'\\-/*\"$;?: \n%ab", max_size=8),
    st.text("'\\-/*\"$;?: \n%ab", max_size=8),
    st.sampled_from([standard, with_backslashes, in_dollars]),
).map(lambda parts: parts[2](parts[0] + SECRET + parts[1]))


BETWEEN = st.sampled_from([" AND b = ", ", ", " || ", " /* it's */ OR c = ", " -- it's\n OR d = "])


# A backslash at the end of a string: it closes on one database and goes on on another.
@example([f"'{SECRET}\\'", f"'{SECRET}'"], " AND b = ")
@example(["'\\\\'", f"'{SECRET}'"], " AND b = ")
@example(["'a\\'", "'b\\'", f"'{SECRET}'"], ", ")
@given(st.lists(LITERALS, min_size=1, max_size=4), BETWEEN)
def test_no_value_stays_in_a_fingerprint(literals: list[str], between: str) -> None:
    assert SECRET not in describe("SELECT a FROM t WHERE a = " + between.join(literals)).fingerprint


@given(LITERALS, st.integers(min_value=0, max_value=5_100))
def test_no_value_stays_where_a_long_text_was_cut_off(literal: str, length: int) -> None:
    assert SECRET not in describe("SELECT a FROM t WHERE a = " + "b" * length + literal).fingerprint


@pytest.mark.parametrize(
    ("literal", "shown"),
    [("0xDEADBEEF", "?"), ("x'DEADBEEF'", "x?"), ("1234567.5e10", "?"), ("N'DEADBEEF'", "N?"), ("1_234_567", "?")],
)
def test_numbers_and_prefixed_strings_are_values(literal: str, shown: str) -> None:
    assert describe(f"SELECT a FROM t WHERE b = {literal}").fingerprint == f"SELECT a FROM t WHERE b = {shown}"


def test_a_fingerprint_is_bounded() -> None:
    assert len(describe("SELECT " + "a, " * 10_000).fingerprint) <= 2_000
