"""`make run` on a fresh clone: one command to a service that can be tried."""

import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable

import httpx
import pytest

from tests.servers.service_process import answers
from tests.workplace.checkout import Checkout, lines_of_the_service

pytestmark = pytest.mark.timeout(300)

_SECOND_START_SECONDS = 3
# A shared machine may be busy; a start that installs something takes longer than this even on an idle one.
_BUSY = 4


def _printed_request(output: str) -> tuple[str, dict[str, str]]:
    """URL and header of the curl line that the service prints."""
    found = re.search(r"curl -v -H '([^:']+): ([^']+)' (\S+)", output)
    assert found is not None, output
    name, value, url = found.groups()
    return url, {name: value}


def test_what_it_prints_can_be_tried_a_miss_and_then_a_hit(used_clone: Checkout) -> None:
    with used_clone.running() as running:
        url, headers = _printed_request(running.make.log_text())
        assert url.startswith(running.url)
        first, second = (httpx.get(url, headers=headers) for _ in range(2))
        pages = re.findall(rf"^  ({running.url}\S+)$", running.make.log_text(), re.MULTILINE)
        assert pages
        assert {page: httpx.get(page, headers=headers).status_code for page in pages} == dict.fromkeys(pages, 200)
    assert (first.status_code, second.status_code) == (200, 200)
    assert 'desc="Cache Miss"' in first.headers["server-timing"]
    assert 'desc="Cache Hit"' in second.headers["server-timing"]
    assert first.json() == second.json()


def test_a_second_start_installs_nothing_and_is_quick(used_clone: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with used_clone.running() as running:
        seconds = time.monotonic() - began
        assert "Installing" not in running.make.log_text()
    with capsys.disabled():
        sys.stdout.write(f" [a second start took {seconds:.1f} s] ")
    assert seconds < _SECOND_START_SECONDS * _BUSY


def _to_make(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)


def _to_all(pid: int, number: signal.Signals) -> None:
    """As a terminal does on Ctrl-C."""
    os.killpg(pid, number)


@pytest.mark.parametrize(
    ("send", "number"),
    [
        pytest.param(_to_all, signal.SIGINT, id="Ctrl-C"),
        pytest.param(_to_make, signal.SIGINT, id="SIGINT to make"),
        pytest.param(_to_make, signal.SIGTERM, id="SIGTERM to make"),
        pytest.param(_to_make, signal.SIGHUP, id="SIGHUP to make"),
    ],
)
def test_it_stops_cleanly(
    used_clone: Checkout, send: Callable[[int, signal.Signals], None], number: signal.Signals
) -> None:
    with used_clone.running() as running:
        send(running.make.pid, number)
        # make ends itself by the signal that it got, once all that it started has ended.
        assert running.make.wait() == -number
        assert not answers(running.port)
        said = running.make.log_text()
    assert "Application shutdown complete" in said
    assert "Traceback" not in said
    assert "Error" not in said


def test_it_stops_when_make_is_killed(used_clone: Checkout) -> None:
    with used_clone.running() as running:
        os.kill(running.make.pid, signal.SIGKILL)
        deadline = time.monotonic() + 15
        while answers(running.port):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_taken_port_is_one_clear_line(used_clone: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = used_clone.make("run", PORT=str(port))
    (line,) = lines_of_the_service(done.stdout)
    assert f"PORT={port} is taken" in line
    assert done.returncode == 2


def test_it_debugs_and_so_refuses_other_machines(used_clone: Checkout) -> None:
    done = used_clone.make("run", HOST="0.0.0.0", PORT="0")
    (line,) = lines_of_the_service(done.stdout)
    assert "DEBUG=true" in line
    assert done.returncode == 2


def test_settings_of_the_environment_win(used_clone: Checkout) -> None:
    done = used_clone.make("run", DEBUG="perhaps")
    (line,) = lines_of_the_service(done.stdout)
    assert "DEBUG='perhaps'" in line


def test_seeding_says_what_to_log_in_with(used_clone: Checkout) -> None:
    done = used_clone.make("seed")
    assert "demo-user" in done.stdout
    assert done.returncode == 0
