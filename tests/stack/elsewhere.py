"""Modes that take a test of their own, by the function that proves each."""

from collections.abc import Callable
from typing import Final

from tests.stack import test_cache as cache
from tests.stack import test_concurrency as concurrency
from tests.stack import test_export as export
from tests.stack import test_soak as soak
from tests.stack import test_unsampled as unsampled
from tests.stack import test_variants as variants
from tests.stack import test_websocket as websocket

ELSEWHERE: Final[dict[str, Callable[..., object]]] = {
    "websocket": websocket.test_a_websocket_works_and_has_no_figures,
    "fifty requests at once": concurrency.test_each_of_fifty_concurrent_requests_states_its_own_count,
    "concurrent requests with one trace id": concurrency.test_each_of_fifty_concurrent_requests_states_its_own_count,
    "inbound traceparent that is not sampled": unsampled.test_a_request_that_the_caller_did_not_sample_has_its_figures,
    "telemetry or the SDK disabled": variants.test_switched_off_it_leaves_the_application_alone,
    "clients that leave, and time-outs": soak.test_of_ten_thousand_requests_nothing_stays,
    "Redis that crashes or hangs": cache.test_a_redis_that_goes_away_fails_no_request_and_is_used_again_when_it_is_back,
    "Redis Cluster with TLS and users": (
        cache.test_what_an_admin_writes_is_what_another_user_reads_next_also_at_another_process
    ),
    "Collector away or hung": (
        export.test_a_collector_that_does_not_answer_costs_no_request_and_two_seconds_of_the_end
    ),
    **dict.fromkeys(export.SERVERS, export.test_a_process_that_is_told_to_end_exports_every_request_before),
}
