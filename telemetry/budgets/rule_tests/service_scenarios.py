"""What may happen to a whole service, and what the rules say to that."""

from collections.abc import Iterator

from telemetry.budgets import recorded
from telemetry.budgets.alerts import BURN, SERIES_MISSING, TARGET_DOWN
from telemetry.budgets.model import Alerts
from telemetry.budgets.rule_tests.counts import Counts
from telemetry.budgets.rule_tests.scene import RuleTest, Scene, check, firing


def idle(scene: Scene) -> Iterator[RuleTest]:
    """The service is up, has all its series, and nobody asks it."""
    end = scene.ticks(10)
    still = scene.still().rising(end, 0)
    shortest = recorded.burn(scene.ruling.schedule.burn_windows[0])
    yield scene.told(
        "idle: no alert and no figure, not even NaN, without events",
        scene.up() | scene.counted(scene.ruling.applied, still, still),
        *(check(query, end, []) for query in ("ALERTS", shortest, recorded.REMAINING)),
    )


def target_down(scene: Scene) -> Iterator[RuleTest]:
    """The only process ends."""
    one = Counts(scene.sample, ("1",), 1).rising(scene.ticks(2) - scene.sample, 0)
    series = {scene.up_key("a"): f"{one} 0x1000"}
    yield scene.told(
        "target down: a page",
        series,
        check(firing(TARGET_DOWN), scene.ticks(1), []),
        check(firing(TARGET_DOWN), scene.after(scene.ticks(2) + scene.ruling.schedule.down), [_paged(scene)]),
    )


def target_absent(scene: Scene) -> Iterator[RuleTest]:
    """Prometheus knows no such target."""
    yield scene.told(
        "no target at all: a page",
        {},
        check(firing(TARGET_DOWN), scene.after(scene.ruling.schedule.down), [_paged(scene)]),
    )


def partly_down(scene: Scene) -> Iterator[RuleTest]:
    """One process of two ends."""
    ticket = scene.service_alert(TARGET_DOWN, Alerts.TICKET)
    yield scene.told(
        "one of two targets down: a ticket and no page",
        scene.up("a") | scene.up("b", 0),
        check(firing(TARGET_DOWN), scene.after(scene.ruling.schedule.missing), [ticket]),
    )


def series_missing(scene: Scene) -> Iterator[RuleTest]:
    """The service is up and exposes no budget."""
    ticket = scene.service_alert(SERIES_MISSING, Alerts.TICKET)
    yield scene.told(
        "series missing: one ticket for all of them",
        scene.up(),
        check(firing(SERIES_MISSING, BURN, TARGET_DOWN), scene.after(scene.ruling.schedule.missing), [ticket]),
    )


def _paged(scene: Scene) -> str:
    return scene.service_alert(TARGET_DOWN, Alerts.PAGE)
