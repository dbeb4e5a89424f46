"""Redis clients, and applications without any."""

from pathlib import Path

from tests.doctor.conftest import ROOT, Doctor
from tests.doctor.sources import HEALTHY, UNWATCHED

CLIENTS = "import fakeredis, redis\nclients = [redis.Redis(), redis.Redis(), fakeredis.FakeAsyncRedis()]\n"


def test_clients_are_seen_whenever_they_were_made(examine: Doctor) -> None:
    outcome = examine(CLIENTS + HEALTHY + "pipeline = clients[0].pipeline()\n")
    assert outcome.code == 0, outcome
    assert [finding.what for finding in outcome.findings("redis")] == [
        "fakeredis._clients._async.FakeRedis: the time of its commands is seen",
        "redis.client.Redis: the time of its commands is seen (2 alike)",
    ]


def test_clients_that_nothing_watches_are_a_problem(examine: Doctor) -> None:
    outcome = examine(CLIENTS + UNWATCHED)
    assert ("redis", "redis.client.Redis: the time of its commands is not seen (2 alike)") in outcome.problems()


def test_a_client_that_sends_commands_in_its_own_way_is_named(examine: Doctor) -> None:
    outcome = examine(
        "import redis\nclass Own(redis.Redis):\n    def execute_command(self, *arguments, **options): ...\n"
        "client = Own()\n" + HEALTHY
    )
    assert outcome.code == 0, outcome
    assert outcome.whats("redis").startswith("application.Own sends commands in its own way")


def test_without_redis_the_cache_is_said_not_to_be_seen(examine: Doctor, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['redis'] = None\n")
    outcome = examine(HEALTHY, environ={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert outcome.code == 0, outcome
    assert outcome.whats("redis") == "redis is not installed: no cache is seen"
    assert "redis" not in outcome.whats("spans")
