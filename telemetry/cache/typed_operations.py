"""The four methods of a cache as operations on typed values, without I/O."""

import logging
import time
from typing import Final, Generic, TypeVar

from telemetry.cache.backlog import Debt
from telemetry.cache.circuit import Circuit
from telemetry.cache.codec import Codec
from telemetry.cache.keys import Entry, KeyScheme, generation_of
from telemetry.cache.operations import Operation, Reading, outdate, read, write
from telemetry.cache.tickets import MAX_LOAD_SECONDS, Ticket, leave_ticket, take_ticket
from telemetry.errors import ConfigurationError
from telemetry.request.context import HasScope, sink_of
from telemetry.request.lookups import CacheResult

T = TypeVar("T")

MAX_TTL_SECONDS: Final = 365 * 86_400

_logger = logging.getLogger("telemetry.cache")


class TypedOperations(Generic[T]):
    """Operations for one namespace; see `telemetry.cache.manager.CacheManager` for what they promise.

    Args:
        value_type: Of the values.
        keys: Scheme of the namespace.
        circuit: Of the store.
        ttl_seconds: 1 second to 365 days.

    Raises:
        ConfigurationError: The time to live is not in that range.
    """

    def __init__(self, value_type: type[T], keys: KeyScheme, circuit: Circuit, ttl_seconds: int) -> None:
        if type(ttl_seconds) is not int or not 1 <= ttl_seconds <= MAX_TTL_SECONDS:
            raise ConfigurationError(f"ttl_seconds is {ttl_seconds!r}: give whole seconds from 1 to {MAX_TTL_SECONDS}")
        self._codec = Codec(value_type)
        self._keys = keys
        self._circuit = circuit
        self._ttl_seconds = ttl_seconds
        # A value may be stored at the end of a load, and live as long as another manager of its namespace lets it.
        self._token_life_ms = (2 * ttl_seconds + MAX_LOAD_SECONDS) * 1000
        self._has_complained = False

    def get(self, key: str, request: HasScope | None) -> Operation[T | None]:
        entry = self._keys.entry(key)
        began_ns = time.perf_counter_ns()
        reading = yield from read(self._circuit, entry)
        value = None if reading is None else self._opened(reading)
        if reading is None:
            self._circuit.drops.count("reads_bypassed")
        if value is None:
            tokens = None if reading is None else reading.tokens
            leave_ticket(request, entry.value, Ticket(tokens, self._circuit.clock()))
        # What the caller waited: a free connection, the round trip, and making the value.
        duration_ns = time.perf_counter_ns() - began_ns
        sink_of(request).lookup_answered(self._keys.namespace, _result(reading, value), duration_ns)
        return value

    def set(self, key: str, value: T, request: HasScope | None) -> Operation[None]:
        entry = self._keys.entry(key)
        ticket = take_ticket(request, entry.value, self._circuit.clock())
        payload = self._encoded(value)
        if payload is None:
            return
        if ticket is None:
            reading = yield from read(self._circuit, entry)
            ticket = Ticket(None if reading is None else reading.tokens, self._circuit.clock())
        yield from self._store(entry, payload, ticket)

    def invalidate(self, key: str) -> Operation[None]:
        entry = self._keys.entry(key)
        return outdate(self._circuit, [Debt(entry.tag, entry.tokens[-1], self._token_life_ms, entry.value)])

    def invalidate_by_prefix(self, prefix: str) -> Operation[None]:
        names = self._keys.prefix_tokens(prefix)
        return outdate(self._circuit, [Debt(tag, token, self._life_ms(tag, token)) for tag, token in names])

    def _life_ms(self, tag: str, token: str) -> int | None:
        """The generation of a namespace lives for ever: without one, nothing under it can be read."""
        return None if token == generation_of(tag) else self._token_life_ms

    def _store(self, entry: Entry, payload: bytes, ticket: Ticket) -> Operation[None]:
        drops = self._circuit.drops
        if ticket.tokens is None or not ticket.is_fresh(self._circuit.clock()):
            drops.count("sets_without_ticket")
            return
        sealed = self._codec.seal(payload, ticket.tokens)
        if len(sealed) > self._circuit.limits.value_bytes:
            drops.count("values_oversized")
        elif not (yield from write(self._circuit, entry, sealed, self._ttl_seconds)):
            drops.count("sets_unreachable")

    def _opened(self, reading: Reading) -> T | None:
        """The value read; None if there is none, it was outdated, or it cannot be read."""
        payload = None if reading.sealed is None else self._codec.open(reading.sealed, reading.tokens)
        if payload is None:
            return None
        try:
            return self._codec.decode(payload)
        except Exception:  # noqa: BLE001
            # Validators of the type may raise anything; the source has the value, so it is only a miss.
            self._circuit.drops.count("values_unreadable")
            return None

    def _encoded(self, value: T) -> bytes | None:
        """JSON of the value; None if it cannot be stored."""
        if value is None:
            self._circuit.drops.count("sets_of_none")
            return None
        try:
            return self._codec.encode(value)
        except Exception as error:  # noqa: BLE001
            self._circuit.drops.count("values_unencodable")
            if not self._has_complained:
                self._has_complained = True
                _logger.warning(
                    "cache: a %s in the namespace %r does not fit the type of its CacheManager (%s); such values "
                    "are not stored (counted, not logged again)",
                    type(value).__name__,
                    self._keys.namespace,
                    type(error).__name__,
                )
            return None


def _result(reading: Reading | None, value: object) -> CacheResult:
    if reading is None:
        return CacheResult.BYPASS
    return CacheResult.MISS if value is None else CacheResult.HIT
