"""Check: would metrics hold with several workers?"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from telemetry.conventions import ENVIRON_MULTIPROCESS
from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, problem
from telemetry.workers.directory import given_directory, is_usable

_PART: Final = "workers"
_DIRECTORY: Final = ENVIRON_MULTIPROCESS
# What uvicorn and gunicorn read when the command line says nothing.
_COUNTS: Final = ("WEB_CONCURRENCY", "UVICORN_WORKERS")
_GUNICORN = re.compile(r"(?:^|\s)(?:-w|--workers)[=\s]*(\d+)")


def check_workers(evidence: Evidence) -> Iterator[Finding]:
    """How many workers the environment asks for, and where their metrics meet."""
    workers, directory = _workers(os.environ), given_directory(os.environ)
    if directory != given_directory(evidence.environ):
        yield note(
            _PART,
            f"the application sets {_DIRECTORY} itself, which only works before prometheus_client is imported",
            "Set it in the environment of the server.",
        )
    elif directory is None:
        yield _without_directory(workers)
    elif not is_usable(directory):
        yield problem(
            _PART,
            f"{_DIRECTORY} names no directory that can be written to: metrics fail",
            "Make that directory, empty, before the server starts, or unset it and start with python -m telemetry run.",
        )
    else:
        yield note(_PART, f"{_DIRECTORY} is set: workers share their metrics, and exemplars are silently dropped")


def _without_directory(workers: int) -> Finding:
    if workers > 1:
        return problem(
            _PART,
            f"{workers} workers, and {_DIRECTORY} is not set: each scrape shows the metrics of one of them",
            "Start with python -m telemetry run module:app --workers N, or set that to an empty directory before the"
            " server starts.",
        )
    return note(_PART, f"{_DIRECTORY} is not set: right for one worker; of several, a scrape would show only one")


def _workers(environ: Mapping[str, str]) -> int:
    counts = [environ[name].strip() for name in _COUNTS if environ.get(name)]
    counts += _GUNICORN.findall(environ.get("GUNICORN_CMD_ARGS", ""))
    return max((int(count) for count in counts if count.isdecimal()), default=1)
