"""`telemetry.timing`: what user code times is added up by name, and never gets in its way."""

import asyncio
import inspect
from collections.abc import Iterator
from functools import partial

import pytest

import telemetry
from telemetry.request.record import RequestRecord
from tests.timing.clock import Clock, timed

pytestmark = pytest.mark.anyio


def test_a_block_is_timed(record: RequestRecord, clock: Clock) -> None:
    with telemetry.timing("render", description="The page"):
        clock.goes_on(5)
    assert timed(record) == {"render": 5}
    assert record.figures().timings[0].description == "The page"


async def test_an_asynchronous_block_is_timed(record: RequestRecord, clock: Clock) -> None:
    async with telemetry.timing("render"):
        clock.goes_on(5)
    assert timed(record) == {"render": 5}


def test_a_function_is_timed_each_time_it_is_called(record: RequestRecord, clock: Clock) -> None:
    @telemetry.timing("render")
    def render(page: int, *, copies: int = 1) -> int:
        """Renders."""
        clock.goes_on(page * copies)
        return page

    assert [render(2), render(3, copies=2)] == [2, 3]
    assert timed(record) == {"render": 8}
    assert (render.__name__, render.__doc__) == ("render", "Renders.")


async def test_a_coroutine_function_is_timed_until_it_returns(record: RequestRecord, clock: Clock) -> None:
    @telemetry.timing("render")
    async def render(page: int) -> int:
        clock.goes_on(1)
        await asyncio.sleep(0)
        clock.goes_on(2)
        return page

    assert inspect.iscoroutinefunction(render)
    assert await render(7) == 7
    assert timed(record) == {"render": 3}


async def test_partial_functions_and_callable_objects_are_timed_until_they_return(
    record: RequestRecord, clock: Clock
) -> None:
    class Renderer:
        async def __call__(self, ns: int) -> None:
            await asyncio.sleep(0)
            clock.goes_on(ns)

    await telemetry.timing("object")(Renderer())(2)
    await telemetry.timing("partial")(partial(Renderer().__call__, 3))()
    assert timed(record) == {"object": 2, "partial": 3}


def test_a_generator_function_stays_what_it_is() -> None:
    def rows() -> Iterator[int]:
        yield 1

    assert telemetry.timing("rows")(rows) is rows


def test_entries_stand_in_the_order_in_which_they_were_first_used(record: RequestRecord, clock: Clock) -> None:
    with telemetry.timing("outer"):
        for _ in range(2):
            with telemetry.timing("inner"):
                clock.goes_on(1)
    assert list(timed(record).items()) == [("outer", 2), ("inner", 2)]


def test_recursion_adds_up(record: RequestRecord, clock: Clock) -> None:
    @telemetry.timing("walk")
    def walk(depth: int) -> None:
        clock.goes_on(1)
        if depth:
            walk(depth - 1)

    walk(2)
    assert timed(record) == {"walk": 3 + 2 + 1}


def test_what_still_runs_counts_as_far_as_it_got(record: RequestRecord, clock: Clock) -> None:
    with telemetry.timing("render"):
        clock.goes_on(5)
        assert timed(record) == {"render": 5}
        clock.goes_on(2)
    clock.goes_on(100)
    assert timed(record) == {"render": 7}


@pytest.mark.parametrize("error", [ValueError("x"), asyncio.CancelledError(), KeyboardInterrupt()])
def test_an_error_passes_and_the_time_until_it_counts(
    record: RequestRecord, clock: Clock, error: BaseException
) -> None:
    @telemetry.timing("render")
    def fails() -> None:
        clock.goes_on(5)
        raise error

    with pytest.raises(type(error)):
        fails()
    assert timed(record) == {"render": 5}


def test_names_that_look_the_same_in_the_header_are_one(record: RequestRecord, clock: Clock) -> None:
    for name in ("a b", "a-b", "a/b"):
        with telemetry.timing(name):
            clock.goes_on(1)
    assert timed(record) == {"a-b": 3}


@pytest.mark.parametrize("nonsense", [None, 7, b"render", object(), "\ud800", "x" * 10**6])
def test_no_name_and_no_description_is_refused(record: RequestRecord, nonsense: object) -> None:
    with telemetry.timing(nonsense, description=nonsense):  # type: ignore[arg-type]
        pass
    assert len(timed(record)) == 1


async def test_nothing_happens_outside_a_request(clock: Clock) -> None:
    async def render() -> int:
        return 7

    with telemetry.timing("render"):
        clock.goes_on(1)
    async with telemetry.timing("render"):
        clock.goes_on(1)
    assert await telemetry.timing("render")(render)() == 7
