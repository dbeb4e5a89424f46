"""Data to look at: the same in each seeded database, but for the tokens."""

import random
from collections.abc import Mapping
from itertools import product
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from service.models import Brand, Item, Location, User
from service.security import token_sha256

BRANDS: Final = 400
ITEMS: Final = 6_000
LOCATIONS: Final = 4_000

_FIRST: Final = "Alder Amber Aurora Birch Cedar Copper Delta Ember Fjord Granite Harbor Indigo Juniper Linden Maple"
_SECOND: Final = "Works Mills Goods Atelier Supply Forge Studio House Trading Brothers Lab Crafts Union Garden"
_THIRD: Final = ("", " & Co")
_QUALITY: Final = "Classic Compact Everyday Folding Light Solid Travel Warm Woven Quiet"
_THING: Final = "Backpack Bench Blanket Chair Desk Jacket Kettle Knife Lamp Mug Notebook Pan Shelf Stool Tent Watch"
_STREET: Final = "Market Station Harbor Church Mill Garden Bridge Castle"
_CITIES: Final = {
    "Paris": (2.35, 48.86),
    "Berlin": (13.40, 52.52),
    "Madrid": (-3.70, 40.42),
    "Nairobi": (36.82, -1.29),
    "Tokyo": (139.69, 35.69),
    "Sydney": (151.21, -33.87),
    "Suva": (178.44, -18.14),
    "New York": (-74.01, 40.71),
    "Santiago": (-70.65, -33.46),
    "Honolulu": (-157.86, 21.31),
}
_USERS: Final = {"user": 0.1, "admin": 0.0}


def fill(connection: Connection, tokens: Mapping[str, str]) -> None:
    """Inserts all data; the caller commits, so that there are all of them or none.

    Args:
        connection: To a database whose tables are empty.
        tokens: A token for each role.
    """
    generator = random.Random(20_261_125)  # noqa: S311 - numbers that are the same each time
    names = [f"{first} {second}{third}" for third, first, second in product(_THIRD, _FIRST.split(), _SECOND.split())][
        :BRANDS
    ]
    connection.execute(insert(Brand), [_brand(number, name) for number, name in enumerate(names)])
    brand_ids = connection.scalars(select(Brand.id).order_by(Brand.id)).all()
    connection.execute(insert(Item), [_item(generator, brand_ids) for _ in range(ITEMS)])
    connection.execute(insert(Location), [_location(generator, brand_ids) for _ in range(LOCATIONS)])
    connection.execute(insert(User), [_user(role, token) for role, token in tokens.items()])


def is_empty(connection: Connection) -> bool:
    """Whether nobody may use the service yet."""
    return connection.scalar(select(User.id).limit(1)) is None


def _brand(number: int, name: str) -> dict[str, Any]:
    return {"name": name, "description": f"{name} makes things for daily use since {1900 + number % 120}."}


def _item(generator: random.Random, brand_ids: Any) -> dict[str, Any]:
    return {
        "brand_id": generator.choice(brand_ids),
        "name": f"{generator.choice(_QUALITY.split())} {generator.choice(_THING.split())}",
        "price_cents": generator.randrange(500, 50_000, 5),
    }


def _location(generator: random.Random, brand_ids: Any) -> dict[str, Any]:
    city, (longitude, latitude) = generator.choice(list(_CITIES.items()))
    return {
        "brand_id": generator.choice(brand_ids),
        "name": f"{generator.randrange(1, 200)} {generator.choice(_STREET.split())} Street, {city}",
        "longitude": round(longitude + generator.gauss(0, 0.1), 6),
        "latitude": round(latitude + generator.gauss(0, 0.1), 6),
    }


def _user(role: str, token: str) -> dict[str, Any]:
    return {
        "name": f"demo {role}",
        "role": role,
        "discount_ratio": _USERS[role],
        "token_sha256": token_sha256(token),
    }
