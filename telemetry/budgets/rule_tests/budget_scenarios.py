"""What may happen to budgets, and what the rules say to that."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from telemetry.budgets import recorded
from telemetry.budgets.alerts import BURN, EXHAUSTED
from telemetry.budgets.model import Alerts, Applied
from telemetry.budgets.rule_tests.counts import Counts
from telemetry.budgets.rule_tests.scene import MANY, RuleTest, Scene, check, fired, firing, series_key
from telemetry.budgets.windows import BurnPair

_FLAPS: Final = 10
_CLEARLY: Final = Decimal("0.2")


def outage(scene: Scene) -> Iterator[RuleTest]:
    """All is over for a while, then nothing."""
    lasting = scene.ticks(5)
    slow_page = next(pair for pair in reversed(scene.ruling.schedule.pairs) if pair.severity is Alerts.PAGE)
    recovered = scene.after(lasting + slow_page.short)
    events = scene.still().rising(recovered, MANY)
    over = scene.still().rising(lasting, MANY).rising(recovered - lasting, 0)
    burning = [_burning(scene, applied, pair) for applied in scene.sorts for pair in scene.able(applied)]
    exhausted = [fired(EXHAUSTED, Alerts.TICKET, scene.owned(applied)) for applied in scene.loud]
    pages = f'ALERTS{{alertname="{BURN}",alertstate="firing",severity="page"}}'
    yield scene.told(
        "outage: all alerts that a budget may raise and can, and the pages end soon after it",
        scene.up() | scene.counted(scene.sorts, events, over),
        check(firing(BURN), lasting, burning),
        check(firing(EXHAUSTED), lasting, exhausted),
        check(pages, recovered, []),
    )


def slow_burn(scene: Scene) -> Iterator[RuleTest]:
    """More is over than lasts for the window, and less than any but the slowest pair takes."""
    fast, slow = scene.ruling.schedule.pairs[-2:]
    burn = (fast.factor + slow.factor) / 2
    able = [applied for applied in scene.loud if burn * applied.budget.allowed < 1]
    end = scene.ticks(10)
    series = scene.up()
    for applied in able:
        series |= scene.counted(
            [applied], scene.still().rising(end, MANY), scene.still().rising(end, _at(burn, applied))
        )
    exhausted = [fired(EXHAUSTED, Alerts.TICKET, scene.owned(applied)) for applied in able]
    yield scene.told(
        f"slow burn at {burn.normalize():f}: a ticket of the slowest pair, and no page",
        series,
        check(firing(BURN), end, [_burning(scene, applied, slow) for applied in able]),
        check(firing(EXHAUSTED), end, exhausted),
    )


def low_traffic(scene: Scene) -> Iterator[RuleTest]:
    """Few events, all of them over."""
    guarded = [applied for applied in scene.loud if applied.budget.min_events > 1]
    when, later = scene.ticks(5), scene.ticks(6)
    quiet = scene.still().rising(when - scene.sample, 0)
    few, enough = scene.up(), scene.up()
    for applied in guarded:
        least = applied.budget.min_events
        for series, count in ((few, least - 1), (enough, least + 1)):
            counts = quiet.rising(scene.sample, count).rising(later - when, 0)
            series.update(scene.counted([applied], counts, counts))
    yield scene.told(
        "low traffic, one event too few: silence",
        few,
        *(check(firing(BURN, EXHAUSTED), at, []) for at in (when, later)),
    )
    yield scene.told(
        "low traffic, just enough events: alerts",
        enough,
        *(check(_of_pair(pair), at, _all_burning(scene, guarded, pair)) for pair, at in _known(scene, when, later)),
    )


def flapping(scene: Scene) -> Iterator[RuleTest]:
    """All is over in one tick of each five; at the end of the four others, short windows have forgotten it."""
    bad, clean = scene.ticks(1), scene.ticks(4)
    end = scene.ticks(5 * _FLAPS)
    events, over = scene.still().rising(end, MANY), scene.still()
    for _ in range(_FLAPS):
        over = over.rising(bad, MANY).rising(clean, 0)
    able = [applied for applied in scene.loud if _is_clear(scene, applied)]
    yield scene.told(
        "flapping: alerts whose short window is longer than the pause go on, and no others",
        scene.up() | scene.counted(able, events, over),
        *(
            check(_of_pair(pair), end, [_burning(scene, one, pair) for one in able if pair in _flaps(scene, one)])
            for pair in scene.ruling.schedule.pairs
        ),
    )


def few_over(scene: Scene) -> Iterator[RuleTest]:
    """Just enough events, one or two of which are over: a share that is many times what may be."""
    when, later = scene.ticks(5), scene.ticks(6)
    quiet = scene.still().rising(when - scene.sample, 0)
    one, two = scene.up(), scene.up()
    for applied in scene.loud:
        for series, count in ((one, 1), (two, 2)):
            events, over = (
                quiet.rising(scene.sample, rise).rising(later - when, 0)
                for rise in (applied.budget.min_events + 1, count)
            )
            series.update(scene.counted([applied], events, over))
    yield scene.told(
        "one event over the limit, however few there are: silence",
        one,
        *(check(firing(BURN, EXHAUSTED), at, []) for at in (when, later)),
    )
    exhausted = [fired(EXHAUSTED, Alerts.TICKET, scene.owned(applied)) for applied in _burnt_by_two(scene, Decimal(1))]
    yield scene.told(
        "two events over the limit: the alerts that their share calls for",
        two,
        *(
            check(_of_pair(pair), at, _all_burning(scene, _burnt_by_two(scene, pair.factor), pair))
            for pair, at in _known(scene, when, later)
        ),
        check(firing(EXHAUSTED), later, exhausted),
    )


def threshold_change(scene: Scene) -> Iterator[RuleTest]:
    """A process that was always over its old limits is replaced by one that has new limits and keeps them."""
    change, end = scene.ticks(5), scene.ticks(15)
    old = scene.still().rising(change, MANY).gone()
    late = Counts.late(scene.sample, change)
    before = [Applied(subject, replace(budget, limit=budget.limit * 2)) for subject, budget in scene.loud]
    series = scene.counted(scene.loud, late.rising(end - change, MANY), late.rising(end - change, 0))
    yield scene.told(
        "threshold change: what was over the old limit is not held against the new one",
        # Two budgets that differ in nothing but the limit: the old one of one may be the present one of the other.
        scene.up() | scene.counted(before, old, old) | series,
        *(check(firing(BURN, EXHAUSTED), scene.ticks(tick), []) for tick in (6, 8, 15)),
    )


def restart(scene: Scene) -> Iterator[RuleTest]:
    """Budgets are nearly used up by two processes, one of which is replaced."""
    burn, half, end = Decimal("0.9"), scene.ticks(5), scene.ticks(10)
    series = scene.up()
    for applied in scene.loud:
        events, over = (scene.still().rising(end, step) for step in (MANY, _at(burn, applied)))
        series |= scene.counted([applied], events, over, "a")
        events, over = (
            scene.still().rising(half - scene.sample, step).restarted().rising(end - half, step)
            for step in (MANY, _at(burn, applied))
        )
        series |= scene.counted([applied], events, over, "b")
    budgets = [series_key("", scene.owned(applied)) for applied in scene.loud]
    value = f"round({recorded.burn(scene.ruling.schedule.pairs[0].long)}, 0.001)"
    yield scene.told(
        "restart: counters that begin anew change neither burn nor silence",
        series,
        check(firing(BURN, EXHAUSTED), end, []),
        check(value, end, budgets, float(burn)),
    )


def _flaps(scene: Scene, applied: Applied) -> list[BurnPair]:
    """The pairs that alert at the end of the last pause."""
    return [
        pair
        for pair in scene.able(applied)
        if all(_share(scene, window) > pair.factor * applied.budget.allowed for window in (pair.long, pair.short))
    ]


def _is_clear(scene: Scene, applied: Applied) -> bool:
    """Whether no share is so near a factor that the edge of a window could decide."""
    limits = [(pair.factor * applied.budget.allowed, pair) for pair in scene.able(applied)]
    return all(
        abs(_share(scene, window) / limit - 1) > _CLEARLY
        for limit, pair in limits
        for window in (pair.long, pair.short)
    )


def _share(scene: Scene, window: timedelta) -> Decimal:
    """The share over in a window that ends with a pause."""
    tick = scene.ticks(1)
    seen = min(window, scene.ticks(5 * _FLAPS))
    whole, rest = divmod(seen, scene.ticks(5))
    return Decimal((whole * tick + max(rest - 4 * tick, timedelta())) / seen)


def _known(scene: Scene, when: timedelta, later: timedelta) -> Iterator[tuple[BurnPair, timedelta]]:
    # A slice is recorded when it is over; what is added up from slices is known one evaluation later.
    for pair in scene.ruling.schedule.pairs:
        yield pair, when if pair.long <= scene.ruling.schedule.raw_limit else later


def _of_pair(pair: BurnPair) -> str:
    return f'ALERTS{{burn="{pair.name}"}}'


def _burnt_by_two(scene: Scene, factor: Decimal) -> list[Applied]:
    """Budgets that two events over, of just enough, use up faster than a factor."""
    return [applied for applied in scene.loud if factor * applied.budget.allowed * (applied.budget.min_events + 1) < 2]


def _at(burn: Decimal, applied: Applied) -> int:
    return int(burn * applied.budget.allowed * MANY)


def _all_burning(scene: Scene, able: Iterable[Applied], pair: BurnPair) -> list[str]:
    return [_burning(scene, applied, pair) for applied in able if pair in scene.able(applied)]


def _burning(scene: Scene, applied: Applied, pair: BurnPair) -> str:
    return fired(BURN, pair.severity, {**scene.owned(applied), "burn": pair.name})
