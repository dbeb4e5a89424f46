"""The image of the service."""

import re
from typing import Final

from tests.compose.files import ROOT, services

TEXT: Final = (ROOT / "Dockerfile").read_text()
STAGES: Final = TEXT.split("\nFROM ")


def test_the_image_starts_the_service_with_two_workers_on_the_port_that_compose_publishes() -> None:
    command = re.findall(r'"([^"]+)"', STAGES[-1].split("CMD", 1)[1])
    assert command[:4] == ["python", "-m", "telemetry", "run"]
    options = dict(zip(command[5::2], command[6::2], strict=True))
    assert command[4] == "service.main:app"
    assert options == {"--workers": "2", "--host": "0.0.0.0", "--port": "8000"}
    assert services()["service"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "command" not in services()["service"]


def test_the_image_has_one_user_who_is_compose_s() -> None:
    user = re.findall(r"^USER (.+)$", STAGES[-1], re.MULTILINE)
    assert user == [services()["service"]["user"]] == [services()["seed"]["user"]]


def test_both_stages_stand_on_one_pinned_python() -> None:
    bases = re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases[0])


def test_what_is_copied_exists_and_nothing_else_is_sent() -> None:
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE) for word in line.split()[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    assert "*" in lines
