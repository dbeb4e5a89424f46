"""Websockets pass untouched: they are no requests, and what they send is counted as nobody's."""

from websockets.sync.client import connect

from tests.stack.running import Running

OUTSIDE = "telemetry_statements_outside_requests_total"
MESSAGES = 3


def test_a_websocket_works_and_has_no_figures(running: Running) -> None:
    before = running.metrics()
    with connect(f"{running.process.url.replace('http', 'ws')}/socket") as socket:
        for _ in range(MESSAGES):
            socket.send("go")
            assert socket.recv(timeout=10) == "done"
        assert socket.response is not None
        assert "server-timing" not in socket.response.headers
    after = running.metrics()

    assert after[OUTSIDE] - before.get(OUTSIDE, 0) == MESSAGES
    counted = "http_server_request_db_queries_count"
    # The request for the metrics itself is the one.
    assert after[counted] - before.get(counted, 0) == 1
