"""From exceptions to problems."""

import logging
import secrets
import sqlite3
from http import HTTPStatus
from typing import Any, Final, TypeVar

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException as AnyHTTPException

from service.database import DatabaseUnreachableError
from service.debugging import debug_information
from service.problems import FieldError, Problem

T = TypeVar("T")

_MAX_ERRORS: Final = 20
_MAX_POINTER_LENGTH: Final = 200
_RETRY_SECONDS: Final = "5"

_logger = logging.getLogger("service")


def add_error_handlers(app: FastAPI) -> None:
    """Makes *app* answer every error as a problem."""
    app.add_exception_handler(AnyHTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(IntegrityError, _conflict)
    for outage in (DatabaseUnreachableError, PoolTimeout, DBAPIError):
        app.add_exception_handler(outage, _database_error)
    app.add_exception_handler(Exception, _unhandled)


def found(value: T | None, noun: str) -> T:
    """*value*, which was looked up by its id.

    Raises:
        HTTPException: There is none: 404.
    """
    if value is None:
        raise HTTPException(404, f"There is no {noun} with this id.")
    return value


async def _http_error(_request: Request, error: Any) -> Response:
    if error.status_code == HTTPStatus.BAD_REQUEST and isinstance(error.__cause__, ValueError | RecursionError):
        # FastAPI's answer to a body that `json` cannot read: not UTF-8, nested too deep, a number of too many digits.
        unreadable = FieldError(pointer="/body", detail="This is not JSON that can be read.")
        return Problem.of(422, "The body cannot be read.", errors=[unreadable]).response()
    return Problem.of(error.status_code, error.detail).response(error.headers)


async def _invalid_request(_request: Request, error: Any) -> Response:
    # Without what was sent: it may be secret, of any size, and no JSON (NaN).
    errors = [FieldError(pointer=_pointer(each["loc"]), detail=each["msg"]) for each in error.errors()[:_MAX_ERRORS]]
    return Problem.of(422, "The request does not fit what is documented for it.", errors=errors).response()


async def _conflict(_request: Request, _error: Exception) -> Response:
    return Problem.of(409, "This contradicts what is stored: a name is taken, or what it refers to is gone.").response()


async def _database_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and not _is_outage(error):
        raise error
    _logger.warning("the database does not answer: %s", type(getattr(error, "orig", error)).__name__)
    return Problem.of(503, "The database does not answer.").response({"Retry-After": _RETRY_SECONDS})


def _is_outage(error: DBAPIError) -> bool:
    # SQLite calls a wrong statement, such as one for a table that is missing, "operational" too.
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


async def _unhandled(request: Request, error: Exception) -> Response:
    error_id = secrets.token_hex(8)
    # The server logs the traceback, and with it the note.
    error.add_note(f"error id: {error_id}")
    _logger.error("unhandled %s, error id: %s", type(error).__name__, error_id)
    debug = debug_information(request, error, request.app.state.settings)
    return Problem.of(500, "This is an error of the service.", error_id=error_id, debug=debug).response()


def _pointer(location: tuple[str | int, ...]) -> str:
    text = "".join(f"/{part}" for part in location)
    return text[:_MAX_POINTER_LENGTH].encode("utf-8", "replace").decode()
