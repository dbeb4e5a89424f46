"""Check: would metrics hold with several workers?"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, problem

_PART: Final = "workers"
_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
# What uvicorn and gunicorn read when the command line says nothing.
_COUNTS: Final = ("WEB_CONCURRENCY", "UVICORN_WORKERS")
_GUNICORN = re.compile(r"(?:^|\s)(?:-w|--workers)[=\s]*(\d+)")


def check_workers(evidence: Evidence) -> Iterator[Finding]:
    """How many workers the environment asks for, and where their metrics meet."""
    workers, directory = _workers(os.environ), os.environ.get(_DIRECTORY, "")
    if directory != evidence.environ.get(_DIRECTORY, ""):
        yield note(
            _PART,
            f"the application sets {_DIRECTORY} itself, which only works before prometheus_client is imported",
            "Set it in the environment of the server.",
        )
    elif not directory:
        yield _without_directory(workers)
    elif not (Path(directory).is_dir() and os.access(directory, os.W_OK)):
        yield problem(
            _PART,
            f"{_DIRECTORY} names no directory that can be written to: metrics fail",
            "Make that directory, empty, before the server starts.",
        )
    else:
        yield note(_PART, f"{_DIRECTORY} is set: workers share their metrics, and exemplars are silently dropped")


def _without_directory(workers: int) -> Finding:
    if workers > 1:
        return problem(
            _PART,
            f"{workers} workers, and {_DIRECTORY} is not set: each scrape shows the metrics of one of them",
            f"Set {_DIRECTORY} to an empty directory before the server starts.",
        )
    return note(_PART, f"{_DIRECTORY} is not set: right for one worker; of several, a scrape would show only one")


def _workers(environ: Mapping[str, str]) -> int:
    counts = [environ[name].strip() for name in _COUNTS if environ.get(name)]
    counts += _GUNICORN.findall(environ.get("GUNICORN_CMD_ARGS", ""))
    return max((int(count) for count in counts if count.isdecimal()), default=1)
