"""Several workers: their metrics are exact, also when one is killed, or they do not start."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.settings import ROOT
from tests.servers.service_process import ServiceProcess
from tests.service.people import USER
from tests.stack.serving import GUNICORN, UVICORN, plain_environ, served, service_settings

_APP: Final = "tests.stack.worker_app:create_app"
_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
_WORKERS: Final = 3
_RUN: Final = ("telemetry", "run")
_UVICORN_WORKER: Final = ("--worker-class", "uvicorn.workers.UvicornWorker")
_ADDRESS: Final = ("--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning")
_SECONDS: Final = 30.0
_UNSET: Final = ("PROMETHEUS_", "UVICORN_", "GUNICORN_", "WEB_")


def run_of(app: str = _APP, workers: int = _WORKERS) -> tuple[str, ...]:
    return (*_RUN, app, "--factory", "--workers", str(workers), *_ADDRESS)


def environ_with(settings: Mapping[str, str]) -> dict[str, str]:
    plain = plain_environ({})
    return {**{name: value for name, value in plain.items() if not name.startswith(_UNSET)}, **settings}


class Workers:
    """A server with workers, asked over a new connection each time, so that each worker gets its share."""

    def __init__(self, process: ServiceProcess) -> None:
        self.process = process
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=process.url, timeout=_SECONDS, limits=limits)

    def ask(self, times: int, path: str = "/process") -> list[int]:
        """The process that answered each request."""
        return [self.client.get(path).raise_for_status().json() for _ in range(times)]

    def processes(self, count: int = _WORKERS, known: Collection[int] = ()) -> tuple[int, set[int]]:
        """How many requests it took until *count* workers that are not *known* had answered, and those."""
        seen: set[int] = set()
        asked, deadline = 0, time.monotonic() + _SECONDS
        # A new worker takes its time to begin; how many requests the others answer meanwhile says nothing.
        while time.monotonic() < deadline:
            asked += 1
            seen.update({*self.ask(1)} - {*known})
            if len(seen) == count:
                return asked, seen
        raise AssertionError(f"{seen} alone answer:\n{self.process.log_text()}")

    def total(self, name: str, **labels: str) -> float:
        """Sum of the samples of a metric; of those with *labels*, if any are given."""
        text = self.client.get("/metrics").raise_for_status().text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def requests(self) -> float:
        return self.total("http_server_request_duration_seconds_count", http_route="/process")

    def failures(self) -> float:
        return self.total("telemetry_internal_errors_total", part="tried")


def settled(read: Callable[[], float], expected: float) -> float:
    """What *read* gives once it is *expected*, or after a while: a request is counted after its last byte."""
    deadline = time.monotonic() + _SECONDS
    value = -1.0
    while value < expected and time.monotonic() < deadline:
        # The worker that was asked may be the one that was killed.
        with contextlib.suppress(httpx.TransportError):
            value = read()
    return value


def until(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return True
        # Another process has no event that could be awaited.
        time.sleep(0.02)
    return False


def is_running(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(process: int) -> None:
    os.kill(process, SIGKILL)
    assert until(lambda: not is_running(process))


@contextmanager
def workers(module: Sequence[str], settings: Mapping[str, str], directory: Path) -> Iterator[Workers]:
    with served(module, environ_with({"TMPDIR": str(directory), **settings}), directory) as process:
        yield Workers(process)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    directory = tmp_path / "metrics"
    directory.mkdir()
    return directory


def ended(module: Sequence[str], settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A server that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", *(word.replace("{port}", "0") for word in module)],
        cwd=ROOT,
        env=environ_with(settings or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("module", "names_directory"),
    [
        (run_of(), False),
        ((*UVICORN, _APP, "--factory", "--workers", str(_WORKERS)), True),
        ((*GUNICORN, f"{_APP}()", "--workers", str(_WORKERS)), True),
        (
            (*GUNICORN, f"{_APP}()", "--workers", str(_WORKERS), "--preload", *_UVICORN_WORKER),
            True,
        ),
    ],
    ids=["run", "uvicorn", "gunicorn", "gunicorn --preload with uvicorn"],
)
def test_totals_are_exact_and_stay_so_when_a_worker_is_killed(
    module: Sequence[str], names_directory: bool, tmp_path: Path, shared: Path
) -> None:
    with workers(module, {_DIRECTORY: str(shared)} if names_directory else {}, tmp_path) as server:
        asked, processes = server.processes()
        server.ask(30, "/failing-telemetry")
        assert settled(server.requests, asked) == asked
        assert settled(server.failures, 30) == 30

        kill(min(processes))
        assert (server.requests(), server.failures()) == (asked, 30)
        again, _ = server.processes(1, known=processes)
        server.ask(20, "/failing-telemetry")
        assert settled(server.requests, asked + again) == asked + again
        assert settled(server.failures, 50) == 50


def test_no_counter_falls_and_no_file_is_added_while_workers_die_under_scrapes(tmp_path: Path, shared: Path) -> None:
    seen: list[float] = []
    done = threading.Event()

    def scrape(server: Workers) -> None:
        while not done.is_set():
            try:
                seen.append(server.requests())
            except httpx.TransportError:
                # It was the one that is killed.
                continue

    with workers(run_of(), {_DIRECTORY: str(shared)}, tmp_path) as server:
        asked, processes = server.processes()
        scraper = threading.Thread(target=scrape, args=(Workers(server.process),))
        scraper.start()
        files = len(list(shared.iterdir()))
        for _ in range(3):
            assert settled(server.requests, asked) == asked
            kill(processes.pop())
            again, new = server.processes(1, known=processes)
            asked, processes = asked + again, {*processes, *new}
        assert settled(server.requests, asked) == asked
        done.set()
        scraper.join()
        # A new worker opens its files one after another.
        assert until(lambda: len(list(shared.iterdir())) == files)

    assert seen == sorted(seen)
    assert len(seen) > 10


def test_all_workers_are_read_in_the_format_that_is_asked_for(tmp_path: Path) -> None:
    with workers(run_of(), {}, tmp_path) as server:
        asked, _ = server.processes()
        assert settled(server.requests, asked) == asked
        page = server.client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})

    assert page.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert page.text.endswith("# EOF\n")
    assert re.search(rf'_count{{[^}}]*http_route="/process"}} {asked}\.0\n', page.text), page.text


@pytest.mark.parametrize(
    ("module", "settings"),
    [
        ((*UVICORN, _APP, "--factory", "--workers", "2"), {}),
        ((*UVICORN, _APP, "--factory"), {"WEB_CONCURRENCY": "2"}),
        ((*UVICORN, f"{_APP}_with_budgets", "--factory", "--workers", "2"), {}),
        ((*GUNICORN, f"{_APP}()", "--workers", "2"), {}),
        ((*GUNICORN, f"{_APP}()", "--preload"), {"WEB_CONCURRENCY": "2"}),
    ],
    ids=["uvicorn", "WEB_CONCURRENCY", "budgets alone", "gunicorn", "gunicorn --preload"],
)
def test_a_start_that_would_count_wrongly_is_refused(
    module: Sequence[str], settings: Mapping[str, str], tmp_path: Path
) -> None:
    budgets = tmp_path / "budgets.yaml"
    budgets.write_text("version: 1\nservice: tried\ndefaults: {queries: 3}\n")
    run = ended(module, {"BUDGETS": str(budgets), **settings})

    assert f"{_DIRECTORY} is not set and the server runs 2 workers" in run.stderr
    assert "python -m telemetry run module:app --workers 2" in run.stderr
    # gunicorn may trip over itself when two workers end at once; no frame of ours or of the application is shown.
    assert not re.search(r'File ".*/(telemetry|tests)/', run.stderr), run.stderr


@pytest.mark.parametrize(
    "module",
    [
        (*UVICORN, "tests.stack.worker_app:create_app_without_page", "--factory", "--workers", "2"),
        (*GUNICORN, "tests.stack.worker_app:create_app_without_page()", "--workers", "2"),
    ],
    ids=["uvicorn", "gunicorn"],
)
def test_an_application_that_shows_no_metrics_of_ours_starts_as_ever(module: Sequence[str], tmp_path: Path) -> None:
    with workers(module, {}, tmp_path) as server:
        server.processes(2)


def test_one_worker_starts_whatever_number_a_reloader_is_given(tmp_path: Path) -> None:
    module = (*UVICORN, _APP, "--factory", "--reload", "--reload-dir", str(tmp_path))
    with workers(module, {"WEB_CONCURRENCY": "3"}, tmp_path) as server:
        server.ask(5)
        assert settled(server.requests, 5) == 5


@pytest.mark.parametrize("name", ["/proc/nowhere", ""], ids=["no directory", "empty"])
@pytest.mark.parametrize("count", ["1", "2"])
def test_a_directory_that_cannot_be_written_to_is_refused_in_one_line(name: str, count: str) -> None:
    run = ended((*UVICORN, _APP, "--factory", "--workers", count), {_DIRECTORY: name})

    assert f"{_DIRECTORY}={name!r} names no directory that can be written to" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_run_makes_a_directory_of_its_own_and_removes_it_when_it_is_stopped(number: Signals, tmp_path: Path) -> None:
    def directories() -> list[Path]:
        return list(tmp_path.glob("telemetry-workers-*"))

    with workers(run_of(), {}, tmp_path) as server, workers(run_of(), {}, tmp_path) as other:
        asked, processes = server.processes()
        assert settled(server.requests, asked) == asked
        assert len(directories()) == 2
        assert server.process.stop(number) == 0
        assert not any(is_running(process) for process in processes)
        assert len(directories()) == 1
        assert other.requests() == 0
        assert other.process.stop(number) == 0
    assert directories() == []


def test_run_wipes_the_directory_that_is_named_and_takes_nothing_else_from_it(tmp_path: Path, shared: Path) -> None:
    (shared / "notes.db").write_text("somebody's")
    settings = {_DIRECTORY: str(shared)}
    with workers(run_of(), settings, tmp_path) as server:
        asked, _ = server.processes()
        assert settled(server.requests, asked) == asked
        refused = ended(run_of(), settings)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert refused.stderr.startswith(f"run: {_DIRECTORY}={str(shared)!r} is used by a server that runs")
        assert server.requests() == asked
        assert server.process.stop() == 0
    # It is not ours to remove.
    assert list(shared.glob("histogram_*.db"))
    (shared / "notes.db").unlink()

    with workers(run_of(), settings, tmp_path) as server:
        assert server.requests() == 0


def test_workers_that_outlive_their_launcher_keep_their_directory(tmp_path: Path, shared: Path) -> None:
    settings = {_DIRECTORY: str(shared)}
    with workers(run_of(), settings, tmp_path) as server:
        _, processes = server.processes()
        kill(server.process.process.pid)
        try:
            refused = ended(run_of(), settings)
        finally:
            for process in processes:
                kill(process)
    assert refused.returncode == 2
    assert "is used by a server that runs" in refused.stderr


def test_run_says_by_its_exit_code_that_no_worker_could_start(tmp_path: Path) -> None:
    run = ended(run_of("tests.stack.worker_app:create_app_that_fails_at_start"), {"TMPDIR": str(tmp_path)})

    assert run.returncode == 3
    assert "its disk is away" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_run_hands_on_the_exit_code_of_one_worker_and_makes_no_directory(tmp_path: Path) -> None:
    run = ended(run_of("tests.stack.worker_app:create_app_that_fails_at_start", 1), {"TMPDIR": str(tmp_path)})

    assert run.returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_the_reference_service_runs_with_several_workers_on_its_demo_data(tmp_path: Path) -> None:
    module = (*_RUN, "service.main:app", "--workers", "2", *_ADDRESS)
    with served(module, service_settings(tmp_path / "data", {"TMPDIR": str(tmp_path)}), tmp_path) as process:
        server = Workers(process)
        for _ in range(40):
            assert server.client.get("/api/v1/items/1", headers=USER).status_code == 200
        route = "/api/v1/items/{item_id}"

        def count() -> float:
            return server.total("http_server_request_duration_seconds_count", http_route=route)

        assert settled(count, 40) == 40
        budget = {"http_request_method": "GET", "http_route": route, "budget": "queries"}
        assert server.total("performance_budget_events_total", **budget) == 40
        assert server.total("performance_budget_limit", **budget) == 3
        assert process.stop() == 0
