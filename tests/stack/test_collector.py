"""A real Collector under the files that ship, before a real Jaeger: what is kept, and what happens when one dies."""

import json
import math
import time
from collections.abc import Iterable
from typing import Final

from tests.servers.collector import GATEWAY, Collector, StartCollector
from tests.servers.jaeger import Jaeger
from tests.stack.collector.traffic import SERVICE, SPANS, send

#: Shorter than what ships, where it only makes a test wait.
QUICK: Final = {
    "COLLECTOR_DECISION_WAIT": "2s",
    "COLLECTOR_DECISION_WAIT_AFTER_ROOT": "1s",
    "COLLECTOR_RETRY_INTERVAL": "1s",
    "COLLECTOR_SPAN_METRICS_INTERVAL": "500ms",
}
#: So long that a test can kill it before the decision, also on a busy machine.
UNHURRIED: Final = {**QUICK, "COLLECTOR_DECISION_WAIT": "6s", "COLLECTOR_DECISION_WAIT_AFTER_ROOT": "4s"}
#: Nobody waits so long for a Collector that only has to write to its disk, whatever is the matter behind it.
INTAKE_SECONDS: Final = 5
ONE_IN_A_THOUSAND: Final = 0.001

RECEIVED: Final = "otelcol_processor_tail_sampling_new_trace_id_received"
DECIDED: Final = "otelcol_processor_tail_sampling_global_count_traces_sampled"
QUEUED: Final = "otelcol_exporter_queue_size"
STORED: Final = "otelcol_exporter_sent_spans"
REFUSED: Final = "otelcol_exporter_enqueue_failed_spans"
GIVEN_UP: Final = "otelcol_exporter_send_failed_spans"


def behind(jaeger: Jaeger, settings: dict[str, str]) -> dict[str, str]:
    return {"COLLECTOR_JAEGER_ENDPOINT": jaeger.endpoint, **settings}


def await_decided(collector: Collector, traces: int) -> None:
    collector.wait_until(lambda: collector.figure(DECIDED) == traces)


def await_delivered(collector: Collector) -> None:
    """Returns once all that the Collector decided to keep is with Jaeger."""
    collector.wait_until(lambda: collector.figure(STORED) == collector.figure(DECIDED, sampled="true") * SPANS)


def assert_whole(jaeger: Jaeger, ids: Iterable[str]) -> None:
    stored = jaeger.traces(SERVICE)
    incomplete = [each for each in ids if len({span.span_id for span in stored.get(each, [])}) != SPANS]
    assert not incomplete


def likely(trials: int, share: float) -> range:
    """The numbers of successes that all but one in a thousand fair draws have."""

    def at_most(successes: int) -> float:
        terms = (math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(successes + 1))
        return math.fsum(terms)

    tail = ONE_IN_A_THOUSAND / 2
    lowest = next(count for count in range(trials + 1) if at_most(count) > tail)
    highest = next(count for count in range(trials + 1) if at_most(count) >= 1 - tail)
    return range(lowest, highest + 1)


def test_all_over_budget_and_all_failed_traces_are_kept_whole_and_a_fair_share_of_the_rest(
    jaeger: Jaeger, start_collector: StartCollector
) -> None:
    collector = start_collector(behind(jaeger, QUICK))
    sent = send(collector, breached=10, failed=8, rest=182)
    await_decided(collector, 200)
    await_delivered(collector)
    stored = jaeger.traces(SERVICE)
    assert stored.keys() >= sent.breached | sent.failed
    assert stored.keys() <= sent.all
    assert_whole(jaeger, stored)
    assert len(stored.keys() & sent.rest) in likely(182, 0.05)


def test_the_share_of_the_rest_is_a_setting(jaeger: Jaeger, start_collector: StartCollector) -> None:
    collector = start_collector(behind(jaeger, {**QUICK, "COLLECTOR_SAMPLING_PERCENTAGE": "40"}))
    sent = send(collector, rest=400)
    await_decided(collector, 400)
    await_delivered(collector)
    kept = jaeger.traces(SERVICE).keys() & sent.rest
    assert len(kept) in likely(400, 0.4)


def test_figures_of_spans_count_also_what_is_not_kept(start_collector: StartCollector) -> None:
    collector = start_collector({**QUICK, "COLLECTOR_SAMPLING_PERCENTAGE": "0"})
    send(collector, rest=50)
    calls = "traces_span_metrics_calls_total"
    collector.wait_until(lambda: collector.span_figure(calls) == 50 * SPANS)
    assert collector.span_figure(calls, http_route="/items/{id}", span_kind="SPAN_KIND_SERVER") == 50
    assert collector.span_figure("traces_span_metrics_duration_seconds_count", db_system_name="postgresql") == 150


