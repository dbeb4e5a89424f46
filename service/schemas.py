"""What goes over the wire."""

from typing import Annotated, Generic, Literal, Self, TypeVar

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.models import MAX_DESCRIPTION_LENGTH, MAX_ID, MAX_NAME_LENGTH, Item

T = TypeVar("T")

Id = Annotated[int, Path(ge=1, le=MAX_ID)]
Role = Literal["user", "admin"]

# PostgreSQL stores any character but NUL.
_NO_NUL = r"^[^\x00]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH, pattern=_NO_NUL)]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_LENGTH, pattern=_NO_NUL)]
Reference = Annotated[int, Field(ge=1, le=MAX_ID)]
Cents = Annotated[int, Field(ge=0, le=10**12)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class Input(BaseModel):
    """A body: exact types, and no field that we do not know, so that a misspelt one does not vanish."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Output(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class Page(Output, Generic[T]):
    """One page of a list, in the order of the ids.

    Attributes:
        results: The entries of this page; empty behind the last one.
        total: Entries on all pages.
    """

    results: list[T]
    total: int
    page: int
    size: int


class PageQuery(BaseModel):
    """Which page of a list."""

    page: int = Field(default=1, ge=1, le=1_000_000)
    size: int = Field(default=20, ge=1, le=200)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def key(self) -> str:
        """The page as segments of a cache key."""
        return f"page={self.page}:size={self.size}"


class BrandIn(Input):
    name: Name
    description: Description = ""


class BrandOut(Output):
    id: int
    name: str
    description: str


class ItemIn(Input):
    brand_id: Reference
    name: Name
    price_cents: Cents


class ItemBrand(Output):
    id: int
    name: str


class ItemSummary(Output):
    """An item as everybody sees it."""

    id: int
    name: str
    brand: ItemBrand
    price_cents: int


class ItemOut(ItemSummary):
    """An item as one user sees it.

    Attributes:
        your_price_cents: The price less the discount of that user.
    """

    your_price_cents: int

    @classmethod
    def seen_by(cls, item: Item, user: "UserOut") -> Self:
        summary = ItemSummary.model_validate(item)
        return cls(**dict(summary), your_price_cents=round(item.price_cents * (1 - user.discount_ratio)))


class LocationIn(Input):
    brand_id: Reference
    name: Name
    longitude: Longitude
    latitude: Latitude


class LocationOut(Output):
    id: int
    brand_id: int
    name: str
    longitude: float
    latitude: float


class UserIn(Input):
    name: Name
    role: Role = "user"
    discount_ratio: Ratio = 0.0


class UserOut(Output):
    id: int
    name: str
    role: Role
    discount_ratio: float


class NewUser(UserOut):
    """A user who was just made.

    Attributes:
        token: Bearer token, which nobody can read again.
    """

    token: str
