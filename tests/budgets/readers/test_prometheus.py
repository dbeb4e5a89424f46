"""The client of Prometheus: what it says of servers that do not answer as one should."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telemetry.__main__ import main
from telemetry.budgets import download
from telemetry.budgets.download import Address, DownloadError
from telemetry.budgets.prometheus import Prometheus, PrometheusError
from tests.budgets.readers.answering import Reply, answering, dripping
from tests.servers.ports import free_ports

_SECRET = "hunter2"


def _vector(*samples: tuple[dict[str, str], str], **more: Any) -> str:
    result = [{"metric": labels, "value": [1, value]} for labels, value in samples]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}, **more})


def _prometheus(url: str, warn: Callable[[str], None] = pytest.fail, seconds: float = 10) -> Prometheus:
    return Prometheus(Address.parse(url), seconds, warn)


def _with_credentials(url: str) -> str:
    return url.replace("http://", f"http://user:{_SECRET}@")


def test_series_without_a_number_are_left_out() -> None:
    body = _vector(({"a": "1"}, "NaN"), ({"a": "2"}, "+Inf"), ({"a": "3"}, "3"))
    with answering(lambda _path: Reply(body)) as server:
        samples = _prometheus(server.url).vector("x", 1)
    assert [(dict(sample.labels), sample.value) for sample in samples] == [({"a": "3"}, 3.0)]


def test_credentials_are_sent_and_the_path_before_the_api_stays() -> None:
    with answering(lambda _path: Reply(_vector())) as server:
        _prometheus(_with_credentials(server.url) + "/behind/proxy/").vector("x", 1.5)
    ((path, authorization),) = server.requests
    assert path.startswith("/behind/proxy/api/v1/query?query=x&time=1.500&timeout=10s")
    assert authorization == "Basic dXNlcjpodW50ZXIy"


def test_credentials_do_not_follow_a_redirect() -> None:
    with answering(lambda _path: Reply(_vector())) as other:
        away = Reply(status=302, headers={"Location": f"{other.url}/api"})
        with answering(lambda _path: away) as server:
            _prometheus(_with_credentials(server.url)).vector("x", 1)
    assert other.requests == [("/api", None)]


def test_a_redirect_leads_to_http_only() -> None:
    away = Reply(status=302, headers={"Location": "ftp://127.0.0.1/x"})
    with answering(lambda _path: away) as server, pytest.raises(PrometheusError, match="cannot be reached"):
        _prometheus(server.url).vector("x", 1)


def test_what_prometheus_warns_of_is_told() -> None:
    told: list[str] = []
    with answering(lambda _path: Reply(_vector(warnings=["one store\nis away"]))) as server:
        _prometheus(server.url, told.append).vector("x", 1)
    assert told == ["one store is away"]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            Reply('{"status":"error","errorType":"bad_data","error":"1:2: parse\\nerror"}', 400),
            "refuses the query: bad_data: 1:2: parse error",
        ),
        (
            Reply('{"status":"error","errorType":"timeout","error":"query timed out"}', 503),
            "refuses the query: timeout: query timed out",
        ),
        (
            Reply("<html>", 404, {"Content-Type": "text/html; charset=utf-8"}),
            "is no Prometheus: /api/v1/query answers 404 (text/html)",
        ),
        (Reply("<html>log in"), "is no Prometheus: /api/v1/query answers 200 (no content type)"),
        (Reply("[]"), "is no Prometheus: /api/v1/query answers 200 (no content type)"),
        (Reply("[" * 100_000), "is no Prometheus: /api/v1/query answers 200 (no content type)"),
        (Reply('{"status":"success"}'), "is no Prometheus: its result is no vector"),
        (Reply('{"status":"success","data":{"result":[1]}}'), "is no Prometheus: its result is no vector"),
        (Reply("", 401), "answers 401: it wants other credentials; write them as https://USER:PASSWORD@HOST"),
        (Reply("nginx", 502), "is no Prometheus: /api/v1/query answers 502 (no content type)"),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_in_one_line_without_credentials(reply: Reply, message: str) -> None:
    with answering(lambda _path: reply) as server, pytest.raises(PrometheusError) as caught:
        _prometheus(_with_credentials(server.url)).vector("x", 1)
    assert str(caught.value) == f"{server.url} {message}"


def test_a_server_that_is_not_there_is_told_in_one_line_without_credentials() -> None:
    (port,) = free_ports(1)
    with pytest.raises(PrometheusError) as caught:
        _prometheus(f"http://user:{_SECRET}@127.0.0.1:{port}/?token={_SECRET}").now()
    assert str(caught.value) == f"http://127.0.0.1:{port}/api/v1/query cannot be reached: connection refused"


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for() -> None:
    began = time.monotonic()
    with dripping(0.05) as url, pytest.raises(PrometheusError, match=r"did not answer within 0\.5 s"):
        _prometheus(url, seconds=0.5).now()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("size", "is_taken"), [(1_000, True), (1_001, False)])
def test_an_answer_has_a_size_that_it_may_not_exceed(
    size: int, is_taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 1_000)
    with answering(lambda _path: Reply("x" * size)) as server:
        address = Address.parse(server.url)
        if is_taken:
            assert len(address.download(accept="*/*", seconds=10).body) == size
        else:
            with pytest.raises(DownloadError, match="answers with more than"):
                address.download(accept="*/*", seconds=10)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prometheus:9090",
        f"ftp://user:{_SECRET}@host",
        f"http://user:{_SECRET}@",
        f"http://user:{_SECRET}@host:99999",
        f"http://user:{_SECRET}@host/\n",
        f"http://user:{_SECRET}@[::1",
        f"file:///{_SECRET}",
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(text: str) -> None:
    with pytest.raises(DownloadError, match="write it as http://HOST:PORT") as caught:
        Address.parse(text)
    assert _SECRET not in str(caught.value)


def test_an_address_does_not_show_its_credentials() -> None:
    address = Address.parse(f"https://user:{_SECRET}@host:9090/path?token={_SECRET}")
    assert str(address) == "https://host:9090/path"
    assert _SECRET not in repr(address)


@pytest.mark.parametrize("action", ["gate", "report"])
def test_the_commands_end_with_2_and_one_line(action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (port,) = free_ports(1)
    path = tmp_path / "budgets.yaml"
    path.write_text("version: 1\nservice: shop\ndefaults: {queries: 3}\n", encoding="utf-8")
    url = f"http://user:{_SECRET}@127.0.0.1:{port}"
    assert main(["budgets", action, str(path), "--prometheus", url]) == 2
    shown = capsys.readouterr()
    address = f"http://127.0.0.1:{port}"
    assert shown.err == f"{action}: {address}/api/v1/query cannot be reached: connection refused\n"
    assert shown.out == ""


@pytest.mark.parametrize("action", ["gate", "report"])
def test_a_bad_file_is_told_with_its_line_before_anything_is_asked(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text("version: 1\nservice: shop\ndefaults: {querys: 3}\n", encoding="utf-8")
    assert main(["budgets", action, str(path), "--prometheus", "http://127.0.0.1:1"]) == 2
    assert f"{path}:3:12: " in capsys.readouterr().err
