"""Tickets go from a look-up to the set that belongs to it, and to no other."""

import asyncio
import contextvars
import threading

import pytest

from telemetry.cache.tickets import (
    MAX_LOAD_SECONDS,
    MAX_TICKETS,
    Ticket,
    TicketBag,
    leave_ticket,
    take_ticket,
)
from tests.cache.faces import Request

OLD, NEW = Ticket((b"old",), 0.0), Ticket((b"new",), 1.0)


def in_thread(work: object) -> None:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]  # any callable
    thread.start()
    thread.join()


def test_a_ticket_is_taken_once() -> None:
    bag = TicketBag()
    bag.leave("key", OLD)
    assert bag.take("key", 2.0) is OLD
    assert bag.take("key", 2.0) is None


def test_a_caller_that_looks_up_again_gets_its_later_ticket() -> None:
    bag = TicketBag()
    bag.leave("key", OLD)
    bag.leave("key", NEW)
    assert bag.take("key", 2.0) is NEW


def test_two_callers_get_the_ticket_that_each_left() -> None:
    bag = TicketBag()
    bag.leave("key", OLD)
    in_thread(lambda: bag.leave("key", NEW))
    assert bag.take("key", 2.0) is OLD


def test_a_caller_that_left_none_gets_the_oldest_and_leaves_it_for_the_others() -> None:
    bag = TicketBag()
    in_thread(lambda: bag.leave("key", OLD))
    bag.leave("key", NEW)
    assert bag.take("key", 2.0) is NEW
    assert bag.take("key", 2.0) is OLD
    assert bag.take("key", 2.0) is OLD


def test_what_others_left_long_ago_says_nothing_about_a_value_stored_now() -> None:
    bag = TicketBag()
    in_thread(lambda: bag.leave("key", OLD))
    assert bag.take("key", MAX_LOAD_SECONDS) is OLD
    assert bag.take("key", MAX_LOAD_SECONDS + 1) is None
    bag.leave("key", OLD)
    assert bag.take("key", MAX_LOAD_SECONDS + 1) is OLD


def test_a_full_bag_loses_the_oldest_ticket_and_then_vouches_for_nothing() -> None:
    bag = TicketBag()
    for number in range(MAX_TICKETS):
        bag.leave(f"key:{number}", NEW)
    assert bag.take("other", 2.0) is None
    bag.leave("other", NEW)
    bag.leave("one more", NEW)
    lost = bag.take("key:0", 2.0)
    assert lost is not None
    assert lost.tokens is None
    assert bag.take("one more", 2.0) is NEW


def test_a_ticket_is_fresh_for_as_long_as_a_load_may_take() -> None:
    assert OLD.is_fresh(MAX_LOAD_SECONDS)
    assert not OLD.is_fresh(MAX_LOAD_SECONDS + 0.001)


def test_a_ticket_goes_with_the_request_where_the_context_is_lost() -> None:
    request = Request()
    contextvars.Context().run(leave_ticket, request, "key", OLD)
    assert contextvars.Context().run(take_ticket, None, "key", 2.0) is None
    assert contextvars.Context().run(take_ticket, request, "key", 2.0) is OLD


def test_requests_do_not_share_tickets() -> None:
    contextvars.Context().run(leave_ticket, Request(), "key", OLD)
    assert contextvars.Context().run(take_ticket, Request(), "key", 2.0) is None


def test_a_request_whose_scope_cannot_be_written_falls_back_to_the_context() -> None:
    class Frozen:
        scope = None

    def both() -> Ticket | None:
        leave_ticket(Frozen(), "key", OLD)  # type: ignore[arg-type]  # no mapping
        return take_ticket(Frozen(), "key", 2.0)  # type: ignore[arg-type]  # no mapping

    assert contextvars.Context().run(both) is OLD


@pytest.mark.anyio
async def test_tasks_of_one_request_that_load_the_same_key_keep_their_own_tickets() -> None:
    request = Request()
    both_left = asyncio.Barrier(2)

    async def load(ticket: Ticket) -> Ticket | None:
        leave_ticket(request, "key", ticket)
        await both_left.wait()
        return take_ticket(request, "key", 2.0)

    mine, theirs = await asyncio.gather(load(OLD), load(NEW))
    assert (mine, theirs) == (OLD, NEW)