def test_what_a_dead_jaeger_misses_waits_on_disk_and_arrives_when_it_is_back(
    jaeger: Jaeger, start_collector: StartCollector
) -> None:
    collector = start_collector(behind(jaeger, QUICK))
    jaeger.kill()
    began = time.monotonic()
    sent = send(collector, breached=50)
    assert time.monotonic() - began < INTAKE_SECONDS
    await_decided(collector, 50)
    assert collector.figure(STORED) == 0
    jaeger.start()
    jaeger.await_traces(SERVICE, sent.breached, spans=SPANS)
    assert_whole(jaeger, sent.breached)
    assert collector.figure(REFUSED) == collector.figure(GIVEN_UP) == 0


def test_of_a_killed_collector_the_queue_survives_and_its_figures_tell_what_does_not(
    jaeger: Jaeger, start_collector: StartCollector
) -> None:
    collector = start_collector(behind(jaeger, UNHURRIED))
    jaeger.kill()
    decided = send(collector, breached=50)
    await_decided(collector, 50)
    collector.wait_until(lambda: collector.figure(QUEUED) > 0)
    undecided = send(collector, breached=20, seed=8)
    lost = collector.figure(RECEIVED) - collector.figure(DECIDED)
    collector.kill()
    assert lost == len(undecided.all)
    jaeger.start()
    collector.start()
    jaeger.await_traces(SERVICE, decided.all, spans=SPANS)
    assert_whole(jaeger, decided.all)
    assert jaeger.traces(SERVICE).keys() == decided.all


def test_a_collector_that_is_told_to_stop_decides_and_loses_nothing(
    jaeger: Jaeger, start_collector: StartCollector
) -> None:
    collector = start_collector(behind(jaeger, UNHURRIED))
    sent = send(collector, breached=20)
    assert collector.process.stop() == 0
    collector.start()
    jaeger.await_traces(SERVICE, sent.breached, spans=SPANS)


def test_what_the_queue_cannot_hold_is_counted(jaeger: Jaeger, start_collector: StartCollector) -> None:
    collector = start_collector(behind(jaeger, {**QUICK, "COLLECTOR_QUEUE_BYTES": "20000"}))
    jaeger.kill()
    sent = send(collector, breached=100)
    await_decided(collector, 100)
    collector.wait_until(lambda: collector.figure(REFUSED) > 0)
    jaeger.start()
    collector.wait_until(lambda: collector.figure(STORED) + collector.figure(REFUSED) == len(sent.all) * SPANS)
    stored = jaeger.traces(SERVICE)
    assert 0 < len(stored) < len(sent.all)
    assert sum(len(spans) for spans in stored.values()) == collector.figure(STORED)


def test_what_jaeger_never_takes_is_given_up_and_counted(start_collector: StartCollector) -> None:
    nobody = {"COLLECTOR_JAEGER_ENDPOINT": "127.0.0.1:1", "COLLECTOR_RETRY_ELAPSED": "2s"}
    collector = start_collector({**QUICK, **nobody})
    sent = send(collector, breached=5)
    collector.wait_until(lambda: collector.figure(GIVEN_UP) == len(sent.all) * SPANS)
    collector.wait_until(lambda: collector.figure(QUEUED) == 0)


class TwoSamplers:
    """A gateway before two Collectors that sample."""

    def __init__(self, jaeger: Jaeger, start: StartCollector) -> None:
        self.samplers = [start(behind(jaeger, QUICK)) for _ in range(2)]
        addresses = json.dumps([sampler.grpc_endpoint for sampler in self.samplers])
        self.gateway = start({**QUICK, "COLLECTOR_SAMPLERS": addresses}, config=GATEWAY)

    def received(self) -> list[float]:
        """How many traces each sampler saw something of."""
        return [sampler.figure(RECEIVED) for sampler in self.samplers]


def test_behind_a_gateway_two_samplers_share_the_traces_and_cut_none(
    jaeger: Jaeger, start_collector: StartCollector
) -> None:
    two = TwoSamplers(jaeger, start_collector)
    sent = send(two.gateway, breached=200, rest=100)
    jaeger.await_traces(SERVICE, sent.breached, spans=SPANS)
    assert_whole(jaeger, sent.breached)
    two.gateway.wait_until(lambda: sum(two.received()) >= len(sent.all))
    # A trace that was cut in two would be counted by both.
    assert sum(two.received()) == len(sent.all)
    assert min(two.received()) > len(sent.all) / 4


def test_while_a_sampler_is_away_its_traces_wait_in_the_gateway_which_may_die_too(
    jaeger: Jaeger, start_collector: StartCollector
) -> None:
    two = TwoSamplers(jaeger, start_collector)
    two.samplers[0].kill()
    began = time.monotonic()
    sent = send(two.gateway, breached=100)
    assert time.monotonic() - began < INTAKE_SECONDS
    two.samplers[1].wait_until(lambda: two.samplers[1].figure(DECIDED) > 0)
    assert two.gateway.figure(REFUSED) == 0
    two.gateway.kill()
    two.samplers[0].start()
    two.gateway.start()
    jaeger.await_traces(SERVICE, sent.breached, spans=SPANS)
    assert_whole(jaeger, sent.breached)
