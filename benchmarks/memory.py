"""Watches the resident memory of processes over many requests."""

from typing import Final

from benchmarks.fleet import Places, Worker, fleet
from benchmarks.plan import BARE, CANDID, CANDID_UNSAMPLED, CONFIGURATIONS, ROUTES, STACK, TEN
from benchmarks.rounds import Say
from benchmarks.samples import Memory

_WATCHED: Final = (BARE, STACK, CANDID, CANDID_UNSAMPLED)
_MIX: Final = tuple(case for case in ROUTES if case.requests > TEN.requests)
_CHECKPOINTS: Final = 10
# Few enough for their spans to be exported as they would be in a service that is not overrun.
_BATCH: Final = 100


def watched(requests: int, places: Places, say: Say) -> dict[str, Memory]:
    """Memory by configuration, over *requests* of the cheap cases in turn.

    Args:
        requests: How many each process serves.
        places: What the processes talk to.
        say: Told of progress.
    """
    with fleet([each for each in CONFIGURATIONS if each.name in _WATCHED], places) as workers:
        found = {}
        for name, worker in workers.items():
            say(f"memory of {name} over {requests} requests")
            found[name] = Memory(requests, _checkpoints(worker, requests))
    return {name: found[name] for name in _WATCHED}


def _checkpoints(worker: Worker, requests: int) -> list[int]:
    part = max(1, requests // _CHECKPOINTS)
    _serve(worker, part)  # Not counted: pools and caches fill.
    return [_serve(worker, 1), *(_serve(worker, part) for _ in range(_CHECKPOINTS))]


def _serve(worker: Worker, requests: int) -> int:
    resident_bytes = 0
    for at, begun in enumerate(range(0, requests, _BATCH)):
        batch = min(_BATCH, requests - begun)
        resident_bytes = worker.serve(_MIX[at % len(_MIX)], batch).resident_bytes
    return resident_bytes
