"""Brands: anybody may read them, admins write.

Keys: `brand:{id}` and `brands:page={page}:size={size}`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import delete, func, select, update

from service.caches import Caches, CachesOf
from service.database import DbSession
from service.errors import found
from service.models import Brand
from service.problems import problems
from service.schemas import BrandIn, BrandOut, Id, Page, PageQuery
from service.security import Admin

router = APIRouter(prefix="/brands", tags=["brands"])


@router.get("/", responses=problems())
async def list_brands(
    request: Request, db: DbSession, pages: Annotated[PageQuery, Query()], caches: CachesOf
) -> Page[BrandOut]:
    key = f"brands:{pages.key}"
    cached = await caches.brands.get(key, request)
    if cached is not None:
        return cached
    total = await db.scalar(select(func.count()).select_from(Brand))
    rows = await db.scalars(select(Brand).order_by(Brand.id).limit(pages.size).offset(pages.offset))
    page = Page[BrandOut](results=[BrandOut.model_validate(row) for row in rows], total=total or 0, **dict(pages))
    await caches.brands.set(key, page, request)
    return page


@router.get("/{brand_id}", responses=problems(404))
async def read_brand(request: Request, db: DbSession, brand_id: Id, caches: CachesOf) -> BrandOut:
    key = f"brand:{brand_id}"
    cached = await caches.brand.get(key, request)
    if cached is not None:
        return cached
    brand = BrandOut.model_validate(found(await db.get(Brand, brand_id), "brand"))
    await caches.brand.set(key, brand, request)
    return brand


@router.post("/", status_code=201, responses=problems(401, 403, 409, 413))
async def create_brand(db: DbSession, body: BrandIn, caches: CachesOf, _admin: Admin) -> BrandOut:
    brand = Brand(**body.model_dump())
    db.add(brand)
    await db.commit()
    await caches.brands.invalidate_by_prefix("brands:")
    return BrandOut.model_validate(brand)


@router.put("/{brand_id}", responses=problems(401, 403, 404, 409, 413))
async def update_brand(db: DbSession, brand_id: Id, body: BrandIn, caches: CachesOf, _admin: Admin) -> BrandOut:
    # One statement, so that nobody can delete the brand between a look and a change.
    query = update(Brand).where(Brand.id == brand_id).values(**body.model_dump()).returning(Brand)
    updated = BrandOut.model_validate(found(await db.scalar(query), "brand"))
    await db.commit()
    await _forget(brand_id, caches)
    return updated


@router.delete("/{brand_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_brand(db: DbSession, brand_id: Id, caches: CachesOf, _admin: Admin) -> None:
    """Deletes a brand with its items and locations."""
    found(await db.scalar(delete(Brand).where(Brand.id == brand_id).returning(Brand.id)), "brand")
    await db.commit()
    await _forget(brand_id, caches)
    await caches.location.invalidate_by_prefix("location:")
    await caches.locations.invalidate_by_prefix("locations:")


async def _forget(brand_id: int, caches: Caches) -> None:
    """Invalidates the brand and what shows its name."""
    await caches.brand.invalidate(f"brand:{brand_id}")
    await caches.brands.invalidate_by_prefix("brands:")
    await caches.item.invalidate_by_prefix("item:")
    await caches.items.invalidate_by_prefix("items:")
