"""One run, from the first process to the results."""

from benchmarks.environment import environment
from benchmarks.fleet import Places
from benchmarks.memory import watched
from benchmarks.plan import Plan
from benchmarks.redis_server import redis_url
from benchmarks.rounds import Say, measured
from benchmarks.samples import Results
from benchmarks.sink import sink
from benchmarks.verdicts import verdicts_us


def results_of(plan: Plan, say: Say) -> Results:
    """What *plan* finds on this machine.

    Args:
        plan: How much is measured.
        say: Told of progress, a line each time.
    """
    with sink() as receiver, redis_url() as url:
        places = Places(receiver, url)
        described = environment(url)
        samples, spans = measured(plan, places, say)
        memory = watched(plan.memory_requests, places, say)
        return Results(samples, memory, spans, described, verdicts_us(plan.rounds))
