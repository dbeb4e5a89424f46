"""What every service of compose.yml has, and what none has."""

import re
from typing import Any, Final

import pytest

from tests.compose.files import ROOT, read, services

SERVICES: Final = services()
#: They do one thing, and end.
ONCE: Final = {"seed", "queues"}
#: Has nothing but its program: nothing in it could ask. Its own figures are scraped instead.
WITHOUT_HEALTH_CHECK: Final = {"collector", "collector-2", "gateway"} | ONCE
#: The image brings one.
WITH_THE_CHECK_OF_THE_IMAGE: Final = {"dragonfly"}
#: Changes who owns a volume, reaches no network, and ends.
AS_ROOT: Final = {"queues"}

EACH: Final = pytest.mark.parametrize("name", SERVICES)


@EACH
def test_a_service_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["CHOWN"] if name in AS_ROOT else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "pid", "ipc", "devices", "userns_mode"}
    assert service.get("network_mode") == ("none" if name in AS_ROOT else None)


@EACH
def test_a_service_runs_as_nobody_in_particular(name: str) -> None:
    user = SERVICES[name]["user"].split(":")[0]
    assert (user == "0") == (name in AS_ROOT)


@EACH
def test_a_service_is_limited(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}
    assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}


@EACH
def test_an_image_has_a_tag_that_names_a_version(name: str) -> None:
    image = SERVICES[name]["image"]
    if "build" in SERVICES[name]:
        return
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-alpine)?$", image), image


@EACH
def test_a_service_that_stays_says_whether_it_is_well(name: str) -> None:
    has_check = "healthcheck" in SERVICES[name]
    assert has_check == (name not in WITHOUT_HEALTH_CHECK | WITH_THE_CHECK_OF_THE_IMAGE)
    assert SERVICES[name]["restart"] == ("no" if name in ONCE else "unless-stopped")


@EACH
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port), port


@EACH
def test_who_waits_for_health_waits_for_something_that_tells(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert other not in WITHOUT_HEALTH_CHECK
        if how["condition"] == "service_completed_successfully":
            assert other in ONCE


@EACH
def test_no_password_has_a_default(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("pass|PASS|DATABASE_URL", variable):
            assert ":?" in value, variable


@EACH
def test_mounts_are_files_that_exist_and_cannot_be_written(name: str) -> None:
    volumes = read("compose.yml")["volumes"]
    for mount in SERVICES[name].get("volumes", []):
        source, _, rest = mount.partition(":")
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert rest.endswith(":ro"), mount
        else:
            assert source in volumes


def test_every_port_is_published_once() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports))


def test_every_variable_of_the_user_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yml").read_text()))
    told = dict(re.findall(r"^(STACK_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == told.keys()
    assert all((value == "") == name.endswith("_PASSWORD") for name, value in told.items())


def test_a_default_of_compose_is_the_one_that_the_example_shows() -> None:
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (ROOT / "compose.yml").read_text()))
    told = dict(re.findall(r"^(STACK_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert defaults == {name: value for name, value in told.items() if value}


def test_grafana_lets_everybody_look_and_nobody_change() -> None:
    environ: dict[str, Any] = SERVICES["grafana"]["environment"]
    assert environ["GF_AUTH_ANONYMOUS_ENABLED"] == "true"
    assert environ["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert environ["GF_USERS_ALLOW_SIGN_UP"] == "false"


def test_the_owner_s_cache_is_there_and_another_one_beside_it() -> None:
    assert "profiles" not in SERVICES["dragonfly"]
    assert SERVICES["valkey"]["profiles"] == ["valkey"]
