"""Users and their tokens: admins manage them, everybody sees who they are.

Nothing here is cached: a user who was removed or lost a role must lose it at once.
"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import delete, func, select, update

from service.caches import CachesOf
from service.database import DbSession
from service.errors import found
from service.models import User
from service.problems import problems
from service.schemas import Id, NewUser, Page, PageQuery, UserIn, UserOut
from service.security import Admin, CurrentUser, new_token, token_sha256

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/", responses=problems(401, 403))
async def list_users(db: DbSession, pages: Annotated[PageQuery, Query()], _admin: Admin) -> Page[UserOut]:
    total = await db.scalar(select(func.count()).select_from(User))
    rows = await db.scalars(select(User).order_by(User.id).limit(pages.size).offset(pages.offset))
    return Page[UserOut](results=[UserOut.model_validate(row) for row in rows], total=total or 0, **dict(pages))


@router.get("/me", responses=problems(401))
async def read_me(user: CurrentUser) -> UserOut:
    return user


@router.get("/{user_id}", responses=problems(401, 403, 404))
async def read_user(db: DbSession, user_id: Id, _admin: Admin) -> UserOut:
    return UserOut.model_validate(found(await db.get(User, user_id), "user"))


@router.post("/", status_code=201, responses=problems(401, 403, 409, 413))
async def create_user(db: DbSession, body: UserIn, _admin: Admin) -> NewUser:
    """Makes a user; the answer is the only place that ever shows the token."""
    token = new_token()
    user = User(**body.model_dump(), token_sha256=token_sha256(token))
    db.add(user)
    await db.commit()
    return NewUser(**dict(UserOut.model_validate(user)), token=token)


@router.put("/{user_id}", responses=problems(401, 403, 404, 409, 413))
async def update_user(db: DbSession, user_id: Id, body: UserIn, caches: CachesOf, admin: Admin) -> UserOut:
    if user_id == admin.id and body.role != "admin":
        raise HTTPException(409, "Nobody can take the role admin from themselves.")
    query = update(User).where(User.id == user_id).values(**body.model_dump()).returning(User)
    updated = UserOut.model_validate(found(await db.scalar(query), "user"))
    await db.commit()
    # The discount is in the price of every item that this user saw.
    await caches.item.invalidate_by_prefix("item:")
    return updated


@router.delete("/{user_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def delete_user(db: DbSession, user_id: Id, caches: CachesOf, admin: Admin) -> None:
    if user_id == admin.id:
        raise HTTPException(409, "Nobody can delete themselves.")
    found(await db.scalar(delete(User).where(User.id == user_id).returning(User.id)), "user")
    await db.commit()
    # SQLite may give the same id to the next user.
    await caches.item.invalidate_by_prefix("item:")
