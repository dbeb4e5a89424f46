"""The service is started and ended as users do it."""

from signal import SIGINT

import httpx
import pytest

from tests.servers.service_process import EndedAtStartError, StartService


def test_a_service_answers_once_it_is_started(service_process: StartService) -> None:
    service = service_process()
    assert httpx.get(f"{service.url}/health").status_code == 200


def test_settings_reach_it(service_process: StartService) -> None:
    with pytest.raises(EndedAtStartError, match="REDIS_PORT") as ended:
        service_process({"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "none"})
    assert ended.value.exit_code == 1


def test_it_stops_in_good_order(service_process: StartService) -> None:
    assert service_process().stop() == 0
    service = service_process()
    assert service.stop(SIGINT) == 0
    assert "Application shutdown complete" in service.log_text()


def test_any_server_can_run_it(service_process: StartService) -> None:
    service = service_process(module=("uvicorn", "service.main:app", "--port", "{port}"))
    assert httpx.get(f"{service.url}/health").status_code == 200
