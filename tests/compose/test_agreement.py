"""The files of the stack call one thing by one name."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from service.stack.programs import BUILDER, JAEGER_VERSION, MANIFEST, PROMTOOL_MODULE, PROMTOOL_VERSION
from telemetry.conventions import ATTRIBUTE_BUDGET_BREACHED
from tests.compose.files import ROOT, read, services

SERVICES: Final = services()
COLLECTORS: Final = {
    "collector": "otel-collector.yaml",
    "collector-2": "otel-collector.yaml",
    "gateway": "otel-collector-gateway.yaml",
}
_VARIABLE: Final = re.compile(r"\$\{env:(\w+):-(.*?)\}(?=[\s\":]|$)", re.MULTILINE)


def variables(name: str) -> dict[str, str]:
    """Variables of a configuration file, with their defaults."""
    return dict(_VARIABLE.findall((ROOT / name).read_text()))


def environ_of(service: str) -> Mapping[str, str]:
    found: Mapping[str, str] = SERVICES[service]["environment"]
    return found


def address(text: str) -> tuple[str, str]:
    """Host and port of `http://host:port`, or of `host:port`."""
    host, port = text.rsplit("/", 1)[-1].rsplit(":", 1)
    return host, port


def components(config: Mapping[str, Any]) -> set[str]:
    """Types of all components that a configuration of the Collector uses, as `kind/type`."""
    kinds = ("receivers", "processors", "connectors", "exporters", "extensions")
    return {f"{kind}/{name.split('/')[0]}" for kind in kinds for name in config.get(kind, {})}


def component_of(module: str) -> str:
    """The name in `host/path/otlpreceiver v0.1.0`: otlp."""
    return re.sub(
        "(receiver|processor|connector|exporter|extension)$", "", module.split(maxsplit=1)[0].rsplit("/", 1)[1]
    )


@pytest.mark.parametrize("service", COLLECTORS)
def test_a_collector_gets_only_variables_that_its_file_has(service: str) -> None:
    given = {name for name in environ_of(service) if name.startswith("COLLECTOR_")}
    known = variables(COLLECTORS[service])
    # The samplers' variables are harmless to the gateway, but each must mean something to one of the two files.
    assert given <= known.keys() | variables("otel-collector.yaml").keys()
    assert environ_of(service)["COLLECTOR_HOST"] == "0.0.0.0"
    assert f"./{COLLECTORS[service]}:/etc/otelcol/{COLLECTORS[service]}:ro" in SERVICES[service]["volumes"]
    assert SERVICES[service]["command"] == [f"--config=/etc/otelcol/{COLLECTORS[service]}"]


@pytest.mark.parametrize("name", ["otel-collector.yaml", "otel-collector-gateway.yaml", "jaeger.yaml"])
def test_every_variable_of_a_file_has_a_default_and_listens_to_this_machine_alone(name: str) -> None:
    text = (ROOT / name).read_text()
    assert text.count("${env:") == len(re.findall(r"\$\{env:\w+:-", text))
    hosts = {value for variable, value in variables(name).items() if variable.endswith("_HOST")}
    assert hosts == {"127.0.0.1"}


def test_spans_go_where_somebody_listens() -> None:
    jaeger = variables("jaeger.yaml")["JAEGER_GRPC_PORT"]
    assert address(environ_of("collector")["COLLECTOR_JAEGER_ENDPOINT"]) == ("jaeger", jaeger)
    assert variables("otel-collector.yaml")["COLLECTOR_JAEGER_ENDPOINT"] == f"127.0.0.1:{jaeger}"
    http = variables("otel-collector.yaml")["COLLECTOR_HTTP_PORT"]
    assert f":-http://collector:{http}}}" in environ_of("service")["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert SERVICES["collector"]["ports"] == [f"127.0.0.1:{http}:{http}"]


def test_the_gateway_knows_every_sampler() -> None:
    grpc = variables("otel-collector.yaml")["COLLECTOR_GRPC_PORT"]
    samplers = [name for name, file in COLLECTORS.items() if file == "otel-collector.yaml"]
    addresses = ", ".join(f'"{name}:{grpc}"' for name in samplers)
    assert environ_of("gateway")["COLLECTOR_SAMPLERS"] == f"[{addresses}]"


def test_jaeger_s_health_and_pages_are_where_compose_looks() -> None:
    ports = variables("jaeger.yaml")
    assert f":{ports['JAEGER_HEALTH_PORT']}/status" in SERVICES["jaeger"]["healthcheck"]["test"][-1]
    assert SERVICES["jaeger"]["ports"] == [f"127.0.0.1:{ports['JAEGER_QUERY_PORT']}:{ports['JAEGER_QUERY_PORT']}"]


def test_the_images_are_of_the_versions_that_the_tests_run() -> None:
    manifest = read(str(MANIFEST.relative_to(ROOT)))
    version = manifest["dist"]["version"]
    assert BUILDER.endswith(f"@v{version}")
    assert all(SERVICES[name]["image"].endswith(f"-contrib:{version}") for name in COLLECTORS)
    assert SERVICES["jaeger"]["image"].endswith(f":{JAEGER_VERSION}")
    assert SERVICES["prometheus"]["image"].endswith(f":v{PROMTOOL_VERSION}")


def test_promtool_is_the_go_module_of_the_version_that_it_is_called_by() -> None:
    major, minor, patch = PROMTOOL_VERSION.split(".")
    assert PROMTOOL_MODULE.version == f"v0.{major}{int(minor):02}.{patch}"


def test_the_manifest_has_all_that_the_files_name_and_nothing_more() -> None:
    manifest = read(str(MANIFEST.relative_to(ROOT)))
    kinds = ("receivers", "processors", "connectors", "exporters", "extensions")
    modules = {f"{kind}/{component_of(entry['gomod'])}" for kind in kinds for entry in manifest[kind]}
    used = components(read("otel-collector.yaml")) | components(read("otel-collector-gateway.yaml"))
    # The name of a module, and the name of its component in a file.
    assert {name.replace("_", "").replace("otlpgrpc", "otlp") for name in used} == modules


@pytest.mark.parametrize("name", ["otel-collector.yaml", "otel-collector-gateway.yaml"])
def test_memory_is_limited_before_anything_else_happens(name: str) -> None:
    pipelines = read(name)["service"]["pipelines"]
    from_outside = [pipeline for pipeline in pipelines.values() if "otlp" in pipeline["receivers"]]
    assert from_outside
    assert all(pipeline["processors"][0] == "memory_limiter" for pipeline in from_outside)


def test_the_collector_keeps_what_the_library_marks() -> None:
    policies = {
        policy["name"]: policy for policy in read("otel-collector.yaml")["processors"]["tail_sampling"]["policies"]
    }
    assert policies["over-budget"]["boolean_attribute"] == {"key": ATTRIBUTE_BUDGET_BREACHED, "value": True}


def test_prometheus_scrapes_services_at_ports_that_they_have() -> None:
    collector, jaeger = variables("otel-collector.yaml"), variables("jaeger.yaml")
    targets = {entry["labels"]["job"]: entry["targets"] for entry in read("dashboards/prometheus/targets/compose.yml")}
    assert targets == {
        read("service/budgets.yaml")["service"]: ["service:8000"],
        "otel-collector": [f"collector:{collector['COLLECTOR_METRICS_PORT']}"],
        "spans": [f"collector:{collector['COLLECTOR_SPAN_METRICS_PORT']}"],
        "jaeger": [f"jaeger:{jaeger['JAEGER_METRICS_PORT']}"],
        "prometheus": ["prometheus:9090"],
    }
    assert all(address(target)[0] in SERVICES for each in targets.values() for target in each)


def test_prometheus_keeps_the_window_of_the_budgets_and_a_week() -> None:
    days = int(read("service/budgets.yaml")["window"].removesuffix("d")) + 7
    assert f"--storage.tsdb.retention.time={days}d" in SERVICES["prometheus"]["command"]


def test_alertmanager_is_where_prometheus_sends_alerts() -> None:
    entries = read("dashboards/prometheus/alertmanagers/compose.yml")
    ports = SERVICES["alertmanager"]["ports"]
    assert [
        f"127.0.0.1:{address(target)[1]}:{address(target)[1]}" for each in entries for target in each["targets"]
    ] == ports


def test_prometheus_reads_what_is_mounted_for_it() -> None:
    assert "./dashboards/prometheus:/etc/prometheus:ro" in SERVICES["prometheus"]["volumes"]
    config = read("dashboards/prometheus/prometheus.yml")
    found = [
        *config["alerting"]["alertmanagers"][0]["file_sd_configs"][0]["files"],
        *config["scrape_configs"][0]["file_sd_configs"][0]["files"],
    ]
    assert all(list((ROOT / "dashboards/prometheus").glob(pattern)) for pattern in found)


def test_the_service_is_called_by_one_name() -> None:
    assert environ_of("service")["OTEL_SERVICE_NAME"] == read("service/budgets.yaml")["service"]


def test_grafana_s_sources_are_services() -> None:
    sources = read("dashboards/grafana/provisioning/datasources/candid.yml")["datasources"]
    ports = {name: port.rsplit(":", 1)[1] for name in ("prometheus", "jaeger") for port in SERVICES[name]["ports"]}
    assert {source["uid"]: address(source["url"]) for source in sources} == {
        name: (name, port) for name, port in ports.items()
    }
    interval = read("dashboards/prometheus/prometheus.yml")["global"]["scrape_interval"]
    assert sources[0]["jsonData"]["timeInterval"] == interval
    destinations = sources[0]["jsonData"]["exemplarTraceIdDestinations"]
    assert {each["name"] for each in destinations} == {"trace_id"}
    assert address(destinations[1]["url"].split("/trace/")[0]) == ("127.0.0.1", ports["jaeger"])


def test_grafana_finds_its_files_where_they_are_mounted() -> None:
    mounts = dict(
        mount.rsplit(":", 1)[0].split(":") for mount in SERVICES["grafana"]["volumes"] if mount.endswith(":ro")
    )
    provider = read("dashboards/grafana/provisioning/dashboards/candid.yml")["providers"][0]
    assert mounts["./dashboards/grafana"] == provider["options"]["path"]
    assert mounts["./dashboards/grafana/provisioning"] == "/etc/grafana/provisioning"
