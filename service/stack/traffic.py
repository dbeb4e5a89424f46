"""Demo traffic: a few requests per second to the service on this machine, one after the other, until it is stopped."""

import argparse
import http.client
import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from service import seed
from service.stack.settings import HOST

#: Tokens of the users, which are no arguments, as every process list shows those.
USER_VARIABLE: Final = "STACK_USER_TOKEN"
ADMIN_VARIABLE: Final = "STACK_ADMIN_TOKEN"

_API: Final = "/api/v1"
_TIMEOUT_SECONDS: Final = 10
_RETRY_SECONDS: Final = 1.0
_PAGE_SIZES: Final = (20, 25, 50, 100)
_CITIES: Final = ("2.2,48.7,2.6,49.0", "13.2,52.4,13.6,52.7", "-74.2,40.6,-73.8,40.9")


@dataclass(frozen=True, slots=True)
class Call:
    """A request.

    Attributes:
        path: With its query.
        body: Sent as JSON with PUT, by the admin; None for a GET by the user.
    """

    path: str
    body: Mapping[str, Any] | None = field(default=None)


def _items(chance: random.Random) -> Call:
    size = chance.choice(_PAGE_SIZES)
    return Call(f"{_API}/items/?page={chance.randint(1, seed.ITEMS // size)}&size={size}")


def _item(chance: random.Random) -> Call:
    # Some are asked for again and again, as in life.
    return Call(f"{_API}/items/{min(int(chance.paretovariate(0.7)), seed.ITEMS)}")


def _new_price(chance: random.Random) -> Call:
    """A write, which makes the cache forget all lists of items."""
    body = {"brand_id": 1, "name": "Folding Lamp", "price_cents": chance.randrange(500, 50_000)}
    return Call(f"{_API}/items/1", body)


#: What is asked for, and how often among a hundred requests.
MIX: Final[tuple[tuple[int, Callable[[random.Random], Call]], ...]] = (
    (40, _items),
    (25, _item),
    (15, lambda chance: Call(f"{_API}/brands/?page={chance.randint(1, 4)}")),
    (10, lambda chance: Call(f"{_API}/locations/?bbox={chance.choice(_CITIES)}")),
    (7, lambda _chance: Call(f"{_API}/users/me")),
    (3, _new_price),
)


def next_call(chance: random.Random) -> Call:
    """One of the mix."""
    (make,) = chance.choices([make for _, make in MIX], [weight for weight, _ in MIX])
    return make(chance)


def main() -> None:
    """Asks until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m service.stack.traffic", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--per-second", type=int, required=True)
    arguments = parser.parse_args()
    chance, pause = random.Random(7), 1 / arguments.per_second  # noqa: S311 - the same traffic each time
    connection = http.client.HTTPConnection(HOST, arguments.port, timeout=_TIMEOUT_SECONDS)
    is_well = True
    while True:
        began = time.monotonic()
        try:
            _send(connection, next_call(chance))
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if is_well:
                _say(f"no answer ({type(error).__name__}): asking again each second")
            is_well = False
            time.sleep(_RETRY_SECONDS)
            continue
        if not is_well:
            _say("answers again")
        is_well = True
        time.sleep(max(0.0, began + pause - time.monotonic()))


def _send(connection: http.client.HTTPConnection, call: Call) -> None:
    method, variable = ("GET", USER_VARIABLE) if call.body is None else ("PUT", ADMIN_VARIABLE)
    headers = {"Authorization": f"Bearer {os.environ[variable]}", "Content-Type": "application/json"}
    connection.request(method, call.path, None if call.body is None else json.dumps(call.body), headers)
    response = connection.getresponse()
    response.read()
    if response.status >= http.client.BAD_REQUEST:
        _say(f"{method} {call.path.partition('?')[0]} was answered with {response.status}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
