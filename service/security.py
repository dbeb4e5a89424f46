"""Who is asking: bearer tokens and roles."""

import hashlib
import secrets
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

from service.database import Database, database_of
from service.models import User
from service.schemas import UserOut

_bearer = HTTPBearer(auto_error=False, description="A token of this service, such as `demo-user` in the demo database.")


def new_token() -> str:
    """A token that nobody can guess, of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_sha256(token: str) -> str:
    """The form in which a token is stored and looked up.

    A plain hash suffices, and a slow one would only cost every request time: salt and
    rounds protect what people choose, while these tokens are random, so there is no
    dictionary to try. The look-up by hash in an index tells by its timing nothing that
    helps to guess the token.
    """
    return hashlib.sha256(token.encode()).hexdigest()


async def _user(
    database: Annotated[Database, Depends(database_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> UserOut:
    """The user of the token; asked anew for each request, so that a user who was removed is out at once."""
    if credentials is None:
        raise _unauthorized("Send a bearer token in the Authorization header.", "Bearer")
    query = select(User).where(User.token_sha256 == token_sha256(credentials.credentials))
    # A session of its own: its connection is free again before the route needs one.
    async with database.sessions() as session:
        user = await session.scalar(query)
    if user is None:
        raise _unauthorized("This token is not valid.", 'Bearer error="invalid_token"')
    return UserOut.model_validate(user)


CurrentUser = Annotated[UserOut, Depends(_user)]


async def _admin(user: CurrentUser) -> UserOut:
    if user.role != "admin":
        raise HTTPException(403, "This takes the role admin.")
    return user


Admin = Annotated[UserOut, Depends(_admin)]


def _unauthorized(detail: str, challenge: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": challenge})
