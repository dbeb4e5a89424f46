"""`python -m telemetry doctor`: arguments, exit codes and where what is printed."""

import json
import re
from pathlib import Path

import pytest

from tests.doctor.conftest import ROOT, Doctor, command
from tests.doctor.sources import HEALTHY, UNWATCHED

# What differs from one installation, or one run, to another.
_CHANGING = ((r"dur=[\d.]+", "dur=N"), (r"\(\d+ of", "(N of"), (r"(?m)^versions .*\n(?: {22}.*\n)*", ""))

_TABLE = """\
doctor: application:app

part         status   what was found
-----------  -------  --------------
application  ok       telemetry.instrument was called for application:app (FastAPI)
request      ok       GET /: status 200
exposure     ok       everybody sees the figures
header       ok       db;dur=N;desc="Database Query Time", queries;desc="1 Query",
                      total;dur=N (N of at most 512 bytes)
figures      note     the request looked nothing up in a cache, so there is no cache entry
figures      ok       every figure of the request is known
engine       ok       sqlite+pysqlite: its statements are timed
driver       ok       counted also where used directly: sqlite3
redis        note     no Redis client is alive
tracer       ok       the tracer provider was made by telemetry
sampler      ok       every span is recorded, and ParentBased(AlwaysOnSampler) says what is exported
exporter     note     none: spans are not exported, which neither Server-Timing nor metrics need
                      Remedy: Set OTEL_EXPORTER_OTLP_ENDPOINT, for example http://localhost:4318, to
                              see traces.
spans        ok       instrumentations at work: redis, sqlalchemy
spans        ok       nothing is instrumented twice
workers      note     PROMETHEUS_MULTIPROC_DIR is not set: right for one worker; of several, a
                      scrape would show only one

"""


def test_a_healthy_application_has_no_problems(doctor: Doctor) -> None:
    outcome = doctor(HEALTHY)
    assert outcome.code == 0, outcome
    shown = outcome.out
    for pattern, replacement in _CHANGING:
        shown = re.sub(pattern, replacement, shown)
    assert shown.startswith(_TABLE), shown
    assert re.fullmatch(r"0 problems, 4 notes, \d+ ok\n", shown.removeprefix(_TABLE))


def test_problems_are_exit_code_1_with_a_remedy_each_and_no_line_over_100_columns(doctor: Doctor) -> None:
    outcome = doctor(UNWATCHED)
    assert outcome.code == 1
    assert outcome.out.splitlines()[-1].startswith("2 problems, ")
    assert outcome.out.count("Remedy: Call telemetry.instrument(app)") == 2
    assert max(map(len, outcome.out.splitlines())) <= 100
    assert "\x1b" not in outcome.out


def test_json_is_all_that_stands_on_the_output_whatever_the_application_prints(doctor: Doctor) -> None:
    noisy = "print('loading')\n" + HEALTHY + "\napp.get('/noisy')(lambda: print('serving'))\n"
    outcome = doctor(noisy, "--json", "--path", "/noisy")
    found = json.loads(outcome.out)
    assert found["target"] == "application:app"
    assert {tuple(finding) for finding in found["findings"]} == {("part", "status", "what", "remedy")}
    assert "loading" in outcome.err
    assert "serving" in outcome.err


@pytest.mark.parametrize(
    ("source", "app", "line"),
    [
        ("import not_there", "application:app", "ModuleNotFoundError: No module named 'not_there'"),
        ("", "absent:app", "ModuleNotFoundError: No module named 'absent'"),
        ("", "application:app", "AttributeError: module 'application' has no attribute 'app'"),
        ("app = {}", "application:app", "app is no ASGI application but of type dict"),
        ("def app(): ...", "application:app", "app is a function that makes the application; add --factory"),
        ("", "application", "write it as module:app, for example service.main:app"),
        ("raise SystemExit('PORT=0 is taken')", "application:app", "the application exits by itself: PORT=0 is taken"),
        ("app = (", "application:app", "SyntaxError: '(' was never closed (application.py, line 1)"),
    ],
)
def test_what_cannot_be_loaded_is_exit_code_2_and_one_line(doctor: Doctor, source: str, app: str, line: str) -> None:
    outcome = doctor(source, app=app)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"doctor: cannot load {app}: ")
    assert outcome.err.endswith(f"{line}\n")
    assert outcome.err.count("\n") == 1


def test_verbose_adds_the_traceback_of_what_cannot_be_loaded(doctor: Doctor) -> None:
    outcome = doctor("\nimport not_there", "-v")
    assert outcome.code == 2
    assert 'application.py", line 2' in outcome.err


@pytest.mark.parametrize(("app", "arguments"), [("application:make", ["--factory"]), ("application:make()", [])])
def test_a_factory_makes_the_application(doctor: Doctor, app: str, arguments: list[str]) -> None:
    outcome = doctor(HEALTHY + "\ndef make():\n    return app\n", *arguments, app=app)
    assert outcome.code == 0, outcome


def test_the_request_goes_where_it_is_sent_with_its_headers(examine: Doctor) -> None:
    guarded = HEALTHY + (
        "from fastapi import Header, HTTPException\n"
        "@app.get('/guarded')\n"
        "def guarded(authorization: str = Header(''), size: int = 0):\n"
        "    if (authorization, size) != ('Bearer opensesame', 3):\n"
        "        raise HTTPException(401)\n"
    )
    outcome = examine(guarded, "--path", "/guarded?size=3", "--header", "Authorization: Bearer opensesame")
    assert outcome.whats("request") == "GET /guarded: status 200"
    refused = examine(guarded, "--path", "/guarded")
    assert refused.whats("request") == "GET /guarded: status 401"


@pytest.mark.parametrize(
    "arguments", [["--path", "brands"], ["--header", "Authorization"], ["--timeout", "0"], ["--timeout", "soon"]]
)
def test_an_argument_that_cannot_work_is_refused(doctor: Doctor, arguments: list[str]) -> None:
    outcome = doctor(HEALTHY, *arguments)
    assert outcome.code == 2
    assert f"argument {arguments[0]}" in outcome.err


def test_the_help_names_the_commands_and_the_exit_codes(tmp_path: Path) -> None:
    assert "doctor" in command("--help", cwd=tmp_path).out
    assert "0 without problems, 1 with problems, 2 if" in command("doctor", "--help", cwd=tmp_path).out.replace(
        "\n", " "
    )


def test_every_argument_and_every_part_is_documented(doctor: Doctor) -> None:
    documented = (ROOT / "docs" / "doctor.md").read_text()
    for argument in re.findall(r"--[a-z]+", command("doctor", "--help", cwd=ROOT).out):
        assert argument == "--help" or f"`{argument}" in documented, argument
    parts = {finding.part for finding in doctor(HEALTHY, "--json").findings()}
    described = {part for row in re.findall(r"(?m)^\| ([a-z, ]+) \|", documented) for part in row.split(", ")}
    assert parts <= described, parts - described
