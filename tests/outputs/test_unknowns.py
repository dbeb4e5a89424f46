"""A figure that is left out is explained once for each reason, and counted each time."""

import pytest
from prometheus_client import CollectorRegistry

from telemetry.outputs.unknowns import unknown_figures_for
from telemetry.request.breakdown import Breakdown, Figures, Unknown
from tests.apps import samples


def finished(*unknown: Unknown, route: str | None = "/items") -> Breakdown:
    return Breakdown("GET", route, 200, Figures(elapsed_ns=1, unknown=unknown))


@pytest.mark.parametrize("reason", Unknown)
def test_each_reason_is_explained_once_and_counted_each_time(reason: Unknown, caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry()
    output = unknown_figures_for(registry)
    for route in ("/items", None, "/items"):
        output(finished(reason, route=route))
    assert len(caplog.messages) == 1
    assert "left out" in caplog.messages[0]
    assert samples(registry, "telemetry_unknown_figures_total") == {(reason.value,): 3}


def test_one_reason_does_not_silence_another(caplog: pytest.LogCaptureFixture) -> None:
    output = unknown_figures_for(CollectorRegistry())
    output(finished(*Unknown))
    assert len(caplog.messages) == len(Unknown)


def test_nothing_is_said_of_figures_that_are_known(caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry()
    unknown_figures_for(registry)(finished())
    assert caplog.messages == []
    assert samples(registry, "telemetry_unknown_figures_total") == {}


def test_a_registry_has_its_output_once() -> None:
    registry = CollectorRegistry()
    assert unknown_figures_for(registry) is unknown_figures_for(registry)
