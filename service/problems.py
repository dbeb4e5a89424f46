"""Problem JSON: the body of every error, and what the OpenAPI document says of it.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

from http import HTTPStatus
from typing import Any, Final, Self

from fastapi import FastAPI, Response
from pydantic import BaseModel

_MEDIA_TYPE: Final = "application/problem+json"
_COMPONENTS: Final = "#/components/schemas/"


class FieldError(BaseModel):
    """What is wrong with one part of a request.

    Attributes:
        pointer: Where, such as `/body/name`.
    """

    pointer: str
    detail: str


class Problem(BaseModel):
    """Body of every error.

    Attributes:
        errors: Of a request that was not understood, at most 20.
        error_id: Of an error of ours; the log has it too.
        debug: Message, stack and request of an error of ours, with DEBUG=true only.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    error_id: str | None = None
    debug: dict[str, Any] | None = None

    @classmethod
    def of(cls, status: int, detail: str, **members: Any) -> Self:
        """A problem whose title is that of its status."""
        return cls(title=HTTPStatus(status).phrase, status=status, detail=detail, **members)

    def response(self, headers: dict[str, str] | None = None) -> Response:
        return Response(self.model_dump_json(exclude_none=True), self.status, headers, _MEDIA_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of a route's errors: of *statuses*, and of those that any route may answer."""
    content = {_MEDIA_TYPE: {"schema": {"$ref": _COMPONENTS + Problem.__name__}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content} for status in (*statuses, 422, 500, 503)
    }


def describe_problems(app: FastAPI) -> None:
    """Adds the schema of `Problem` to the OpenAPI document: FastAPI itself takes an error's body for plain JSON."""
    build = app.openapi
    schema = Problem.model_json_schema(ref_template=_COMPONENTS + "{model}")
    schemas = {**schema.pop("$defs"), Problem.__name__: schema}

    def openapi() -> dict[str, Any]:
        document = build()
        document["components"]["schemas"] |= schemas
        return document

    app.openapi = openapi  # type: ignore[method-assign]
