"""Locations of brands on the map: anybody may read them, admins write.

Keys: `location:{id}` and `locations:bbox={bbox}:page={page}:size={size}`.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import ColumnElement, delete, func, or_, select, true, update

from service.caches import Caches, CachesOf
from service.database import DbSession
from service.errors import found
from service.models import Location
from service.problems import problems
from service.schemas import Id, LocationIn, LocationOut, Page, PageQuery
from service.security import Admin

router = APIRouter(prefix="/locations", tags=["locations"])

_NUMBER: Final = r"-?\d{1,3}(\.\d{1,15})?"


@dataclass(frozen=True, slots=True)
class Bbox:
    """A part of the map, in degrees; west of the date line to east of it where `west` > `east`.

    Source: https://www.rfc-editor.org/rfc/rfc7946#section-5
    """

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """The box of four numbers with commas between.

        Raises:
            RequestValidationError: They are no box.
        """
        box = cls(*map(float, text.split(",")))
        if max(abs(box.west), abs(box.east)) <= 180 and -90 <= box.south <= box.north <= 90:
            return box
        message = "give west,south,east,north: longitudes from -180 to 180, latitudes from -90 to 90, south <= north"
        raise RequestValidationError([{"loc": ("query", "bbox"), "msg": message, "type": "value_error"}])

    def contains(self) -> ColumnElement[bool]:
        is_at_latitude = Location.latitude.between(self.south, self.north)
        if self.west <= self.east:
            return is_at_latitude & Location.longitude.between(self.west, self.east)
        return is_at_latitude & or_(Location.longitude >= self.west, Location.longitude <= self.east)

    def __str__(self) -> str:
        return f"{self.west},{self.south},{self.east},{self.north}"


def _bbox(
    bbox: Annotated[
        str | None,
        Query(
            description="west,south,east,north in degrees",
            pattern=f"^{_NUMBER}(,{_NUMBER}){{3}}$",
            examples=["2.2,48.8,2.5,48.9"],
        ),
    ] = None,
) -> Bbox | None:
    return None if bbox is None else Bbox.parse(bbox)


@router.get("/", responses=problems())
async def list_locations(
    request: Request,
    db: DbSession,
    pages: Annotated[PageQuery, Query()],
    bbox: Annotated[Bbox | None, Depends(_bbox)],
    caches: CachesOf,
) -> Page[LocationOut]:
    key = f"locations:bbox={bbox}:{pages.key}"
    cached = await caches.locations.get(key, request)
    if cached is not None:
        return cached
    is_wanted = true() if bbox is None else bbox.contains()
    total = await db.scalar(select(func.count()).select_from(Location).where(is_wanted))
    rows = await db.scalars(
        select(Location).where(is_wanted).order_by(Location.id).limit(pages.size).offset(pages.offset)
    )
    page = Page[LocationOut](results=[LocationOut.model_validate(row) for row in rows], total=total or 0, **dict(pages))
    await caches.locations.set(key, page, request)
    return page


@router.get("/{location_id}", responses=problems(404))
async def read_location(request: Request, db: DbSession, location_id: Id, caches: CachesOf) -> LocationOut:
    key = f"location:{location_id}"
    cached = await caches.location.get(key, request)
    if cached is not None:
        return cached
    location = LocationOut.model_validate(found(await db.get(Location, location_id), "location"))
    await caches.location.set(key, location, request)
    return location


@router.post("/", status_code=201, responses=problems(401, 403, 409, 413))
async def create_location(db: DbSession, body: LocationIn, caches: CachesOf, _admin: Admin) -> LocationOut:
    location = Location(**body.model_dump())
    db.add(location)
    await db.commit()
    await caches.locations.invalidate_by_prefix("locations:")
    return LocationOut.model_validate(location)


@router.put("/{location_id}", responses=problems(401, 403, 404, 409, 413))
async def update_location(
    db: DbSession, location_id: Id, body: LocationIn, caches: CachesOf, _admin: Admin
) -> LocationOut:
    query = update(Location).where(Location.id == location_id).values(**body.model_dump()).returning(Location)
    updated = LocationOut.model_validate(found(await db.scalar(query), "location"))
    await db.commit()
    await _forget(location_id, caches)
    return updated


@router.delete("/{location_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_location(db: DbSession, location_id: Id, caches: CachesOf, _admin: Admin) -> None:
    query = delete(Location).where(Location.id == location_id).returning(Location.id)
    found(await db.scalar(query), "location")
    await db.commit()
    await _forget(location_id, caches)


async def _forget(location_id: int, caches: Caches) -> None:
    await caches.location.invalidate(f"location:{location_id}")
    await caches.locations.invalidate_by_prefix("locations:")
