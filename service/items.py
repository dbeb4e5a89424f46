"""Items of a brand: users read them, admins write. Plain `def` routes, on the synchronous engine.

Keys: `item:{id}:user:{user_id}`, since the price depends on the user, and
`items:brand={brand_id}:page={page}:size={size}`, which shows what is the same for everybody.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from service.caches import Caches, CachesOf, caches_of
from service.database import SyncDbSession
from service.errors import found
from service.models import Brand, Item
from service.problems import problems
from service.schemas import Id, ItemIn, ItemOut, ItemSummary, Page, PageQuery, Reference
from service.security import Admin, CurrentUser
from telemetry.cache import CacheManager

router = APIRouter(prefix="/items", tags=["items"])


def _item_cache(caches: Annotated[Caches, Depends(caches_of)]) -> CacheManager[ItemOut]:
    return caches.item


ItemCache = Annotated[CacheManager[ItemOut], Depends(_item_cache)]


class ItemQuery(PageQuery):
    """Which items of a list."""

    brand_id: Reference | None = None


@router.get("/", responses=problems(401))
def list_items(
    request: Request, db: SyncDbSession, query: Annotated[ItemQuery, Query()], caches: CachesOf, _user: CurrentUser
) -> Page[ItemSummary]:
    key = f"items:brand={query.brand_id}:{query.key}"
    cached = caches.items.sync.get(key, request)
    if cached is not None:
        return cached
    is_wanted = [] if query.brand_id is None else [Item.brand_id == query.brand_id]
    total = db.scalar(select(func.count()).select_from(Item).where(*is_wanted))
    rows = db.scalars(
        select(Item)
        .options(joinedload(Item.brand))
        .where(*is_wanted)
        .order_by(Item.id)
        .limit(query.size)
        .offset(query.offset)
    )
    results = [ItemSummary.model_validate(row) for row in rows]
    page = Page[ItemSummary](results=results, total=total or 0, page=query.page, size=query.size)
    caches.items.sync.set(key, page, request)
    return page


@router.get("/{item_id}", responses=problems(401, 404))
def read_item(request: Request, db: SyncDbSession, item_id: Id, cache_manager: ItemCache, user: CurrentUser) -> ItemOut:
    key = f"item:{item_id}:user:{user.id}"
    cached = cache_manager.sync.get(key, request)
    if cached is not None:
        return cached
    item = ItemOut.seen_by(_load(db, item_id), user)
    cache_manager.sync.set(key, item, request)
    return item


@router.post("/", status_code=201, responses=problems(401, 403, 409, 413))
def create_item(db: SyncDbSession, body: ItemIn, caches: CachesOf, admin: Admin) -> ItemOut:
    item = Item(**body.model_dump(), brand=_brand(db, body.brand_id))
    db.add(item)
    db.commit()
    caches.items.sync.invalidate_by_prefix("items:")
    return ItemOut.seen_by(item, admin)


@router.put("/{item_id}", responses=problems(401, 403, 404, 409, 413))
def update_item(db: SyncDbSession, item_id: Id, body: ItemIn, caches: CachesOf, admin: Admin) -> ItemOut:
    _brand(db, body.brand_id)
    query = update(Item).where(Item.id == item_id).values(**body.model_dump()).returning(Item.id)
    found(db.scalar(query), "item")
    updated = ItemOut.seen_by(_load(db, item_id), admin)
    db.commit()
    _forget(item_id, caches)
    return updated


@router.delete("/{item_id}", status_code=204, responses=problems(401, 403, 404))
def delete_item(db: SyncDbSession, item_id: Id, caches: CachesOf, _admin: Admin) -> None:
    found(db.scalar(delete(Item).where(Item.id == item_id).returning(Item.id)), "item")
    db.commit()
    _forget(item_id, caches)


def _load(db: Session, item_id: int) -> Item:
    return found(db.get(Item, item_id, options=[joinedload(Item.brand)]), "item")


def _brand(db: Session, brand_id: int) -> Brand:
    brand = db.get(Brand, brand_id)
    if brand is None:
        raise HTTPException(409, "There is no brand with this brand_id.")
    return brand


def _forget(item_id: int, caches: Caches) -> None:
    """Invalidates the item as every user saw it, and the lists."""
    caches.item.sync.invalidate_by_prefix(f"item:{item_id}:")
    caches.items.sync.invalidate_by_prefix("items:")
