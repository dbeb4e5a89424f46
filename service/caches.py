"""What is kept in Redis, or in the demo store."""

import logging
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends, Request

from service.demo_store import demo_store
from service.schemas import BrandOut, ItemOut, ItemSummary, LocationOut, Page
from service.settings import Settings
from telemetry.cache import CacheManager, Store

_logger = logging.getLogger("service")


@dataclass(frozen=True, slots=True)
class Caches:
    """One manager for each namespace of keys; the files of the routes say which keys there are."""

    brand: CacheManager[BrandOut]
    brands: CacheManager[Page[BrandOut]]
    item: CacheManager[ItemOut]
    items: CacheManager[Page[ItemSummary]]
    location: CacheManager[LocationOut]
    locations: CacheManager[Page[LocationOut]]

    @classmethod
    def in_store(cls, store: Store, ttl_seconds: int) -> Self:
        return cls(
            brand=CacheManager(BrandOut, namespace="brand", store=store, ttl_seconds=ttl_seconds),
            brands=CacheManager(Page[BrandOut], namespace="brands", store=store, ttl_seconds=ttl_seconds),
            item=CacheManager(ItemOut, namespace="item", store=store, ttl_seconds=ttl_seconds),
            items=CacheManager(Page[ItemSummary], namespace="items", store=store, ttl_seconds=ttl_seconds),
            location=CacheManager(LocationOut, namespace="location", store=store, ttl_seconds=ttl_seconds),
            locations=CacheManager(Page[LocationOut], namespace="locations", store=store, ttl_seconds=ttl_seconds),
        )


def make_store(settings: Settings) -> Store:
    """The store that the settings name; it connects when it is first used."""
    connection = settings.redis()
    if connection is not None:
        return Store.connect(connection, application=settings.cache_application())
    _logger.warning("REDIS_HOST is empty: the cache is the demo store, inside this process and gone with it")
    return demo_store(settings.cache_application())


def caches_of(request: Request) -> Caches:
    """The caches of the application that serves *request*."""
    caches: Caches = request.app.state.caches
    return caches


CachesOf = Annotated[Caches, Depends(caches_of)]


def store_of(request: Request) -> Store:
    """The store of the application that serves *request*."""
    store: Store = request.app.state.store
    return store
