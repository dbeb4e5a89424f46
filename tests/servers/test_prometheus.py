"""The private Prometheus and Alertmanager do what tests build on."""

import httpx

from tests.servers.alertmanager import AlertReceiver, Amtool, StartAlertmanager
from tests.servers.prometheus import Promtool, StartPrometheus


def test_a_prometheus_answers_queries_and_reads_its_files_again(start_prometheus: StartPrometheus) -> None:
    server = start_prometheus({"prometheus.yml": "rule_files: [rules.yml]", "rules.yml": "groups: []"})
    assert server.query("vector(7)")[0]["value"][1] == "7"
    assert server.api("rules") == {"groups": []}
    server.reload()
    assert server.stop() == 0


def test_two_prometheus_run_side_by_side(start_prometheus: StartPrometheus) -> None:
    first, second = (start_prometheus({"prometheus.yml": ""}) for _ in range(2))
    assert first.url != second.url
    assert [server.query("vector(1)")[0]["value"][1] for server in (first, second)] == ["1", "1"]


def test_an_alert_reaches_the_receiver(start_alertmanager: StartAlertmanager, alert_receiver: AlertReceiver) -> None:
    route = "route: {receiver: all, group_wait: 0s}\n"
    server = start_alertmanager(
        f"{route}receivers: [{{name: all, webhook_configs: [{{url: '{alert_receiver.url}'}}]}}]"
    )
    sent = [{"labels": {"alertname": "Sent"}, "annotations": {"summary": "as it was sent"}}]
    httpx.post(f"http://{server.address}/api/v2/alerts", json=sent).raise_for_status()
    received = alert_receiver.wait_for(lambda alert: alert["labels"]["alertname"] == "Sent")
    assert received["annotations"] == {"summary": "as it was sent"}
    assert [alert["labels"] for alert in server.alerts()] == [{"alertname": "Sent"}]


def test_the_tools_tell_good_from_bad(promtool: Promtool, amtool: Amtool) -> None:
    assert (promtool("--version").returncode, amtool("--version").returncode) == (0, 0)
    assert promtool("check", "rules", "no-such-file.yml").returncode != 0
    assert amtool("check-config", "no-such-file.yml").returncode != 0
